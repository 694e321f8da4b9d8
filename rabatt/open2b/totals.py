"""Every total field of a receipt, from its goods, its shipping and its payment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from rabatt.open2b.decimals import CENTS, MILLS, scaled, unscaled
from rabatt.open2b.goods import WHOLE_QUANTITY, WHOLE_RATE, Amount, Goods, GoodsLine, Rounding, Tax, total_of


class Charge(NamedTuple):
    """What shipping or payment costs before tax, with a tax of its own."""

    cost: Decimal
    tax: Tax = Tax()

    def amount(self, rounding: Rounding) -> Amount:
        """Its base and its tax, each rounded by itself whatever the rule."""
        base = rounding.to_whole(scaled(self.cost, MILLS), 10)
        return Amount(base, rounding.to_whole(self.tax.on(base), WHOLE_RATE))


class ClassTotal(NamedTuple):
    """What one tax class has in all, goods, shipping and payment together."""

    tax: Tax
    amount: Amount


@dataclass(frozen=True, slots=True)
class Totals:
    """The total fields in cents; `quantity` in hundredths and `weight` in thousandths."""

    goods: Goods
    shipping: Amount
    payment: Amount
    taxes: tuple[ClassTotal, ...]
    quantity: int
    weight: int

    @property
    def total(self) -> Amount:
        """All that is to be paid."""
        return total_of(each.amount for each in self.taxes)

    def as_data(self) -> dict[str, Decimal]:
        """The fields that are single amounts, by their names in the document."""
        before, after, total = self.goods.before, self.goods.after, self.total
        return {
            "prediscountSubtotal": unscaled(before.base),
            "taxedPrediscountSubtotal": unscaled(before.taxed),
            "subtotal": unscaled(after.base),
            "taxedSubtotal": unscaled(after.taxed),
            "taxAmount": unscaled(total.tax),
            "total": unscaled(total.base),
            "taxedTotal": unscaled(total.taxed),
            "quantity": unscaled(self.quantity),
            "weight": unscaled(self.weight, MILLS),
        }


def sum_up(
    lines: Sequence[GoodsLine], goods: Goods, shipping: Charge | None, payment: Charge | None, rounding: Rounding
) -> Totals:
    """Every total; classes in the order of lines, shipping, payment."""
    charges = [charge for charge in (shipping, payment) if charge is not None]
    by_class = dict(goods.by_class)
    for charge in charges:
        by_class[charge.tax] = by_class.get(charge.tax, Amount()) + charge.amount(rounding)
    return Totals(
        goods,
        shipping.amount(rounding) if shipping else Amount(),
        payment.amount(rounding) if payment else Amount(),
        tuple(ClassTotal(tax, amount) for tax, amount in by_class.items()),
        sum(scaled(line.quantity, CENTS) for line in lines),
        weight_of(lines, rounding),
    )


def weight_of(lines: Iterable[GoodsLine], rounding: Rounding) -> int:
    """What all pieces weigh, in thousandths."""
    exact = sum(scaled(line.quantity, CENTS) * scaled(line.weight, MILLS) for line in lines)
    return rounding.to_whole(exact, WHOLE_QUANTITY)
