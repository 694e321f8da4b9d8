"""What a reward is worth on one unit, exactly (SPEC 6, the table of types)."""

from collections.abc import Sequence
from typing import assert_never

from engine.basket.basket import Line
from engine.basket.basket_state import Given
from engine.basket.distribute import WeightedUnits, distribute_each, distribute_percent
from engine.basket.line_state import Segment
from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits
from engine.settings import Settings


def base_of(rule: CompiledRule, segment: Segment) -> MinorUnits:
    """Return what the reward is computed on: the price, or what the discounts so far leave of it."""
    _start, _stop, price, off = segment
    return price - off if rule.on_net else price


def value_on(rule: CompiledRule, line: Line, segment: Segment) -> int:
    """Return the worth of the reward on one unit, as a numerator over the rule's denominator.

    A discount takes no unit below 0; a bonus is not limited by what remains.
    """
    value = rule.value_for(line) if rule.values else rule.value
    if value is None:
        return 0
    _start, _stop, price, off = segment
    remaining = price - off
    match rule.kind:
        case "discount_percent" | "discount_item_percent":
            exact = base_of(rule, segment) * value
            return exact if rule.is_bonus else min(exact, remaining * rule.denominator)
        case "discount_item_new_price" | "discount_mix_new_price":
            return max(remaining - value, 0)
        case "discount_item_quantity":
            return base_of(rule, segment) if rule.is_bonus else remaining
        case "discount_amount" | "discount_debit":
            return value if rule.is_bonus else min(value, remaining)
        case _:
            assert_never(rule.kind)


def room_on(rule: CompiledRule, segment: Segment) -> MinorUnits:
    """Return the most that one unit can take: what remains, or for a bonus more than it will ever be given."""
    return BOUNDLESS if rule.is_bonus else segment[2] - segment[3]


# Above any amount a document may state, times any percent a bonus may be.
BOUNDLESS = 10**40


def bonus_units(weighted: list[WeightedUnits], prices: list[WeightedUnits]) -> list[WeightedUnits]:
    """Return what a bonus of money goes to: what remains, or prices where nothing does; none is capped."""
    return [units_of_line._replace(room=BOUNDLESS) for units_of_line in weighted or prices]


def distribute_values(rule: CompiledRule, weighted: Sequence[WeightedUnits], settings: Settings) -> Given:
    """Return what units get that take their value: rounded where it is a percent, else as it is."""
    return distribute_percent(weighted, rule.denominator, settings) if rule.is_percent else distribute_each(weighted)
