"""What is earned on the lines whose cost is known, and what discounts take from what is earned on the others.

A margin is the price after discounts, less tax, less what the goods cost.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from engine.basket.basket import Basket
from engine.money import MinorUnits
from rules.receipt_line import ReceiptLine

# The price without tax as a share of the price with: numerator and denominator.
NetShare: TypeAlias = tuple[int, int]
_ALL: Final[NetShare] = (1, 1)


class CostedLine(NamedTuple):
    """A line whose cost is known.

    `place` is its place among the lines that can take discounts, None where it is none of them. `net` is its price as
    the receipt came in, own discounts taken off.
    """

    place: int | None
    net: MinorUnits
    cost: MinorUnits
    without_tax: NetShare
    units: int


def rounded(numerator: int, denominator: int) -> MinorUnits:
    """Return the nearest whole number of a fraction, halves away from 0; the denominator is above 0."""
    if numerator < 0:
        return -((2 * -numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def margin_of(lines: Sequence[CostedLine], by_line: Mapping[int, MinorUnits]) -> MinorUnits:
    """Return what is earned on lines together, given what is taken off each place."""
    total = 0
    # Every touched receipt comes by here, and whole numbers take a tenth of what fractions do.
    for place, net, cost, (numerator, denominator), _ in lines:
        if place is not None and place in by_line:
            net -= by_line[place]  # noqa: PLW2901 - the price is what is left of it
        total += rounded(net * numerator, denominator) - cost
    return total


def costed_lines(basket: Basket) -> Sequence[CostedLine]:
    """Return the lines that say what their goods cost, voided ones left out."""
    entries = basket.receipt.document.get("items") or ()
    costed = [position for position, entry in enumerate(entries) if entry.get("cost_price") is not None]
    if not costed:
        return ()
    places = {taker.position: taker.index for taker in basket.lines}
    found = []
    for position in costed:
        line = basket.receipt.items[position]
        if line.voided:
            continue
        entry, place = entries[position], places.get(position)
        found.append(
            CostedLine(
                place,
                _net(basket, position),
                _cost(int(entry["cost_price"]), line),
                _without_tax(entry.get("tax_percent")),
                basket.lines[place].units if place is not None else 0,
            )
        )
    return found


def uncosted_fall(
    basket: Basket,
    costed: Sequence[CostedLine],
    before: Mapping[int, MinorUnits],
    after: Mapping[int, MinorUnits],
) -> MinorUnits:
    """Return how much less is earned after than before on lines without cost, given what is taken off each place.

    What their goods cost is the same in both, so that it need not be known.
    """
    known = {line.place for line in costed}
    entries = basket.receipt.document.get("items") or ()
    lines = []
    for place in sorted({*before, *after} - known):
        if before.get(place, 0) != after.get(place, 0):
            position = basket.lines[place].position
            without_tax = _without_tax(entries[position].get("tax_percent"))
            lines.append(CostedLine(place, _net(basket, position), 0, without_tax, 0))
    return margin_of(lines, before) - margin_of(lines, after)


def _cost(of_a_piece: MinorUnits, line: ReceiptLine) -> MinorUnits:
    quantity = line.quantity
    if line.is_return_item and quantity > 0:
        # What is returned brings its cost back, whether or not the till counts it below 0.
        quantity = -quantity
    if isinstance(quantity, int):
        return of_a_piece * quantity
    pieces = Fraction(str(quantity))
    return rounded(of_a_piece * pieces.numerator, pieces.denominator)


def _net(basket: Basket, position: int) -> MinorUnits:
    """Return what a line cost, less its part of what the till took off without saying where (POLICY 15).

    What is returned is below 0 by its size, whatever the signs it was sent with (POLICY 13).
    """
    line = basket.receipt.items[position]
    own = basket.own.get(position)
    taken_back = own.amount if own is not None else 0
    gross, off = line.gross_amount or 0, basket.off.get(position, 0)
    if line.is_return_item:
        return off - abs(gross) if line.net_amount is None else -abs(line.net_amount) - abs(taken_back)
    net = gross - off
    hidden = basket.hidden.get(position, 0)
    if line.net_amount is None:
        return net - hidden
    written = line.net_amount + taken_back
    # What a net of the line says was taken off is not hidden.
    return written - max(hidden - max(net - written, 0), 0)


@lru_cache(maxsize=256)
def _without_tax(percent: Any) -> NetShare:
    if percent is None or percent <= 0:
        return _ALL
    share = Fraction(100) / (100 + Fraction(str(percent)))
    return share.numerator, share.denominator
