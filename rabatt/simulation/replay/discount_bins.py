"""How discounts are spread over receipts: bins of the series 1, 2, 5, 10 in coins, alike for every currency."""

from bisect import bisect_left
from typing import Final

from engine.money import MinorUnits

# The upper ends of the bins in minor units; the first is no discount, and above the last there is one more.
ENDS: Final = (0, *(digit * 10**power for power in range(1, 8) for digit in (1, 2, 5)))


def bin_of(discount: MinorUnits) -> int:
    """Return the number of the bin that a discount falls into."""
    return bisect_left(ENDS, discount)


def bounds_of(number: int) -> tuple[MinorUnits | None, MinorUnits | None]:
    """Return above what a bin begins and up to what it goes; None is no end."""
    return ENDS[number - 1] if number else None, ENDS[number] if number < len(ENDS) else None
