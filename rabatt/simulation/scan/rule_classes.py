"""Rules in classes that share their window, stores, currencies, least amount and what their touch means: a bit each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Final, NamedTuple

from engine.compiled.requirements import Check
from engine.compiled.rule import ALWAYS, CompiledRule
from engine.index.keys import Keys, keys_of
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.worlds import Worlds

# A basket that lacks more than this share of a least amount is not counted as a near miss.
NEAR_PERCENT: Final = 25


class Touch(IntFlag):
    """What a rule that can concern a receipt means for it, and whether a return line says that some was returned."""

    CANDIDATE = 1
    CHANGED = 2
    HISTORY = 4
    NEAR = 8
    RETURNED = 16


# All that rules can mean.
EVERY_TOUCH: Final = Touch.CANDIDATE | Touch.CHANGED | Touch.HISTORY | Touch.NEAR


@dataclass(frozen=True, slots=True)
class RuleClass:
    """What the rules of one bit have in common; `stores` and `currencies` are None where any will do."""

    touch: Touch
    opens: int
    closes: int
    least_gross: int
    stores: frozenset[str] | None
    currencies: Check | None

    def with_other(self, other: "RuleClass") -> "RuleClass":
        """Return the class that rules out nothing that either of two does not."""
        stores = None if self.stores is None or other.stores is None else self.stores | other.stores
        return RuleClass(
            self.touch | other.touch,
            min(self.opens, other.opens),
            max(self.closes, other.closes),
            min(self.least_gross, other.least_gross),
            stores,
            self.currencies if self.currencies is other.currencies else None,
        )


class FiledRule(NamedTuple):
    """A rule's class, and the keys of which a receipt must show one."""

    of: RuleClass
    keys: Keys


def _id_of(rule: CompiledRule) -> str:
    return rule.id


def filed_rules(worlds: Worlds, granted: SharedGrants) -> list[FiledRule]:
    """Return the rules of both worlds that anybody can have a grant of; those of the draft again as near misses."""
    filed = []
    for rule_set in (worlds.baseline, worlds.scenario):
        for rule in sorted(rule_set.rules, key=_id_of):
            if worlds.status[rule.id] == "unchanged" and rule_set is worlds.scenario:
                continue
            keys = keys_of(rule)
            if keys != Keys() and granted.can_have(rule):
                touch = Touch.CANDIDATE
                if rule.id in worlds.changed:
                    touch |= Touch.CHANGED
                if rule.id in worlds.with_history:
                    touch |= Touch.HISTORY
                filed.append(FiledRule(_class_of(rule, touch), keys))
    near = [rule for rule in worlds.drafted if granted.can_have(rule)]
    return [*filed, *(FiledRule(_near(_class_of(rule, Touch.NEAR)), near_keys(rule)) for rule in near)]


def _class_of(rule: CompiledRule, touch: Touch) -> RuleClass:
    requirement = rule.rule.requirement
    ids = requirement.store_ids
    stores = None if not ids or "*" in ids else frozenset(ids)
    currencies = next((check for check in rule.static if check.path == "requirement.currencies"), None)
    # What is returned may cost more than what is bought: without a least amount none is ruled out.
    least = ALWAYS[0] if requirement.gross_amount is None else requirement.gross_amount
    return RuleClass(touch, rule.opens, rule.closes, least, stores, currencies)


def _near(of: RuleClass) -> RuleClass:
    return replace(of, least_gross=min(of.least_gross, of.least_gross * (100 - NEAR_PERCENT) // 100))


def near_keys(rule: CompiledRule) -> Keys:
    """Return the keys of receipts that show any part of what a rule wants: those that may miss it by a little."""
    matchers = [part.items for part in rule.mixes]
    if rule.items is not None and not (rule.items.accepts_all and matchers):
        matchers = [rule.items]
    if not matchers or any(items.accepts_all for items in matchers):
        return keys_of(rule)
    return Keys(
        {*(item for items in matchers for item in items.ids), *(item for items in matchers for item, _ in items.pairs)},
        {group for items in matchers for group in items.groups},
    )


def few_classes(classes: Iterable[RuleClass], most: int) -> dict[RuleClass, int]:
    """Return the number of each class, neighbours in one where there are too many."""
    # In the order of the rules, where they are alike: a set has another order in each process.
    ordered = sorted(
        dict.fromkeys(classes),
        key=lambda one: (
            one.touch,
            one.opens,
            one.closes,
            one.least_gross,
            sorted(one.stores or ()),
            repr(one.currencies and one.currencies.wanted),
        ),
    )
    each = -(-len(ordered) // most) if ordered else 1
    return {one: place // each for place, one in enumerate(ordered)}
