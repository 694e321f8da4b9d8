"""The keys of a rule: facts of which a receipt must have one, or the rule cannot qualify.

Of all conditions that a rule cannot do without, the one that tells most is taken: its codes, its items, the scarcest of
its mixes, a field of the customer or store that must equal something, its stores, or the months it runs.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

from engine.compiled.matchers import MatcherSet
from engine.compiled.requirements import Path
from engine.compiled.rule import CompiledMix, CompiledRule
from engine.index.code_facts import Fact, facts_of_pattern
from rules.pattern import Equals
from rules.requirement import PatternFields

# The fact that every receipt shows.
ALWAYS: Final[Fact] = ("always",)

_MOST_MONTHS: Final = 36


class Keys(NamedTuple):
    """Item ids, group ids, and other facts; any one of them, of any kind, makes the rule a candidate."""

    items: Collection[str] = ()
    groups: Collection[str] = ()
    facts: Collection[Fact] = ()


def keys_of(rule: CompiledRule) -> Keys:
    """Return the keys of a rule; none where it cannot qualify at all."""
    if not rule.rule.active or rule.rule.deleted_at is not None:
        return Keys()
    codes = facts_of_pattern(rule.rule.requirement.discount_code)
    if codes:
        return Keys(facts=codes)
    goods = _goods(rule)
    if goods is not None:
        return goods
    narrow = [*_store_fields(rule), *_customer_fields(rule)]
    if narrow:
        family, path, texts = min(narrow, key=_width)
        return Keys(facts=[(family, path, text) for text in texts])
    return Keys(facts=_stores(rule) or _months(rule) or (ALWAYS,))


def _goods(rule: CompiledRule) -> Keys | None:
    if rule.items is not None and not rule.items.accepts_all:
        return _keys_of_matchers(rule.items)
    return _keys_of_matchers(scarcest_mix(rule).items) if rule.mixes else None


def scarcest_mix(rule: CompiledRule) -> CompiledMix:
    """Return the mix that the fewest goods match."""
    return min(rule.mixes, key=_breadth)


def _breadth(part: CompiledMix) -> tuple[int, int]:
    # A group is wider than an item.
    return len(part.items.groups), len(part.items.ids) + len(part.items.pairs)


def _keys_of_matchers(items: MatcherSet) -> Keys:
    return Keys({*items.ids, *(item for item, _ in items.pairs)}, items.groups)


def units_needed(rule: CompiledRule) -> int:
    """Return how many units of one of its goods a rule cannot do without; 1 where several goods can make them up."""
    if rule.items is not None and not rule.items.accepts_all:
        items, needed = rule.items, rule.quantity
    elif rule.mixes:
        part = scarcest_mix(rule)
        items, needed = part.items, part.quantity
    else:
        return 1
    keys = _keys_of_matchers(items)
    return needed if len(keys.items) + len(keys.groups) == 1 else 1


Field: TypeAlias = tuple[str, Path, Collection[str]]


def _width(one: Field) -> int:
    return len(one[2])


def _customer_fields(rule: CompiledRule) -> Iterator[Field]:
    return _equal_fields("customer", rule.rule.requirement.customer)


def _store_fields(rule: CompiledRule) -> Iterator[Field]:
    return _equal_fields("store", rule.rule.requirement.store)


def _equal_fields(family: str, fields: PatternFields | None) -> Iterator[Field]:
    """Yield the fields that must equal something, with the texts that are accepted."""
    for path, pattern in fields.patterns() if fields is not None else ():
        texts = {element.value for element in pattern if isinstance(element, Equals)}
        if all(isinstance(element, Equals) for element in pattern):
            yield family, path, texts


def customer_texts(rule: CompiledRule) -> tuple[Path, Collection[str]] | None:
    """Return the field of the customer that accepts the fewest texts and nothing else; None where there is none."""
    narrowest = min(_customer_fields(rule), key=_width, default=None)
    return None if narrowest is None else narrowest[1:]


def _stores(rule: CompiledRule) -> Collection[Fact]:
    store_ids = rule.rule.requirement.store_ids
    return () if "*" in store_ids else {("store", ("id",), store_id) for store_id in store_ids}


def _months(rule: CompiledRule) -> Collection[Fact]:
    requirement = rule.rule.requirement
    if requirement.purchase_from is None or requirement.purchase_to is None:
        return ()
    first, last = month_of(requirement.purchase_from), month_of(requirement.purchase_to)
    return [("month", month) for month in range(first, last + 1)] if last - first < _MOST_MONTHS else ()


def month_of(instant: datetime) -> int:
    """Return the number of the UTC month; where the calendar ends, that of the month as written."""
    # Receipts are dated in years that have a month on either side, so none is filed where the calendar ends.
    with suppress(OverflowError):
        instant = instant.astimezone(UTC)
    return instant.year * 12 + instant.month
