"""Decimals of the documents to whole numbers of their last place, and back: all arithmetic is on whole numbers."""

from decimal import Decimal
from typing import Final

CENTS: Final = 2
MILLS: Final = 3


def scaled(value: Decimal, places: int) -> int:
    """The number of units of the last place: 56.330 with 3 places is 56330. The value has no more places than that."""
    return int(value.scaleb(places))


def unscaled(units: int, places: int = CENTS) -> Decimal:
    """The decimal of so many units of the last place, with all its places: 120 with 2 is 1.20."""
    return Decimal(units).scaleb(-places)
