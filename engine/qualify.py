"""Limitations, then requirements, in the order of the tables of SPEC 5 and 4; the first failure is kept.

What is asked, and in which order, a rule knows since it was compiled: three tuples of checks. Whether they all hold
costs little; what was wanted and seen where one fails is only put together for those who ask why.
"""

from collections.abc import Mapping
from typing import NamedTuple, assert_never

from engine.basket.basket import Basket, count_units
from engine.bits import union
from engine.compiled.limitations import Occasion
from engine.compiled.rule import CompiledRule
from engine.compiled.rule_lines import RuleLines
from engine.grants.wallet import Wallet, usable_grants
from engine.rejected import Rejected
from rules import Grant


class Qualified(NamedTuple):
    """A rule whose requirements and limitations hold, the grants it can use, and its lines as bits.

    `lines` are those it can reward, `counted` those that `item.quantity` counts and `parts` those of each mix, all
    before `discount_eligible` is asked, since that is asked again at the rule's turn; `stamp_units` is how many units
    earn stamps. `wanted` are all lines whose units the rule can use.
    """

    rule: CompiledRule
    grants: tuple[Grant, ...]
    lines: int
    counted: int
    parts: tuple[int, ...]
    stamp_units: int
    wanted: int


def qualify(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> Qualified | Rejected:
    """Return the rule with its lines, or the first limitation or requirement that fails."""
    grants = usable_or_rejected(rule, basket, wallet, rules_by_id)
    if isinstance(grants, Rejected):
        return grants
    for check in rule.checks:
        failed = check(basket)
        if failed is not None:
            return failed
    return qualify_units(rule, basket, grants)


def qualify_unless_it_fails(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule], *, is_candidate: bool
) -> Qualified | None:
    """Return the same as `qualify`, without the reason; of a candidate the index knows that window and store fit."""
    limitations = rule.open_limitations if wallet.everything else rule.limitations
    if limitations:
        occasion = Occasion(rule.id, basket, wallet, rules_by_id)
        for limitation in limitations:
            if not limitation.holds(occasion):
                return None
    for check in rule.open_checks if is_candidate else rule.checks:
        if not check.holds(basket):
            return None
    lines = _lines_of(rule, basket)
    if not lines.eligible:
        return None
    for one in rule.open_lines_checks:
        if not one.holds(basket, lines):
            return None
    return _qualified(rule, basket, _usable(rule, basket, wallet) if wallet.own else (), lines)


def usable_or_rejected(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> tuple[Grant, ...] | Rejected:
    """Return the usable grants of the rule, or the first limitation that fails."""
    occasion = Occasion(rule.id, basket, wallet, rules_by_id)
    for check in rule.limitations:
        failed = check(occasion)
        if failed is not None:
            return failed
    return _usable(rule, basket, wallet)


def _usable(rule: CompiledRule, basket: Basket, wallet: Wallet) -> tuple[Grant, ...]:
    """Return the usable grants of a rule whose limitations hold; none where everyone's grant serves."""
    own = wallet.own.get(rule.id)
    return () if own is None else usable_grants(own, rule.most_purchases, rule.days, basket.purchase_at)


def qualify_units(rule: CompiledRule, basket: Basket, grants: tuple[Grant, ...]) -> Qualified | Rejected:
    """Return the rule with the lines of its qualifying units, or the requirement on units that fails."""
    lines = _lines_of(rule, basket)
    for check in rule.lines_checks:
        failed = check(basket, lines)
        if failed is not None:
            return failed
    return _qualified(rule, basket, grants, lines)


def failures_on_units(rule: CompiledRule, basket: Basket) -> tuple[RuleLines, list[Rejected]]:
    """Return the lines of a rule, and every limitation and requirement on units that fails, in their order."""
    lines = _lines_of(rule, basket)
    return lines, [failed for check in rule.lines_checks if (failed := check(basket, lines)) is not None]


def _lines_of(rule: CompiledRule, basket: Basket) -> RuleLines:
    kept = basket.all_lines
    if rule.blacklist is not None:
        kept &= ~rule.blacklist.lines(basket)
    named = counted = kept
    parts: tuple[int, ...] = ()
    if rule.mixes:
        parts = tuple([part.items.lines(basket) & kept for part in rule.mixes])
    if rule.items is not None:
        named = rule.items.lines(basket)
        counted &= named
    elif parts:
        counted = union(parts)
    if rule.eligible == "item_eligible_for_discount":
        return RuleLines(named, counted, counted, parts, parts)
    carrying, any_carrying = basket.carrying, basket.any_carrying
    eligible = eligible_lines(rule, counted, carrying, any_carrying=any_carrying)
    eligible_parts = [eligible_lines(rule, part, carrying, any_carrying=any_carrying) for part in parts]
    return RuleLines(named, counted, eligible, parts, eligible_parts)


def _qualified(rule: CompiledRule, basket: Basket, grants: tuple[Grant, ...], found: RuleLines) -> Qualified:
    counted, parts = found.counted, found.parts
    if not rule.stamps:
        return Qualified(rule, grants, counted, counted, parts, 0, union(parts) if parts else counted)
    lines = counted
    if parts:
        lines = union(part for part, mix in zip(parts, rule.mixes, strict=True) if mix.rewarded)
    now = eligible_lines(rule, lines, basket.carrying, any_carrying=basket.any_carrying)
    basket.meter.work += len(basket.lines) // 8
    return Qualified(rule, grants, lines, counted, parts, count_units(basket, now), union(parts) if parts else lines)


def eligible_lines(rule: CompiledRule, lines: int, carrying: int, *, any_carrying: bool) -> int:
    """Return the lines that `discount_eligible` leaves, given which carry a discount (SPEC 4)."""
    match rule.eligible:
        case "item_eligible_for_discount":
            return lines
        case "item_eligible_for_discount_no_discount":
            return lines & ~carrying
        case "receipt_no_discount":
            return 0 if any_carrying else lines
        case _:
            assert_never(rule.eligible)
