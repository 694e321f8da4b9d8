"""A receipt that is changed: what the request leaves out stays as it is, and every row of `update` is checked."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from rabatt.open2b.catalogue import Catalogue, TaxArea
from rabatt.open2b.compose import area_for, new_item, plain_rows
from rabatt.open2b.error_rows import (
    ErrorRow,
    NotTaken,
    cost_of_no_method,
    item_twice,
    no_seller_country,
    no_such_item,
    no_tax_area,
    not_there,
)
from rabatt.open2b.field_types import StrictModel
from rabatt.open2b.goods import Discount, Rounding, Tax
from rabatt.open2b.requests import ChangedItem, ReceiptToUpdate
from rabatt.open2b.shipping_and_payment import Chosen, missing_methods, with_methods
from rabatt.open2b.stored_receipt import Item, StoredReceipt, UsedMethod
from rabatt.open2b.totals import Totals

# What is taken over as it is given, by our own names.
PLAIN = {
    "number": "number",
    "status": "status",
    "issueDate": "issue_date",
    "referenceType": "reference_type",
    "referenceNumber": "reference_number",
    "customer": "customer",
    "locale": "locale",
    "discountsIncludeTaxes": "discounts_include_taxes",
    "terms": "terms",
}
# Of these null says something; of all others it stands for leaving them out.
NULLABLE = frozenset(
    {"referenceType", "customer", "taxArea", "rounding", "creationTime", "shippingAddress"}
    | {"shippingMethod", "shippingCost", "paymentMethod", "paymentCost"}
)
# With one of these the methods are judged anew.
RECKONED = frozenset(
    {"rounding", "taxArea", "items", "discounts", "discountsIncludeTaxes", "billingAddress", "shippingAddress"}
    | {"shippingMethod", "shippingCost", "paymentMethod", "paymentCost"}
)


def change(
    receipt: StoredReceipt,
    id: int,
    body: ReceiptToUpdate,
    catalogue: Catalogue,
    now: str,
    is_customer: Callable[[int], bool],
) -> tuple[StoredReceipt, Totals]:
    """The receipt as it is after the change, with its totals, new items without identifiers; NotTaken as `compose`."""
    given = {name for name in body.model_fields_set if name in NULLABLE or getattr(body, name) is not None}
    rows = list(plain_rows(body, now, is_customer))
    changed = replace(receipt, **changes_of(receipt, body, given, catalogue, now))
    rows += seller_rows(changed, body)
    area = area_after(receipt, changed, body, given, catalogue, rows)
    is_moved = area is not None and area.id != receipt.tax_area
    faults = list(item_rows(receipt, id, body.items))
    if faults:
        rows += faults
    else:
        items = items_after(receipt, body.items) if "items" in given else receipt.items
        taxed = taxed_items(items, changed, catalogue, area, rows, known=receipt.items, is_moved=is_moved)
        changed = replace(changed, items=taxed, tax_area=area.id if area else receipt.tax_area)
    shipping = chosen("shipping", receipt.shipping, body, given, catalogue.shipping if is_moved else ())
    payment = chosen("payment", receipt.payment, body, given, catalogue.payment if is_moved else ())
    if shipping.id is None and shipping.cost is not None:
        rows.append(cost_of_no_method("shipping", id))
    if payment.id is None and payment.cost is not None:
        rows.append(cost_of_no_method("payment", id))
    is_reckoned = not given.isdisjoint(RECKONED)
    if is_reckoned:
        rows += missing_methods(shipping, payment, catalogue)
    if rows:
        raise NotTaken(rows)
    return with_methods(changed, shipping, payment, catalogue, area) if is_reckoned else (changed, changed.totals())


def changes_of(
    receipt: StoredReceipt, body: ReceiptToUpdate, given: Collection[str], catalogue: Catalogue, now: str
) -> dict[str, Any]:
    """What of the receipt's own fields is other than before; items and methods aside."""
    changes = {ours: getattr(body, name) for name, ours in PLAIN.items() if name in given}
    if "creationTime" in given:
        changes["creation_time"] = body.creationTime or now
    if "rounding" in given:
        rounding = body.rounding or catalogue.rounding
        changes["rounding"] = Rounding(rounding.mode, rounding.rule)
    if "discounts" in given:
        changes["discounts"] = tuple(Discount(one.type, one.value) for one in body.discounts)
    if "labels" in given:
        changes["labels"] = tuple(sorted(set(body.labels)))
    if body.billingAddress is not None:
        changes["billing_address"] = address_after(receipt.billing_address, body.billingAddress)
    if "shippingAddress" in given:
        asked = body.shippingAddress
        changes["shipping_address"] = None if asked is None else address_after(receipt.shipping_address or {}, asked)
    if body.seller is not None:
        changes["seller_address"] = address_after(receipt.seller_address, body.seller)
    return changes


