"""Rewards to sets: the offers that rules make to the packing, and what the units of the sets get (SPEC 6, step 1)."""

from collections.abc import Sequence
from math import lcm

from engine.basket.basket import Basket
from engine.basket.basket_state import Given, Range
from engine.basket.distribute import WeightedUnits, distribute_money
from engine.basket.line_state import Segment
from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits
from engine.packing.problem import Offer, Packed, Part
from engine.rewards.kinds import kind_of
from engine.rewards.offers import UnitClasses
from engine.rewards.unit_value import bonus_units, distribute_values, room_on, value_on
from engine.settings import Settings


def common_denominator(rules: Sequence[CompiledRule]) -> int:
    """Return the scale on which the worth of every set is a whole number."""
    return lcm(*[rule.denominator for rule in rules])


def offer_of(rule: CompiledRule, parts: Sequence[int], classes: UnitClasses, basket: Basket, scale: int) -> Offer:
    """Return the rule as the packing sees it; `parts` has the lines of each mix, or of the qualifying units."""
    if not rule.mixes:
        only = Part(rule.quantity, True, _class_bits(parts[0], classes))
        return kind_of(rule).offer(rule, (only,), classes, basket, scale)
    # Mixes that accept the same units are one part: which of them a unit fills makes no difference.
    quantities: dict[tuple[bool, int], int] = {}
    for part, lines in zip(rule.mixes, parts, strict=True):
        alike = part.rewarded, _class_bits(lines, classes)
        quantities[alike] = quantities.get(alike, 0) + part.quantity
    packing_parts = [Part(quantity, rewarded, bits) for (rewarded, bits), quantity in quantities.items()]
    return kind_of(rule).offer(rule, tuple(packing_parts), classes, basket, scale)


def _class_bits(lines: int, classes: UnitClasses) -> int:
    bits = 0
    while lines:
        lowest = lines & -lines
        bits |= classes.bits[lowest]
        lines ^= lowest
    return bits


def give_to_sets(
    rule: CompiledRule,
    packed: Packed,
    rewarded: Sequence[tuple[int, Segment, Range]],
    basket: Basket,
    scale: int,
    settings: Settings,
) -> Given:
    """Return what the rewarded units get; each comes as its line, the segment it was cut from and the units."""
    if kind_of(rule).gives_sum:
        return _give_money(rule, packed.worth // scale, rewarded)
    weighted = [
        WeightedUnits(line, start, stop, value_on(rule, basket.lines[line], segment), room_on(rule, segment))
        for line, segment, (start, stop) in rewarded
    ]
    return distribute_values(rule, weighted, settings)


def _give_money(rule: CompiledRule, amount: MinorUnits, rewarded: Sequence[tuple[int, Segment, Range]]) -> Given:
    weighted = [
        WeightedUnits(line, start, stop, price - off, price - off)
        for line, (_start, _stop, price, off), (start, stop) in rewarded
        if price > off
    ]
    if not rule.is_bonus:
        return distribute_money(amount, weighted)
    prices = [
        WeightedUnits(line, start, stop, price, price) for line, (_start, _stop, price, _off), (start, stop) in rewarded
    ]
    return distribute_money(amount, bonus_units(weighted, prices))
