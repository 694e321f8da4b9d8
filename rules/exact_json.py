"""JSON whose numbers keep their digits: a percent is exact to the last decimal that was written."""

import json
from decimal import Decimal
from typing import Any

# As UTF-8 rather than escapes; what JSON demands is escaped, NUL included, so that every store takes the text.
_scalar = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def read(text: str) -> Any:
    """Plain data of JSON that was written here, its fractions as decimals."""
    return json.loads(text, parse_float=Decimal)


def write(value: object, *, sort: bool = False) -> str:
    """Compact JSON of plain data; `sort` gives the one spelling in which the order of fields does not matter."""
    match value:
        case dict():
            members = sorted(value.items()) if sort else value.items()
            return "{" + ",".join([f"{_scalar(name)}:{write(member, sort=sort)}" for name, member in members]) + "}"
        case list():
            return "[" + ",".join([write(member, sort=sort) for member in value]) + "]"
        case Decimal():
            return str(value)
        case _:
            return _scalar(value)


def is_same(one: str, other: str) -> bool:
    """Whether two documents say the same, whatever the order of their fields."""
    return one == other or write(read(one), sort=True) == write(read(other), sort=True)
