"""What each unit of a purchase is worth when it is returned, and what each discount gave it.

First what no line tells, then every discount is distributed on the units as the engine did it, in the same order and by
the same allocation. Then the discounts that are to be spread are taken away and distributed on all units that earned
them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.basket.allocate import allocate
from engine.basket.distribute import WeightedUnits, distribute_money
from engine.basket.line_state import Portion, Segment, add_portions, with_portions
from engine.compiled.rule import Step
from engine.money import MinorUnits
from engine.returns.booked import Booked, portions_of
from engine.returns.purchase import Purchase, Sold
from engine.rewards.unit_value import BOUNDLESS, bonus_units, distribute_values, room_on, value_on
from engine.settings import Settings
from rules.limitation import ReturnPolicy

# By the index of the line, in the order of the units.
OnLines = Mapping[int, Sequence[Portion]]


class Worth(NamedTuple):
    """The units of each line: what they cost and what is off it, and by rule id which part of that is whose.

    `given` has bonuses too, and what no line says, which take nothing off.
    """

    lines: Sequence[Sequence[Segment]]
    given: Mapping[str, OnLines]


def worth_of(purchase: Purchase, policies: Mapping[str, ReturnPolicy], settings: Settings) -> Worth:
    """Return what the units are worth, each discount by its policy; all of them together what was paid."""
    lines: list[Sequence[Segment]] = [sold.segments for sold in purchase.lines]
    given: dict[str, OnLines] = {}
    # Balances pay: they take nothing off what a unit is worth.
    discounts = [booked for booked in purchase.discounts if not booked.is_debit]
    for booked in sorted(discounts, key=lambda booked: booked.turn):
        on_lines = {
            index: _as_allocated(booked, purchase.lines[index], lines[index], amount, settings)
            for index, amount in booked.by_line.items()
        }
        given[booked.rule_id] = on_lines
        if booked.takes_off:
            lines = _with(lines, on_lines)
    lines = _as_paid(purchase, lines)
    for booked in discounts:
        if policies.get(booked.rule_id) == "spread":
            before = given[booked.rule_id]
            spread = _spread(booked, before, lines)
            if spread is not None:
                given[booked.rule_id] = spread
                if booked.takes_off:
                    lines = _with(_with(lines, _negative(before)), spread)
    return Worth(lines, given)


def _as_allocated(
    booked: Booked, sold: Sold, segments: Sequence[Segment], amount: MinorUnits, settings: Settings
) -> Sequence[Portion]:
    """Return what the units of a line got of its amount, as the engine gave it at the rule's turn."""
    room = BOUNDLESS if booked.is_bonus else _worth(segments)
    remembered = portions_of(booked.units.get(sold.line.index, ()))
    if remembered and (booked.is_bonus or _has_room(segments, remembered)):
        return remembered
    rule, line = booked.rule, sold.line
    amount = min(amount, room)
    claims = [WeightedUnits(line.index, start, stop, price - off, price - off) for start, stop, price, off in segments]
    if rule is not None and (
        rule.step is Step.FLAT or (rule.step is Step.RECEIPT and rule.traits.on_receipt == "by unit")
    ):
        claims = [
            WeightedUnits(line.index, segment[0], segment[1], value_on(rule, line, segment), room_on(rule, segment))
            for segment in segments
        ]
        # By the rule's own rounding, where that comes to what the line says.
        portions = distribute_values(rule, claims, settings).get(line.index, ())
        if sum((stop - start) * each for start, stop, each in portions) == amount:
            return portions
    elif booked.is_bonus:
        prices = [WeightedUnits(line.index, start, stop, price, price) for start, stop, price, _off in segments]
        claims = bonus_units([claim for claim in claims if claim.weight], prices)
    return _over_units(amount, claims)


def _over_units(amount: MinorUnits, claims: Sequence[WeightedUnits]) -> list[Portion]:
    """Return an amount distributed over units of one line."""
    portions: list[Portion] = []
    runs = [(claim.weight, claim.stop - claim.start, claim.room) for claim in claims]
    for claim, share in zip(claims, allocate(amount, runs), strict=True):
        add_portions(claim.start, claim.stop, share, portions)
    return portions


