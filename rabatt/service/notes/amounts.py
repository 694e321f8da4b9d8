"""What the lines of a credit note come to, exactly: all amounts and percents are whole hundredths.

A line is rounded once, half up; VAT is taken of the sum of all lines of its rate and rounded once, half up (SPEC 6 has
the rounding). What a line shows with VAT is for the reader: those amounts need not add up to the total.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rabatt.service.hundredths import ONE, half_up

WHOLE = 100 * ONE
"""A hundred percent."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line that only says something."""

    description: str


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A line that counts: so many of something at a price without VAT, less a percent, on an account with its VAT."""

    description: str
    quantity: int
    base: int
    account_number: int
    account_name: str
    vat: int
    discount: int = 0
    unit: str = "parts"
    product_guid: str | None = None
    comments: str | None = None

    @property
    def total(self) -> int:
        """What the line comes to without VAT."""
        return half_up(self.quantity * self.base * (WHOLE - self.discount), ONE * WHOLE)


NoteLine = TextLine | ProductLine


@dataclass(frozen=True, slots=True)
class NoteSums:
    """What all lines come to: what VAT is taken of, what is free of it, and the VAT."""

    vatable: int
    non_vatable: int
    vat: int

    @property
    def without_vat(self) -> int:
        """The sum of all lines."""
        return self.vatable + self.non_vatable

    @property
    def with_vat(self) -> int:
        """What is credited."""
        return self.without_vat + self.vat


def with_vat(amount: int, vat: int) -> int:
    """An amount with the VAT of a rate."""
    return amount + vat_of(amount, vat)


def vat_of(amount: int, vat: int) -> int:
    """The VAT of an amount."""
    return half_up(amount * vat, WHOLE)


def sums_of(lines: Iterable[NoteLine]) -> NoteSums:
    """What the lines come to; VAT is rounded once for each rate."""
    by_rate: Counter[int] = Counter()
    for line in lines:
        if isinstance(line, ProductLine):
            by_rate[line.vat] += line.total
    free = by_rate.pop(0, 0)
    return NoteSums(sum(by_rate.values()), free, sum(vat_of(amount, vat) for vat, amount in by_rate.items()))
