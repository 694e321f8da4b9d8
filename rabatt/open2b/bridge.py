"""An Open2b receipt as one of ours, and our discounts back on it as amounts off.

The engine takes off what the customer sees: taxed prices where discounts include taxes, prices before tax where not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine import Settings
from engine.money import MinorUnits
from rabatt.open2b.decimals import unscaled
from rabatt.open2b.external_receipt import ExternalDocument, ExternalReceipt
from rabatt.open2b.goods import Discount, Goods, lay_off
from rabatt.open2b.mark import MARK, marked
from rabatt.open2b.requests import MOST_DISCOUNTS
from rabatt.open2b.stored_receipt import taxes_data
from rules import Fault, Receipt, Refused, read_receipt
from rules.values import EARLIEST_PURCHASE_YEAR, LATEST_PURCHASE_YEAR

# Eight digits, of which three are decimals.
LARGEST_DISCOUNT = 10**7
LONGEST_TERMS = 65_535
# A receipt of ours has a store; where the seller has no code, this is its id.
STORE = "open2b"
MANUAL = "manual"


class RuleDiscount(NamedTuple):
    """What the discount of one rule takes off."""

    name: str
    amount: MinorUnits


def settings_for(read: ExternalDocument, settings: Settings) -> Settings:
    """The settings with the receipt's own rounding."""
    policy = read.receipt.policy
    return replace(settings, mode=policy.mode, rule=policy.rule)


def ours(read: ExternalDocument, zone: str = "UTC") -> Receipt:
    """The receipt as one of ours, in minor units of two decimals; its times are those of the zone.

    What its own discounts take off its lines bear as manual discounts. Refused where it cannot be worked out.
    """
    with read.placed():
        return converted(read.receipt, ZoneInfo(zone))


def converted(receipt: ExternalReceipt, zone: ZoneInfo) -> Receipt:
    """What `ours` answers, its faults by their place in the receipt."""
    discounts = receipt.own_discounts
    amounts = shown_amounts(receipt, receipt.totals(discounts).goods)
    _, shares = lay_off(amounts, discounts, receipt.policy)
    items = []
    for place, (item, amount, share) in enumerate(zip(receipt.items, amounts, shares, strict=True), 1):
        line: dict[str, Any] = {
            "line_id": place,
            "id": item.sku or None,
            "description": item.name,
            "quantity": item.quantity,
            "gross_amount": amount,
            "net_amount": amount - share,
            "eligible_for_discount": True,
        }
        if share:
            line["discount_lines"] = [{"amount": share, "discount_type": MANUAL, "line_id": place}]
        items.append(line)
    document = {
        "receipt_id": receipt.number or str(receipt.id or receipt.token or STORE),
        "purchase_at": purchased_at(receipt, zone),
        "store": store_of(receipt),
        "customer_id": None if receipt.customer is None else str(receipt.customer),
        "customer": customer_of(receipt),
        "gross_amount": sum(amounts),
        "net_amount": sum(amounts) - sum(shares),
        "items": items,
    }
    return read_receipt(document)


def purchased_at(receipt: ExternalReceipt, zone: ZoneInfo) -> datetime:
    """When it was made, in UTC: in old times the offsets of zones had seconds, which no document has."""
    at = datetime.fromisoformat(receipt.creationTime)
    first, last = EARLIEST_PURCHASE_YEAR + 1, LATEST_PURCHASE_YEAR - 1
    if not first <= at.year <= last:
        raise Refused([Fault("creationTime", f"a receipt to evaluate is of a year from {first} to {last}")])
    return at.replace(tzinfo=zone).astimezone(UTC)


def store_of(receipt: ExternalReceipt) -> dict[str, Any]:
    """The seller as a store."""
    seller = receipt.sellerAddress
    if seller is None:
        return {"id": STORE}
    return {
        "id": seller.companyCode or STORE,
        "name": seller.companyName,
        "organization_number": seller.companyCode,
        "email": seller.email,
        "phone_number": seller.phoneNumber,
        "address": address_of(seller),
    }


def customer_of(receipt: ExternalReceipt) -> dict[str, Any]:
    """Who pays as a customer; an empty one where nobody is named."""
    payer = receipt.billingAddress
    if payer is None:
        return {}
    return {
        "first_name": payer.firstName,
        "last_name": payer.lastName,
        "email": payer.email,
        "phone_number": payer.phoneNumber,
        "addresses": [address_of(payer)],
        "company": {"business_name": payer.companyName, "organization_number": payer.companyCode},
    }


