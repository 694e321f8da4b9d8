"""A receipt as it is kept: what it is made of, and the document that `get` and `find` answer, its fields in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from rabatt.open2b.decimals import unscaled
from rabatt.open2b.error_rows import ErrorRow, NotTaken, too_large, zero_subtotal
from rabatt.open2b.goods import Amount, Discount, GoodsLine, NothingToTakeOff, Rounding, Tax, reckon
from rabatt.open2b.totals import Charge, Totals, sum_up

# Ten digits, of which two are decimals.
LARGEST_AMOUNT = 10**10
# Eight digits, of which three are decimals.
LARGEST_WEIGHT = 10**8


class Item(NamedTuple):
    """A line of goods with the tax that held when it was written."""

    id: int | None
    sku: str
    name: str
    quantity: Decimal
    price: Decimal
    weight: Decimal
    tax_class: int | None
    tax: Tax
    requests: str

    @property
    def line(self) -> GoodsLine:
        """What the arithmetic asks of it."""
        return GoodsLine(self.quantity, self.price, self.tax, self.weight)


class UsedMethod(NamedTuple):
    """A shipping or payment method with its cost and the tax that held when it was chosen."""

    id: int | None
    name: str
    cost: Decimal
    tax: Tax

    @property
    def charge(self) -> Charge:
        """What the arithmetic asks of it."""
        return Charge(self.cost, self.tax)


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """All that callers decide of a receipt, and what the catalogue said of it; times are those of the shop's clock."""

    number: str
    status: str
    creation_time: str
    issue_date: str
    reference_type: str | None
    reference_number: str
    customer: int | None
    rounding: Rounding
    locale: str
    tax_area: int
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    discounts_include_taxes: bool
    shipping: UsedMethod | None
    payment: UsedMethod | None
    billing_address: Mapping[str, str]
    shipping_address: Mapping[str, str] | None
    seller_address: Mapping[str, str]
    terms: str
    labels: tuple[int, ...]

    @property
    def country(self) -> str:
        """Where the goods go: its taxes are those of the receipt."""
        return (self.shipping_address or self.billing_address)["country"]

    @property
    def customer_name(self) -> str:
        """The company that pays, or the last and the first name."""
        billing = self.billing_address
        return billing["companyName"] or f"{billing['lastName']} {billing['firstName']}"

    def totals(self) -> Totals:
        """Every total; NotTaken as `totals_of` says."""
        return totals_of(
            [item.line for item in self.items],
            self.discounts,
            self.shipping.charge if self.shipping else None,
            self.payment.charge if self.payment else None,
            self.rounding,
            discounts_include_taxes=self.discounts_include_taxes,
        )


def totals_of(
    lines: Sequence[GoodsLine],
    discounts: Sequence[Discount],
    shipping: Charge | None,
    payment: Charge | None,
    rounding: Rounding,
    *,
    discounts_include_taxes: bool,
) -> Totals:
    """Every total; NotTaken where an amount is taken off nothing, or a field has no room for what comes out."""
    try:
        goods = reckon(lines, discounts, rounding, discounts_include_taxes=discounts_include_taxes)
    except NothingToTakeOff:
        raise NotTaken([zero_subtotal()]) from None
    totals = sum_up(lines, goods, shipping, payment, rounding)
    rows = overflows(totals)
    if rows:
        raise NotTaken(rows)
    return totals


def overflows(totals: Totals) -> Sequence[ErrorRow]:
    """A row for each field that has no room for its value."""
    before, total = totals.goods.before, totals.total
    amounts = {
        "totalPrice": [line.base for line in totals.goods.lines],
        # With tax is more than without, and before discounts more than after, unless both are credits.
        "taxedTotal": [total.taxed, total.base, before.base, before.taxed],
        "taxAmount": [total.tax],
        # A class of charges may be cancelled by a class of credits in the sum.
        "taxableTotal": [part for each in totals.taxes for part in each.amount],
        "quantity": [totals.quantity],
    }
    found = [name for name, values in amounts.items() if any(abs(value) >= LARGEST_AMOUNT for value in values)]
    if totals.weight >= LARGEST_WEIGHT:
        found.append("weight")
    return [too_large(name) for name in found]


