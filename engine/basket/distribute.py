"""Lay a reward on units: percents by the rounding rule, money as one sum (SPEC 6, Rounding and allocation)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.basket.allocate import allocate
from engine.basket.basket import Line
from engine.basket.basket_state import Given, Layout, Reward
from engine.basket.line_state import Laid, Portion, Spread, add_portions, least_of
from engine.money import MinorUnits
from engine.settings import Settings


class Claim(NamedTuple):
    """Units `start` up to `stop` of a line, equal ones: what each is to get, exactly, and the most it can take.

    `weight` is a numerator over the rule's denominator for percents, and what remains for money.
    """

    line: int
    start: int
    stop: int
    weight: int
    room: MinorUnits


def lay_each(claims: Iterable[Claim]) -> Given:
    """Return each unit's own whole amount."""
    given: dict[int, list[Portion]] = {}
    for line, start, stop, amount, _ in claims:
        if amount:
            given.setdefault(line, []).append(Portion(start, stop, amount))
    return given


def lay_percent(claims: Sequence[Claim], denominator: int, settings: Settings) -> Given:
    """Return a percent's amounts, rounded by unit, by line or in total, and allocated by the exact shares."""
    rounding = settings.rounding
    if settings.rule == "PerItem":
        return lay_each(claim._replace(weight=rounding(claim.weight, denominator)) for claim in claims)
    lines = _by_line(claims)
    exact = [_weight(of_line) for of_line in lines]
    if settings.rule == "Total":
        return _lay_over(rounding(sum(exact), denominator), lines, exact)
    return _lay_on_units(lines, [rounding(amount, denominator) for amount in exact])


def lay_money(amount: MinorUnits, claims: Sequence[Claim]) -> Given:
    """Return one amount laid over lines, then over the units of each."""
    lines = _by_line(claims)
    weights = [_weight(of_line) for of_line in lines]
    return _lay_over(amount, lines, weights)


def lay_over_lines(most: MinorUnits, lines: Iterable[Line], layout: Layout) -> Reward:
    """Return an amount, or all that remains where that is less, laid over lines in proportion to what remains."""
    takers = [(line, left) for line in lines if (left := layout.lines[line.index].left)]
    amount = min(most, sum(left for _, left in takers))
    if not amount:
        return Reward({}, {})
    by_line: dict[int, MinorUnits] = {}
    laid: dict[int, Laid] = {}
    shares = allocate(amount, [(left, 1, left) for _, left in takers])
    for (line, _), (each, more) in zip(takers, shares, strict=True):
        taken = each + more
        if taken:
            by_line[line.index] = taken
            before = layout.lines[line.index]
            laid[line.index] = Spread(before, taken, least_of(before, taken, line.units))
    return Reward(by_line, laid)


def _weight(claims: Sequence[Claim]) -> int:
    weight = 0
    for claim in claims:
        weight += (claim.stop - claim.start) * claim.weight
    return weight


def _by_line(claims: Iterable[Claim]) -> list[list[Claim]]:
    lines: dict[int, list[Claim]] = {}
    for claim in claims:
        lines.setdefault(claim.line, []).append(claim)
    return list(lines.values())


def _lay_over(amount: MinorUnits, lines: Sequence[Sequence[Claim]], weights: Sequence[int]) -> Given:
    if not amount:
        return {}
    runs = [
        (weight, 1, sum([(stop - start) * room for _, start, stop, _, room in of_line]))
        for of_line, weight in zip(lines, weights, strict=True)
    ]
    return _lay_on_units(lines, [each + more for each, more in allocate(amount, runs)])


def _lay_on_units(lines: Sequence[Sequence[Claim]], amounts: Sequence[MinorUnits]) -> Given:
    given: dict[int, list[Portion]] = {}
    for claims, amount in zip(lines, amounts, strict=True):
        if not amount:
            continue
        line, start, stop, _, _ = claims[0]
        if len(claims) == 1 and stop - start == 1:
            given[line] = [Portion(start, stop, amount)]
            continue
        runs = [(weight, stop - start, room) for _, start, stop, weight, room in claims]
        portions: list[Portion] = []
        for claim, share in zip(claims, allocate(amount, runs), strict=True):
            add_portions(claim.start, claim.stop, share, portions)
        given[claims[0].line] = portions
    return given
