"""The types of single fields: amounts, counts, percents, instants with offset, codes, clock times.

Each is strict: no text for a number, no `true` for 1, no fraction for a whole. Each refuses with one sentence that says
what it wants; what it got is added where the errors become Faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import StrictBool, StrictStr
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

# Beyond this a float no longer holds every whole number, and no till counts so far.
LARGEST = 10**15
LONGEST_DAYS = 999_999
EARLIEST_PURCHASE_YEAR, LATEST_PURCHASE_YEAR = 1000, 9000
PERCENT_DECIMALS = 20

# Labels of the two ways that a field of a receipt may be read; no field of a document bears these names.
GIVEN, NULL = "\0given", "\0null"

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_CODE = re.compile(r"\d{1,4}", re.ASCII)


def whole_number(value: object) -> int:
    """The integer that a float or decimal number stands for exactly; ValueError for anything else."""
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < len(str(LARGEST)) and value % 1 == 0:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, `100.0` included; pydantic-core alone reads the common case."""

    low: int
    high: int
    wanted: str

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Strict integers first; Python is only asked about numbers written as fractions."""
        choices: list[CoreSchema | tuple[CoreSchema, str]] = [
            core_schema.int_schema(strict=True, ge=self.low, le=self.high),
            core_schema.no_info_plain_validator_function(self.from_fraction),
        ]
        return core_schema.custom_error_schema(
            core_schema.union_schema(choices, mode="left_to_right"),
            custom_error_type="whole",
            custom_error_message=self.wanted,
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """An integer between the bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def from_fraction(self, value: object) -> int:
        """The whole number within the bounds that a fraction stands for."""
        whole = whole_number(value)
        if not self.low <= whole <= self.high:
            raise ValueError
        return whole


class Quantity:
    """Any finite number; a whole one comes back as an integer."""

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Strict integers first; Python is only asked about fractions."""
        choices: list[CoreSchema | tuple[CoreSchema, str]] = [
            core_schema.int_schema(strict=True, ge=-LARGEST, le=LARGEST),
            core_schema.no_info_after_validator_function(
                _whole_where_it_is_one,
                core_schema.float_schema(strict=True, allow_inf_nan=False, ge=-LARGEST, le=LARGEST),
            ),
        ]
        return core_schema.custom_error_schema(
            core_schema.union_schema(choices, mode="left_to_right"),
            custom_error_type="number",
            custom_error_message="a number is wanted, without quotes",
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number between the bounds."""
        return {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}


def _whole_where_it_is_one(value: float) -> int | float:
    return int(value) if value.is_integer() else value


