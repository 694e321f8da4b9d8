"""Limitations, then requirements, in the order of the tables of SPEC 5 and 4; the first failure is kept.

What is asked, and in which order, is written once. It answers with the path of what failed, which costs nothing; what
was wanted and seen there is only put together for those who ask why.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from engine.basket.basket import Basket, count_units, line_ids
from engine.bits import union
from engine.compiled.calendar import is_open
from engine.compiled.rule import CompiledRule
from engine.grants.wallet import GRANT, REPEAT_USAGE, Wallet, usable_grants, why_no_grant
from engine.packing.assignment import can_fill
from engine.rejected import Rejected
from rules import Grant

_ACTIVE: Final = "active"
_DELETED: Final = "deleted_at"
_HOURS: Final = "limitation.discount_hours"
_COMBINATION: Final = "limitation.discount_combination"
_ACTIVATION: Final = "limitation.discount_activation"
_BLACKLIST: Final = "limitation.blacklist"
_ELIGIBLE: Final = "limitation.discount_eligible"
_ITEMS: Final = "requirement.item.items"
_QUANTITY: Final = "requirement.item.quantity"
_MIXES: Final = "requirement.item.mixes"


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
    grants: tuple[Grant, ...] = ()
    if not (rule.is_plainly_granted and wallet.everything):
        usable = _usable(rule, basket, wallet, rules_by_id)
        if isinstance(usable, str):
            return None
        grants = usable
    for check in rule.open_checks if is_candidate else rule.checks:
        if not check.holds(basket):
            return None
    units = _units(rule, basket, grants)
    return None if isinstance(units, str) else units


def usable_or_rejected(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> tuple[Grant, ...] | Rejected:
    """Return the usable grants of the rule, or the first limitation that fails."""
    usable = _usable(rule, basket, wallet, rules_by_id)
    return _why_not_usable(usable, rule, basket, wallet, rules_by_id) if isinstance(usable, str) else usable


def _usable(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> tuple[Grant, ...] | str:
    """Return the usable grants of the rule, or the path of the first limitation that fails."""
    definition = rule.rule
    if not definition.active:
        return _ACTIVE
    if definition.deleted_at is not None:
        return _DELETED
    grants = usable_grants(rule, wallet, basket.purchase_at)
    if grants == GRANT:
        return GRANT
    hours = definition.limitation.discount_hours
    if hours is not None and hours.hours and not is_open(hours.hours, basket.purchase_at.astimezone(rule.zone)):
        return _HOURS
    if grants == REPEAT_USAGE:
        return REPEAT_USAGE
    if rule.most_others is not None and basket.existing_discounts > rule.most_others:
        return _COMBINATION
    if not isinstance(grants, str) and _running_other(rule, basket, wallet, rules_by_id) is not None:
        return _ACTIVATION
    return grants


def _running_other(
    rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> CompiledRule | None:
    """Return the first rule that switches this one off now."""
    for activation in rule.rule.limitation.discount_activation:
        other = rules_by_id.get(activation.value)
        if other is not None and _is_running(other, wallet, basket.purchase_at):
            return other
    return None


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


def _why_not_usable(
    path: str, rule: CompiledRule, basket: Basket, wallet: Wallet, rules_by_id: Mapping[str, CompiledRule]
) -> Rejected:
    """Return what the limitation at a path, which `_usable` names, wanted and saw."""
    match path:
        case "active":
            return Rejected(path, True, False)
        case "deleted_at":
            return Rejected(path, None, rule.rule.document["deleted_at"])
        case "limitation.discount_hours":
            local = basket.purchase_at.astimezone(rule.zone)
            written = rule.rule.document["limitation"]["discount_hours"]["hours"]
            return Rejected(path, written, local.strftime("%a %H:%M").lower())
        case "limitation.discount_combination":
            return Rejected(path, rule.most_others, basket.existing_discounts)
        case "limitation.discount_activation":
            other = _running_other(rule, basket, wallet, rules_by_id)
            name = other.id if other is not None else ""
            return Rejected(path, f"{name} not active", f"{name} active")
        case _:
            return why_no_grant(path, rule, wallet)


def qualify_units(rule: CompiledRule, basket: Basket, grants: tuple[Grant, ...]) -> Qualified | Rejected:
    """Return the rule with the lines of its qualifying units, or the requirement on units that fails."""
    units = _units(rule, basket, grants)
    return _why_not_units(units, rule, basket) if isinstance(units, str) else units


def _units(rule: CompiledRule, basket: Basket, grants: tuple[Grant, ...]) -> Qualified | str:
    """Return the rule with the lines of its qualifying units, or the path of what fails."""
    kept = basket.all_lines
    if rule.blacklist is not None:
        kept &= ~rule.blacklist.lines(basket)
    counted = kept
    parts: tuple[int, ...] = ()
    if rule.parts:
        parts = tuple([part.items.lines(basket) & kept for part in rule.parts])
    if rule.items is not None:
        counted = rule.items.lines(basket)
        if not counted:
            return _ITEMS
        counted &= kept
        if not counted:
            return _BLACKLIST
    elif parts:
        counted = union(parts)
    eligible = eligible_lines(rule, counted, basket.carrying, any_carrying=basket.any_carrying)
    if counted and not eligible:
        return _ELIGIBLE
    # Every line has a unit at least.
    if not eligible or (rule.quantity > 1 and not _has_units(basket, eligible, rule.quantity)):
        return _QUANTITY
    if parts and not can_form_set(rule, basket, _eligible_parts(rule, parts, basket)):
        return _MIXES
    if not rule.stamps:
        return Qualified(rule, grants, counted, counted, parts, 0, union(parts) if parts else counted)
    lines = counted
    if parts:
        lines = union(part for part, mix in zip(parts, rule.parts, strict=True) if mix.rewarded)
    now = eligible_lines(rule, lines, basket.carrying, any_carrying=basket.any_carrying)
    basket.meter.work += len(basket.lines) // 8
    return Qualified(rule, grants, lines, counted, parts, count_units(basket, now), union(parts) if parts else lines)


def _has_units(basket: Basket, lines: int, quantity: int) -> bool:
    basket.meter.work += len(basket.lines) // 8
    return count_units(basket, lines) >= quantity


def _eligible_parts(rule: CompiledRule, parts: Iterable[int], basket: Basket) -> list[int]:
    return [eligible_lines(rule, part, basket.carrying, any_carrying=basket.any_carrying) for part in parts]


def _why_not_units(path: str, rule: CompiledRule, basket: Basket) -> Rejected:
    """Return what the requirement at a path, which `_units` names, wanted and saw."""
    document = rule.rule.document
    item: Mapping[str, Any] = document.get("requirement", {}).get("item") or {}
    named = basket.all_lines if rule.items is None else rule.items.lines(basket)
    kept = basket.all_lines if rule.blacklist is None else basket.all_lines & ~rule.blacklist.lines(basket)
    parts = [part.items.lines(basket) & kept for part in rule.parts]
    match path:
        case "requirement.item.items":
            return Rejected(path, item["items"], [])
        case "limitation.blacklist":
            return Rejected(path, "a line not on the list", line_ids(basket, named))
        case "limitation.discount_eligible":
            return Rejected(path, rule.eligible, line_ids(basket, basket.carrying))
        case "requirement.item.quantity":
            counted = named & kept if rule.items is not None or not parts else union(parts)
            eligible = eligible_lines(rule, counted, basket.carrying, any_carrying=basket.any_carrying)
            return Rejected(path, rule.quantity, count_units(basket, eligible))
        case _:
            seen = [count_units(basket, part) for part in _eligible_parts(rule, parts, basket)]
            return Rejected(path, item["mixes"], seen)


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
    lines = len(basket.lines)
    basket.meter.work += len(parts) * (1 + lines // 8)
    together = shared = 0
    for part, demand in zip(parts, demands, strict=True):
        if not part or (demand > 1 and count_units(basket, part) < demand):
            return False
        shared |= together & part
        together |= part
    # Parts that want no line in common do not take units from each other.
    if not shared:
        return True
    basket.meter.spend((1 + len(parts)) * lines // 2)
    return can_fill(demands, [line.units for line in basket.lines], parts)