def _spread(booked: Booked, before: OnLines, lines: Sequence[Sequence[Segment]]) -> OnLines | None:
    """Return a discount on all units that earned it, in proportion to price; None where each of them had its share.

    No unit takes more than its price leaves; the others have what it leaves over.
    """
    earned = {
        index: [(run.start, run.stop, run.each) for run in booked.units[index] if not run.has_stamp]
        for index in sorted(booked.units)
    }
    if all(each for portions in earned.values() for _start, _stop, each in portions):
        return None
    free = _with(lines, _negative(before)) if booked.takes_off else lines
    claims = [
        WeightedUnits(
            index,
            start,
            stop,
            price,
            BOUNDLESS if booked.is_bonus else price - off,
        )
        for index, portions in earned.items()
        for (_start, _stop, price, off), (start, stop, _each) in _cut(free[index], portions)
    ]
    amount = sum((stop - start) * each for portions in before.values() for start, stop, each in portions)
    # Less room than that is only there where the receipt contradicts itself.
    room = sum((claim.stop - claim.start) * claim.room for claim in claims)
    return distribute_money(amount, claims) if room >= amount else None


def _as_paid(purchase: Purchase, lines: Sequence[Sequence[Segment]]) -> list[Sequence[Segment]]:
    """Return the units after what no discount explains: where a line or the receipt cost more or less than it says."""
    for sold in purchase.lines:
        index = sold.line.index
        lines = _with(lines, _difference(_worth(lines[index]) - sold.paid, {index: lines[index]}))
    together = sum(_worth(segments) for segments in lines)
    return _with(lines, _difference(together - purchase.paid, dict(enumerate(lines))))


def _difference(amount: MinorUnits, lines: Mapping[int, Sequence[Segment]]) -> OnLines:
    """Return an amount off units, in proportion to what they are worth; below 0 it comes on top of that."""
    weights = [
        WeightedUnits(index, start, stop, price - off, price - off)
        for index, segments in lines.items()
        for start, stop, price, off in segments
    ]
    if amount >= 0:
        return distribute_money(min(amount, sum((claim.stop - claim.start) * claim.room for claim in weights)), weights)
    return _negative(distribute_money(-amount, [claim._replace(room=BOUNDLESS) for claim in weights]))


def _negative(on_lines: OnLines) -> OnLines:
    return {index: [(start, stop, -each) for start, stop, each in portions] for index, portions in on_lines.items()}


def _with(lines: Sequence[Sequence[Segment]], on_lines: OnLines) -> list[Sequence[Segment]]:
    """Return the lines with portions taken off, wherever these begin and end."""
    after = list(lines)
    for index, portions in on_lines.items():
        after[index] = _with_parts(lines[index], portions)
    return after


def _cut(segments: Sequence[Segment], portions: Iterable[Portion]) -> Iterator[tuple[Segment, Portion]]:
    """Yield the parts of portions, each with the one segment that it lies in; both are in the order of the units."""
    at = 0
    for start, stop, each in portions:
        first = start
        while first < stop:
            while segments[at][1] <= first:
                at += 1
            last = min(stop, segments[at][1])
            yield segments[at], (first, last, each)
            first = last


def _with_parts(segments: Sequence[Segment], portions: Iterable[Portion]) -> Sequence[Segment]:
    return with_portions(segments, [part for _, part in _cut(segments, portions)])


def _has_room(segments: Sequence[Segment], portions: Sequence[Portion]) -> bool:
    return all(off <= price for _start, _stop, price, off in _with_parts(segments, portions))


def _worth(segments: Iterable[Segment]) -> MinorUnits:
    return sum((stop - start) * (price - off) for start, stop, price, off in segments)


def worth_between(segments: Iterable[Segment], first: int, last: int) -> MinorUnits:
    """Return what units `first` up to `last` of a line are worth."""
    return sum(max(min(stop, last) - max(start, first), 0) * (price - off) for start, stop, price, off in segments)


def price_between(segments: Iterable[Segment], first: int, last: int) -> MinorUnits:
    """Return what units `first` up to `last` of a line cost before discounts."""
    return sum(max(min(stop, last) - max(start, first), 0) * price for start, stop, price, _off in segments)


def given_on(portions: Iterable[Portion], first: int, last: int) -> MinorUnits:
    """Return what units `first` up to `last` of a line were given."""
    return sum(max(min(stop, last) - max(start, first), 0) * each for start, stop, each in portions)
