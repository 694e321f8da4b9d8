"""All sets of a selection together: from rules to offers, from the packing to the receipt's units (SPEC 6, step 1)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.basket.basket import Basket, lines_of
from engine.basket.basket_state import BasketState, Given, Range
from engine.money import MinorUnits
from engine.packing.pack import pack, uncontested
from engine.packing.problem import Packed
from engine.qualify import Qualified, eligible_lines
from engine.rewards.offers import UnitClasses, classes_on
from engine.rewards.per_set import common_denominator, give_to_sets, offer_of
from engine.settings import Settings

# What it costs to make an offer of a rule and to award its sets, in the steps of the packing.
_STEPS_PER_RULE = 20
# What a class of units costs each offer, in quarters of a step: to be made, and packed by itself and beside others.
_STEPS_PER_CLASS = 4


class SetAward(NamedTuple):
    """What one rule's sets give, how many there are, and which units they use and reward, by line."""

    qualified: Qualified
    given: Given
    sets: int
    used: dict[int, list[Range]]
    rewarded: dict[int, list[Range]]


class SetAwards:
    """The sets of several rules, in the order of their ids, their worth before rounding, and what it took to find them.

    All of them together are worth `worth / scale`, and no sets of these rules more than `most / scale`. `alone` has by
    rule id what each would get alone of the classes. What each unit gets is found when it is asked for: most sets are
    only compared.
    """

    __slots__ = (
        "_awards",
        "alone",
        "classes",
        "cutoff",
        "most",
        "optimal",
        "packed",
        "rules",
        "scale",
        "steps",
        "worth",
    )

    def __init__(
        self,
        rules: Sequence[Qualified],
        packed: Sequence[Packed],
        most: int | None,
        scale: int,
        steps: int,
        classes: UnitClasses,
        alone: Mapping[str, Packed | None],
        cutoff: MinorUnits | None = None,
    ) -> None:
        """Take a packing of the rules' offers; without `most` it is the best."""
        self.rules = rules
        self.packed = packed
        worth = 0
        for one in packed:
            worth += one.worth
        self.worth = worth
        self.optimal = most is None
        self.most = worth if most is None else max(most, worth)
        self.scale = scale
        self.steps = steps
        self.classes = classes
        self.alone = alone
        self.cutoff = None if most is None else cutoff
        self._awards: Sequence[SetAward] | None = None

    def suffices(self, cutoff: MinorUnits | None) -> bool:
        """Say whether nothing better can come of looking again, when sets worth so much need not be the best."""
        return self.cutoff is None or (cutoff is not None and self.most // self.scale <= cutoff)

    @property
    def formed(self) -> list[Qualified]:
        """Return the rules that form sets."""
        return [one for one, packed in zip(self.rules, self.packed, strict=True) if packed.sets]

    def steps_to_award(self) -> int:
        """Return what it takes to find what each unit gets; nothing once that is known."""
        if self._awards is not None:
            return 0
        # Of all classes, and of each run of units that is used.
        runs = sum([len(self.classes.counts) - packed.used.count(0) for packed in self.packed if packed.sets])
        return len(self.classes.counts) // 16 * len(self.packed) + 3 * runs

    def awards(self, basket: Basket, settings: Settings) -> Sequence[SetAward]:
        """Return what the sets give, rule by rule."""
        if self._awards is None:
            self._awards = _awards(self.rules, self.packed, self.classes, basket, self.scale, settings)
        return self._awards


def award_sets(
    rules: Sequence[Qualified],
    state: BasketState,
    basket: Basket,
    max_steps: int,
    cutoff: MinorUnits | None = None,
) -> SetAwards:
    """Return the sets that are worth most together; the rules come in the order of their ids.

    Where no sets are worth more than `cutoff`, rounded down, these need not be the best.
    """
    wanted = reach = 0
    parts: list[Sequence[int]] = []
    for qualified in rules:
        rule = qualified.rule
        lines_of_parts: Sequence[int] = qualified.parts or (qualified.lines,)
        if rule.eligible != "item_eligible_for_discount":
            lines_of_parts = [
                eligible_lines(rule, part, state.carrying, any_carrying=state.any_carrying) for part in lines_of_parts
            ]
        parts.append(lines_of_parts)
        for part in lines_of_parts:
            wanted |= part
            reach += part.bit_count()
    classes = classes_on(lines_of(basket, wanted), state, basket.meter)
    # What can't be left out: the offers are made, and each is packed by itself.
    # Each of its lines is in a class or two, and what it leaves alone is passed over by the word.
    count = len(classes.counts)
    reach = min(2 * reach, len(rules) * count) + len(rules) * count // 64
    basket.meter.spend(2 * count + _STEPS_PER_CLASS * reach // 4)
    scale = common_denominator([qualified.rule for qualified in rules])
    offers = [
        offer_of(qualified.rule, of_rule, classes, basket, scale)
        for qualified, of_rule in zip(rules, parts, strict=True)
    ]
    packing = pack(
        offers, classes.counts, basket.meter.left(max_steps), None if cutoff is None else cutoff * scale + scale - 1
    )
    steps = packing.steps + _STEPS_PER_RULE * len(rules)
    alone = {qualified.rule.id: packed for qualified, packed in zip(rules, packing.alone, strict=True)}
    most = None if packing.optimal else packing.most
    return SetAwards(rules, packing.packed, most, scale, steps, classes, alone, cutoff)


def award_fewer(whole: SetAwards, rules: Sequence[Qualified]) -> SetAwards | None:
    """Return the sets of some of the rules that were awarded together, where they don't want the same units.

    What each would get alone is known then; None where it is not, or does not go together.
    """
    if not all(qualified.rule.id in whole.alone for qualified in rules):
        return None
    packed = uncontested([whole.alone[qualified.rule.id] for qualified in rules], whole.classes.counts)
    if packed is None:
        return None
    return SetAwards(rules, packed, None, whole.scale, _STEPS_PER_RULE * len(rules), whole.classes, whole.alone)


def _awards(
    rules: Sequence[Qualified],
    packings: Sequence[Packed],
    classes: UnitClasses,
    basket: Basket,
    scale: int,
    settings: Settings,
) -> tuple[SetAward, ...]:
    """Return what the rules' sets give, and to which units."""
    # Within a class the lower rule id takes the earlier units, and of its own it rewards the earlier ones.
    at = [segment[0] for segment in classes.segments]
    awards = []
    for qualified, packed in zip(rules, packings, strict=True):
        if not packed.sets:
            continue
        used: dict[int, list[Range]] = {}
        rewarded: dict[int, list[Range]] = {}
        cut = []
        for index, count in enumerate(packed.used):
            if not count:
                continue
            start = at[index]
            stop = at[index] = start + count
            line = classes.lines[index]
            if line in used:
                used[line].append((start, stop))
            else:
                used[line] = [(start, stop)]
            if gifts := packed.rewarded[index]:
                units = start, start + gifts
                if line in rewarded:
                    rewarded[line].append(units)
                else:
                    rewarded[line] = [units]
                cut.append((line, classes.segments[index], units))
        given = give_to_sets(qualified.rule, packed, cut, basket, scale, settings)
        awards.append(SetAward(qualified, given, packed.sets, used, rewarded))
    return tuple(awards)
