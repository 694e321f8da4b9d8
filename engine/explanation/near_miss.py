"""Rules that fail one requirement only, which a shopper can mend: what is missing, what would be saved (SPEC 9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.basket.basket import Basket, Line, count_units, lines_of
from engine.basket.basket_state import amounts_by_line, first_state
from engine.compiled.rule import CompiledRule
from engine.grants.wallet import Wallet
from engine.money import MinorUnits
from engine.packing.assignment import most_filled
from engine.qualify import Qualified, qualify_units, usable_or_rejected
from engine.rejected import Rejected
from engine.rewards.award import Awarder, give_on_receipt
from engine.rewards.stamp import give_stamp_rewards, stamp_count, units_per_reward
from engine.selection.upper_bound import steps_of
from engine.settings import Settings
from rules import Grant

_AMOUNTS = {
    "requirement.gross_amount": "missing_gross_amount",
    "requirement.net_amount": "missing_net_amount",
}


def near_miss(
    rule: CompiledRule,
    basket: Basket,
    wallet: Wallet,
    rules_by_id: Mapping[str, CompiledRule],
    settings: Settings,
    max_steps: int | None = None,
) -> dict[str, Any] | None:
    """Return what a rejected rule misses, and what it would then save where that is known; None if more is amiss.

    What it would save is searched with `max_steps`, or with all that the settings allow.
    """
    searched = settings.max_steps if max_steps is None else max_steps
    grants = usable_or_rejected(rule, basket, wallet, rules_by_id)
    if isinstance(grants, Rejected):
        return None
    failed = [reason for check in rule.checks if (reason := check(basket)) is not None]
    units = qualify_units(rule, basket, grants)
    if len(failed) == 1 and isinstance(units, Qualified):
        missing = _missing_fact(failed[0])
        if missing is None:
            return None
        short = failed[0].wanted - failed[0].saw if failed[0].path in _AMOUNTS else 0
        if short and rule.is_receipt_rule:
            basket = _with_more_to_pay(basket, short)
            units = qualify_units(rule, basket, grants)
        return {**missing, **_saving(units, basket, settings, searched)} if isinstance(units, Qualified) else missing
    if failed or isinstance(units, Qualified):
        return None
    return _missing_units(rule, units, basket, grants, settings, searched)


def _missing_fact(failed: Rejected) -> dict[str, Any] | None:
    """Return what is missing of an amount, or the code that was not shown."""
    if failed.path in _AMOUNTS:
        return {_AMOUNTS[failed.path]: failed.wanted - failed.saw}
    return {"discount_code": failed.wanted} if failed.path == "requirement.discount_code" else None


def _saving(qualified: Qualified, basket: Basket, settings: Settings, max_steps: int) -> dict[str, MinorUnits]:
    """Return what a rule saves on a basket when it is used alone."""
    awarder = Awarder(basket, settings, first_state(basket))
    awarder.begin(max_steps)
    awarder.spend(steps_of(qualified))
    _, award = awarder.take_turn(qualified, awarder.first)
    return {_saves(qualified.rule): 0 if award is None else award.amount}


def _missing_units(
    rule: CompiledRule,
    failed: Rejected,
    basket: Basket,
    grants: tuple[Grant, ...],
    settings: Settings,
    max_steps: int,
) -> dict[str, Any] | None:
    document = rule.rule.document.get("requirement", {}).get("item") or {}
    path = failed.path
    lacking: list[dict[str, Any]] = []
    if path == "requirement.item.quantity" and rule.mixes and rule.items is None and rule.quantity == 1:
        # A set needs more than the one unit that is asked for by default.
        path = "requirement.item.mixes"
    match path:
        case "requirement.item.items":
            wanted = _buyable(rule, document["items"])
            return {"missing_units": rule.quantity, "of": wanted} if wanted else None
        case "requirement.item.quantity":
            # Without items or mixes of its own a rule counts every unit.
            mixes = [matcher for mix in (document["mixes"] if rule.mixes else ()) for matcher in mix["items"]]
            wanted = (document["items"] if rule.items is not None else mixes) or [{"id": "*"}]
            missing = failed.wanted - failed.saw
            lines = rule.items.lines(basket) if rule.items is not None else basket.all_lines
            more = {lines: missing} if not rule.mixes else {}
        case "requirement.item.mixes":
            demands = [part.quantity for part in rule.mixes]
            parts = [part.items.lines(basket) for part in rule.mixes]
            basket.meter.spend((1 + len(parts)) * len(basket.lines) // 2)
            short = most_filled(demands, [line.units for line in basket.lines], parts)
            lacking = [
                {"missing_units": part.quantity - filled, "of": _buyable(rule, part.wanted)}
                for part, filled in zip(rule.mixes, short, strict=True)
                if filled < part.quantity
            ]
            wanted = [matcher for one in lacking for matcher in one["of"]]
            missing = sum(demands) - sum(short)
            more = {
                lines: demand - filled
                for lines, demand, filled in zip(parts, demands, short, strict=True)
                if filled < demand
            }
        case _:
            return None
    wanted = _buyable(rule, wanted)
    if not wanted:
        return None
    result: dict[str, Any] = {"missing_units": missing, "of": wanted}
    if len(lacking) > 1:
        result["mixes"] = lacking
    fuller = _with_more_units(basket, more)
    if fuller is None:
        return result
    units = qualify_units(rule, fuller, grants)
    return {**result, **_saving(units, fuller, settings, max_steps)} if isinstance(units, Qualified) else result


def _buyable(rule: CompiledRule, matchers: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the matchers that the rule's blacklist does not name as well."""
    limitation = rule.rule.document.get("limitation") or {}
    listed = [dict(matcher) for matcher in (limitation["blacklist"] if rule.blacklist is not None else ())]
    return [matcher for matcher in matchers if dict(matcher) not in listed]


