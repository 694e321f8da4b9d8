"""Stamp cards: which stamps live, how many rewards they buy, which units get them (SPEC 7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from engine.basket.basket import Basket, lines_of
from engine.basket.basket_state import BasketState, Given, Range, outside
from engine.basket.distribute import WeightedUnits
from engine.basket.line_state import Segment
from engine.compiled.rule import CompiledRule
from engine.grants.stamp_card import lives
from engine.money import MinorUnits
from engine.rewards.unit_value import base_of, distribute_values, room_on, value_on
from engine.settings import Settings
from rules import Grant
from rules.grant import Stamp

# What a run of equal units takes, over what its line does.
_STEPS_PER_RUN = 2


class StampRewards(NamedTuple):
    """What stamp rewards give, how many `rewards` these are, and the units they went to, by line."""

    given: Given
    rewards: int
    units: dict[int, list[Range]]


class _FreeUnits(NamedTuple):
    """Equal units that a stamp reward may go to: the base of one, where they are, and the value of one."""

    base: MinorUnits
    line: int
    segment: Segment
    unit_value: int


def live_stamps(rule: CompiledRule, grant: Grant, purchase_at: datetime) -> list[Stamp]:
    """Return the stamps of a grant's list that still count, oldest first."""
    days = rule.rule.limitation.stamp_expire_days
    live = [stamp for stamp in grant.stamps or () if lives(stamp.at, purchase_at, days)]
    return sorted(live, key=lambda stamp: stamp.at)


def stamp_count(rule: CompiledRule, grants: Sequence[Grant], purchase_at: datetime) -> int:
    """Return how many stamps live on the grant in use; a grant to everyone has none."""
    if not grants:
        return 0
    if grants[0].stamps is None:
        return grants[0].statistics.stamp
    return sum(stamp.count for stamp in live_stamps(rule, grants[0], purchase_at))


def units_per_reward(rule: CompiledRule) -> int:
    """Return how many units one reward goes to."""
    match value := rule.traits.value:
        case "count":
            return rule.value or 0
        case "amount" | "percent" | "price" | "balance":
            return 1
        case _:
            assert_never(value)


def rewards_due(rule: CompiledRule, stamps: int, units: int, free_units: int) -> int:
    """Return the number of rewards an item rule gives, for its live stamps and its qualifying units."""
    each = units_per_reward(rule)
    if not each:
        return 0
    due = min((stamps + units) // (rule.stamps + each), free_units // each)
    return due if rule.most_rewards is None else min(due, rule.most_rewards)


def give_stamp_rewards(
    rule: CompiledRule, stamps: int, units: int, lines: int, state: BasketState, basket: Basket, settings: Settings
) -> StampRewards:
    """Return what the rule gives to its cheapest free units."""
    free = [
        _FreeUnits(base_of(rule, segment), line.index, segment, value_on(rule, line, segment))
        for line in lines_of(basket, lines)
        for segment in _free_segments(rule, line.index, state, basket)
    ]
    basket.meter.work += _STEPS_PER_RUN * len(free)
    due = rewards_due(rule, stamps, units, sum(one.segment[1] - one.segment[0] for one in free))
    left = due * units_per_reward(rule)
    weighted = []
    for one in sorted(free, key=lambda one: (one.base, one.line, one.segment[0])):
        segment = one.segment
        start, stop, _price, _off = segment
        taken = min(left, stop - start)
        if not taken:
            break
        left -= taken
        weighted.append(WeightedUnits(one.line, start, start + taken, one.unit_value, room_on(rule, segment)))
    weighted.sort(key=lambda units_of_line: (units_of_line.line, units_of_line.start))
    rewarded: dict[int, list[Range]] = {}
    for units_of_line in weighted:
        rewarded.setdefault(units_of_line.line, []).append((units_of_line.start, units_of_line.stop))
    return StampRewards(distribute_values(rule, weighted, settings), due, rewarded)


def _free_segments(rule: CompiledRule, line: int, state: BasketState, basket: Basket) -> list[Segment]:
    """Return the units of a line that a stamp reward may go to."""
    segments = list(outside(state.lines[line].counted_segments(basket.meter), state.in_sets.get(line, ())))
    if rule.is_bonus:
        return list(outside(segments, state.by_stamps.get(line, ())))
    return [segment for segment in segments if segment[2] > segment[3]]
