"""The requirements that do not look at units, each compiled to a check (SPEC 4, the rows down to `discount_code`)."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from engine.basket.basket import Basket
from engine.compiled.patterns import FieldTest
from engine.fields.wildcards import WildcardPool
from engine.rejected import Rejected
from rules import Rule
from rules.codes import code_text
from rules.pattern import Age, Birthday, Equals, PatternElement, Wildcard
from rules.requirement import StoreRequirement

Path: TypeAlias = tuple[str, ...]
# What equal parts of many rules are kept under while these are compiled, so that there is one of each.
Memo: TypeAlias = dict[Hashable, Any]

_ALIASES: Final = {"bussiness_name": "business_name", "business_name": "bussiness_name"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Stands for the local date where no element of a pattern asks for one.
_ANY_DATE: Final = date.min


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One requirement: a predicate, and for those who ask why, what it wanted and what it saw.

    The answer of a check that `is_static` depends only on the currency and on the store's field at `store_path`; that
    of one that `is_of_time`, only on the instant of the purchase.
    """

    path: str
    wanted: Any
    holds: Callable[[Basket], bool]
    saw: Callable[[Basket], Any]
    is_static: bool = False
    store_path: Path | None = None
    is_of_time: bool = False

    def __call__(self, basket: Basket) -> Rejected | None:
        """Return the reason where the requirement does not hold."""
        return None if self.holds(basket) else Rejected(self.path, self.wanted, self.saw(basket))


def requirement_checks(rule: Rule, memo: Memo) -> tuple[Check, ...]:
    """Return the checks of a rule in the order of the table of SPEC 4; equal ones are the same object."""
    written = rule.document.get("requirement") or {}
    checks = tuple([_shared(memo, key, make) for key, make in _checks(rule, written, memo)])
    shared: tuple[Check, ...] = memo.setdefault(checks, checks)
    return shared


def _shared(memo: Memo, key: Hashable, make: Callable[[], Check]) -> Check:
    check: Check | None = memo.get(key)
    if check is None:
        check = memo[key] = make()
    return check


# A check's key has all that it is made of, as written: `1` and `true` are equal, and what is written is shown.
Recipe: TypeAlias = tuple[Hashable, Callable[[], Check]]


def _checks(rule: Rule, written: Mapping[str, Any], memo: Memo) -> Iterator[Recipe]:
    requirement = rule.requirement
    if (opens := requirement.purchase_from) is not None:
        yield ("purchase_from", written["purchase_from"]), lambda: _not_before(opens, written["purchase_from"])
    if (closes := requirement.purchase_to) is not None:
        yield ("purchase_to", written["purchase_to"]), lambda: _not_after(closes, written["purchase_to"])
    hours = rule.limitation.discount_hours
    zone = ZoneInfo(hours.timezone) if hours and hours.timezone else None
    if requirement.customer is not None:
        for path, pattern in requirement.customer.patterns():
            yield _customer_field(path, pattern, written["customer"], zone, memo)
        if requirement.customer.addresses:
            elements = [element.patterns() for element in requirement.customer.addresses]
            yield _addresses(elements, written["customer"]["addresses"], zone, memo)
    if requirement.store_ids and "*" not in requirement.store_ids:
        yield _store_ids(written["store_ids"])
    if requirement.store is not None:
        yield from _store(requirement.store, written["store"], zone, memo)
    if (gross := requirement.gross_amount) is not None:
        yield ("gross_amount", gross), lambda: _gross(gross)
    if (net := requirement.net_amount) is not None:
        yield ("net_amount", net), lambda: _net(net)
    if requirement.currencies:
        yield _currency(requirement.currencies, written["currencies"], memo)
    if requirement.discount_code:
        yield _codes(requirement.discount_code, written["discount_code"], zone, memo)


def instant_of(moment: datetime) -> int:
    """Return the microseconds from the beginning of 1970 to a moment: exact, and quick to compare."""
    # The difference of two moments cannot overflow, other than the moment in another zone.
    return (moment - _EPOCH) // _MICROSECOND


