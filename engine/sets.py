"""All sets of a selection together: from rules to offers, from the packing to the receipt's units (SPEC 6, step 1)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.basket import Basket
from engine.laid import Segment
from engine.layout import Given, Layout, Range
from engine.packing import Packed, pack, undisputed
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


# A class of equal units: the line, and the segment on it.
UnitClass: TypeAlias = tuple[int, Segment]


class SetAwards(NamedTuple):
    """The sets of several rules, in the order of their ids, their worth before rounding, and what it took to find them.

    All of them together are worth `worth / scale`. `alone` has by rule id what each would get alone of the classes.
    """

    awards: tuple[SetAward, ...]
    worth: int
    scale: int
    steps: int
    optimal: bool
    classes: Sequence[UnitClass]
    alone: Mapping[str, Packed | None]


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
    classes = [
        (line.index, segment) for line in lines_of(basket, wanted) for segment in layout.lines[line.index].segments
    ]
    scale = common_denominator([qualified.rule for qualified in rules])
    offers = [
        offer_of(qualified.rule, of_rule, classes, basket, scale)
        for qualified, of_rule in zip(rules, parts, strict=True)
    ]
    packing = pack(offers, [segment.stop - segment.start for _, segment in classes], max_steps)
    awards = _awards(rules, packing.packed, classes, basket, scale, settings)
    worth = sum(packed.worth for packed in packing.packed)
    ids = [qualified.rule.id for qualified in rules]
    alone = dict(zip(ids, packing.alone, strict=True))
    return SetAwards(awards, worth, scale, packing.steps, packing.optimal, classes, alone)


def award_fewer(whole: SetAwards, rules: Sequence[Qualified], basket: Basket, settings: Settings) -> SetAwards | None:
    """Return the sets of some of the rules that were awarded together, where they don't want the same units.

    What each would get alone is known then; None where it is not, or does not go together.
    """
    if not all(qualified.rule.id in whole.alone for qualified in rules):
        return None
    counts = [segment.stop - segment.start for _, segment in whole.classes]
    packed = undisputed([whole.alone[qualified.rule.id] for qualified in rules], counts)
    if packed is None:
        return None
    awards = _awards(rules, packed, whole.classes, basket, whole.scale, settings)
    return whole._replace(awards=awards, worth=sum(one.worth for one in packed), steps=len(rules), optimal=True)


def _awards(
    rules: Sequence[Qualified],
    packings: Sequence[Packed],
    classes: Sequence[UnitClass],
    basket: Basket,
    scale: int,
    settings: Settings,
) -> tuple[SetAward, ...]:
    """Return what the rules' sets give, and to which units."""
    # Within a class the lower rule id takes the earlier units, and of its own it rewards the earlier ones.
    at = [segment.start for _, segment in classes]
    awards = []
    for qualified, packed in zip(rules, packings, strict=True):
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
    return tuple(awards)
