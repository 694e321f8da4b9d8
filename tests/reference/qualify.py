"""Requirements, limitations and grants (SPEC 4 and 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from tests.reference.basket import Basket, Unit, gross_of, is_true, net_of
from tests.reference.patterns import element_matches, field_matches, text_of
from tests.reference.rule import Document, Rule, object_at, objects_at

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
OTHER_NAMES = {"bussiness_name": "business_name", "business_name": "bussiness_name"}
MCC_DIGITS = 4


@dataclass(frozen=True)
class Shop:
    """All that an evaluation is given."""

    rules: list[Rule]
    basket: Basket
    grants: list[Document] | None

    @property
    def receipt(self) -> Document:
        """The receipt as it came in, own discounts taken off."""
        return self.basket.receipt

    @property
    def customer_id(self) -> str | None:
        """The customer, if there is one."""
        customer_id: str | None = self.receipt.get("customer_id")
        return customer_id

    @property
    def purchase_at(self) -> datetime:
        """The instant of the purchase."""
        return datetime.fromisoformat(self.receipt["purchase_at"])


def qualifies(rule: Rule, shop: Shop) -> bool:
    """Return whether all limitations and requirements of a rule hold."""
    carrying = shop.basket.carrying
    return (
        is_active(rule)
        and is_granted(rule, shop)
        and is_open_at(rule, shop.purchase_at)
        and leaves_room_for_what_was_brought(rule, shop)
        and not is_deactivated(rule, shop)
        and is_in_purchase_window(rule, shop.purchase_at)
        and customer_matches(rule, shop)
        and store_matches(rule, shop)
        and receipt_matches(rule, shop)
        and items_hold(rule, shop.basket, units_left(rule, shop.basket, carrying))
    )


# Limitations


def is_active(rule: Rule) -> bool:
    """Return whether a rule is neither switched off nor deleted."""
    return rule.clean.get("active") is not False and "deleted_at" not in rule.clean


def own_grants(rule: Rule, shop: Shop) -> list[Document]:
    """Return the grants of a rule that are the customer's own, usable or not."""
    return [
        grant
        for grant in shop.grants or []
        if grant["discount_id"] == rule.id and shop.customer_id is not None and grant["customer_id"] == shop.customer_id
    ]


def usable_grants(rule: Rule, shop: Shop) -> list[Document]:
    """Return the customer's own usable grants of a rule, oldest first."""
    usage = rule.limit("discount_repeat_usage")
    days = rule.limit("dynamic_purchase_to_days")
    usable = [
        grant
        for grant in own_grants(rule, shop)
        if (usage is None or statistic(grant, "usage") < usage)
        and (days is None or shop.purchase_at <= instant(grant["created_at"]) + timedelta(days=days))
    ]
    return sorted(usable, key=age_of_grant)


def age_of_grant(grant: Document) -> tuple[Any, ...]:
    """Return the key that puts the oldest grant first, those without an instant last; then id."""
    created_at = grant.get("created_at")
    if created_at is None:
        return (1, grant["id"])
    return (0, instant(created_at), grant["id"])


def statistic(grant: Document, name: str) -> int:
    """Return a number of a grant's statistics, 0 where it is absent."""
    return int(object_at(grant, "statistics").get(name) or 0)


def instant(text: str) -> datetime:
    """Return the instant that a text with offset names."""
    return datetime.fromisoformat(text)


def is_granted_to_everyone(rule: Rule, shop: Shop) -> bool:
    """Return whether everyone was given a rule."""
    if shop.grants is None:
        return True
    return any(grant["discount_id"] == rule.id and grant["customer_id"] == "*" for grant in shop.grants)


def is_granted(rule: Rule, shop: Shop) -> bool:
    """Return whether the receipt has a usable grant."""
    if own_grants(rule, shop):
        return bool(usable_grants(rule, shop))
    if rule.is_debit or rule.limit("dynamic_purchase_to_days") is not None:
        return False
    return rule.limit("discount_repeat_usage") != 0 and is_granted_to_everyone(rule, shop)


