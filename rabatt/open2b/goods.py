"""What the goods of a receipt come to: line totals, their tax, the discounts, and a base for each tax class.

The steps and worked tables are in docs/open2b.md. Amounts are in cents; prices, costs and discounts come with three
decimals, quantities and rates with two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from engine.basket.allocate import allocate
from engine.money import ROUNDINGS, MinorUnits, round_signed
from engine.settings import RoundingMode, RoundingRule
from rabatt.open2b.decimals import CENTS, MILLS, scaled

DiscountType: TypeAlias = Literal["PercentOff", "AmountOff"]

# A rate of 19.00 percent is 1900 of these.
WHOLE_RATE = 10_000
# A quantity of 3.00 is 300 of these.
WHOLE_QUANTITY = 100
WHOLE_PERCENT = 100_000


class Rounding(NamedTuple):
    """How amounts become cents, and what is rounded: the price of a piece, a line, or a sum."""

    mode: RoundingMode = "HalfUp"
    rule: RoundingRule = "PerLine"

    def to_whole(self, numerator: int, denominator: int) -> int:
        """The fraction as a whole number; below 0 it is rounded as its opposite."""
        return round_signed(numerator, denominator, ROUNDINGS[self.mode])


class Tax(NamedTuple):
    """A tax class where it applies: its code, its name, and a rate in percent."""

    code: str = ""
    name: str = ""
    rate: Decimal = Decimal("0.00")

    def on(self, base: MinorUnits) -> int:
        """The tax of a base, as the numerator of a fraction over `WHOLE_RATE`."""
        return base * scaled(self.rate, CENTS)


class GoodsLine(NamedTuple):
    """So many pieces at a price before tax, each of a weight."""

    quantity: Decimal
    price: Decimal
    tax: Tax = Tax()
    weight: Decimal = Decimal("0.000")


class Discount(NamedTuple):
    """A percentage or an amount, off what is left of the subtotal at its turn."""

    type: DiscountType
    value: Decimal


class NothingToTakeOff(Exception):
    """An AmountOff at whose turn the subtotal is zero, or below."""


class Amount(NamedTuple):
    """A base and its tax, in cents."""

    base: MinorUnits = 0
    tax: MinorUnits = 0

    def __add__(self, other: object) -> "Amount":
        """Both added up."""
        if not isinstance(other, Amount):
            return NotImplemented
        return Amount(self.base + other.base, self.tax + other.tax)

    @property
    def taxed(self) -> MinorUnits:
        """The base with its tax."""
        return self.base + self.tax


@dataclass(frozen=True, slots=True)
class Goods:
    """The goods of a receipt: each line before discounts, what each discount takes off, and what each class has left.

    `by_class` is in the order in which classes first appear on the lines.
    """

    lines: tuple[Amount, ...]
    off: tuple[MinorUnits, ...]
    by_class: dict[Tax, Amount] = field(hash=False)

    @property
    def before(self) -> Amount:
        """All lines before discounts."""
        return total_of(self.lines)

    @property
    def after(self) -> Amount:
        """What is left after discounts."""
        return total_of(self.by_class.values())


def total_of(amounts: Iterable[Amount]) -> Amount:
    """All of them added up."""
    total = Amount()
    for amount in amounts:
        total += amount
    return total


def reckon(
    lines: Sequence[GoodsLine],
    discounts: Sequence[Discount],
    rounding: Rounding,
    *,
    discounts_include_taxes: bool = False,
) -> Goods:
    """What the goods come to; NothingToTakeOff where an AmountOff finds no subtotal."""
    bases = bases_of(lines, rounding)
    before = [Amount(*pair) for pair in zip(bases, taxes_of(lines, bases, rounding), strict=True)]
    if discounts_include_taxes:
        off, shares = lay_off([amount.taxed for amount in before], discounts, rounding)
        after = taxes_taken_out(lines, before, shares, rounding)
    else:
        off, shares = lay_off(bases, discounts, rounding)
        left = [base - share for base, share in zip(bases, shares, strict=True)]
        after = [Amount(*pair) for pair in zip(left, taxes_of(lines, left, rounding), strict=True)]
    by_class: dict[Tax, Amount] = {}
    for line, amount in zip(lines, after, strict=True):
        by_class[line.tax] = by_class.get(line.tax, Amount()) + amount
    return Goods(tuple(before), tuple(off), by_class)


def bases_of(lines: Sequence[GoodsLine], rounding: Rounding) -> list[MinorUnits]:
    """Quantity times price of each line, as the rule rounds it."""
    quantities = [scaled(line.quantity, CENTS) for line in lines]
    prices = [scaled(line.price, MILLS) for line in lines]
    pairs = zip(quantities, prices, strict=True)
    match rounding.rule:
        case "PerItem":
            return [
                rounding.to_whole(quantity * rounding.to_whole(price, 10), WHOLE_QUANTITY) for quantity, price in pairs
            ]
        case "PerLine":
            return [rounding.to_whole(quantity * price, 10 * WHOLE_QUANTITY) for quantity, price in pairs]
        case "Total":
            return rounded_in_sum([quantity * price for quantity, price in pairs], 10 * WHOLE_QUANTITY, rounding)


def taxes_of(lines: Sequence[GoodsLine], bases: Sequence[MinorUnits], rounding: Rounding) -> list[MinorUnits]:
    """The tax on the base of each line, as the rule rounds it."""
    exact = [line.tax.on(base) for line, base in zip(lines, bases, strict=True)]
    match rounding.rule:
        case "PerItem":
            return [
                tax_by_piece(numerator, scaled(line.quantity, CENTS), rounding)
                for line, numerator in zip(lines, exact, strict=True)
            ]
        case "PerLine":
            return [rounding.to_whole(numerator, WHOLE_RATE) for numerator in exact]
        case "Total":
            taxes = [0] * len(lines)
            for places in classes_of(lines).values():
                shares = rounded_in_sum([exact[place] for place in places], WHOLE_RATE, rounding)
                for place, share in zip(places, shares, strict=True):
                    taxes[place] = share
            return taxes


def tax_by_piece(numerator: int, quantity: int, rounding: Rounding) -> MinorUnits:
    """The tax of one piece, rounded, as often as there are pieces; what there is none of bears none."""
    if not quantity:
        return 0
    one = rounding.to_whole(numerator * WHOLE_QUANTITY, quantity * WHOLE_RATE)
    return rounding.to_whole(one * quantity, WHOLE_QUANTITY)


def classes_of(lines: Sequence[GoodsLine]) -> dict[Tax, list[int]]:
    """The places of the lines of each class, in the order in which classes first appear."""
    places: dict[Tax, list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.tax, []).append(place)
    return places


def rounded_in_sum(numerators: Sequence[int], denominator: int, rounding: Rounding) -> list[MinorUnits]:
    """Fractions rounded once, as a sum, which is then shared out among them.

    Charges and credits are each summed by themselves, since no share may be of the other sign.
    """
    shares = [0] * len(numerators)
    for sign in (1, -1):
        places = [place for place, numerator in enumerate(numerators) if numerator * sign > 0]
        weights = [numerators[place] * sign for place in places]
        amount = rounding.to_whole(sum(weights), denominator)
        for place, share in zip(places, shared(amount, weights, [amount] * len(weights)), strict=True):
            shares[place] = share * sign
    return shares


def shared(amount: MinorUnits, weights: Sequence[int], rooms: Sequence[MinorUnits]) -> list[MinorUnits]:
    """The amount in shares, by the engine's allocation."""
    runs = [(weight, 1, room) for weight, room in zip(weights, rooms, strict=True)]
    return [each + more for each, more in allocate(amount, runs)] if runs else []


