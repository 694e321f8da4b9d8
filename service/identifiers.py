"""Ids that callers choose: of customers, rules, receipts, claims and pages, as bodies and paths give them."""

import re
from typing import Annotated, Any

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

from rules.grant import EVERYONE
from rules.values import Read, refusal

LONGEST = 255
# Nothing below U+0020, which PostgreSQL's text or a line of a log would stumble over, and no white space at the ends.
# It is spelled out, since what `\s` stands for depends on who reads the pattern.
CONTROL = r"\u0000-\u001F"
SPACE = r"\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
PATTERN = f"^[^{CONTROL}{SPACE}]([^{CONTROL}]*[^{CONTROL}{SPACE}])?$"
SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PATTERN}

_SHAPE = re.compile(PATTERN)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
GUID_SCHEMA: dict[str, Any] = {"type": "string", "format": "uuid"}


def read_identifier(value: object) -> str:
    """The id itself; a refusal where it is no text that can stand in a path and in the store."""
    if not isinstance(value, str):
        raise refusal("identifier", "an id is text, in quotes")
    if not 1 <= len(value) <= LONGEST:
        raise refusal("identifier", f"an id has 1 to {LONGEST} characters")
    # Python's `$` lets a last line feed pass.
    if _SHAPE.match(value) is None or value.endswith("\n"):
        raise refusal("identifier", "an id has no control characters, and no white space at its ends")
    return value


def read_customer(value: object) -> str:
    """The id of one customer, which is not everyone."""
    if value == EVERYONE:
        raise refusal("customer", f'"{EVERYONE}" is everyone; name one customer here')
    return read_identifier(value)


def read_rule_id(value: object) -> str:
    """The id of a rule, which is one part of a path."""
    rule_id = read_identifier(value)
    if "/" in rule_id or rule_id in {".", ".."}:
        raise refusal("rule_id", 'the id of a rule stands in paths: it has no "/", and is neither "." nor ".."')
    return rule_id


def read_guid(value: object) -> str:
    """The globally unique id, in small letters."""
    if not isinstance(value, str) or _GUID.fullmatch(value) is None:
        raise refusal("guid", 'a guid is written like "728c4d5c-0f3e-444b-b336-f0a4639f0c52"')
    return value.lower()


CUSTOMER_SCHEMA = {**SCHEMA, "not": {"const": EVERYONE}}
RULE_ID_SCHEMA = {
    **SCHEMA,
    "pattern": f"^[^{CONTROL}{SPACE}/]([^{CONTROL}/]*[^{CONTROL}{SPACE}/])?$",
    "not": {"enum": [".", ".."]},
}

Identifier = Annotated[str, Read(read_identifier, SCHEMA)]
"""An id in a body; a customer's may be `"*"` for everyone."""

CustomerId = Annotated[str, Read(read_customer, CUSTOMER_SCHEMA)]
"""The id of one customer in a body."""

PathIdentifier = Annotated[str, Read(read_identifier, SCHEMA), Path()]
"""An id in a path."""

PathCustomerId = Annotated[str, Read(read_customer, CUSTOMER_SCHEMA), Path(description="The id of the customer.")]
"""The id of one customer in a path."""

Guid = Annotated[str, Read(read_guid, GUID_SCHEMA)]
"""A globally unique id in a body."""

PathGuid = Annotated[str, Read(read_guid, GUID_SCHEMA), Path()]
"""A globally unique id in a path."""


class _IdentifierInPath(Convertor[str]):
    """Any text in a path, slashes and line feeds included: what of it is no id is refused as such, not as unknown."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("identifier", _IdentifierInPath())
