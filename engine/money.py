"""Exact fractions to minor units, in the four rounding modes (SPEC 6, Rounding and allocation).

A share is a pair of whole numbers, numerator and denominator, never a binary float. Numerators are never negative, save
for `round_signed`, which credits need.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

MinorUnits: TypeAlias = int
Rounding: TypeAlias = Callable[[int, int], MinorUnits]


def round_down(numerator: int, denominator: int) -> MinorUnits:
    """Return the whole part of a fraction."""
    return numerator // denominator


def round_half_down(numerator: int, denominator: int) -> MinorUnits:
    """Return the nearest whole number, the lower one where two are equally near."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator)


def round_half_even(numerator: int, denominator: int) -> MinorUnits:
    """Return the nearest whole number, the even one where two are equally near."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole & 1))


def round_half_up(numerator: int, denominator: int) -> MinorUnits:
    """Return the nearest whole number, the higher one where two are equally near."""
    return (2 * numerator + denominator) // (2 * denominator)


ROUNDINGS: Final[dict[str, Rounding]] = {
    "Down": round_down,
    "HalfDown": round_half_down,
    "HalfEven": round_half_even,
    "HalfUp": round_half_up,
}


def round_signed(numerator: int, denominator: int, rounding: Rounding) -> MinorUnits:
    """Return the fraction rounded; one below 0 as its opposite, so that a credit is what the same charge would be."""
    return rounding(numerator, denominator) if numerator >= 0 else -rounding(-numerator, denominator)
