"""Amounts with two decimals, as a credit note writes them: whole hundredths inside, exact decimals on the wire."""

from decimal import Decimal
from typing import Any

from engine.money import round_half_up
from rules.values import Read, refusal

ONE = 100
CENT = Decimal("0.01")


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number to a fraction, the one farther from 0 where two are equally near."""
    rounded = round_half_up(abs(numerator), denominator)
    return rounded if numerator >= 0 else -rounded


def as_decimal(hundredths: int) -> Decimal:
    """The number that so many hundredths are, with its two decimals."""
    return Decimal(hundredths).scaleb(-2)


def in_hundredths(low: int, high: int, what: str) -> Read:
    """The type of a field that is a number from `low` to `high` with two decimals at most; read as hundredths."""
    wanted = f"{what} is a number from {low} to {high} with two decimals at most, without quotes"

    def read(value: object) -> int:
        number = Decimal(repr(value)) if isinstance(value, float) else value
        if isinstance(number, bool) or not isinstance(number, int | Decimal) or not low <= number <= high:
            raise refusal("hundredths", wanted)
        if isinstance(number, int):
            return number * ONE
        if number != number.quantize(CENT):
            raise refusal("hundredths", wanted)
        return int(number.quantize(CENT).scaleb(2))

    schema: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
    return Read(read, schema)
