"""What is made of a receipt's document before it is read, for one that says the same in another way.

Columns are converted by the same functions of single values, so that a receipt is the same in both (decision 0034).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from operator import is_
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from rules import Fault, Receipt, Refused, exact_json, read_receipt
from rules.currency import decimals_of
from rules.fault import MOST_FAULTS, shown
from rules.parse import parse
from rules.serialise import serialise
from rules.values import LARGEST

EligibleLines: TypeAlias = Literal["marked", "all"]
AmountUnit: TypeAlias = Literal["minor", "major"]
Path: TypeAlias = tuple[str, ...]

# What names a receipt, a customer, a store, goods and their groups; lists are left out of the paths.
IDS: Final[tuple[Path, ...]] = (
    ("receipt_id",),
    ("customer_id",),
    ("store", "id"),
    ("items", "id"),
    ("items", "groups", "id"),
    ("items", "returned_receipt_id"),
)
# The amounts that an evaluation reads.
READ_AMOUNTS: Final[tuple[Path, ...]] = (
    ("gross_amount",),
    ("net_amount",),
    ("total_discount",),
    ("total_bonus",),
    ("items", "gross_amount"),
    ("items", "net_amount"),
    ("items", "cost_price"),
    ("items", "discount_lines", "amount"),
    ("items", "bonus_lines", "bonus"),
)
_REFS: Final[tuple[Path, ...]] = (
    *(("amount",), ("bonus",), ("debit_balance",)),
    *(("items", "amount"), ("items", "bonus"), ("units", "amount"), ("units", "bonus")),
    *(("statistics", name) for name in ("amount", "bonus", "debit_balance")),
)
# All amounts of a receipt (SPEC 1), read or only kept.
AMOUNTS: Final[tuple[Path, ...]] = (
    *READ_AMOUNTS,
    ("amount_due",),
    ("total_manual_discount_amount",),
    ("tax_lines", "amount"),
    ("tax_lines", "tax_basis"),
    ("payments", "amount"),
    ("payments", "card_info", "balance_amount"),
    ("payments", "card_info", "card_amount"),
    ("payments", "infocode_lines", "amount"),
    ("items", "unit_gross_price"),
    ("items", "tax_lines", "amount"),
    ("items", "tax_lines", "tax_basis"),
    ("items", "infocode_lines", "amount"),
    *(("discounts", "refs", *path) for path in _REFS),
    *(("returns", name) for name in ("amount", "refund_amount", "credit_amount")),
    ("returns", "items", "amount"),
    *(("returns", "discounts", "refs", *path) for path in _REFS),
)
ELIGIBLE: Final[Path] = ("items", "eligible_for_discount")

_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
# Beyond this a float has no place for a part of one.
_LARGEST_WHOLE_FLOAT: Final = 2**53


@dataclass(frozen=True, slots=True)
class Conversions:
    """What is made of every receipt: which lines can take discounts, what amounts are in, and the zone of its time."""

    eligible: EligibleLines = "marked"
    amounts: AmountUnit = "minor"
    timezone: str | None = None

    @property
    def are_asked(self) -> bool:
        """Say whether anything was asked for: ids that are numbers become text in any case."""
        return self != Conversions()

    @property
    def zone(self) -> tzinfo | None:
        """Return the zone of times, if one was named."""
        return None if self.timezone is None else zone_of(self.timezone)


@lru_cache(maxsize=8)
def zone_of(name: str) -> tzinfo:
    """Return a time zone."""
    return ZoneInfo(name)


def as_written(document: bytes, conversions: Conversions) -> bytes:
    """Return a receipt as we write it: the document itself where there is nothing to convert.

    Refused where an amount has more decimals than its currency; any other fault is left to the reader of receipts.
    """
    is_exact = conversions.amounts == "major"
    try:
        plain = parse(document, exact=is_exact)
    except Refused:
        return document
    if not isinstance(plain, dict):
        return document
    converted = _changed_at(plain, IDS, id_text)
    if conversions.eligible == "all":
        converted = _with_marks(converted)
    if is_exact:
        converted = _in_minor_units(converted)
    if conversions.zone is not None:
        converted = _changed_at(converted, (("purchase_at",),), lambda at: in_zone(at, conversions.zone))
    if converted is plain:
        return document
    return exact_json.write(converted).encode() if is_exact else serialise(converted)


def receipt_of(document: bytes, conversions: Conversions) -> tuple[bytes, Receipt]:
    """Return a receipt, and its document as we write it; Refused with its faults."""
    if not conversions.are_asked:
        try:
            return document, read_receipt(document)
        except Refused:
            # Only of what is refused is it asked whether an id is a number: most receipts have none.
            written = as_written(document, conversions)
            if written is document:
                raise
    else:
        written = as_written(document, conversions)
    return written, read_receipt(written)


def id_text(value: Any) -> Any:
    """Return the text of an id that is a whole number, and what is none as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, int):
        return str(value)
    is_whole = -_LARGEST_WHOLE_FLOAT <= value <= _LARGEST_WHOLE_FLOAT and value == int(value)
    return str(int(value)) if is_whole else value