def address_after(before: Mapping[str, str], asked: StrictModel) -> dict[str, str]:
    """The address with what is asked for; what is left out of that stays as it is."""
    return {**asked.model_dump(), **before, **asked.model_dump(exclude_unset=True)}


def seller_rows(after: StoredReceipt, body: ReceiptToUpdate) -> Iterator[ErrorRow]:
    """A row where the change takes the country from under a state or province that the receipt has."""
    seller = after.seller_address
    if body.seller is not None and not body.seller.stateProv and seller["stateProv"] and not seller["country"]:
        yield no_seller_country(f"receipt.{body.seller_name}.country")


def area_after(
    before: StoredReceipt,
    after: StoredReceipt,
    body: ReceiptToUpdate,
    given: Collection[str],
    catalogue: Catalogue,
    rows: list[ErrorRow],
) -> TaxArea | None:
    """The tax area after the change: another one only where it is asked for, or where the goods go elsewhere."""
    if "taxArea" not in given and after.country == before.country:
        return catalogue.areas.get(before.tax_area)
    path = "shippingAddress" if after.shipping_address else "billingAddress"
    return area_for(body.taxArea, after.country, f"receipt.{path}.country", catalogue, rows)


def item_rows(receipt: StoredReceipt, id: int, items: Sequence[ChangedItem]) -> Iterator[ErrorRow]:
    """The rows of items that are named and not there, or named twice."""
    named = [item.id for item in items if item.id is not None]
    if len(set(named)) < len(named):
        yield item_twice()
    known = {item.id for item in receipt.items}
    for place, item in enumerate(items):
        if item.id is not None and item.id not in known:
            yield no_such_item(id, item.id, place)


def items_after(receipt: StoredReceipt, items: Sequence[ChangedItem]) -> tuple[Item, ...]:
    """The items of the request; one that is there keeps what is left out. Taxes are not looked at."""
    known = {item.id: item for item in receipt.items}
    after = []
    for item in items:
        old = known.get(item.id) if item.id is not None else None
        if old is None:
            after.append(new_item(item, Tax()))
            continue
        changes = {name: getattr(item, name) for name in item.model_fields_set - {"id", "taxClass"}}
        if "taxClass" in item.model_fields_set:
            changes["tax_class"] = item.taxClass
        after.append(old._replace(**changes))
    return tuple(after)


def taxed_items(
    items: Sequence[Item],
    receipt: StoredReceipt,
    catalogue: Catalogue,
    area: TaxArea | None,
    rows: list[ErrorRow],
    *,
    known: Sequence[Item],
    is_moved: bool,
) -> tuple[Item, ...]:
    """The items with their taxes: what was there keeps its own unless its class or the area changes. Else a row."""
    classes = {item.id: item.tax_class for item in known}
    taxed = []
    for place, item in enumerate(items):
        if item.id is not None and classes[item.id] == item.tax_class and not is_moved:
            taxed.append(item)
        elif item.tax_class is None:
            taxed.append(item._replace(tax=Tax()))
        elif area is None:
            path = "shippingAddress" if receipt.shipping_address else "billingAddress"
            rows.append(no_tax_area(receipt.country, f"receipt.{path}.country"))
            break
        elif item.tax_class not in catalogue.classes:
            rows.append(not_there("taxClass", "Tax class", item.tax_class, f"receipt.items[{place}].taxClass"))
        else:
            taxed.append(item._replace(tax=catalogue.tax_of(item.tax_class, area)))
    return tuple(taxed)


def chosen(
    kind: Literal["shipping", "payment"],
    stored: UsedMethod | None,
    body: ReceiptToUpdate,
    given: Collection[str],
    taxed_anew: Collection[int],
) -> Chosen:
    """The method after the change, and its cost where that is known; `taxed_anew` are those with another tax now."""
    wanted: int | None = getattr(body, f"{kind}Method")
    cost: Decimal | None = getattr(body, f"{kind}Cost")
    if f"{kind}Method" not in given:
        wanted = stored.id if stored else None
    if stored is None or wanted is None or wanted != stored.id:
        return Chosen(wanted, cost)
    if f"{kind}Cost" not in given:
        cost = stored.cost
    kept = None if cost is None or wanted in taxed_anew else stored._replace(cost=cost)
    return Chosen(wanted, cost, kept)
