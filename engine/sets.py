"""All sets of a selection together: from rules to offers, from the packing to the receipt's units (SPEC 6, step 1)."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.basket import Basket, Segment
from engine.layout import Given, Layout, Range
from engine.packing import pack
from engine.qualify import Qualified, eligible_lines, lines_of, union
from engine.rewards.per_set import common_denominator, give_to_sets, offer_of
from engine.settings import Settings


class SetAward(NamedTuple):
    """What one rule's sets give, how many there are, and which units they use and reward, by line."""

    qualified: Qualified
    given: Given
    sets: int
    used: dict[int, list[Range]]
    rewarded: dict[int, list[Range]]


class SetAwards(NamedTuple):
    """The sets of several rules, in the order of their ids, their worth before rounding, and what it took to find them.

    All of them together are worth `worth / scale`.
    """

    awards: tuple[SetAward, ...]
    worth: int
    scale: int
    steps: int
    optimal: bool


def award_sets(
    rules: Sequence[Qualified], layout: Layout, basket: Basket, settings: Settings, max_steps: int
) -> SetAwards:
    """Return the sets that are worth most together; the rules come in the order of their ids."""
    parts = [
        [
            eligible_lines(qualified.rule, lines, layout.carrying, any_carrying=layout.any_carrying)
            for lines in (qualified.parts or (qualified.lines,))
        ]
        for qualified in rules
    ]
    wanted = union(lines for of_rule in parts for lines in of_rule)
    classes = [(line.index, segment) for line in lines_of(basket, wanted) for segment in layout.segments[line.index]]
    scale = common_denominator([qualified.rule for qualified in rules])
    offers = [
        offer_of(qualified.rule, of_rule, classes, basket, scale)
        for qualified, of_rule in zip(rules, parts, strict=True)
    ]
    packing = pack(offers, [segment.stop - segment.start for _, segment in classes], max_steps)
    # Within a class the lower rule id takes the earlier units, and of its own it rewards the earlier ones.
    at = [segment.start for _, segment in classes]
    awards = []
    for qualified, packed in zip(rules, packing.packed, strict=True):
        if not packed.sets:
            continue
        used: dict[int, list[Range]] = {}
        rewarded: dict[int, list[Range]] = {}
        cut: list[tuple[int, Segment, Range]] = []
        for index, (line, segment) in enumerate(classes):
            if not packed.used[index]:
                continue
            start = at[index]
            at[index] += packed.used[index]
            used.setdefault(line, []).append((start, at[index]))
            if packed.rewarded[index]:
                units = (start, start + packed.rewarded[index])
                rewarded.setdefault(line, []).append(units)
                cut.append((line, segment, units))
        given = give_to_sets(qualified.rule, packed, cut, basket, scale, settings)
        awards.append(SetAward(qualified, given, packed.sets, used, rewarded))
    worth = sum(packed.worth for packed in packing.packed)
    return SetAwards(tuple(awards), worth, scale, packing.steps, packing.optimal)
