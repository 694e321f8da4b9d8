"""Percents that several rules may take off the same unit, which together make it free."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from rules.requirement import ANY_ITEM, EVERY_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.requirement import Matcher
    from rules.rule import Rule

# What a matcher names: an item, a group, or both.
Goods: TypeAlias = "tuple[str | None, str | None]"

WHOLE = 100


def stacking(rules: Iterable[Rule]) -> dict[str, list[tuple[str, str]]]:
    """By rule id, a note for each rule whose percent, with that of rules allowed beside it, makes an item free.

    Looked at are percents of the gross price that may be used together. Percents of the net price, amounts and prices
    depend on the receipt and are left alone.
    """
    stackable = [rule for rule in rules if is_plain_percent(rule) and rule.reward.base == "gross"]
    notes: dict[str, list[tuple[str, str]]] = {}
    for group in rules_that_meet(stackable):
        together = tuple(_enough_for_all(group))
        if not together:
            continue
        # The note stands with the smallest id, once for the same rules.
        ids = sorted(rule.id for rule in together)
        total = sum(percent_of(rule) for rule in together)
        sentence = f"together the rules {', '.join(ids)} take {total:f} percent off the same item, which makes it free"
        listed = notes.setdefault(ids[0], [])
        if ("reward.value", sentence) not in listed:
            listed.append(("reward.value", sentence))
    return notes


def is_plain_percent(rule: Rule) -> bool:
    """Whether the rule takes a percent off units by themselves, whatever discounts they carry already."""
    return (
        rule.active
        and rule.deleted_at is None
        and rule.traits.is_percent
        and rule.reward.effect == "discount"
        and not rule.has_stamps
        and not rule.forms_sets
        and not rule.takes_what_is_left
        and rule.limitation.discount_combination != 0
        and rule.limitation.discount_eligible == "item_eligible_for_discount"
        and 0 < percent_of(rule) < WHOLE
    )


def percent_of(rule: Rule) -> Decimal:
    return Decimal(rule.reward.value or 0)


def concerns_all(rule: Rule) -> bool:
    return rule.is_receipt_rule or any(_is_star(matcher) for matcher in rule.requirement.item.items)


def rules_that_meet(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """The rules that one unit can have in common: those of all goods, and with them those that surely name the same."""
    rules = tuple(rules)
    everywhere = [rule for rule in rules if concerns_all(rule)]
    by_goods: dict[Goods, list[Rule]] = {}
    for rule in rules:
        for goods in () if concerns_all(rule) else dict.fromkeys(map(_goods, rule.requirement.item.items)):
            by_goods.setdefault(goods, []).append(rule)
    yield everywhere
    for (item, group), named in by_goods.items():
        # An item of a group is met by what names the item alone, or the group; an item may or may not be of a group.
        wider: list[Goods] = [(item, None), (None, group)] if item is not None and group is not None else []
        met = chain(named, *(by_goods.get(goods, ()) for goods in wider), everywhere)
        yield list({rule.id: rule for rule in met}.values())


def _goods(matcher: Matcher) -> Goods:
    return (None if matcher.id == EVERY_LINE else matcher.id), matcher.group_id


def _is_star(matcher: Matcher) -> bool:
    return matcher.id in {EVERY_LINE, ANY_ITEM} and matcher.group_id is None


def _enough_for_all(group: list[Rule]) -> Iterator[Rule]:
    """The fewest rules, largest percents first, that add up to all; none where they cannot be used together."""
    taken: list[Rule] = []
    total = Decimal(0)
    for rule in sorted(group, key=lambda rule: (-percent_of(rule), rule.id)):
        if not all(windows_overlap(rule, other) for other in taken):
            continue
        taken.append(rule)
        total += percent_of(rule)
        if total >= WHOLE:
            break
    limits = [rule.limitation.discount_combination for rule in taken]
    if total >= WHOLE and all(limit < 0 or limit >= len(taken) - 1 for limit in limits):
        yield from taken


def windows_overlap(one: Rule, other: Rule) -> bool:
    """Whether one purchase can be inside the windows of both."""
    opens = [rule.requirement.purchase_from for rule in (one, other) if rule.requirement.purchase_from]
    closes = [rule.requirement.purchase_to for rule in (one, other) if rule.requirement.purchase_to]
    return not opens or not closes or max(opens) <= min(closes)
