"""What is laid on the units while a selection is awarded: a value that each award replaces, never changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from engine.basket import Basket, Segment
from engine.money import MinorUnits

Range: TypeAlias = tuple[int, int]


class Portion(NamedTuple):
    """Units `start` up to `stop` of a line, and what each of them gets."""

    start: int
    stop: int
    each: MinorUnits


# What a rule gives: by line, its portions in the order of the units. Lines that get nothing are left out.
Given: TypeAlias = Mapping[int, Sequence[Portion]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines' segments, with all discounts so far, and which lines and units the rules of this phase touched.

    `carrying` has the bits of lines that carry a discount, brought or given. `by_item_rules` are the lines on which
    item rules gave in steps 1 to 3, `in_sets` the units in sets and `by_stamps` those that stamp rewards went to; a
    phase is the discounts, or the bonuses among themselves (SPEC 6).
    """

    segments: tuple[Sequence[Segment], ...]
    carrying: int
    any_carrying: bool
    by_item_rules: int = 0
    in_sets: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    by_stamps: Mapping[int, Sequence[Range]] = field(default_factory=dict)


def first_layout(basket: Basket) -> Layout:
    """Return the layout of a basket before any award: what the receipt brought."""
    return Layout(tuple(line.segments for line in basket.lines), basket.carrying, basket.any_carrying)


def next_phase(layout: Layout) -> Layout:
    """Return the layout for bonuses, which see the discounts but none of the touched lines and units."""
    return Layout(layout.segments, layout.carrying, layout.any_carrying)


def discounted(layout: Layout, given: Given, *, by_item_rule: bool) -> Layout:
    """Return the layout with a discount on it."""
    segments = list(layout.segments)
    touched = 0
    for line, portions in given.items():
        touched |= 1 << line
        segments[line] = _with_portions(segments[line], portions)
    return Layout(
        tuple(segments),
        layout.carrying | touched,
        layout.any_carrying or bool(touched),
        layout.by_item_rules | (touched if by_item_rule else 0),
        layout.in_sets,
        layout.by_stamps,
    )


def touched(layout: Layout, given: Given) -> Layout:
    """Return the layout with the lines marked on which a bonus of an item rule was given; no price moves."""
    lines = 0
    for line in given:
        lines |= 1 << line
    return Layout(
        layout.segments,
        layout.carrying,
        layout.any_carrying,
        layout.by_item_rules | lines,
        layout.in_sets,
        layout.by_stamps,
    )


def marked(ranges: Mapping[int, Sequence[Range]], more: Mapping[int, Iterable[Range]]) -> dict[int, Sequence[Range]]:
    """Return ranges of units by line with more of them, sorted."""
    together = dict(ranges)
    for line, added in more.items():
        together[line] = sorted([*together.get(line, ()), *added])
    return together


def joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Return ranges of units, sorted and with neighbours made one."""
    together: list[Range] = []
    for start, stop in sorted(ranges):
        if together and together[-1][1] == start:
            together[-1] = together[-1][0], stop
        else:
            together.append((start, stop))
    return tuple(together)


def outside(segments: Iterable[Segment], ranges: Sequence[Range]) -> Iterator[Segment]:
    """Yield the segments without the units in the ranges, which are sorted and do not overlap."""
    for start, stop, price, off in segments:
        at = start
        for first, last in ranges:
            if first >= stop or last <= at:
                continue
            if at < first:
                yield Segment(at, first, price, off)
            at = last
        if at < stop:
            yield Segment(at, stop, price, off)


def _with_portions(segments: Sequence[Segment], portions: Sequence[Portion]) -> list[Segment]:
    """Return the segments of a line with portions laid on; each portion lies within one segment."""
    laid: list[Segment] = []
    waiting = iter(portions)
    portion = next(waiting, None)
    for start, stop, price, off in segments:
        at = start
        while portion is not None and portion.start < stop:
            if at < portion.start:
                laid.append(Segment(at, portion.start, price, off))
            laid.append(Segment(portion.start, portion.stop, price, off + portion.each))
            at = portion.stop
            portion = next(waiting, None)
        if at < stop:
            laid.append(Segment(at, stop, price, off))
    return laid


def amount_of(given: Given) -> MinorUnits:
    """Return the sum of all that is given."""
    amount = 0
    for portions in given.values():
        for start, stop, each in portions:
            amount += (stop - start) * each
    return amount


def amounts_by_line(given: Given) -> dict[int, MinorUnits]:
    """Return what each line is given."""
    amounts = {}
    for line, portions in given.items():
        amount = 0
        for start, stop, each in portions:
            amount += (stop - start) * each
        amounts[line] = amount
    return amounts
