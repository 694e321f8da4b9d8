"""JSON whose numbers keep their digits: a percent is exact to the last decimal that was written."""

import json
from decimal import Decimal
from typing import Any

# As UTF-8 rather than escapes; what JSON demands is escaped, NUL included, so that every store takes the text.
_scalar = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def read(text: str) -> Any:
    """Plain data of JSON that was written here, its fractions as decimals."""
    return json.loads(text, parse_float=Decimal)


def write(value: object) -> str:
    """Compact JSON of plain data."""
    match value:
        case dict():
            return "{" + ",".join([f"{_scalar(name)}:{write(member)}" for name, member in value.items()]) + "}"
        case list():
            return "[" + ",".join([write(member) for member in value]) + "]"
        case Decimal():
            return str(value)
        case _:
            return _scalar(value)
