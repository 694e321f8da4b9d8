"""The ids in a receipt or a rule, put in normal form C, in which all ids are stored and compared.

What a rule asks of lines and customers stays as it is written: SPEC 2 compares those texts sign by sign.
"""

from collections.abc import Sequence
from typing import Any

from rabatt.service.identifiers import normal_form
from rules import Receipt, read_receipt

EACH = "*"
OTHER_RULES = ("limitation", "discount_activation", EACH, "value")
OF_DISCOUNTS = (
    ("discounts", EACH, "id"),
    ("discounts", EACH, *OTHER_RULES),
    ("discounts", EACH, "refs", EACH, "id"),
)
OF_RECEIPT = (
    ("receipt_id",),
    ("customer_id",),
    *OF_DISCOUNTS,
    *(("items", EACH, lines, EACH, "discount_id") for lines in ("discount_lines", "bonus_lines")),
    *(("returns", EACH, *path) for path in OF_DISCOUNTS),
)
OF_RULE = (("id",), OTHER_RULES)


def read_with_ids(content: bytes) -> Receipt:
    """The receipt that a body spells, its ids in normal form; Refused with every fault."""
    receipt = read_receipt(content)
    if is_in_normal_form(content):
        return receipt
    document = with_normal_ids(receipt.document, OF_RECEIPT)
    return receipt if document is receipt.document else read_receipt(document)


def is_in_normal_form(content: bytes) -> bool:
    """Whether no text of a JSON document can be in another form; an escape might spell anything."""
    return content.isascii() and b"\\u" not in content


def with_normal_ids(document: Any, paths: Sequence[tuple[str, ...]]) -> Any:
    """The document with the texts at these paths in normal form: itself, where they are."""
    for path in paths:
        document = _normal_at(document, path)
    return document


def _normal_at(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        normal = normal_form(value) if isinstance(value, str) else value
        return value if normal == value else normal
    first, rest = path[0], path[1:]
    if first == EACH and isinstance(value, list):
        members = [_normal_at(member, rest) for member in value]
        is_same = all(member is before for member, before in zip(members, value, strict=True))
        return value if is_same else members
    if isinstance(value, dict) and first in value:
        member = _normal_at(value[first], rest)
        return value if member is value[first] else {**value, first: member}
    return value
