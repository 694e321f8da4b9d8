"""What the sets of a rule are worth to the packing: an offer, kind by kind of reward (SPEC 6, step 1)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.basket.basket import Basket, Line
from engine.basket.basket_state import BasketState
from engine.basket.line_state import Segment
from engine.bits import bits_of
from engine.compiled.rule import CompiledRule
from engine.meter import Meter
from engine.money import MinorUnits
from engine.packing.problem import Form, Offer, Part
from engine.rewards.unit_value import value_on


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


def each_unit(rule: CompiledRule, parts: tuple[Part, ...], classes: UnitClasses, basket: Basket, scale: int) -> Offer:
    """Return the offer of a reward to each unit of its sets by itself."""
    return Offer(Form.ADDITIVE, parts, _values(rule, classes, basket, scale), 0, rule.most_rewards)


def price_of_set(
    rule: CompiledRule,
    parts: tuple[Part, ...],
    classes: UnitClasses,
    basket: Basket,  # noqa: ARG001 - every kind is given the same
    scale: int,
) -> Offer:
    """Return the offer of a price for each set: what remains of its units, less the price."""
    value = rule.value or 0
    return Offer(Form.ADDITIVE, parts, _remaining(rule, classes, scale), -value * scale, rule.most_rewards)


def amount_per_set(
    rule: CompiledRule,
    parts: tuple[Part, ...],
    classes: UnitClasses,
    basket: Basket,  # noqa: ARG001 - every kind is given the same
    scale: int,
) -> Offer:
    """Return the offer of an amount for each set, which takes no more than remains."""
    value, remaining = (rule.value or 0) * scale, _remaining(rule, classes, scale)
    return _amount_offer(parts, remaining, value, rule.most_rewards, is_bonus=rule.is_bonus)


def free_units(rule: CompiledRule, parts: tuple[Part, ...], classes: UnitClasses, basket: Basket, scale: int) -> Offer:
    """Return the offer of so many of the cheapest units of each set, free."""
    values = _values(rule, classes, basket, scale) if rule.is_bonus else _remaining(rule, classes, scale)
    return _cheapest(rule, parts, classes, values, rule.value or 0)


def percent_of_cheapest(
    rule: CompiledRule, parts: tuple[Part, ...], classes: UnitClasses, basket: Basket, scale: int
) -> Offer:
    """Return the offer of a percent off the cheapest unit of each set."""
    return _cheapest(rule, parts, classes, _values(rule, classes, basket, scale), 1)


def _remaining(rule: CompiledRule, classes: UnitClasses, scale: int) -> tuple[int, ...]:
    """Return what remains of a unit of each class."""
    times = scale // rule.denominator
    return classes.remaining if times == 1 else tuple([remaining * times for remaining in classes.remaining])


def _values(rule: CompiledRule, classes: UnitClasses, basket: Basket, scale: int) -> tuple[int, ...]:
    """Return what a unit of each class is given, whether the rule wants it or not."""
    times = scale // rule.denominator
    return tuple(
        [
            value_on(rule, basket.lines[line], segment) * times
            for line, segment in zip(classes.lines, classes.segments, strict=True)
        ]
    )


def _cheapest(
    rule: CompiledRule, parts: tuple[Part, ...], classes: UnitClasses, unit_values: tuple[int, ...], count: int
) -> Offer:
    """Return the offer of rewards to so many of the cheapest units of each set."""
    rewarded = 0
    for part in parts:
        if part.rewarded:
            rewarded += part.quantity
    most = rule.most_rewards
    if count == rewarded:
        return Offer(Form.ADDITIVE, parts, unit_values, 0, most)
    if not count or not rewarded:
        return Offer(Form.ADDITIVE, parts, (0,) * len(unit_values), 0, most)
    bases = classes.remaining if rule.on_net else classes.prices
    return Offer(Form.CHEAPEST, parts, unit_values, 0, most, bases, count)


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
