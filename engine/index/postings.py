"""From the facts of a receipt to the few rules that could concern it: a superset of those that qualify.

Every rule is filed in the postings of its keys. A receipt looks its own facts up, so rules that have nothing to do with
it are never touched.

A till stays in one store, and its day lasts long. So a posting is cut once for each view, which is a UTC day, a
currency and the fields of the store that rules ask for. Cuts are made when they are asked for, and kept with the
posting. When a rule changes, only the postings that it is filed in are made anew, so no cut can outlive what it was
made of.
"""

from bisect import bisect_left, insort_left
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from engine.basket.basket import Basket
from engine.compiled.requirements import Path
from engine.compiled.rule import CompiledRule
from engine.index.code_facts import EXACT, CodeFamily, Fact, facts_of_code, family_of
from engine.index.keys import Keys, keys_of
from engine.index.persistent_map import PersistentMap
from engine.index.till_view import Lookup, Posting, View, is_worth_keeping, kept, view_key

Postings: TypeAlias = PersistentMap[Any, Posting]
# How many of the rules ask for each field, or for a family of facts of codes.
Asked: TypeAlias = tuple[str, Path | CodeFamily]
Counts: TypeAlias = Mapping[Asked, int]


@dataclass(frozen=True, slots=True)
class Index:
    """The postings by item, by group and by any other fact.

    `customer` are the fields of the customer that are looked up as facts, `store` those of the store that any rule asks
    for, and `codes` the families of facts that are looked up for each code.
    """

    by_item: Postings
    by_group: Postings
    by_fact: Postings
    counts: Counts
    codes: tuple[CodeFamily, ...] = field(init=False)
    customer: tuple[Path, ...] = field(init=False)
    store: tuple[Path, ...] = field(init=False)
    views: dict[Hashable, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort what is counted by family."""
        families: dict[str, list[tuple[Any, ...]]] = {"code": [], "customer": [], "store": []}
        for family, path in self.counts:
            families[family].append(path)
        object.__setattr__(self, "codes", tuple(sorted(families["code"])))
        object.__setattr__(self, "customer", tuple(sorted(families["customer"])))
        object.__setattr__(self, "store", tuple(sorted(families["store"])))

    def candidates(self, basket: Basket) -> Iterable[CompiledRule]:
        """Return the rules that could concern a receipt, each once, in no order.

        Their window and all that is `static` of their checks hold.
        """
        view = self._view(basket)
        looked = Lookup(basket, view)
        for postings, lines_by_name in ((self.by_item, basket.by_item), (self.by_group, basket.by_group)):
            looked.add(postings.among(lines_by_name), lines_by_name)
        facts = list(view.facts)
        if self.codes:
            facts += self._facts_of_codes(basket)
        for path in self.customer:
            facts += [("customer", path, text) for text in looked.texts_at(path)]
        looked.add(self.by_fact.among(facts))
        return looked.found

    def _facts_of_codes(self, basket: Basket) -> Iterable[Fact]:
        facts: list[Fact] = [(*EXACT, code) for code in basket.exact_codes]
        families = [family for family in self.codes if family != EXACT]
        if families and basket.codes:
            basket.meter.spend(len(families) * len(basket.codes) // 2)
            facts += {fact for code in basket.codes for fact in facts_of_code(code, families)}
        return facts

    def _view(self, basket: Basket) -> View:
        key = view_key(basket, self.store)
        view = self.views.get(key)
        if view is None:
            view = View(basket, self.store, is_kept=is_worth_keeping(key))
            if view.is_kept:
                kept(self.views, key, view)
        return view

    def changed(self, old: CompiledRule | None, new: CompiledRule | None) -> "Index":
        """Return the index with one rule in the place of another; either may be none."""
        before = Keys() if old is None else keys_of(old)
        after = Keys() if new is None else keys_of(new)
        counts = dict(self.counts)
        for rule, keys, by in ((old, before, -1), (new, after, 1)):
            for asked in () if rule is None else _asked(rule, keys):
                counts[asked] = counts.get(asked, 0) + by
        counts = {asked: count for asked, count in counts.items() if count}
        changed = replace(
            self,
            by_item=_refiled(self.by_item, before.items, after.items, old, new),
            by_group=_refiled(self.by_group, before.groups, after.groups, old, new),
            by_fact=_refiled(self.by_fact, before.facts, after.facts, old, new),
            counts=counts,
        )
        # A view knows the fields of the store that were asked for when it was made.
        return changed if changed.store == self.store else replace(changed, views={})


def _refiled(
    postings: Postings,
    before: Collection[Any],
    after: Collection[Any],
    old: CompiledRule | None,
    new: CompiledRule | None,
) -> Postings:
    """Return the postings without the old rule under its keys, and with the new one under its own."""
    if not before and not after:
        return postings
    # Copied once, however many rules there are: half a millisecond for a hundred thousand.
    changes: dict[Any, list[CompiledRule]] = {
        key: list(postings[key].rules) if key in postings else [] for key in (*before, *after)
    }
    if old is not None:
        for key in before:
            del changes[key][bisect_left(changes[key], old.id, key=_id)]
    if new is not None:
        for key in after:
            insort_left(changes[key], new, key=_id)
    return postings.with_entries([(key, Posting(rules) if rules else None) for key, rules in changes.items()])


def _id(rule: CompiledRule) -> str:
    return rule.id


def _asked(rule: CompiledRule, keys: Keys) -> set[Asked]:
    """Return what must be looked up for a rule that is filed under these keys: family and field."""
    if keys == Keys():
        return set()
    asked: set[Asked] = {("store", check.store_path) for check in rule.static if check.store_path is not None}
    for fact in keys.facts:
        family = family_of(fact)
        if family is not None:
            asked.add(("code", family))
        elif fact[0] == "customer":
            asked.add(("customer", fact[1]))
    return asked


def build_index(rules: Iterable[CompiledRule]) -> Index:
    """Return the index of rules, which come in the order of their ids."""
    families: tuple[dict[Any, list[CompiledRule]], ...] = ({}, {}, {})
    counts: dict[Asked, int] = {}
    for rule in rules:
        keys = keys_of(rule)
        for filed, names in zip(families, keys, strict=True):
            for name in names:
                filed.setdefault(name, []).append(rule)
        for asked in _asked(rule, keys):
            counts[asked] = counts.get(asked, 0) + 1
    items, groups, facts = (
        PersistentMap((key, Posting(tuple(found))) for key, found in filed.items()) for filed in families
    )
    return Index(items, groups, facts, counts)
