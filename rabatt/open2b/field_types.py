"""The types of single fields, as the documents name them: `string(1…25)`, `decimal[8,2](0…)`, `int(1…)`, datetime."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from rules.values import LARGEST, Read, Whole, refusal

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f]")


class StrictModel(BaseModel):
    """A part of a document: frozen, strict, and refused with a field that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Characters:
    """Text of `low` to `high` characters: on one line, unless it is `long`."""

    low: int
    high: int
    long: bool = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Our own function decides."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text between the lengths."""
        described: dict[str, Any] = {"type": "string", "minLength": self.low, "maxLength": self.high}
        return described if self.long else {**described, "pattern": r"^[^\u0000-\u001F]*$"}

    def read(self, value: object) -> str:
        """The text itself."""
        if not isinstance(value, str):
            raise refusal("text", "text is wanted, in quotes")
        if not self.low <= len(value) <= self.high:
            raise refusal("text", f"text of {self.low} to {self.high} characters is wanted")
        if not self.long and _CONTROL.search(value):
            raise refusal("text", "there are control characters in it; leave them out")
        return value


@dataclass(frozen=True, slots=True)
class Digits:
    """A number of so many digits in all, of which so many are decimals; none is rounded away."""

    digits: int
    places: int
    signed: bool = False
    most: int | None = None
    above_zero: bool = False

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Our own function decides."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number between the bounds."""
        edge = 10 ** (self.digits - self.places)
        least: dict[str, Any] = {"exclusiveMinimum": 0} if self.above_zero else {"minimum": 0}
        if self.signed:
            least = {"exclusiveMinimum": -edge}
        greatest = {"exclusiveMaximum": edge} if self.most is None else {"maximum": self.most}
        return {"type": "number", "description": f"At most {self.places} decimals.", **least, **greatest}

    def read(self, value: object) -> Decimal:
        """The number with all its places."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise refusal("digits", "a number is wanted, without quotes")
        if abs(value) >= 10 ** (self.digits - self.places):
            raise refusal("digits", f"a number of {self.digits - self.places} digits before the point is the most")
        exact = Decimal(value)
        number = exact.quantize(Decimal(1).scaleb(-self.places))
        if number != exact:
            raise refusal("digits", f"a number here has {self.places} decimals at most")
        if (number < 0 and not self.signed) or (self.above_zero and number == 0):
            raise refusal("digits", f"a number {'above 0' if self.above_zero else 'of 0 or more'} is wanted")
        if self.most is not None and number > self.most:
            raise refusal("digits", f"a number of {self.most} at most is wanted")
        return abs(number) if number == 0 else number


def read_time(value: object) -> str:
    """A time of the shop's own clock."""
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise refusal("time", 'a time is written "2020-09-02 12:00:00"')
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise refusal("time", "there is no such time in the calendar") from None
    return value


def read_time_or_nothing(value: object) -> str | None:
    """A time, or nothing where it is left empty."""
    return None if value is None or (isinstance(value, str) and not value) else read_time(value)


def read_date(value: object) -> str:
    """A day of the calendar."""
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise refusal("date", 'a day is written "2020-09-02"')
    try:
        date.fromisoformat(value)
    except ValueError:
        raise refusal("date", "there is no such day in the calendar") from None
    return value


def read_date_of(value: object) -> str:
    """A day, which may be written with a time: the source's own examples are."""
    return read_time(value)[:10] if isinstance(value, str) and _TIME.fullmatch(value) else read_date(value)


def read_country(value: object) -> str:
    """The two capitals of a country."""
    if not isinstance(value, str) or _COUNTRY.fullmatch(value) is None:
        raise refusal("country", 'a country is two capitals (ISO 3166), such as "GB"')
    return value


def read_country_or_nothing(value: object) -> str:
    """A country, or empty text."""
    return "" if isinstance(value, str) and not value else read_country(value)


TIME_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"}
DATE_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}

Time = Annotated[str, Read(read_time, TIME_SCHEMA)]
TimeOrNothing = Annotated[
    str | None, Read(read_time_or_nothing, {"type": ["string", "null"], "pattern": f"^$|{TIME_SCHEMA['pattern']}"})
]
Day = Annotated[str, Read(read_date, DATE_SCHEMA)]
DayOfCondition = Annotated[str, Read(read_date_of, {"anyOf": [DATE_SCHEMA, TIME_SCHEMA]})]
Country = Annotated[str, Read(read_country, {"type": "string", "pattern": "^[A-Z]{2}$"})]
CountryOrNothing = Annotated[str, Read(read_country_or_nothing, {"type": "string", "pattern": "^([A-Z]{2})?$"})]
Id = Annotated[int, Whole(1, LARGEST, "an identifier is a whole number, 1 or more")]
IdOrZero = Annotated[int, Whole(0, LARGEST, "a whole number is wanted, 0 or more")]
Label = Annotated[int, Whole(1, 64, "a label is a whole number from 1 to 64")]
Price = Annotated[Decimal, Digits(10, 3, signed=True)]
Cost = Annotated[Decimal, Digits(8, 3)]
Quantity = Annotated[Decimal, Digits(8, 2)]
Rate = Annotated[Decimal, Digits(4, 2)]
DiscountValue = Annotated[Decimal, Digits(8, 3, above_zero=True)]

Text20 = Annotated[str, Characters(0, 20)]
Text32 = Annotated[str, Characters(0, 32)]
Text60 = Annotated[str, Characters(0, 60)]
Text80 = Annotated[str, Characters(0, 80)]
Text100 = Annotated[str, Characters(0, 100)]
"""Texts that may be empty, by the most characters they have."""