def _written_moment(basket: Basket) -> Any:
    return basket.receipt.document["purchase_at"]


def _not_before(opens: datetime, written: str) -> Check:
    start = instant_of(opens)
    return Check(
        "requirement.purchase_from",
        written,
        lambda basket: start <= instant_of(basket.purchase_at),
        _written_moment,
        is_of_time=True,
    )


def _not_after(closes: datetime, written: str) -> Check:
    end = instant_of(closes)
    return Check(
        "requirement.purchase_to",
        written,
        lambda basket: instant_of(basket.purchase_at) <= end,
        _written_moment,
        is_of_time=True,
    )


def local_date(basket: Basket, zone: ZoneInfo | None) -> date:
    """Return the purchase's date in a zone, or as `purchase_at` is written."""
    return (basket.purchase_at if zone is None else basket.purchase_at.astimezone(zone)).date()


def field_at(document: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return the value at a path of nested objects, under either spelling of the business name; None if absent."""
    value: Any = document
    for name in path:
        if not isinstance(value, dict):
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


def _asks_for_the_date(pattern: Sequence[PatternElement]) -> bool:
    return any(isinstance(element, Age | Birthday) for element in pattern)


def _field_test(family: str, path: Path, pattern: Sequence[PatternElement], memo: Memo) -> FieldTest:
    """Return the predicate of a pattern on a field, which knows the wildcards of all rules for it."""
    pool: WildcardPool | None = None
    if any(isinstance(element, Wildcard) for element in pattern):
        pool = memo.setdefault(("wildcards", family, path), WildcardPool())
    return FieldTest(pattern, pool)


def _customer_field(
    path: Path, pattern: Sequence[PatternElement], written: Mapping[str, Any], zone: ZoneInfo | None, memo: Memo
) -> Recipe:
    wanted = field_at(written, path)
    is_dated = _asks_for_the_date(pattern)

    def make() -> Check:
        test = _field_test("customer", path, pattern, memo)

        def holds(basket: Basket) -> bool:
            value = customer_field(basket.customer, path)
            return test.holds(value, local_date(basket, zone) if is_dated else _ANY_DATE, basket.prepared)

        dotted = ".".join(("requirement.customer", *path))
        return Check(dotted, wanted, holds, lambda basket: customer_field(basket.customer, path))

    return ("customer", path, zone if is_dated else None, repr(wanted)), make


def _addresses(elements: Sequence[Any], wanted: Any, zone: ZoneInfo | None, memo: Memo) -> Recipe:
    def make() -> Check:
        tests: list[list[tuple[str, FieldTest]]] = [
            [(name, _address_test(name, pattern, memo)) for (name,), pattern in element] for element in elements
        ]

        def holds(basket: Basket) -> bool:
            today = local_date(basket, zone)
            prepared = basket.prepared
            columns = prepared.columns_of(basket.customer.get("addresses") or ())
            for element in tests:
                rows = columns.all_rows
                for name, test in element:
                    prepared.spend(1)
                    rows &= test.rows(name, columns, today, prepared)
                    if not rows:
                        break
                if rows:
                    return True
            return False

        return Check(
            "requirement.customer.addresses", wanted, holds, lambda basket: list(basket.customer.get("addresses") or ())
        )

    return ("addresses", zone, repr(wanted)), make


def _address_test(name: str, pattern: Sequence[PatternElement], memo: Memo) -> FieldTest:
    """Return the predicate of a pattern on a field of an address, one for all elements that have the same."""
    key = ("address", name, tuple(pattern))
    test: FieldTest | None = memo.get(key)
    if test is None:
        test = memo[key] = _field_test("address", (name,), pattern, memo)
    return test


def _store_ids(written: Sequence[str]) -> Recipe:
    def make() -> Check:
        store_ids = frozenset(written)
        return Check(
            "requirement.store_ids",
            written,
            lambda basket: basket.store["id"] in store_ids,
            lambda basket: basket.store["id"],
            is_static=True,
            store_path=("id",),
        )

    return ("store_ids", *written), make


def _store(store: StoreRequirement, written: Mapping[str, Any], zone: ZoneInfo | None, memo: Memo) -> Iterator[Recipe]:
    for path, pattern in store.patterns():
        yield _store_field(path, pattern, written, zone, memo)
    if store.mcc or store.mcc_ranges:
        yield _mcc(store, written, memo)


def _store_field(
    path: Path, pattern: Sequence[PatternElement], written: Mapping[str, Any], zone: ZoneInfo | None, memo: Memo
) -> Recipe:
    wanted = field_at(written, path)
    is_dated = _asks_for_the_date(pattern)

    def make() -> Check:
        test = _field_test("store", path, pattern, memo)

        def holds(basket: Basket) -> bool:
            value = field_at(basket.store, path)
            return test.holds(value, local_date(basket, zone) if is_dated else _ANY_DATE, basket.prepared)

        return Check(
            ".".join(("requirement.store", *path)),
            wanted,
            holds,
            lambda basket: field_at(basket.store, path),
            is_static=not is_dated,
            store_path=path,
        )

    return ("store", path, zone if is_dated else None, repr(wanted)), make


def _mcc(store: StoreRequirement, written: Mapping[str, Any], memo: Memo) -> Recipe:
    wanted = [*(written.get("mcc") or ()), *(written.get("mcc_ranges") or ())]
    ranges = [(span.start, span.end) for span in store.mcc_ranges]
    listed = [element if not isinstance(element, str) else Equals(value=element) for element in store.mcc]
    is_dated = _asks_for_the_date(listed)

    def make() -> Check:
        test = _field_test("store", ("mcc",), listed, memo)

        def holds(basket: Basket) -> bool:
            code = basket.prepared.code_of(basket.store.get("mcc"))
            if test.holds(code, basket.purchase_at.date(), basket.prepared):
                return True
            return code is not None and any(start <= code <= end for start, end in ranges)

        return Check(
            "requirement.store.mcc_ranges" if ranges else "requirement.store.mcc",
            wanted,
            holds,
            lambda basket: basket.store.get("mcc"),
            is_static=not is_dated,
            store_path=("mcc",),
        )

    return ("mcc", len(ranges), repr(wanted)), make


def _gross(least: int) -> Check:
    return Check("requirement.gross_amount", least, lambda basket: basket.gross >= least, lambda basket: basket.gross)


def _net(least: int) -> Check:
    return Check("requirement.net_amount", least, lambda basket: basket.net >= least, lambda basket: basket.net)


def _currency(pattern: Sequence[PatternElement], wanted: Any, memo: Memo) -> Recipe:
    def make() -> Check:
        test = _field_test("currency", (), pattern, memo)
        is_dated = _asks_for_the_date(pattern)
        return Check(
            "requirement.currencies",
            wanted,
            lambda basket: test.holds(
                basket.receipt.currency, basket.purchase_at.date() if is_dated else _ANY_DATE, basket.prepared
            ),
            lambda basket: basket.receipt.currency,
            is_static=not is_dated,
        )

    return ("currencies", repr(wanted)), make


def _codes(pattern: Sequence[PatternElement], wanted: Any, zone: ZoneInfo | None, memo: Memo) -> Recipe:
    is_dated = _asks_for_the_date(pattern)

    def make() -> Check:
        texts = frozenset([element.value for element in pattern if isinstance(element, Equals)])
        # Operators ask for the receipt's codes; a line's id is one only where it is named (POLICY 13).
        operators = [element for element in pattern if not isinstance(element, Equals)]
        test = _field_test("discount_code", (), operators, memo) if operators else None

        def holds(basket: Basket) -> bool:
            if not texts.isdisjoint(basket.exact_codes):
                return True
            today = local_date(basket, zone) if is_dated else _ANY_DATE
            return test is not None and test.holds(basket.codes, today, basket.prepared)

        return Check("requirement.discount_code", wanted, holds, _codes_as_sent)

    return ("discount_code", zone if is_dated else None, repr(wanted)), make


def _codes_as_sent(basket: Basket) -> list[str]:
    return [code for code in basket.receipt.discount_codes if code_text(code)]
