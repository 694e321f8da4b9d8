"""Shipping and payment of a receipt: whether its methods may be used, and what they cost where nobody says."""

from dataclasses import dataclass, replace
from decimal import Decimal

from rabatt.open2b.catalogue import Catalogue, PaymentMethod, ShippingMethod, TaxArea
from rabatt.open2b.decimals import unscaled
from rabatt.open2b.error_rows import (
    ErrorRow,
    NotTaken,
    not_in_combination,
    not_suitable,
    not_there,
    nothing_to_pay,
    shipping_required,
    too_large,
)
from rabatt.open2b.stored_receipt import StoredReceipt, UsedMethod
from rabatt.open2b.totals import Totals

LARGEST_COST = 10**5


@dataclass(frozen=True, slots=True)
class Chosen:
    """The method that is wanted, and what it shall cost; without a cost that is worked out.

    `kept` is the one that the receipt has, where it stays as it is.
    """

    id: int | None = None
    cost: Decimal | None = None
    kept: UsedMethod | None = None


def missing_methods(shipping: Chosen, payment: Chosen, catalogue: Catalogue) -> list[ErrorRow]:
    """A row for each method that is not there, and for two that do not go together."""
    rows = []
    if shipping.kept is None and shipping.id is not None and shipping.id not in catalogue.shipping:
        rows.append(not_there("shippingMethod", "Shipping method", shipping.id, "receipt.shippingMethod"))
    if payment.kept is None and payment.id is not None and payment.id not in catalogue.payment:
        rows.append(not_there("paymentMethod", "Payment method", payment.id, "receipt.paymentMethod"))
    method = catalogue.payment.get(payment.id or 0)
    if method is None or rows:
        return rows
    if method.onDelivery and shipping.id is None:
        rows.append(shipping_required())
    if shipping.id is not None and not method.goes_with(shipping.id):
        rows.append(not_in_combination(method.id, shipping.id))
    return rows


def with_methods(
    receipt: StoredReceipt, shipping: Chosen, payment: Chosen, catalogue: Catalogue, area: TaxArea | None
) -> tuple[StoredReceipt, Totals]:
    """The receipt with its methods and its totals; NotTaken where a method cannot be used for it.

    A method that stays as it is need not be in the catalogue any more; without an area both are such.
    """
    goods = replace(receipt, shipping=None, payment=None).totals()
    rows = []
    taxed = unscaled(goods.goods.after.taxed)
    ways = catalogue.shipping.get(shipping.id or 0)
    used = shipping.kept
    if ways is not None:
        if not (ways.suits(receipt.country, taxed) and ways.carries(unscaled(goods.weight, 3))):
            rows.append(not_suitable("shipping", ways.id))
        if used is None and area is not None:
            used = shipped(ways, shipping.cost, goods, receipt, catalogue, area)
    receipt = replace(receipt, shipping=used, payment=None)
    to_pay = receipt.totals().total.base
    if payment.id is not None and to_pay <= 0:
        rows.append(nothing_to_pay())
    means = catalogue.payment.get(payment.id or 0)
    used = payment.kept
    if means is not None:
        if not means.suits(receipt.country, taxed):
            rows.append(not_suitable("payment", means.id))
        if used is None and area is not None:
            used = paid(means, payment.cost, to_pay, receipt, catalogue, area)
    if rows:
        raise NotTaken(rows)
    receipt = replace(receipt, payment=used)
    return receipt, receipt.totals()


def shipped(
    method: ShippingMethod,
    cost: Decimal | None,
    goods: Totals,
    receipt: StoredReceipt,
    catalogue: Catalogue,
    area: TaxArea,
) -> UsedMethod:
    """The shipping method with its cost, as given or worked out."""
    if cost is None:
        weight, taxed = unscaled(goods.weight, 3), unscaled(goods.goods.after.taxed)
        cost = fitting("shippingCost", method.cost_of(weight, taxed, receipt.rounding))
    return UsedMethod(method.id, method.name, cost, catalogue.tax_of(method.taxClass, area))


def paid(
    method: PaymentMethod,
    cost: Decimal | None,
    to_pay: int,
    receipt: StoredReceipt,
    catalogue: Catalogue,
    area: TaxArea,
) -> UsedMethod:
    """The payment method with its cost, as given or worked out."""
    if cost is None:
        cost = fitting("paymentCost", method.cost_of(unscaled(max(to_pay, 0)), receipt.rounding))
    return UsedMethod(method.id, method.name, cost, catalogue.tax_of(method.taxClass, area))


def fitting(field: str, cost: Decimal) -> Decimal:
    """The cost; NotTaken where its field has no room for it."""
    if cost >= LARGEST_COST:
        raise NotTaken([too_large(field)])
    return cost
