"""Lay a reward on units: percents by the rounding rule, money as one sum (SPEC 6, Rounding and allocation)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.basket.allocate import allocate
from engine.basket.basket import Line
from engine.basket.basket_state import BasketState, Given, Reward
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
    for line, start, stop, amount, _ in weighted:
        if amount:
            given.setdefault(line, []).append(Portion(start, stop, amount))
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
    """Return one amount laid over lines, then over the units of each."""
    lines = _by_line(weighted)
    weights = [_weight(of_line) for of_line in lines]
    return _distribute_over(amount, lines, weights)


def distribute_over_lines(most: MinorUnits, lines: Iterable[Line], state: BasketState) -> Reward:
    """Return an amount, or all that remains where that is less, laid over lines in proportion to what remains."""
    takers = [(line, left) for line in lines if (left := state.lines[line.index].left)]
    amount = min(most, sum(left for _, left in takers))
    if not amount:
        return Reward({}, {})
    by_line: dict[int, MinorUnits] = {}
    laid: dict[int, LineState] = {}
    shares = allocate(amount, [(left, 1, left) for _, left in takers])
    for (line, _), (each, more) in zip(takers, shares, strict=True):
        taken = each + more
        if taken:
            by_line[line.index] = taken
            before = state.lines[line.index]
            laid[line.index] = WithProration(before, taken, least_of(before, taken, line.units))
    return Reward(by_line, laid)


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
        (weight, 1, sum([(stop - start) * room for _, start, stop, _, room in of_line]))
        for of_line, weight in zip(lines, weights, strict=True)
    ]
    return _distribute_on_units(lines, [each + more for each, more in allocate(amount, runs)])


def _distribute_on_units(lines: Sequence[Sequence[WeightedUnits]], amounts: Sequence[MinorUnits]) -> Given:
    given: dict[int, list[Portion]] = {}
    for weighted, amount in zip(lines, amounts, strict=True):
        if not amount:
            continue
        line, start, stop, _, _ = weighted[0]
        if len(weighted) == 1 and stop - start == 1:
            given[line] = [Portion(start, stop, amount)]
            continue
        runs = [(weight, stop - start, room) for _, start, stop, weight, room in weighted]
        portions: list[Portion] = []
        for units_of_line, share in zip(weighted, allocate(amount, runs), strict=True):
            add_portions(units_of_line.start, units_of_line.stop, share, portions)
        given[weighted[0].line] = portions
    return given