@dataclass(frozen=True, slots=True)
class NullMeans:
    """A field of a receipt in which null stands for the same as leaving it out: `value`."""

    value: Any

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The field's own type first, null second; the labels are taken out of the paths of faults."""
        return core_schema.union_schema(
            [
                (handler(source), GIVEN),
                (core_schema.no_info_after_validator_function(self.instead, core_schema.none_schema()), NULL),
            ],
            mode="left_to_right",
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The field's own schema, or null."""
        described = handler(schema)
        return described if "anyOf" in described else {"anyOf": [described, {"type": "null"}]}

    def instead(self, _null: None) -> Any:
        """What null stands for."""
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A field read by a function of ours, which raises PydanticCustomError; `schema` describes it in JSON Schema."""

    function: Any
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """The function alone decides."""
        return core_schema.no_info_plain_validator_function(self.function)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What the function accepts, as it was described."""
        return dict(self.schema)


def refusal(kind: str, sentence: str, **context: object) -> PydanticCustomError:
    """The error by which a function of ours refuses a value; the sentence may hold braces.

    Comparing names is slow: with a `name` and the `known` ones the nearest is looked for where the fault is said.
    """
    return PydanticCustomError(kind, "{sentence}", {"sentence": sentence, **context})


def read_percent(value: object) -> Decimal:
    """The exact percent: integers and decimals as written, Python floats by their shortest text."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise refusal("percent", "a percent is a number, such as 12.5")
    percent = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not percent.is_finite():
        raise refusal("percent", "a percent is a finite number, such as 12.5")
    if percent < 0:
        raise refusal("percent", "a percent is 0 or more")
    if percent > LARGEST:
        raise refusal("percent", "this percent is beyond what can be counted exactly")
    if _decimals(percent) > PERCENT_DECIMALS:
        raise refusal("percent", f"a percent has at most {PERCENT_DECIMALS} decimals")
    return percent


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def read_instant(value: object) -> datetime:
    """The instant, with its offset as written."""
    if not isinstance(value, str):
        raise refusal("instant", 'a time is text with an offset, such as "2023-11-07T05:31:56Z"')
    shape = _INSTANT.fullmatch(value)
    if shape is None:
        raise refusal("instant", 'a time is written like "2023-11-07T05:31:56Z"')
    if shape[3] is None:
        raise refusal("instant", 'a time needs its offset: end it with "Z" or, for example, "+02:00"')
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise refusal("instant", "there is no such time in the calendar") from None


def read_purchase_instant(value: object) -> datetime:
    """The instant of a purchase, in a year that leaves room for the days that rules add to it."""
    instant = read_instant(value)
    if not EARLIEST_PURCHASE_YEAR <= instant.year <= LATEST_PURCHASE_YEAR:
        raise refusal("instant", f"a purchase is in a year from {EARLIEST_PURCHASE_YEAR} to {LATEST_PURCHASE_YEAR}")
    return instant


def read_clock(value: object) -> int:
    """Minutes after midnight of a time from 00:00 to 23:59; hours before ten may have one digit."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise refusal("clock", 'a clock time is written "HH:MM", from "00:00" to "23:59"')
    return int(found[1]) * 60 + int(found[2])


@lru_cache(maxsize=1)
def known_zones() -> tuple[str, ...]:
    """The names of all time zones, from the zone data we depend on, so the same on every machine."""
    from importlib import resources  # noqa: PLC0415 - rarely needed, and slow to import

    return tuple(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def read_zone(value: object) -> str:
    """The name of a time zone that exists."""
    if not isinstance(value, str):
        raise refusal("zone", 'a time zone is text, such as "Europe/Oslo"')
    if value not in known_zones():
        # Comparing with all six hundred names takes half a millisecond; the city's first letter is seldom wrong.
        initial = value.rpartition("/")[2][:1].upper()
        alike = tuple(zone for zone in known_zones() if zone.rpartition("/")[2].startswith(initial))
        raise refusal("zone", "there is no time zone of this name", name=value, known=alike)
    return value


def read_code(value: object) -> str:
    """A merchant category code as four digits."""
    if isinstance(value, float | Decimal):
        try:
            value = whole_number(value)
        except ValueError:
            value = None
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else value
    if not isinstance(text, str) or _CODE.fullmatch(text) is None:
        raise refusal("mcc", "a merchant category code is up to four digits, such as 5814")
    return text.zfill(4)


def read_name(value: object) -> str:
    """Text of one character at least."""
    if not isinstance(value, str) or not value:
        raise refusal("name", "text is wanted, of one character at least")
    return value


Text = StrictStr
Flag = StrictBool
Name = Annotated[str, Read(read_name, {"type": "string", "minLength": 1})]
Money = Annotated[int, Whole(-LARGEST, LARGEST, "an amount is a whole number in the smallest unit, without quotes")]
Price = Annotated[int, Whole(0, LARGEST, "an amount here is a whole number in the smallest unit, 0 or more")]
Count = Annotated[int, Whole(0, LARGEST, "a count is a whole number, 0 or more")]
CountFromOne = Annotated[int, Whole(1, LARGEST, "a count here is a whole number, 1 or more")]
Limit = Annotated[int, Whole(-1, LARGEST, "a limit is a whole number, 0 or more, or -1 for none")]
Days = Annotated[int, Whole(-1, LONGEST_DAYS, f"days are a whole number up to {LONGEST_DAYS}, or -1 for no limit")]
Integer = Annotated[int, Whole(-LARGEST, LARGEST, "a whole number is wanted, without quotes")]
Number = Annotated[int | float, Quantity()]
Percent = Annotated[Decimal, Read(read_percent, {"type": "number", "minimum": 0})]
Instant = Annotated[datetime, Read(read_instant, {"type": "string", "format": "date-time"})]
PurchaseInstant = Annotated[datetime, Read(read_purchase_instant, {"type": "string", "format": "date-time"})]
Clock = Annotated[int, Read(read_clock, {"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"})]
Zone = Annotated[str, Read(read_zone, {"type": "string", "examples": ["Europe/Oslo"]})]
CODE_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 0, "maximum": 9999}, {"type": "string", "pattern": "^[0-9]{1,4}$"}]
}
Code = Annotated[str, Read(read_code, CODE_SCHEMA)]