def minor_units(value: Any, decimals: int) -> int | None:
    """Return an amount of whole coins in the smallest unit; None for what is no such amount, or has more decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    # A number of a million digits is none that is counted.
    if not exact.is_finite() or exact.adjusted() > len(str(LARGEST)):
        return None
    scaled = exact.scaleb(decimals)
    return int(scaled) if scaled == scaled.to_integral_value() and abs(scaled) <= LARGEST else None


def in_zone(value: Any, zone: tzinfo | None) -> Any:
    """Return a time as the clocks of a zone show it, which it is of where it names none; what is no time as it is.

    Of a time that comes twice when clocks go back, it is the first; one that they leave out is as if they had not
    gone forward.
    """
    shape = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if shape is None or zone is None:
        return value
    try:
        moment = datetime.fromisoformat(value)
        aware = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
        # By way of the instant, so that a time which was left out becomes one that clocks show.
        return aware.astimezone(UTC).astimezone(zone).isoformat()
    except (ValueError, OverflowError):
        return value


def names_no_zone(value: Any) -> bool:
    """Say whether a value is a time that names no zone."""
    shape = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    return shape is not None and shape[2] is None


def has_fractions(document: Mapping[str, Any]) -> bool:
    """Say whether any amount of a receipt that is read is written as a fraction, such as 49.0."""
    return any(type(value) is float for path in READ_AMOUNTS for value in _values_at(document, path))


def _with_marks(document: dict[str, Any]) -> dict[str, Any]:
    """Return a receipt of which every line says that it can take discounts."""
    lines = document.get("items")
    if not isinstance(lines, list):
        return document
    return {**document, "items": [{**line, ELIGIBLE[-1]: True} if isinstance(line, dict) else line for line in lines]}


def _in_minor_units(document: dict[str, Any]) -> dict[str, Any]:
    """Return a receipt with its amounts in the smallest unit; Refused with those that have too many decimals."""
    currency = document.get("currency")
    decimals = decimals_of(currency if isinstance(currency, str) else None)
    converted = _changed_at(document, AMOUNTS, lambda value: _scaled(value, decimals))
    faults = [fault for path in AMOUNTS for fault in _amount_faults(document, path, "", decimals)]
    if faults:
        raise Refused(faults[:MOST_FAULTS])
    return converted


def _scaled(value: Any, decimals: int) -> Any:
    minor = minor_units(value, decimals)
    return value if minor is None else minor


def _amount_faults(value: Any, path: Path, place: str, decimals: int) -> Iterator[Fault]:
    if isinstance(value, list):
        for number, member in enumerate(value):
            yield from _amount_faults(member, path, f"{place}[{number}]", decimals)
    elif path:
        if isinstance(value, dict) and path[0] in value:
            yield from _amount_faults(value[path[0]], path[1:], f"{place}.{path[0]}".lstrip("."), decimals)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and minor_units(value, decimals) is None:
        yield Fault(place, f"an amount here has at most {decimals} decimals, as its currency; here is {shown(value)}")


def _values_at(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, list):
        for member in value:
            yield from _values_at(member, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values_at(value[path[0]], path[1:])


def _changed_at(document: dict[str, Any], paths: Iterable[Path], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a document with other values at some paths; the same object where nothing is other."""
    for path in paths:
        document = _changed(document, path, change)
    return document


def _changed(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        members = [_changed(member, path, change) for member in value]
        return value if all(map(is_, members, value)) else members
    if not path:
        return change(value)
    if not isinstance(value, dict) or path[0] not in value:
        return value
    member = _changed(value[path[0]], path[1:], change)
    return value if member is value[path[0]] else {**value, path[0]: member}
