"""Percents that several rules may take off the same unit, which together make it free."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.requirement import ANY_ITEM, EVERY_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rules.requirement import Matcher
    from rules.rule import Rule

WHOLE = 100


def stacking(rules: Iterable[Rule]) -> dict[str, list[tuple[str, str]]]:
    """By rule id, a note for each rule whose percent, with that of rules allowed beside it, makes an item free.

    Looked at are percents of the gross price that may be used together. Percents of the net price, amounts and prices
    depend on the receipt and are left alone.
    """
    stackable = [rule for rule in rules if _is_stackable(rule)]
    everywhere = [rule for rule in stackable if _concerns_all(rule)]
    by_matcher: dict[Matcher, list[Rule]] = {}
    for rule in stackable:
        if not _concerns_all(rule):
            for matcher in dict.fromkeys(rule.requirement.item.items):
                by_matcher.setdefault(matcher, []).append(rule)
    notes: dict[str, list[tuple[str, str]]] = {}
    for group in (everywhere, *(named + everywhere for named in by_matcher.values())):
        together = tuple(_enough_for_all(group))
        if not together:
            continue
        # The note stands with the smallest id, once for the same rules.
        ids = sorted(rule.id for rule in together)
        total = sum(_percent(rule) for rule in together)
        sentence = f"together the rules {', '.join(ids)} take {total:f} percent off the same item, which makes it free"
        listed = notes.setdefault(ids[0], [])
        if ("reward.value", sentence) not in listed:
            listed.append(("reward.value", sentence))
    return notes


def _is_stackable(rule: Rule) -> bool:
    """Whether the rule takes a percent of the gross price of units that already carry discounts."""
    return (
        rule.active
        and rule.deleted_at is None
        and rule.traits.is_percent
        and rule.reward.effect == "discount"
        and rule.reward.base == "gross"
        and not rule.has_stamps
        and not rule.forms_sets
        and not rule.takes_what_is_left
        and rule.limitation.discount_combination != 0
        and rule.limitation.discount_eligible == "item_eligible_for_discount"
        and 0 < _percent(rule) < WHOLE
    )


def _percent(rule: Rule) -> Decimal:
    return Decimal(rule.reward.value or 0)


def _concerns_all(rule: Rule) -> bool:
    return rule.is_receipt_rule or any(_is_star(matcher) for matcher in rule.requirement.item.items)


def _is_star(matcher: Matcher) -> bool:
    return matcher.id in {EVERY_LINE, ANY_ITEM} and matcher.group_id is None


def _enough_for_all(group: list[Rule]) -> Iterator[Rule]:
    """The fewest rules, largest percents first, that add up to all; none where they cannot be used together."""
    taken: list[Rule] = []
    total = Decimal(0)
    for rule in sorted(group, key=lambda rule: (-_percent(rule), rule.id)):
        if not all(_overlap(rule, other) for other in taken):
            continue
        taken.append(rule)
        total += _percent(rule)
        if total >= WHOLE:
            break
    limits = [rule.limitation.discount_combination for rule in taken]
    if total >= WHOLE and all(limit < 0 or limit >= len(taken) - 1 for limit in limits):
        yield from taken


def _overlap(one: Rule, other: Rule) -> bool:
    """Whether one purchase can be inside the windows of both."""
    opens = [rule.requirement.purchase_from for rule in (one, other) if rule.requirement.purchase_from]
    closes = [rule.requirement.purchase_to for rule in (one, other) if rule.requirement.purchase_to]
    return not opens or not closes or max(opens) <= min(closes)
