"""How much a rule can give at most, whatever else is selected: what the search prunes with.

A discount only ever lowers what remains, and no kind of reward gives more when less remains (`rewards.kinds`), so no
flat or receipt reward gives more later than it would give first. Sets and stamps may move to dearer units when others
take the cheap ones, and a percent on other units may round up more often; both are allowed for.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import assert_never

from engine.basket.basket import count_units, lines_of
from engine.basket.basket_state import BasketState
from engine.compiled.rule import CompiledRule, Step
from engine.meter import Meter
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.rewards.award import Awarder
from engine.rewards.stamp import rewards_due, stamp_count, units_per_reward
from engine.rewards.unit_value import value_on
from engine.selection.partial_selection import Amounts, PartialSelection

# What awarding a rule costs, in the steps of the packing.
STEPS_PER_RULE = 8


class Bounds:
    """The most that the rules from a place on can add, given how many may join.

    `most` is what each can give at most, and `sizes` how many rules a selection with it may have, None for any number.
    """

    def __init__(
        self, rules: Sequence[CompiledRule], most: Sequence[MinorUnits], sizes: Sequence[int | None], meter: Meter
    ) -> None:
        self.meter = meter
        self.rules = rules
        self.most = most
        self.sizes = sizes
        self.limits = sorted({size for size in sizes if size is not None})
        # By place, size of the selection, and whether of bonuses or discounts: the sums of the first largest.
        self.sums: dict[tuple[int, int | None, bool], list[MinorUnits]] = {}

    def by_most(self) -> list[int]:
        """Return the places of the rules, those that can give most first."""
        return sorted(range(len(self.most)), key=lambda place: (self.rules[place].is_bonus, -self.most[place], place))

    def most_from(self, place: int, partial: PartialSelection) -> Amounts:
        """Return the most that a selection can reach with rules from a place on."""
        members, most_members = len(partial.members), partial.most_members
        discount = bonus = 0
        # The smallest limit of the whole selection is that of its members, or one of a rule to come.
        limits = [limit for limit in self.limits if limit > members and (most_members is None or limit < most_members)]
        for limit in (most_members, *limits):
            discount = max(discount, self._sum(place, limit, members, is_bonus=False))
            bonus = max(bonus, self._sum(place, limit, members, is_bonus=True))
        given = partial.amounts.with_award(partial.pending, is_bonus=partial.in_bonuses)
        return Amounts(given.discount + discount, given.bonus + bonus)

    def _sum(self, place: int, limit: int | None, members: int, *, is_bonus: bool) -> MinorUnits:
        """Return the most that the bonuses or discounts add to a selection of so many members and a limit for all."""
        key = place, limit, is_bonus
        sums = self.sums.get(key)
        if sums is None:
            most = [
                self.most[number]
                for number in range(place, len(self.most))
                if self.rules[number].is_bonus is is_bonus
                and ((size := self.sizes[number]) is None or (limit is not None and size >= limit))
            ]
            self.meter.spend((len(self.most) - place) // 4)
            sums = self.sums[key] = [0, *accumulate(sorted(most, reverse=True))]
        room = len(sums) - 1 if limit is None else min(max(0, limit - members), len(sums) - 1)
        return sums[room]


def steps_of(one: Qualified) -> int:
    """Return what it costs to award a rule that forms no sets, or to bound one; sets come with steps of their own."""
    if one.rule.step is Step.SETS:
        return STEPS_PER_RULE
    # Single units are counted where they are looked at.
    return STEPS_PER_RULE + one.wanted.bit_count()


def bound_all(rules: Sequence[Qualified], awarder: Awarder) -> None:
    """Find what each of some rules can give at most, where that is not known; the awarder remembers it."""
    most = awarder.most
    for one in rules:
        if one.rule.id not in most:
            # A bound costs about as much as an award, whatever is chosen.
            awarder.spend(steps_of(one))
            most[one.rule.id] = most_of(one, awarder)


def most_of(qualified: Qualified, awarder: Awarder) -> MinorUnits:
    """Return the most a rule can give in any selection, from the awarder's first state on."""
    rule, state = qualified.rule, awarder.first
    match rule.step:
        case Step.STAMPS:
            return _most_of_stamps(qualified, state, awarder) + rounding_slack(qualified, awarder)
        case Step.SETS:
            if rule.is_bonus and rule.on_net and rule.values:
                return _most_of_net_sets(qualified, awarder)
            sets = awarder.sets_of([qualified], state)
            # A set may be worth less than rounds to anything.
            return sets.most // sets.scale + rounding_slack(qualified, awarder)
        case Step.FLAT | Step.RECEIPT | Step.DEBIT:
            _, award = awarder.take_turn(qualified, state)
            moves = rule.step is Step.FLAT and rule.most_rewards is not None
            # What gives nothing first gives nothing later, but for other units that round up.
            return (0 if award is None else award.amount) + (rounding_slack(qualified, awarder) if moves else 0)
        case _:
            assert_never(rule.step)


def rounding_slack(qualified: Qualified, awarder: Awarder) -> MinorUnits:
    """Return by how much a percent on other units can round to more: one for each amount that is rounded."""
    if not qualified.rule.is_percent:
        return 0
    match awarder.settings.rule:
        case "Total":
            return 1
        case "PerLine":
            return qualified.wanted.bit_count()
        case "PerItem":
            return count_units(awarder.basket, qualified.wanted)
        case _:
            assert_never(awarder.settings.rule)


def _most_of_stamps(qualified: Qualified, state: BasketState, awarder: Awarder) -> MinorUnits:
    """Return what the stamp rewards would give on the units of the highest values."""
    rule, basket = qualified.rule, awarder.basket
    unit_values = [
        (value_on(rule, line, segment), segment[1] - segment[0])
        for line in lines_of(basket, qualified.lines)
        for segment in state.lines[line.index].counted_segments(basket.meter)
    ]
    basket.meter.work += 2 * len(unit_values)
    stamps = stamp_count(rule, qualified.grants, basket.purchase_at)
    units = sum(count for _, count in unit_values)
    left = rewards_due(rule, stamps, qualified.stamp_units, units) * units_per_reward(rule)
    total = 0
    for unit_value, count in sorted(unit_values, reverse=True):
        taken = min(left, count)
        total += unit_value * taken
        left -= taken
    return -(-total // rule.denominator)


def _most_of_net_sets(qualified: Qualified, awarder: Awarder) -> MinorUnits:
    """Return the most of a bonus percent whose value differs by unit.

    Discounts may make a unit of a higher value the cheapest of its set, so such a bonus can rise with them. No set
    gives more than the highest value of the dearest unit.
    """
    rule, lines = qualified.rule, qualified.wanted
    units = count_units(awarder.basket, lines)
    dearest = max(segment[2] for line in lines_of(awarder.basket, lines) for segment in line.segments)
    value = max([rule.value or 0, *(value for _, value in rule.values)])
    return -(-dearest * value * units // rule.denominator) + units
