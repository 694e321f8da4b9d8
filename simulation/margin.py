"""What is earned on the lines whose cost is known: the price after discounts, less tax, less what the goods cost."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from engine.basket import Basket
from engine.money import MinorUnits, round_half_up

_WHOLE_PERCENT = 100


class CostedLine(NamedTuple):
    """A line whose cost is known.

    `place` is its place among the lines that can take discounts, None where it is none of them. `net` is its price as
    the receipt came in, own discounts taken off. `tax` is the share of tax in a hundred of the price without.
    """

    place: int | None
    net: MinorUnits
    cost: MinorUnits
    tax: Fraction
    units: int

    def margin(self, discount: MinorUnits) -> MinorUnits:
        """Return what is earned on the line where so much is taken off."""
        net = self.net - discount
        without_tax = abs(net) * _WHOLE_PERCENT / (_WHOLE_PERCENT + self.tax)
        return rounded(without_tax if net >= 0 else -without_tax) - self.cost


def rounded(amount: Fraction) -> MinorUnits:
    """Return the nearest whole number, halves away from 0."""
    size = round_half_up(abs(amount.numerator), amount.denominator)
    return size if amount >= 0 else -size


def costed_lines(basket: Basket) -> Sequence[CostedLine]:
    """Return the lines that say what their goods cost, voided ones left out."""
    entries = basket.receipt.document.get("items") or ()
    places: Mapping[int, int] | None = None
    found = []
    for position, entry in enumerate(entries):
        cost = entry.get("cost_price")
        if cost is None or not isinstance(cost, int | float):
            continue
        line = basket.receipt.items[position]
        if line.voided:
            continue
        if places is None:
            places = {taker.position: taker.index for taker in basket.lines}
        place = places.get(position)
        quantity = Fraction(str(line.quantity))
        found.append(
            CostedLine(
                place,
                _net(basket, position),
                rounded(Fraction(str(cost)) * quantity),
                _tax(entry.get("tax_percent")),
                basket.lines[place].units if place is not None else 0,
            )
        )
    return found


def _net(basket: Basket, position: int) -> MinorUnits:
    line = basket.receipt.items[position]
    own = basket.own.get(position)
    taken_back = own.amount if own is not None else 0
    if line.net_amount is not None:
        return line.net_amount + taken_back
    return (line.gross_amount or 0) - sum(entry.amount for entry in line.discount_lines) + taken_back


def _tax(percent: Any) -> Fraction:
    if isinstance(percent, bool) or not isinstance(percent, int | float) or percent < 0:
        return Fraction(0)
    return Fraction(str(percent))


def margin_of(lines: Sequence[CostedLine], by_line: Mapping[int, MinorUnits]) -> MinorUnits:
    """Return what is earned on lines together, given what is taken off each place."""
    return sum(line.margin(by_line.get(line.place, 0) if line.place is not None else 0) for line in lines)