def lay_off(
    amounts: Sequence[MinorUnits], discounts: Sequence[Discount], rounding: Rounding
) -> tuple[list[MinorUnits], list[MinorUnits]]:
    """What each discount takes off, and what each line loses to all of them: in proportion to what it has left.

    Lines below 0 lower the subtotal, and bear no part of a discount. NothingToTakeOff as `reckon` says.
    """
    subtotal = sum(amounts)
    takers = [place for place, amount in enumerate(amounts) if amount > 0]
    left = [amounts[place] for place in takers]
    off = []
    for discount in discounts:
        value = scaled(discount.value, MILLS)
        if discount.type == "PercentOff":
            taken = rounding.to_whole(max(subtotal, 0) * value, WHOLE_PERCENT)
        elif subtotal <= 0:
            raise NothingToTakeOff
        else:
            taken = min(rounding.to_whole(value, 10), subtotal)
        subtotal -= taken
        off.append(taken)
        # There is room: what lines have left is the subtotal and what those below 0 lower it by.
        left = [room - share for room, share in zip(left, shared(taken, left, left), strict=True)]
    shares = [0] * len(amounts)
    for place, rest in zip(takers, left, strict=True):
        shares[place] = amounts[place] - rest
    return off, shares


def taxes_taken_out(
    lines: Sequence[GoodsLine], before: Sequence[Amount], shares: Sequence[MinorUnits], rounding: Rounding
) -> list[Amount]:
    """What each line has left of discounts that include taxes: its base and its tax shrink in proportion."""
    if rounding.rule != "Total":
        return [shrunk(amount, share, rounding) for amount, share in zip(before, shares, strict=True)]
    after = list(before)
    for places in classes_of(lines).values():
        takers = [place for place in places if before[place].taxed > 0]
        whole = total_of(before[place] for place in takers)
        taken = sum(shares[place] for place in takers)
        if taken:
            # Only the class is asked for its base and tax: its first line stands for all.
            first, rest = takers[0], shrunk(whole, taken, rounding)
            after[first] = Amount(before[first].base - whole.base + rest.base, before[first].tax - whole.tax + rest.tax)
    return after


def shrunk(amount: Amount, off: MinorUnits, rounding: Rounding) -> Amount:
    """A base and its tax after so much is taken off both together; neither falls below 0."""
    if not off:
        return amount
    from_base = rounding.to_whole(off * amount.base, amount.taxed)
    return Amount(amount.base - from_base, amount.tax - (off - from_base))
