"""What is off the lines while a selection is awarded: a value that each award replaces, never changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.basket.basket import Basket
from engine.basket.line_state import LineState, Portion, Segment, WithPortions
from engine.money import MinorUnits

Range: TypeAlias = tuple[int, int]

# What a rule gives to single units: by line, its portions in the order of the units. Lines that get nothing are left
# out.
Given: TypeAlias = Mapping[int, Sequence[Portion]]

NOTHING_GIVEN: Given = {}
NO_RANGES: Mapping[int, Sequence[Range]] = {}


class Distributed(NamedTuple):
    """What a rule gives to each line that gets anything, and those lines after it; a bonus leaves them as they are.

    `given` has the portions of single units where only so many of them are rewarded.
    """

    by_line: dict[int, MinorUnits]
    lines: dict[int, LineState]
    given: Given = NOTHING_GIVEN


class BasketState(NamedTuple):
    """The lines with all discounts so far, and which lines and units the rules of this phase touched.

    `carrying` has the bits of lines that carry a discount, pre-existing or given. `by_item_rules` are the lines on
    which item rules gave in steps 1 to 3, `in_sets` the units in sets and `by_stamps` those that stamp rewards went to;
    a phase is the discounts, or the bonuses among themselves (SPEC 6).
    """

    lines: Sequence[LineState]
    carrying: int
    any_carrying: bool
    by_item_rules: int = 0
    in_sets: Mapping[int, Sequence[Range]] = NO_RANGES
    by_stamps: Mapping[int, Sequence[Range]] = NO_RANGES


def first_state(basket: Basket) -> BasketState:
    """Return the state of a basket before any award: what the receipt has already."""
    return BasketState(basket.lines, basket.carrying, basket.any_carrying)


def next_phase(state: BasketState) -> BasketState:
    """Return the state for bonuses, which see the discounts but none of the touched lines and units."""
    return BasketState(state.lines, state.carrying, state.any_carrying)


def discounted(state: BasketState, changed: Mapping[int, LineState], *, by_item_rule: bool) -> BasketState:
    """Return the state with a discount on it: the lines that got some of it, as they are now."""
    before, carrying, any_carrying, by_item_rules, in_sets, by_stamps = state
    lines = list(before)
    touched = 0
    for line, after in changed.items():
        touched |= 1 << line
        lines[line] = after
    return BasketState(
        lines,
        carrying | touched,
        any_carrying or touched > 0,
        by_item_rules | touched if by_item_rule else by_item_rules,
        in_sets,
        by_stamps,
    )


def touched(state: BasketState, lines: Iterable[int]) -> BasketState:
    """Return the state with the lines marked on which a bonus of an item rule was given; no price moves."""
    bits = state.by_item_rules
    for line in lines:
        bits |= 1 << line
    return state._replace(by_item_rules=bits)


def on_units(given: Given, by_line: Mapping[int, MinorUnits], state: BasketState) -> dict[int, LineState]:
    """Return the lines with portions off their units, so much off each line."""
    return {line: WithPortions(state.lines[line], portions, by_line[line]) for line, portions in given.items()}


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
                yield (at, first, price, off)
            at = last
        if at < stop:
            yield (at, stop, price, off)


def amounts_by_line(given: Given) -> dict[int, MinorUnits]:
    """Return what each line is given."""
    amounts = {}
    for line, portions in given.items():
        amount = 0
        for start, stop, each in portions:
            amount += (stop - start) * each
        amounts[line] = amount
    return amounts
