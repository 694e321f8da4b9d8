"""Distribute a reward on units: percents by the rounding rule, money as one sum (SPEC 6, Rounding and allocation)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.basket.allocate import allocate
from engine.basket.basket import Line
from engine.basket.basket_state import BasketState, Distributed, Given
from engine.basket.line_state import LineState, Portion, WithProration, add_portions, least_of
from engine.money import MinorUnits
from engine.settings import Settings


class WeightedUnits(NamedTuple):
    """Units `start` up to `stop` of a line, equal ones: what each is to get, exactly, and the most it can take.

    `weight` is a numerator over the rule's denominator for percents, and what remains for money.
    """

    line: int
    start: int
    stop: int
    weight: int
    room: MinorUnits


def distribute_each(weighted: Iterable[WeightedUnits]) -> Given:
    """Return each unit's own whole amount."""
    given: dict[int, list[Portion]] = {}
    for units_of_line in weighted:
        amount = units_of_line.weight
        if amount:
            portion = (units_of_line.start, units_of_line.stop, amount)
            given.setdefault(units_of_line.line, []).append(portion)
    return given


def distribute_percent(weighted: Sequence[WeightedUnits], denominator: int, settings: Settings) -> Given:
    """Return a percent's amounts, rounded by unit, by line or in total, and allocated by the exact shares."""
    rounding = settings.rounding
    if settings.rule == "PerItem":
        return distribute_each(
            units_of_line._replace(weight=rounding(units_of_line.weight, denominator)) for units_of_line in weighted
        )
    lines = _by_line(weighted)
    exact = [_weight(of_line) for of_line in lines]
    if settings.rule == "Total":
        return _distribute_over(rounding(sum(exact), denominator), lines, exact)
    return _distribute_on_units(lines, [rounding(amount, denominator) for amount in exact])


def distribute_money(amount: MinorUnits, weighted: Sequence[WeightedUnits]) -> Given:
    """Return one amount distributed over lines, then over the units of each."""
    lines = _by_line(weighted)
    weights = [_weight(of_line) for of_line in lines]
    return _distribute_over(amount, lines, weights)


def distribute_over_lines(most: MinorUnits, lines: Iterable[Line], state: BasketState) -> Distributed:
    """Return an amount, or all that remains where that is less, over lines in proportion to what remains."""
    takers = [(line, left) for line in lines if (left := state.lines[line.index].left)]
    amount = min(most, sum(left for _, left in takers))
    if not amount:
        return Distributed({}, {})
    by_line: dict[int, MinorUnits] = {}
    after: dict[int, LineState] = {}
    shares = allocate(amount, [(left, 1, left) for _, left in takers])
    for (line, _), (each, more) in zip(takers, shares, strict=True):
        taken = each + more
        if taken:
            by_line[line.index] = taken
            before = state.lines[line.index]
            after[line.index] = WithProration(before, taken, least_of(before, taken, line.units))
    return Distributed(by_line, after)


def _weight(weighted: Sequence[WeightedUnits]) -> int:
    weight = 0
    for units_of_line in weighted:
        weight += (units_of_line.stop - units_of_line.start) * units_of_line.weight
    return weight


def _by_line(weighted: Iterable[WeightedUnits]) -> list[list[WeightedUnits]]:
    lines: dict[int, list[WeightedUnits]] = {}
    for units_of_line in weighted:
        lines.setdefault(units_of_line.line, []).append(units_of_line)
    return list(lines.values())


def _distribute_over(amount: MinorUnits, lines: Sequence[Sequence[WeightedUnits]], weights: Sequence[int]) -> Given:
    if not amount:
        return {}
    runs = [
        (weight, 1, sum([(units_of_line.stop - units_of_line.start) * units_of_line.room for units_of_line in of_line]))
        for of_line, weight in zip(lines, weights, strict=True)
    ]
    return _distribute_on_units(lines, [each + more for each, more in allocate(amount, runs)])


def _distribute_on_units(lines: Sequence[Sequence[WeightedUnits]], amounts: Sequence[MinorUnits]) -> Given:
    given: dict[int, list[Portion]] = {}
    for weighted, amount in zip(lines, amounts, strict=True):
        if not amount:
            continue
        first = weighted[0]
        if len(weighted) == 1 and first.stop - first.start == 1:
            given[first.line] = [(first.start, first.stop, amount)]
            continue
        runs = [(one.weight, one.stop - one.start, one.room) for one in weighted]
        portions: list[Portion] = []
        for units_of_line, share in zip(weighted, allocate(amount, runs), strict=True):
            add_portions(units_of_line.start, units_of_line.stop, share, portions)
        given[first.line] = portions
    return given