def document_of(receipt: StoredReceipt, totals: Totals, *, id: int, token: str, update_time: str) -> dict[str, Any]:
    """The receipt as `get` answers it, its amounts as decimals with all their places."""
    data = totals.as_data()
    return {
        "id": id,
        "number": receipt.number,
        "status": receipt.status,
        "creationTime": receipt.creation_time,
        "updateTime": update_time,
        "issueDate": receipt.issue_date,
        "referenceType": receipt.reference_type,
        "referenceNumber": receipt.reference_number,
        "token": token,
        "customer": receipt.customer,
        "rounding": receipt.rounding._asdict(),
        "locale": receipt.locale,
        "taxArea": receipt.tax_area,
        "items": [item_data(item, amount) for item, amount in zip(receipt.items, totals.goods.lines, strict=True)],
        "prediscountSubtotal": data["prediscountSubtotal"],
        "taxedPrediscountSubtotal": data["taxedPrediscountSubtotal"],
        "discounts": [discount._asdict() for discount in receipt.discounts],
        "discountsIncludeTaxes": receipt.discounts_include_taxes,
        "subtotal": data["subtotal"],
        "taxedSubtotal": data["taxedSubtotal"],
        "shippingMethod": method_data(receipt.shipping, totals.shipping),
        "paymentMethod": method_data(receipt.payment, totals.payment),
        "taxes": taxes_data(totals),
        "taxAmount": data["taxAmount"],
        "total": data["total"],
        "taxedTotal": data["taxedTotal"],
        "quantity": data["quantity"],
        "weight": data["weight"],
        "customerName": receipt.customer_name,
        "billingAddress": dict(receipt.billing_address),
        "shippingAddress": None if receipt.shipping_address is None else dict(receipt.shipping_address),
        "sellerAddress": dict(receipt.seller_address),
        "terms": receipt.terms,
    }


def item_data(item: Item, amount: Amount) -> dict[str, Any]:
    """An item of the document."""
    return {
        "id": item.id,
        "sku": item.sku,
        "name": item.name,
        "quantity": item.quantity,
        "price": item.price,
        "totalPrice": unscaled(amount.base),
        "weight": item.weight,
        "taxCode": item.tax.code,
        "taxRate": item.tax.rate,
        "taxAmount": unscaled(amount.tax),
        "requests": item.requests,
    }


def method_data(method: UsedMethod | None, amount: Amount) -> dict[str, Any] | None:
    """A method of the document; null where there is none."""
    if method is None:
        return None
    return {
        "id": method.id,
        "name": method.name,
        "cost": method.cost,
        "taxCode": method.tax.code,
        "taxRate": method.tax.rate,
        "taxAmount": unscaled(amount.tax),
    }


def taxes_data(totals: Totals) -> list[dict[str, Any]]:
    """The taxes of the document, an entry for each class."""
    return [
        {
            "code": tax.code,
            "name": tax.name,
            "rate": tax.rate,
            "taxableTotal": unscaled(amount.base),
            "amount": unscaled(amount.tax),
        }
        for tax, amount in totals.taxes
    ]


def inside_of(receipt: StoredReceipt) -> dict[str, Any]:
    """What is kept beside the document, since that does not tell it."""
    return {
        "classes": [item.tax_class for item in receipt.items],
        "names": [item.tax.name for item in receipt.items],
        "shipping": receipt.shipping.tax.name if receipt.shipping else "",
        "payment": receipt.payment.tax.name if receipt.payment else "",
        "labels": list(receipt.labels),
    }


def receipt_of(document: Mapping[str, Any], inside: Mapping[str, Any]) -> StoredReceipt:
    """The receipt that a document was written of, with exact decimals, and what was kept beside it."""
    return StoredReceipt(
        number=document["number"],
        status=document["status"],
        creation_time=document["creationTime"],
        issue_date=document["issueDate"],
        reference_type=document["referenceType"],
        reference_number=document["referenceNumber"],
        customer=document["customer"],
        rounding=Rounding(**document["rounding"]),
        locale=document["locale"],
        tax_area=document["taxArea"],
        items=tuple(
            Item(
                **{name: each[name] for name in ("id", "sku", "name", "quantity", "price", "weight", "requests")},
                tax_class=tax_class,
                tax=Tax(each["taxCode"], tax_name, each["taxRate"]),
            )
            for each, tax_class, tax_name in zip(document["items"], inside["classes"], inside["names"], strict=True)
        ),
        discounts=tuple(Discount(**each) for each in document["discounts"]),
        discounts_include_taxes=document["discountsIncludeTaxes"],
        shipping=method_of(document["shippingMethod"], inside["shipping"]),
        payment=method_of(document["paymentMethod"], inside["payment"]),
        billing_address=document["billingAddress"],
        shipping_address=document["shippingAddress"],
        seller_address=document["sellerAddress"],
        terms=document["terms"],
        labels=tuple(inside["labels"]),
    )


def method_of(document: Mapping[str, Any] | None, tax_name: str) -> UsedMethod | None:
    """The method that the document tells of."""
    if document is None:
        return None
    tax = Tax(document["taxCode"], tax_name, document["taxRate"])
    return UsedMethod(document["id"], document["name"], document["cost"], tax)