def address_of(address: Any) -> dict[str, Any]:
    """An address of ours."""
    return {
        "address_line": address.street1,
        "address_line_2": address.street2,
        "postal_code": address.postalCode,
        "postal_place": address.city,
        "country": address.country,
    }


def shown_amounts(receipt: ExternalReceipt, goods: Goods) -> list[MinorUnits]:
    """What each line costs before discounts, as discounts see it."""
    return [line.taxed if receipt.discountsIncludeTaxes else line.base for line in goods.lines]


def answer(read: ExternalDocument, result: Mapping[str, Any]) -> dict[str, Any]:
    """The Open2b document with our discounts, a mark that says which they are, and its totals worked out anew.

    All else is as it came. `result` is what the engine answered to `ours`. Refused where the discounts do not go into
    this receipt.
    """
    with read.placed():
        return read.with_receipt(answered(read.receipt, read.own_document, result))


def answered(receipt: ExternalReceipt, document: dict[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """What `answer` puts in the place of the receipt, its faults by their place in it."""
    given = rule_discounts_of(result)
    added, note = amounts_off(given, MOST_DISCOUNTS - len(receipt.discounts))
    if given and result["net_amount"] < 0:
        raise Refused([Fault("items", "credits leave less of the subtotal than the discounts are; send them apart")])
    totals = receipt.totals([*receipt.own_discounts, *added])
    terms = "\n".join(filter(None, (receipt.terms, note)))
    if len(terms) > LONGEST_TERMS:
        raise Refused([Fault("terms", "there is no room to say which discounts were put together; shorten them")])
    entries = [one._asdict() for one in added]
    changed = {
        **document,
        "items": [
            {**item, "totalPrice": unscaled(line.base), "taxAmount": unscaled(line.tax)}
            for item, line in zip(document["items"], totals.goods.lines, strict=True)
        ],
        **totals.as_data(),
        "taxes": taxes_data(totals),
        "discounts": [*document.get("discounts", ()), *entries],
        "terms": terms,
    }
    for name, amount in (("shippingMethod", totals.shipping), ("paymentMethod", totals.payment)):
        if document.get(name) is not None:
            changed[name] = {**document[name], "taxAmount": unscaled(amount.tax)}
    return {**changed, MARK: marked(entries, note)} if entries else changed


def rule_discounts_of(result: Mapping[str, Any]) -> list[RuleDiscount]:
    """What each of our discounts takes off, in the order of the result; what takes nothing off is left out."""
    given = []
    for discount in result.get("discounts") or ():
        amount = sum(ref.get("amount") or 0 for ref in discount["refs"])
        if amount:
            given.append(RuleDiscount(discount.get("receipt_text") or discount.get("name") or discount["id"], amount))
    return given


def amounts_off(given: Sequence[RuleDiscount], room: int) -> tuple[list[Discount], str]:
    """The entries for so many places, and what the terms say where the smallest were put together.

    Refused where there is no place at all, or an entry has no room for its amount.
    """
    if given and not room:
        sentence = f"the receipt has {MOST_DISCOUNTS} discounts already, and no place for another; take one off"
        raise Refused([Fault("discounts", sentence)])
    # The largest keep a place of their own; of equal ones those that come first.
    ranked = sorted(range(len(given)), key=lambda place: (-given[place].amount, place))
    alone = ranked if len(given) <= room else ranked[: room - 1]
    together = [place for place in range(len(given)) if place not in alone]
    amounts = [given[place].amount for place in sorted(alone)]
    note = ""
    if together:
        amounts.append(sum(given[place].amount for place in together))
        parts = "; ".join(f"{given[place].name} {unscaled(given[place].amount)}" for place in together)
        note = f"Discounts put together as {unscaled(amounts[-1])}: {parts}."
    if any(amount >= LARGEST_DISCOUNT for amount in amounts):
        raise Refused([Fault("discounts", "a discount is beyond what an entry holds; send fewer goods at a time")])
    return [Discount("AmountOff", entry(amount)) for amount in amounts], note


def entry(amount: MinorUnits) -> Decimal:
    """An amount as a value of an entry, which has three decimals."""
    return unscaled(amount * 10, 3)
