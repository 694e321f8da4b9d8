"""Limitations, then requirements, in the order of the tables of SPEC 5 and 4; the first failure is kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from engine.assignment import can_fill
from engine.basket import Basket, Line
from engine.compile import CompiledRule
from engine.grants import Wallet, usable_grants
from engine.periods import is_open
from engine.reason import Rejected
from rules import Grant


class Qualified(NamedTuple):
    """A rule whose requirements and limitations hold, the grants it can use, and its lines as bits.

    `lines` are those it can reward, `counted` those that `item.quantity` counts and `parts` those of each mix, all
    before `discount_eligible` is asked, since that is asked again at the rule's turn; `stamp_units` is how many units
    earn stamps.
    """

    rule: CompiledRule
    grants: tuple[Grant, ...]
    lines: int
    counted: int
    parts: tuple[int, ...]
    stamp_units: int

    @property
    def wanted(self) -> int:
        """Return the bits of all lines whose units the rule can use."""
        return union(self.parts or (self.lines,))


def qualify(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> Qualified | Rejected:
    """Return the rule with its lines, or the first limitation or requirement that fails."""
    grants: tuple[Grant, ...] = ()
    if not (rule.is_plainly_granted and wallet.everything):
        limited = usable_or_rejected(rule, basket, wallet, rules_by_id)
        if isinstance(limited, Rejected):
            return limited
        grants = limited
    for check in rule.checks:
        failed = check(basket)
        if failed is not None:
            return failed
    return qualify_units(rule, basket, grants)


def usable_or_rejected(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> tuple[Grant, ...] | Rejected:
    """Return the usable grants of the rule, or the first limitation that fails."""
    definition = rule.rule
    if not definition.active:
        return Rejected("active", True, False)
    if definition.deleted_at is not None:
        return Rejected("deleted_at", None, definition.document["deleted_at"])
    grants = usable_grants(rule, wallet, basket.purchase_at)
    failed_at = grants.path if isinstance(grants, Rejected) else None
    if failed_at == "grant":
        return grants
    hours = definition.limitation.discount_hours
    if hours is not None and hours.hours:
        local = basket.purchase_at.astimezone(rule.zone)
        if not is_open(hours.hours, local):
            return Rejected("limitation.discount_hours", _written_hours(rule), local.strftime("%a %H:%M").lower())
    if failed_at == "limitation.discount_repeat_usage":
        return grants
    if rule.most_others is not None and basket.brought_discounts > rule.most_others:
        return Rejected("limitation.discount_combination", rule.most_others, basket.brought_discounts)
    if isinstance(grants, Rejected):
        return grants
    for activation in definition.limitation.discount_activation:
        other = rules_by_id.get(activation.value)
        if other is not None and _is_running(other, wallet, basket.purchase_at):
            return Rejected("limitation.discount_activation", f"{other.id} not active", f"{other.id} active")
    return grants


def _written_hours(rule: CompiledRule) -> object:
    return rule.rule.document["limitation"]["discount_hours"]["hours"]


def _is_running(other: CompiledRule, wallet: Wallet, purchase_at: datetime) -> bool:
    """Say whether a rule is active, inside its purchase window and granted to the customer."""
    definition = other.rule
    start, end = definition.requirement.purchase_from, definition.requirement.purchase_to
    return (
        definition.active
        and definition.deleted_at is None
        and (start is None or start <= purchase_at)
        and (end is None or purchase_at <= end)
        and wallet.is_granted(other.id)
    )


def qualify_units(rule: CompiledRule, basket: Basket, grants: tuple[Grant, ...]) -> Qualified | Rejected:
    """Return the rule with the lines of its qualifying units, or the requirement on units that fails."""
    kept = basket.all_lines
    if rule.blacklist is not None:
        kept &= ~rule.blacklist.lines(basket)
    parts = tuple(part.items.lines(basket) & kept for part in rule.parts)
    counted = kept
    if rule.items is not None:
        counted = rule.items.lines(basket)
        if not counted:
            return Rejected("requirement.item.items", _written_item(rule)["items"], [])
        if not counted & kept:
            return Rejected("limitation.blacklist", "a line not on the list", line_ids(basket, counted))
        counted &= kept
    elif parts:
        counted = union(parts)
    eligible = eligible_lines(rule, counted, basket.carrying, any_carrying=basket.any_carrying)
    if counted and not eligible:
        return Rejected("limitation.discount_eligible", rule.eligible, line_ids(basket, basket.carrying))
    units = count_units(basket, eligible)
    if units < rule.quantity:
        return Rejected("requirement.item.quantity", rule.quantity, units)
    lines = counted
    if parts:
        open_parts = [eligible_lines(rule, part, basket.carrying, any_carrying=basket.any_carrying) for part in parts]
        if not can_form_set(rule, basket, open_parts):
            seen = [count_units(basket, part) for part in open_parts]
            return Rejected("requirement.item.mixes", _written_item(rule)["mixes"], seen)
        if rule.stamps:
            lines = union(part for part, mix in zip(parts, rule.parts, strict=True) if mix.rewarded)
    stamp_units = 0
    if rule.stamps:
        now = eligible_lines(rule, lines, basket.carrying, any_carrying=basket.any_carrying)
        stamp_units = count_units(basket, now)
    return Qualified(rule, grants, lines, counted, parts, stamp_units)


def _written_item(rule: CompiledRule) -> Mapping[str, Any]:
    item: Mapping[str, Any] = rule.rule.document["requirement"]["item"]
    return item


def eligible_lines(rule: CompiledRule, lines: int, carrying: int, *, any_carrying: bool) -> int:
    """Return the lines that `discount_eligible` leaves, given which carry a discount (SPEC 4)."""
    match rule.eligible:
        case "item_eligible_for_discount_no_discount":
            return lines & ~carrying
        case "receipt_no_discount":
            return 0 if any_carrying else lines
        case _:
            return lines


def can_form_set(rule: CompiledRule, basket: Basket, parts: Sequence[int]) -> bool:
    """Say whether one set can be formed of the lines of each part, no unit used twice."""
    demands = [part.quantity for part in rule.parts]
    if not all(count_units(basket, part) >= demand for part, demand in zip(parts, demands, strict=True)):
        return False
    return can_fill(demands, [line.units for line in basket.lines], parts)


def union(masks: Iterable[int]) -> int:
    """Return the bits that any of the masks has."""
    bits = 0
    for mask in masks:
        bits |= mask
    return bits


def lines_of(basket: Basket, mask: int) -> Sequence[Line]:
    """Return the lines whose bits are set, in their order."""
    lines = basket.lines
    if mask == basket.all_lines:
        return lines
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lines[lowest.bit_length() - 1])
        mask ^= lowest
    return found


def count_units(basket: Basket, mask: int) -> int:
    """Return how many units the lines have together."""
    units = 0
    for line in basket.lines:
        if mask >> line.index & 1:
            units += line.units
    return units


def line_ids(basket: Basket, mask: int) -> list[int]:
    """Return the ids of the lines whose bits are set."""
    return [line.line_id for line in lines_of(basket, mask)]
