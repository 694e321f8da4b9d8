"""Whether two documents mean the same, however they are spelled: what was sent before is known again by it."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from rules.values import read_instant

INSTANTS = frozenset(
    {
        "purchase_at",
        "purchase_from",
        "purchase_to",
        "visible_from",
        "transaction_date",
        "created_at",
        "updated_at",
        "deleted_at",
        "at",
    }
)
"""The fields of rules, grants and receipts that are times: one instant may be written with any offset."""


NULL: tuple[Any, ...] = (None,)
EMPTY: tuple[Any, ...] = (None, [], {})
"""What means the same as leaving a field out: null anywhere, and in a rule (SPEC) or a receipt what is empty."""


def means_the_same(one: str, other: str, absent: tuple[Any, ...] = NULL) -> bool:
    """Whether two JSON texts mean the same: 2.0 is 2, null is absent, whatever the order of fields.

    One instant may be written with any offset. true is not 1, and other text is compared sign by sign.
    """
    return one == other or _meaning_of(one, absent) == _meaning_of(other, absent)


def _meaning_of(text: str, absent: tuple[Any, ...]) -> Any:
    return _plain(json.loads(text, parse_int=_Number, parse_float=_Number), absent)


class _Number(str):
    """A number as it was written: no number of Python holds all of them and compares them exactly."""

    __slots__ = ()


def _plain(value: Any, absent: tuple[Any, ...], name: str = "") -> Any:
    match value:
        case dict():
            return _members(value, absent)
        case list():
            return [_plain(member, absent, name) for member in value]
        case _Number():
            return _digits(value)
        case str() if name in INSTANTS:
            return _instant(value)
        case _:
            return value


def _members(value: Mapping[str, Any], absent: tuple[Any, ...]) -> dict[str, Any]:
    plain = {name: _plain(member, absent, name) for name, member in value.items()}
    return {name: member for name, member in plain.items() if member not in absent}


def _instant(text: str) -> Any:
    try:
        return read_instant(text)
    except PydanticCustomError:
        return text


def _digits(number: str) -> tuple[str, str, int]:
    """The sign, the digits without zeros at their ends, and the exponent of ten of the last one."""
    mantissa, _, exponent = number.lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return "", "", 0
    return sign, significant, int(exponent or 0) - len(fraction) + len(digits) - len(significant)
