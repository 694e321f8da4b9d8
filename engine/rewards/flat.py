"""Rewards to each qualifying unit: percent, amount, new price (SPEC 6, step 3).

A line's amount is found from its sums where no unit is cut short, and from its units where one may be.
"""

from collections.abc import Iterable, Sequence

from engine.basket.basket import Basket, Line, lines_of
from engine.basket.basket_state import NOTHING_GIVEN, BasketState, Distributed, amounts_by_line, on_units
from engine.basket.distribute import WeightedUnits
from engine.basket.line_state import LineState, WithEach, WithPortions, WithProration, least_of
from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits, Rounding
from engine.rewards.kinds import kind_of
from engine.rewards.unit_value import distribute_values, room_on, value_on
from engine.settings import Settings

# What a run of equal units takes, over what its line does.
_STEPS_PER_RUN = 2


def give_flat(rule: CompiledRule, lines: int, state: BasketState, basket: Basket, settings: Settings) -> Distributed:
    """Return what the rule gives to the units of some lines, to the best of them where its rewards are limited."""
    is_limited = rule.most_rewards is not None and not rule.is_receipt_rule
    if is_limited or (rule.is_percent and settings.rule != "PerLine"):
        return _give_to_units(rule, lines, state, basket, settings)
    if rule.is_percent:
        return _give_percent(rule, lines, state, basket, settings)
    return _give_each(rule, lines, state, basket, settings)


def _give_percent(
    rule: CompiledRule, lines: int, state: BasketState, basket: Basket, settings: Settings
) -> Distributed:
    """Return a percent of each line, rounded once for the line."""
    if rule.is_bonus:
        return Distributed(_percent_as_bonus(rule, lines, state, basket, settings.rounding), {})
    by_line: dict[int, MinorUnits] = {}
    states: dict[int, LineState] = {}
    after: LineState
    on_lines, rounding = state.lines, settings.rounding
    value, values, denominator, by_price = rule.value, rule.values, rule.denominator, not rule.on_net
    for line in lines_of(basket, lines):
        if values:
            value = rule.value_for(line)
        if not value:
            continue
        index, units = line.index, line.units
        before = on_lines[index]
        left = before.left
        if by_price and units > 1 and line.dearest * value > before.least * denominator:
            # Some unit may be cut short by what remains of it.
            after, amount = _on_each_unit(rule, line, before, basket, settings)
        else:
            exact = line.gross * value if by_price else left * value
            most = left * denominator
            amount = rounding(min(most, exact), denominator)
            if not amount:
                continue
            if units == 1:
                least = left - amount
            elif by_price:
                least = before.least - line.dearest * amount // line.gross - 2
            else:
                least = least_of(before, amount, units)
            after = WithProration(before, amount, max(0, least), by_price)
        if amount:
            by_line[index] = amount
            states[index] = after
    return Distributed(by_line, states)


def _percent_as_bonus(
    rule: CompiledRule, lines: int, state: BasketState, basket: Basket, rounding: Rounding
) -> dict[int, MinorUnits]:
    """Return a percent of each line as a bonus, which nothing cuts short."""
    by_line = {}
    on_lines, denominator = state.lines, rule.denominator
    value, values, on_net = rule.value, rule.values, rule.on_net
    for line in lines_of(basket, lines):
        if values:
            value = rule.value_for(line)
        if value:
            base = on_lines[line.index].left if on_net else line.gross
            amount = rounding(base * value, denominator)
            if amount:
                by_line[line.index] = amount
    return by_line


def _give_each(rule: CompiledRule, lines: int, state: BasketState, basket: Basket, settings: Settings) -> Distributed:
    """Return an amount off each unit, or what takes each unit down to its new price."""
    by_line: dict[int, MinorUnits] = {}
    states: dict[int, LineState] = {}
    after: LineState
    is_even = kind_of(rule).is_even
    for line in lines_of(basket, lines):
        value = rule.value_for(line) if rule.values else rule.value
        if value is None:
            continue
        index, units = line.index, line.units
        before = state.lines[index]
        if is_even and (rule.is_bonus or before.least >= value):
            after = WithEach(before, value, units)
            amount = value * units
        elif units == 1:
            amount = value_on(rule, line, (0, 1, line.gross, line.gross - before.left))
            after = WithEach(before, amount, 1)
        else:
            after, amount = _on_each_unit(rule, line, before, basket, settings)
        if amount:
            by_line[index] = amount
            states[index] = after
    return Distributed(by_line, {} if rule.is_bonus else states)


def _on_each_unit(
    rule: CompiledRule, line: Line, before: LineState, basket: Basket, settings: Settings
) -> tuple[LineState, MinorUnits]:
    """Return a line after a reward that is found unit by unit, and its amount."""
    portions = distribute_values(rule, _weighted_units(rule, line, before, basket), settings).get(line.index, ())
    amount = sum([(stop - start) * each for start, stop, each in portions])
    return WithPortions(before, portions, amount), amount


def _give_to_units(
    rule: CompiledRule, lines: int, state: BasketState, basket: Basket, settings: Settings
) -> Distributed:
    """Return what is found over the units of all lines together."""
    weighted = [
        units_of_line
        for line in lines_of(basket, lines)
        for units_of_line in _weighted_units(rule, line, state.lines[line.index], basket)
    ]
    most = None if rule.is_receipt_rule else rule.most_rewards
    if most is not None:
        weighted = sorted(_best(weighted, most), key=_in_unit_order)
    given = distribute_values(rule, weighted, settings)
    by_line = amounts_by_line(given)
    states = {} if rule.is_bonus else on_units(given, by_line, state)
    return Distributed(by_line, states, NOTHING_GIVEN if most is None else given)


def _weighted_units(rule: CompiledRule, line: Line, before: LineState, basket: Basket) -> Sequence[WeightedUnits]:
    meter = basket.meter
    segments = before.counted_segments(meter)
    meter.work += _STEPS_PER_RUN * len(segments)
    return [
        WeightedUnits(line.index, segment[0], segment[1], unit_value, room_on(rule, segment))
        for segment in segments
        if (unit_value := value_on(rule, line, segment)) > 0
    ]


def _best(weighted: Iterable[WeightedUnits], most: int) -> Iterable[WeightedUnits]:
    """Yield the units of the highest values, at most so many, ties to the earlier."""
    for units_of_line in sorted(
        weighted, key=lambda units_of_line: (-units_of_line.weight, units_of_line.line, units_of_line.start)
    ):
        taken = min(most, units_of_line.stop - units_of_line.start)
        if not taken:
            return
        most -= taken
        yield units_of_line._replace(stop=units_of_line.start + taken)


def _in_unit_order(units_of_line: WeightedUnits) -> tuple[int, int]:
    return units_of_line.line, units_of_line.start
