"""Ids that callers choose: of customers, rules, receipts, claims and pages, as bodies and paths give them."""

import re
from hashlib import sha256
from typing import Annotated, Any
from unicodedata import normalize

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

from rules.grant import EVERYONE
from rules.values import Read, read_name, refusal

LONGEST = 255
# What nobody sees, by which two ids would look the same, a line of a log would break or be read backwards, or
# PostgreSQL's text would stumble: the categories Cc, Cf, Zl and Zp, and what Unicode lets be left out when it is drawn.
# They are spelled out, since a database of signs is of one version, and `\s` stands for what its reader likes.
INVISIBLE_RANGES = (
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
LAST_OF_FOUR_DIGITS = 0xFFFF


def _in_a_pattern(code: int) -> str:
    """A sign as regular expressions of every language have it: beyond four digits they agree on the sign alone."""
    return f"\\u{code:04X}" if code <= LAST_OF_FOUR_DIGITS else chr(code)


INVISIBLE = "".join(f"{_in_a_pattern(first)}-{_in_a_pattern(last)}" for first, last in INVISIBLE_RANGES)
SPACE = r"\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000"
PATTERN = f"^[^{INVISIBLE}{SPACE}]([^{INVISIBLE}]*[^{INVISIBLE}{SPACE}])?$"
SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PATTERN}

_SHAPE = re.compile(PATTERN)
# No JSON spells half a character, but a path or a token might.
_INVISIBLE = re.compile(f"[{INVISIBLE}\ud800-\udfff]")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
GUID_SCHEMA: dict[str, Any] = {"type": "string", "format": "uuid"}


def normal_form(text: str) -> str:
    """The text in normal form C: ids that differ only in how their signs are put together are one id."""
    return normalize("NFC", text)


def has_invisible(text: str) -> bool:
    """Whether a text holds signs that no id has."""
    return _INVISIBLE.search(text) is not None


def read_identifier(value: object) -> str:
    """The id in normal form C; a refusal where it is no text that can stand in a path and in the store."""
    if not isinstance(value, str):
        raise refusal("identifier", "an id is text, in quotes")
    identifier = value if value.isascii() else normal_form(value)
    # A few signs become two or three.
    if not 1 <= len(value) <= LONGEST or len(identifier) > LONGEST:
        raise refusal("identifier", f"an id has 1 to {LONGEST} characters")
    if _SHAPE.fullmatch(identifier) is None or has_invisible(identifier):
        sentence = "an id has no control characters or others that cannot be seen, and no white space at its ends"
        raise refusal("identifier", sentence)
    return identifier


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
    "pattern": f"^[^{INVISIBLE}{SPACE}/]([^{INVISIBLE}/]*[^{INVISIBLE}{SPACE}/])?$",
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


def store_key(store_id: str) -> str:
    """What a store is told apart by: its id in normal form C, or a digest of one that no index holds."""
    text = normalize("NFC", store_id)
    if len(text) <= LONGEST and "\0" not in text:
        return text
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def read_store(value: object) -> str:
    """What the store of a body is told apart by: its id may be any text that a receipt has there."""
    return store_key(read_name(value))


StoreName = Annotated[str, Read(read_store, {"type": "string", "minLength": 1})]
"""The id of a store in a body, as `store_key` has it."""


class _IdentifierInPath(Convertor[str]):
    """Any text in a path, slashes and line feeds included: what of it is no id is refused as such, not as unknown."""

    regex = "(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("identifier", _IdentifierInPath())