def _with_more_units(basket: Basket, more: Mapping[int, int]) -> Basket | None:
    """Return the basket with more units of some lines, each like the cheapest unit there; None where there is none."""
    lines = list(basket.lines)
    if not more:
        return None
    basket.meter.spend(sum([1 + mask.bit_count() for mask in more]) // 2)
    for mask, count in more.items():
        cheapest = min(
            ((segment.price, line.index) for line in lines_of(basket, mask) for segment in line.segments), default=None
        )
        if cheapest is None:
            return None
        price, index = cheapest
        lines[index] = lines[index].with_more(count, price)
    return basket._replace(lines=tuple(lines))


def _with_more_to_pay(basket: Basket, amount: MinorUnits) -> Basket:
    """Return the basket with one more line that costs what is missing: a rule on the receipt would see that too."""
    index = len(basket.lines)
    more = Line(index, -1, 0, None, (), 1, amount)
    return basket._replace(lines=(*basket.lines, more), all_lines=basket.all_lines | 1 << index)


def missing_stamps(qualified: Qualified, basket: Basket, settings: Settings) -> dict[str, Any] | None:
    """Return how many stamps a card lacks for its next reward, and what that would save; None if none is lacking."""
    rule = qualified.rule
    stamps = stamp_count(rule, qualified.grants, basket.purchase_at)
    if rule.is_receipt_rule:
        missing = rule.stamps - stamps
        if missing <= 0:
            return None
        reward = give_on_receipt(rule, qualified.lines, first_state(basket), basket, settings)
        return {"missing_stamps": missing, _saves(rule): sum(reward.by_line.values())}
    each = units_per_reward(rule)
    missing = rule.stamps + each - stamps - qualified.stamp_units
    if missing <= 0 or count_units(basket, qualified.lines) < each or not each:
        return None
    given = give_stamp_rewards(
        rule, stamps + missing, qualified.stamp_units, qualified.lines, first_state(basket), basket, settings
    ).given
    return {"missing_stamps": missing, _saves(rule): sum(amounts_by_line(given).values())}


def _saves(rule: CompiledRule) -> str:
    return "saves_bonus" if rule.is_bonus else "saves"
