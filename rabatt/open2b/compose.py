"""A new receipt out of a request: what the request leaves out is filled in, and every row of `create` is checked."""

import re
from collections.abc import Callable, Iterator

from rabatt.open2b.catalogue import Catalogue, TaxArea
from rabatt.open2b.error_rows import (
    ErrorRow,
    NotTaken,
    cost_without_method,
    in_the_future,
    no_locale,
    no_seller_country,
    no_tax_area,
    not_there,
    too_many_discounts,
)
from rabatt.open2b.goods import Discount, Rounding, Tax
from rabatt.open2b.requests import MOST_DISCOUNTS, NewItem, ReceiptFields, ReceiptToCreate
from rabatt.open2b.shipping_and_payment import Chosen, missing_methods, with_methods
from rabatt.open2b.stored_receipt import Item, StoredReceipt
from rabatt.open2b.totals import Totals

LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?", re.ASCII)


def compose(
    body: ReceiptToCreate, catalogue: Catalogue, now: str, is_customer: Callable[[int], bool]
) -> tuple[StoredReceipt, Totals]:
    """The receipt with its totals, its items without identifiers; NotTaken with every row that is found.

    `now` is what the shop's clock shows.
    """
    rows = list(plain_rows(body, now, is_customer))
    destination = body.shippingAddress or body.billingAddress
    path = "shippingAddress" if body.shippingAddress else "billingAddress"
    area = area_for(body.taxArea, destination.country, f"receipt.{path}.country", catalogue, rows)
    rows += unknown_classes(body.items, catalogue)
    shipping = Chosen(body.shippingMethod, body.shippingCost)
    payment = Chosen(body.paymentMethod, body.paymentCost)
    if shipping.id is None and shipping.cost is not None:
        rows.append(cost_without_method("shipping"))
    if payment.id is None and payment.cost is not None:
        rows.append(cost_without_method("payment"))
    rows += missing_methods(shipping, payment, catalogue)
    if rows or area is None:
        raise NotTaken(rows)
    created = body.creationTime or now
    rounding = body.rounding or catalogue.rounding
    receipt = StoredReceipt(
        number=body.number,
        status=body.status,
        creation_time=created,
        issue_date=body.issueDate or created[:10],
        reference_type=body.referenceType,
        reference_number=body.referenceNumber,
        customer=body.customer,
        rounding=Rounding(rounding.mode, rounding.rule),
        locale=body.locale or catalogue.locale,
        tax_area=area.id,
        items=tuple(new_item(item, catalogue.tax_of(item.taxClass, area)) for item in body.items),
        discounts=tuple(Discount(one.type, one.value) for one in body.discounts),
        discounts_include_taxes=body.discountsIncludeTaxes,
        shipping=None,
        payment=None,
        billing_address=body.billingAddress.model_dump(),
        shipping_address=body.shippingAddress.model_dump() if body.shippingAddress else None,
        seller_address=(body.seller or catalogue.sellerAddress).model_dump(),
        terms=body.terms,
        labels=tuple(sorted(set(body.labels))),
    )
    return with_methods(receipt, shipping, payment, catalogue, area)


def plain_rows(body: ReceiptFields, now: str, is_customer: Callable[[int], bool]) -> Iterator[ErrorRow]:
    """The rows of fields that can be judged by themselves."""
    seller = body.seller
    if seller is not None and seller.stateProv and not seller.country:
        yield no_seller_country(f"receipt.{body.seller_name}.country")
    if body.creationTime is not None and body.creationTime > now:
        yield in_the_future(body.creationTime)
    if body.customer is not None and not is_customer(body.customer):
        yield not_there("customer", "Customer", body.customer, "receipt.customer")
    if len(body.discounts) > MOST_DISCOUNTS:
        yield too_many_discounts()
    if body.locale is not None and LOCALE.fullmatch(body.locale) is None:
        yield no_locale(body.locale)


def area_for(asked: int | None, country: str, path: str, catalogue: Catalogue, rows: list[ErrorRow]) -> TaxArea | None:
    """The tax area that is asked for, else that of the country; without one, a row more."""
    if asked is not None:
        area = catalogue.areas.get(asked)
        if area is None:
            rows.append(not_there("taxArea", "Tax area", asked, "receipt.taxArea"))
        return area
    area = catalogue.area_of(country)
    if area is None:
        rows.append(no_tax_area(country, path))
    return area


def unknown_classes(items: list[NewItem], catalogue: Catalogue) -> Iterator[ErrorRow]:
    """A row for each item of a tax class that is not there."""
    for place, item in enumerate(items):
        if item.taxClass is not None and item.taxClass not in catalogue.classes:
            yield not_there("taxClass", "Tax class", item.taxClass, f"receipt.items[{place}].taxClass")


def new_item(item: NewItem, tax: Tax) -> Item:
    """The item as it is kept."""
    return Item(None, item.sku, item.name, item.quantity, item.price, item.weight, item.taxClass, tax, item.requests)
