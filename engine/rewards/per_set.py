"""Rewards to sets: the offers that rules make to the packing, and what the units of the sets get (SPEC 6, step 1)."""

from collections.abc import Iterable, Mapping, Sequence
from math import lcm
from typing import NamedTuple

from engine.basket.basket import Basket, Line
from engine.basket.basket_state import BasketState, Given, Range
from engine.basket.distribute import WeightedUnits, distribute_money
from engine.basket.line_state import Segment
from engine.bits import bits_of
from engine.compiled.rule import CompiledRule
from engine.meter import Meter
from engine.money import MinorUnits
from engine.packing.problem import Form, Offer, Packed, Part
from engine.rewards.unit_value import bonus_units, distribute_values, room_on, value_on
from engine.settings import Settings


class UnitClasses(NamedTuple):
    """The classes of equal units that some rules want, in the order of the units: a segment of a line each.

    Class by class there is the line, the segment, how many units it has, what one costs and what remains of it; `bits`
    has the classes of each line, by its bit.
    """

    lines: Sequence[int]
    segments: Sequence[Segment]
    counts: Sequence[int]
    prices: tuple[MinorUnits, ...]
    remaining: tuple[MinorUnits, ...]
    bits: Mapping[int, int]


def classes_on(lines: Iterable[Line], state: BasketState, meter: Meter) -> UnitClasses:
    """Return the classes of the units of some lines."""
    of_lines, segments, counts, prices, remaining = [], [], [], [], []
    bits = {}
    bit = 1
    for line in lines:
        of_line = 0
        for segment in state.lines[line.index].counted_segments(meter):
            start, stop, price, off = segment
            of_lines.append(line.index)
            segments.append(segment)
            counts.append(stop - start)
            prices.append(price)
            remaining.append(price - off)
            of_line |= bit
            bit <<= 1
        bits[1 << line.index] = of_line
    return UnitClasses(of_lines, segments, counts, tuple(prices), tuple(remaining), bits)


def common_denominator(rules: Sequence[CompiledRule]) -> int:
    """Return the scale on which the worth of every set is a whole number."""
    return lcm(*[rule.denominator for rule in rules])


def offer_of(rule: CompiledRule, parts: Sequence[int], classes: UnitClasses, basket: Basket, scale: int) -> Offer:
    """Return the rule as the packing sees it; `parts` has the lines of each mix, or of the qualifying units."""
    if not rule.parts:
        return _in_form(rule, (Part(rule.quantity, True, _class_bits(parts[0], classes)),), classes, basket, scale)
    # Mixes that accept the same units are one part: which of them a unit fills makes no difference.
    quantities: dict[tuple[bool, int], int] = {}
    for part, lines in zip(rule.parts, parts, strict=True):
        alike = part.rewarded, _class_bits(lines, classes)
        quantities[alike] = quantities.get(alike, 0) + part.quantity
    packing_parts = [Part(quantity, rewarded, bits) for (rewarded, bits), quantity in quantities.items()]
    return _in_form(rule, tuple(packing_parts), classes, basket, scale)


def _gains(rule: CompiledRule, classes: UnitClasses, basket: Basket, scale: int) -> tuple[int, ...]:
    """Return what a unit of each class is worth to the rule, whether it wants it or not."""
    times = scale // rule.denominator
    if rule.reward_type in {"discount_amount", "discount_mix_new_price"} or (
        rule.reward_type == "discount_item_quantity" and not rule.is_bonus
    ):
        unit_values = classes.remaining
        return unit_values if times == 1 else tuple([unit_value * times for unit_value in unit_values])
    return tuple(
        [
            value_on(rule, basket.lines[line], segment) * times
            for line, segment in zip(classes.lines, classes.segments, strict=True)
        ]
    )


def _class_bits(lines: int, classes: UnitClasses) -> int:
    bits = 0
    while lines:
        lowest = lines & -lines
        bits |= classes.bits[lowest]
        lines ^= lowest
    return bits


def _in_form(rule: CompiledRule, parts: tuple[Part, ...], classes: UnitClasses, basket: Basket, scale: int) -> Offer:
    most = rule.most_rewards
    value = rule.value or 0
    unit_values = _gains(rule, classes, basket, scale)
    match rule.reward_type:
        case "discount_mix_new_price":
            return Offer(Form.ADDITIVE, parts, unit_values, -value * scale, most)
        case "discount_amount":
            return _amount_offer(parts, unit_values, value * scale, most, is_bonus=rule.is_bonus)
        case "discount_item_quantity" | "discount_item_percent":
            rewarded = 0
            for part in parts:
                if part.rewarded:
                    rewarded += part.quantity
            cheapest = value if rule.reward_type == "discount_item_quantity" else 1
            if cheapest == rewarded:
                return Offer(Form.ADDITIVE, parts, unit_values, 0, most)
            if not cheapest or not rewarded:
                return Offer(Form.ADDITIVE, parts, (0,) * len(unit_values), 0, most)
            bases = classes.remaining if rule.on_net else classes.prices
            return Offer(Form.CHEAPEST, parts, unit_values, 0, most, bases, cheapest)
        case _:
            return Offer(Form.ADDITIVE, parts, unit_values, 0, most)


def _amount_offer(
    parts: tuple[Part, ...], unit_values: tuple[int, ...], value: int, most: int | None, *, is_bonus: bool
) -> Offer:
    """Return the offer of an amount per set: a constant, where what remains of a set never limits it."""
    least = most_remaining = 0
    gives = False
    for quantity, rewarded, classes in parts:
        if rewarded:
            gives = True
            # Other discounts may have left a bonus no unit of a part.
            remaining = [unit_values[index] for index in bits_of(classes)] or (0,)
            least += quantity * min(remaining)
            most_remaining += quantity * max(remaining)
    if is_bonus or value <= least:
        return Offer(Form.ADDITIVE, parts, (0,) * len(unit_values), value if gives else 0, most)
    if most_remaining <= value:
        return Offer(Form.ADDITIVE, parts, unit_values, 0, most)
    return Offer(Form.CAPPED, parts, unit_values, 0, most, cap=value)


def give_to_sets(
    rule: CompiledRule,
    packed: Packed,
    rewarded: Sequence[tuple[int, Segment, Range]],
    basket: Basket,
    scale: int,
    settings: Settings,
) -> Given:
    """Return what the rewarded units get; each comes as its line, the segment it was cut from and the units."""
    if rule.reward_type in {"discount_amount", "discount_mix_new_price"}:
        return _give_money(rule, packed.worth // scale, rewarded)
    weighted = [
        WeightedUnits(line, start, stop, value_on(rule, basket.lines[line], segment), room_on(rule, segment))
        for line, segment, (start, stop) in rewarded
    ]
    return distribute_values(rule, weighted, settings)


def _give_money(rule: CompiledRule, amount: MinorUnits, rewarded: Sequence[tuple[int, Segment, Range]]) -> Given:
    weighted = [
        WeightedUnits(line, start, stop, segment.price - segment.off, segment.price - segment.off)
        for line, segment, (start, stop) in rewarded
        if segment.price > segment.off
    ]
    if not rule.is_bonus:
        return distribute_money(amount, weighted)
    prices = [
        WeightedUnits(line, start, stop, segment.price, segment.price) for line, segment, (start, stop) in rewarded
    ]
    return distribute_money(amount, bonus_units(weighted, prices))
