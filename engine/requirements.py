"""The requirements that do not look at units, each compiled to a check (SPEC 4, the rows down to `discount_code`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.basket import Basket
from engine.match import FieldTest, field_test
from engine.reason import Rejected
from rules import Rule
from rules.pattern import Equals, PatternElement
from rules.requirement import StoreRequirement

Check: TypeAlias = Callable[[Basket], Rejected | None]

_ALIASES: Final = {"bussiness_name": "business_name", "business_name": "bussiness_name"}


def requirement_checks(rule: Rule) -> tuple[Check, ...]:
    """Return the checks of a rule in the order of the table of SPEC 4; each gives the reason when it fails."""
    return tuple(_checks(rule, rule.document.get("requirement") or {}))


def _checks(rule: Rule, written: Mapping[str, Any]) -> Iterator[Check]:
    requirement = rule.requirement
    if requirement.purchase_from is not None:
        yield _not_before(requirement.purchase_from, written["purchase_from"])
    if requirement.purchase_to is not None:
        yield _not_after(requirement.purchase_to, written["purchase_to"])
    hours = rule.limitation.discount_hours
    zone = ZoneInfo(hours.timezone) if hours and hours.timezone else None
    if requirement.customer is not None:
        for path, pattern in requirement.customer.patterns():
            yield _customer_field(path, pattern, written["customer"], zone)
        if requirement.customer.addresses:
            elements = [element.patterns() for element in requirement.customer.addresses]
            yield _addresses(elements, written["customer"]["addresses"], zone)
    if requirement.store_ids and "*" not in requirement.store_ids:
        yield _store_ids(frozenset(requirement.store_ids), written["store_ids"])
    if requirement.store is not None:
        yield from _store(requirement.store, written["store"], zone)
    if requirement.gross_amount is not None:
        yield _gross(requirement.gross_amount)
    if requirement.net_amount is not None:
        yield _net(requirement.net_amount)
    if requirement.currencies:
        yield _currency(field_test(requirement.currencies), written["currencies"])
    if requirement.discount_code is not None:
        yield _code(requirement.discount_code)


def _not_before(start: datetime, written: str) -> Check:
    def check(basket: Basket) -> Rejected | None:
        if start <= basket.purchase_at:
            return None
        return Rejected("requirement.purchase_from", written, basket.receipt.document["purchase_at"])

    return check


def _not_after(end: datetime, written: str) -> Check:
    def check(basket: Basket) -> Rejected | None:
        if basket.purchase_at <= end:
            return None
        return Rejected("requirement.purchase_to", written, basket.receipt.document["purchase_at"])

    return check


def local_date(basket: Basket, zone: ZoneInfo | None) -> date:
    """Return the purchase's date in a zone, or as `purchase_at` is written."""
    return (basket.purchase_at if zone is None else basket.purchase_at.astimezone(zone)).date()


def field_at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return the value at a path of nested objects, under either spelling of the business name; None if absent."""
    value: Any = document
    for name in path:
        if not isinstance(value, Mapping):
            return None
        found = value.get(name)
        value = value.get(_ALIASES[name]) if found is None and name in _ALIASES else found
    return value


def customer_field(customer: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return a customer's field; an attribute is looked for among the attributes, then in the metadata."""
    value = field_at(customer, path)
    if value is None and path[0] == "attributes":
        return field_at(customer, ("metadata", *path[1:]))
    return value


def _customer_field(
    path: Sequence[str], pattern: Sequence[PatternElement], written: Mapping[str, Any], zone: ZoneInfo | None
) -> Check:
    holds = field_test(pattern)
    dotted = ".".join(("requirement.customer", *path))
    wanted = field_at(written, path)

    def check(basket: Basket) -> Rejected | None:
        value = customer_field(basket.customer, path)
        return None if holds(value, local_date(basket, zone)) else Rejected(dotted, wanted, value)

    return check


def _addresses(elements: Sequence[Any], wanted: Any, zone: ZoneInfo | None) -> Check:
    tests: list[list[tuple[Sequence[str], FieldTest]]] = [
        [(path, field_test(pattern)) for path, pattern in element] for element in elements
    ]

    def check(basket: Basket) -> Rejected | None:
        addresses = basket.customer.get("addresses") or ()
        today = local_date(basket, zone)
        for element in tests:
            for address in addresses:
                if all(holds(field_at(address, path), today) for path, holds in element):
                    return None
        return Rejected("requirement.customer.addresses", wanted, list(addresses))

    return check


def _store_ids(store_ids: frozenset[str], written: Sequence[str]) -> Check:
    def check(basket: Basket) -> Rejected | None:
        store_id = basket.store["id"]
        return None if store_id in store_ids else Rejected("requirement.store_ids", written, store_id)

    return check


def _store(store: StoreRequirement, written: Mapping[str, Any], zone: ZoneInfo | None) -> Iterator[Check]:
    for path, pattern in store.patterns():
        yield _store_field(path, pattern, written, zone)
    if store.mcc or store.mcc_ranges:
        listed = [element if not isinstance(element, str) else Equals(value=element) for element in store.mcc]
        ranges = [(span.start, span.end) for span in store.mcc_ranges]
        yield _mcc(field_test(listed), ranges, written)


def _store_field(
    path: Sequence[str], pattern: Sequence[PatternElement], written: Mapping[str, Any], zone: ZoneInfo | None
) -> Check:
    holds = field_test(pattern)
    dotted = ".".join(("requirement.store", *path))
    wanted = field_at(written, path)

    def check(basket: Basket) -> Rejected | None:
        value = field_at(basket.store, path)
        return None if holds(value, local_date(basket, zone)) else Rejected(dotted, wanted, value)

    return check


def _mcc(listed: FieldTest, ranges: Sequence[tuple[str, str]], written: Mapping[str, Any]) -> Check:
    path = "requirement.store.mcc_ranges" if ranges else "requirement.store.mcc"
    wanted = [*(written.get("mcc") or ()), *(written.get("mcc_ranges") or ())]

    def check(basket: Basket) -> Rejected | None:
        value = basket.store.get("mcc")
        code = None if value is None else str(value).zfill(4)
        if listed(code, basket.purchase_at.date()):
            return None
        if code is not None and any(start <= code <= end for start, end in ranges):
            return None
        return Rejected(path, wanted, value)

    return check


def _gross(least: int) -> Check:
    def check(basket: Basket) -> Rejected | None:
        return None if basket.gross >= least else Rejected("requirement.gross_amount", least, basket.gross)

    return check


def _net(least: int) -> Check:
    def check(basket: Basket) -> Rejected | None:
        return None if basket.net >= least else Rejected("requirement.net_amount", least, basket.net)

    return check


def _currency(holds: FieldTest, wanted: Any) -> Check:
    def check(basket: Basket) -> Rejected | None:
        currency = basket.receipt.currency
        if holds(currency, basket.purchase_at.date()):
            return None
        return Rejected("requirement.currencies", wanted, currency)

    return check


def _code(code: str) -> Check:
    def check(basket: Basket) -> Rejected | None:
        if code in basket.codes:
            return None
        return Rejected("requirement.discount_code", code, list(basket.receipt.discount_codes))

    return check