def is_open_at(rule: Rule, purchase_at: datetime) -> bool:
    """Return whether the purchase is inside one of the hours, both ends included."""
    periods = objects_at(object_at(rule.limitation, "discount_hours"), "hours")
    zone = ZoneInfo(object_at(rule.limitation, "discount_hours").get("timezone", "UTC"))
    local = purchase_at.astimezone(zone)
    today = DAYS[local.weekday()]
    yesterday = DAYS[local.weekday() - 1]
    now = local.strftime("%H:%M")
    for period in periods:
        start, end = period["start"].zfill(5), period["end"].zfill(5)
        if start <= end and period["day"] == today and start <= now <= end:
            return True
        if start > end and period["day"] == today and start <= now:
            return True
        if start > end and period["day"] == yesterday and now <= end:
            return True
    return not periods


def leaves_room_for_what_was_brought(rule: Rule, shop: Shop) -> bool:
    """Return whether the brought discounts alone do not exceed the combination limit."""
    others = rule.limit("discount_combination")
    return others is None or len(shop.basket.brought) <= others


def is_deactivated(rule: Rule, shop: Shop) -> bool:
    """Return whether a rule that deactivates this one is active for the customer."""
    names = [entry["value"] for entry in objects_at(rule.limitation, "discount_activation")]
    return any(
        other.id in names
        and is_active(other)
        and is_in_purchase_window(other, shop.purchase_at)
        and (bool(own_grants(other, shop)) or is_granted_to_everyone(other, shop))
        for other in shop.rules
    )


# Requirements


def is_in_purchase_window(rule: Rule, purchase_at: datetime) -> bool:
    """Return whether the purchase is not before, and not after, the window."""
    start = rule.requirement.get("purchase_from")
    end = rule.requirement.get("purchase_to")
    return (start is None or instant(start) <= purchase_at) and (end is None or purchase_at <= instant(end))


def local_date(rule: Rule, purchase_at: datetime) -> date:
    """Return the date in the rule's time zone, else as the purchase was written."""
    zone = object_at(rule.limitation, "discount_hours").get("timezone")
    return (purchase_at if zone is None else purchase_at.astimezone(ZoneInfo(zone))).date()


def field_of(document: Document, name: str) -> object:
    """Return a field, under its other spelling where it has one."""
    field = document.get(name)
    return document.get(OTHER_NAMES.get(name, name)) if field is None else field


def fields_match(wanted: Document, document: Document, today: date) -> bool:
    """Return whether all patterns match, nested objects field by field."""
    return all(
        fields_match(pattern, object_at(document, name), today)
        if isinstance(pattern, dict)
        else field_matches(pattern, field_of(document, name), today)
        for name, pattern in wanted.items()
    )


def customer_matches(rule: Rule, shop: Shop) -> bool:
    """Return whether the customer is as wanted."""
    wanted = dict(object_at(rule.requirement, "customer"))
    customer = object_at(shop.receipt, "customer")
    today = local_date(rule, shop.purchase_at)
    addresses = wanted.pop("addresses", [])
    attributes = wanted.pop("attributes", {})
    attributes_there = {
        name: attribute for name, attribute in object_at(customer, "attributes").items() if attribute is not None
    }
    known = {**object_at(customer, "metadata"), **attributes_there}
    agrees = any(
        fields_match(element, address, today) for element in addresses for address in objects_at(customer, "addresses")
    )
    return (
        (agrees or not addresses)
        and all(field_matches(pattern, known.get(name), today) for name, pattern in attributes.items())
        and fields_match(wanted, customer, today)
    )


def store_matches(rule: Rule, shop: Shop) -> bool:
    """Return whether the store is as wanted."""
    store = object_at(shop.receipt, "store")
    store_ids = rule.requirement.get("store_ids")
    wanted = dict(object_at(rule.requirement, "store"))
    codes = wanted.pop("mcc", [])
    ranges = wanted.pop("mcc_ranges", [])
    return (
        (store_ids is None or "*" in store_ids or store["id"] in store_ids)
        and (not (codes or ranges) or code_matches(codes, ranges, store.get("mcc")))
        and fields_match(wanted, store, local_date(rule, shop.purchase_at))
    )


def padded(code: object) -> str:
    """Return a merchant category code with four digits."""
    return text_of(code).zfill(MCC_DIGITS)


def code_matches(codes: list[object], ranges: list[Document], code: object) -> bool:
    """Return whether a merchant category code is listed, or inside a range."""
    members: list[object] = [] if code is None else [padded(code)]
    elements = [element if isinstance(element, dict) else padded(element) for element in codes]
    return any(element_matches(element, members, date.max) for element in elements) or any(
        padded(span["start"]) <= str(member) <= padded(span["end"]) for span in ranges for member in members
    )


