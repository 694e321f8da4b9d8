"""From the facts of a receipt to the few rules that could concern it: a superset of those that qualify.

Every rule is filed under the keys of one necessary condition, the one that tells most: its code, its items, the
scarcest of its mixes, a field of the customer or store that must equal something, its stores, or the months it runs.
A receipt looks its own facts up, so rules that have nothing to do with it are never touched.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from engine.basket import Basket
from engine.compile import CompiledRule
from engine.match import MatcherSet
from engine.requirements import customer_field, field_at
from rules.pattern import Equals, scalar_text

Path: TypeAlias = tuple[str, ...]

_MOST_MONTHS: Final = 36


class Index(NamedTuple):
    """The ranks of rules by family of key. `always` holds those that no key tells anything about."""

    by_code: Mapping[str, Sequence[int]]
    by_item: Mapping[str, Sequence[int]]
    by_group: Mapping[str, Sequence[int]]
    by_customer: Mapping[Path, Mapping[str, Sequence[int]]]
    by_store: Mapping[Path, Mapping[str, Sequence[int]]]
    by_month: Mapping[int, Sequence[int]]
    always: Sequence[int]

    def ranks(self, basket: Basket) -> list[int]:
        """Return the ranks of the rules that could concern a receipt, sorted."""
        found = set(self.always)
        if self.by_code:
            for code in basket.codes:
                found.update(self.by_code.get(code, ()))
        for item in basket.by_item:
            found.update(self.by_item.get(item, ()))
        for group in basket.by_group:
            found.update(self.by_group.get(group, ()))
        for path, by_text in self.by_customer.items():
            _look_up(by_text, customer_field(basket.customer, path), found)
        for path, by_text in self.by_store.items():
            _look_up(by_text, field_at(basket.store, path), found)
        if self.by_month:
            found.update(self.by_month.get(_month(basket.purchase_at), ()))
        return sorted(found)


def _look_up(by_text: Mapping[str, Sequence[int]], value: Any, found: set[int]) -> None:
    for member in value if isinstance(value, list) else (value,):
        if member is not None:
            found.update(by_text.get(scalar_text(member), ()))


def build_index(rules: Iterable[CompiledRule]) -> Index:
    """Return the index of the rules that can qualify at all; they come in the order of their ids."""
    families: dict[str, dict[Any, list[int]]] = defaultdict(lambda: defaultdict(list))
    fields: dict[str, dict[Path, dict[Any, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    always = []
    for rank, rule in enumerate(rules):
        if not rule.rule.active or rule.rule.deleted_at is not None:
            continue
        keys = _keys(rule)
        if keys is None:
            always.append(rank)
            continue
        for family, path, key in keys:
            postings = fields[family][path] if path else families[family]
            postings[key].append(rank)
    return Index(
        by_code=_frozen(families["code"]),
        by_item=_frozen(families["item"]),
        by_group=_frozen(families["group"]),
        by_customer={path: _frozen(by_text) for path, by_text in fields["customer"].items()},
        by_store={path: _frozen(by_text) for path, by_text in fields["store"].items()},
        by_month=_frozen(families["month"]),
        always=tuple(always),
    )


def _frozen(postings: Mapping[Any, list[int]]) -> dict[Any, tuple[int, ...]]:
    # A plain dict: a look-up shall never add a key.
    return {key: tuple(ranks) for key, ranks in postings.items()}


Key: TypeAlias = tuple[str, Path, Hashable]


def _keys(rule: CompiledRule) -> list[Key] | None:
    """Return every key of one necessary condition of a rule; None where nothing narrows it down."""
    requirement = rule.rule.requirement
    if requirement.discount_code is not None:
        return [("code", (), requirement.discount_code)]
    if rule.items is not None and not rule.items.accepts_all:
        return list(_item_keys(rule.items))
    if rule.parts:
        return list(_item_keys(min((part.items for part in rule.parts), key=_breadth)))
    return _field_keys(rule) or _store_id_keys(rule) or _month_keys(rule)


def _breadth(items: MatcherSet) -> tuple[int, int]:
    # A group is wider than an item.
    return len(items.groups), len(items.ids) + len(items.pairs)


def _item_keys(items: MatcherSet) -> Iterator[Key]:
    for item in sorted(items.ids | {item for item, _ in items.pairs}):
        yield "item", (), item
    for group in sorted(items.groups):
        yield "group", (), group


def _field_keys(rule: CompiledRule) -> list[Key] | None:
    """Return the keys of the field with the fewest accepted values, among those that must equal something."""
    requirement = rule.rule.requirement
    narrow: list[list[Key]] = []
    for family, field in (("customer", requirement.customer), ("store", requirement.store)):
        for path, pattern in field.patterns() if field is not None else ():
            if all(isinstance(element, Equals) for element in pattern):
                texts = {element.value for element in pattern if isinstance(element, Equals)}
                narrow.append([(family, path, text) for text in sorted(texts)])
    return min(narrow, key=len, default=None)


def _store_id_keys(rule: CompiledRule) -> list[Key] | None:
    store_ids = rule.rule.requirement.store_ids
    if not store_ids or "*" in store_ids:
        return None
    return [("store", ("id",), store_id) for store_id in sorted(set(store_ids))]


def _month_keys(rule: CompiledRule) -> list[Key] | None:
    requirement = rule.rule.requirement
    if requirement.purchase_from is None or requirement.purchase_to is None:
        return None
    first, last = _month(requirement.purchase_from), _month(requirement.purchase_to)
    return [("month", (), month) for month in range(first, last + 1)] if last - first < _MOST_MONTHS else None


def _month(instant: datetime) -> int:
    """Return the number of the UTC month; where the calendar ends, that of the month as written."""
    # Receipts are dated in years that have a month on either side, so none is filed where the calendar ends.
    with suppress(OverflowError):
        instant = instant.astimezone(UTC)
    return instant.year * 12 + instant.month
