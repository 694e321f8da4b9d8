"""The kinds of reward as the reference engine reads them in the specification: one table, a row for each (SPEC 6).

A kind without a row is a KeyError, never the reward of another kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

NOTHING = Fraction(0)


def percent(value: Fraction, base: int, _remaining: int) -> Fraction:
    """A part of the base."""
    return value * base / 100


def money(value: Fraction, _base: int, _remaining: int) -> Fraction:
    """So much, whatever it is taken off."""
    return value


def new_price(value: Fraction, _base: int, remaining: int) -> Fraction:
    """What is above the new price."""
    return max(NOTHING, remaining - value)


def whole(_value: Fraction, base: int, _remaining: int) -> Fraction:
    """All of it."""
    return Fraction(base)


@dataclass(frozen=True)
class Kind:
    """What one kind of reward is, before a discount is held to what remains.

    `of_unit` is what one unit gets for the value, its base and what remains of it. Where sets give one sum, `of_set`
    makes it of the value and what remains of the set. An item rule without stamps forms sets where `sets` says so. Of a
    set `rewarded` are all units, the cheapest, or so many of the cheapest as the value says; so many units one stamp
    reward goes to as well. `flat_turn` and `receipt_turn` order rules of step 3 and 4; None where it is never one.
    """

    of_unit: Callable[[Fraction, int, int], Fraction]
    of_set: Callable[[Fraction, int, int], Fraction] | None = None
    sets: Literal["never", "of mixes", "of mixes or a quantity", "always"] = "of mixes"
    rewarded: Literal["all", "cheapest", "as many as the value"] = "all"
    flat_turn: int | None = None
    receipt_turn: int | None = None
    is_percent: bool = False
    is_balance: bool = False


KINDS = {
    "discount_percent": Kind(percent, flat_turn=2, receipt_turn=1, is_percent=True),
    "discount_amount": Kind(money, money, "of mixes or a quantity", flat_turn=3, receipt_turn=2),
    "discount_item_new_price": Kind(new_price, flat_turn=1),
    "discount_item_quantity": Kind(whole, sets="always", rewarded="as many as the value"),
    "discount_item_percent": Kind(percent, sets="always", rewarded="cheapest", is_percent=True),
    "discount_mix_new_price": Kind(new_price, new_price),
    "discount_debit": Kind(money, sets="never", is_balance=True),
}