def receipt_matches(rule: Rule, shop: Shop) -> bool:
    """Return whether amounts, currency and code are as wanted."""
    wanted = rule.requirement
    today = local_date(rule, shop.purchase_at)
    return (
        at_least(wanted.get("gross_amount"), lambda: gross_of(shop.receipt))
        and at_least(wanted.get("net_amount"), lambda: net_of(shop.receipt))
        and ("currencies" not in wanted or field_matches(wanted["currencies"], shop.receipt.get("currency"), today))
        and ("discount_code" not in wanted or has_code(wanted["discount_code"], shop.receipt, today))
    )


def at_least(minimum: int | None, amount: Callable[[], int]) -> bool:
    """Return whether an amount is at least the minimum, where there is one."""
    return minimum is None or amount() >= minimum


def has_code(wanted: object, receipt: Document, today: date) -> bool:
    """Return whether the receipt's codes, or for a text the ids of its lines, are as wanted (POLICY 13)."""
    codes = receipt.get("discount_code")
    shown = [as_code(code) for code in (codes if isinstance(codes, list) else [codes]) if code is not None]
    shown = [code for code in shown if code]
    bought = [
        as_code(line["id"])
        for line in objects_at(receipt, "items")
        if line.get("id") is not None and not is_true(line, "voided") and not is_true(line, "is_return_item")
    ]
    return any(
        element_matches(as_wanted_code(element), list(shown), today)
        if isinstance(element, dict)
        else as_code(text_of(element)) in shown + bought
        for element in (wanted if isinstance(wanted, list) else [wanted])
    )


def as_code(text: str) -> str:
    """Return a code as it is compared."""
    return normalize("NFC", text).strip()


def as_wanted_code(element: Document) -> Document:
    """Return an operator on codes with its text as it is compared."""
    [(operator, operand)] = element.items()
    match operator:
        case "prefix":
            return {operator: normalize("NFC", operand).lstrip()}
        case "suffix":
            return {operator: normalize("NFC", operand).rstrip()}
        case "wildcard" | "equals-ignore-case":
            return {operator: as_code(operand)}
        case "anything-but":
            return {
                operator: [as_code(text_of(text)) for text in (operand if isinstance(operand, list) else [operand])]
            }
        case _:
            return element


def units_left(rule: Rule, basket: Basket, carrying: frozenset[int]) -> list[Unit]:
    """Return the units that blacklist and `discount_eligible` leave, given the lines with a discount."""
    eligible = rule.limitation.get("discount_eligible", "item_eligible_for_discount")
    if eligible == "receipt_no_discount" and carrying:
        return []
    skipped = carrying if eligible == "item_eligible_for_discount_no_discount" else frozenset()
    listed = set(basket.matching(basket.units, objects_at(rule.limitation, "blacklist")))
    return [unit for unit in basket.units if unit.line_id not in skipped and unit not in listed]


def qualifying_units(rule: Rule, basket: Basket, left: list[Unit]) -> list[Unit]:
    """Return those of the units left that the rule counts."""
    if rule.items:
        return basket.matching(left, rule.items)
    if rule.mixes:
        return basket.matching(left, [matcher for mix in rule.mixes for matcher in mix["items"]])
    return left


def items_hold(rule: Rule, basket: Basket, left: list[Unit]) -> bool:
    """Return whether `item.items`, `item.quantity` and `item.mixes` hold with the units left."""
    enough = len(qualifying_units(rule, basket, left)) >= rule.quantity
    return enough and (not rule.mixes or can_be_filled(rule.mixes, basket, left))


def can_be_filled(mixes: list[Document], basket: Basket, left: list[Unit]) -> bool:
    """Return whether one set can be formed: every place of every mix gets a unit of its own."""
    places = [mix["items"] for mix in mixes for _ in range(int(mix.get("quantity", 1)))]

    def can_fill(place: int, free: list[Unit]) -> bool:
        if place == len(places):
            return True
        return any(
            can_fill(place + 1, [other for other in free if other != unit])
            for unit in basket.matching(free, places[place])
        )

    return can_fill(0, left)
