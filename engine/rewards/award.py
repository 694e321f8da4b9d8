"""What a rule gives when its turn comes, and what is left for those after it (SPEC 6, steps 1 to 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

from engine.basket.basket import Basket, count_units, lines_of
from engine.basket.basket_state import (
    NO_RANGES,
    NOTHING_GIVEN,
    BasketState,
    Distributed,
    Given,
    Range,
    amounts_by_line,
    discounted,
    marked,
    on_units,
    touched,
)
from engine.basket.line_state import LineState
from engine.compiled.rule import CompiledRule, Step
from engine.compiled.rule_lines import can_form_set
from engine.money import MinorUnits
from engine.qualify import Qualified, eligible_lines
from engine.rewards.bundles import SetAwards, award_fewer, award_sets
from engine.rewards.debit import give_debit
from engine.rewards.flat import give_flat
from engine.rewards.receipt import give_amount
from engine.rewards.stamp import give_stamp_rewards, stamp_count
from engine.settings import Settings


class Award(NamedTuple):
    """What one rule gives on this receipt: by line and in all, and for sets and stamps to which units.

    `given` has the portions of single units where sets, stamps or a limited number of rewards gave them.
    """

    qualified: Qualified
    amount: MinorUnits
    by_line: Mapping[int, MinorUnits]
    given: Given = NOTHING_GIVEN
    sets: int = 0
    used: Mapping[int, Sequence[Range]] = NO_RANGES
    rewarded: Mapping[int, Sequence[Range]] = NO_RANGES
    stamp_rewards: int = 0


@dataclass(slots=True)
class Awarder:
    """Awards rules on one basket from one first state, and remembers what it found out from there.

    `first` is that of a basket, or what earlier awards left: another first state takes another awarder, since all that
    is remembered holds for this one. These are the sets of discount rules by the rules' ids, `most`, what each rule can
    give at most, where that is known, and `together`, what it took to award all of them.

    No more than `max_steps` are taken where less will do; the basket's meter counts them, from `counted_from` on. The
    first packing takes three quarters of them at most, later ones the steps left divided by `packings`.
    """

    basket: Basket
    settings: Settings
    first: BasketState
    optimal: bool = True
    packings: int = 2
    found: dict[tuple[str, ...], SetAwards] = field(default_factory=dict)
    most: dict[str, MinorUnits] = field(default_factory=dict)
    together: int = 0
    max_steps: int = field(init=False)
    counted_from: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with all steps that the settings allow."""
        self.begin(self.settings.max_steps)

    def begin(self, max_steps: int) -> None:
        """Count steps from now on, up to so many."""
        self.max_steps = max_steps
        self.counted_from = self.basket.meter.work

    @property
    def steps(self) -> int:
        """Return the steps taken."""
        return self.basket.meter.work - self.counted_from

    def spend(self, steps: int) -> None:
        """Count steps; TooMuchWork where the settings do not allow them."""
        self.basket.meter.spend(steps)

    def take_sets(self, rules: Sequence[Qualified], state: BasketState) -> tuple[BasketState, list[Award]]:
        """Return the state and the awards after all set-forming rules of a phase, in the order of their ids."""
        return self.give_sets(self.sets_of(rules, state), state)

    def give_sets(self, sets: SetAwards, state: BasketState) -> tuple[BasketState, list[Award]]:
        """Return the state and the awards after sets that were found for it."""
        awards = []
        ranges = state.in_sets
        self.spend(sets.steps_to_award())
        found_awards = sets.awards(self.basket, self.settings)
        self.spend(sum([len(found.given) for found in found_awards]))
        for found in found_awards:
            ranges = marked(ranges, found.used)
            by_line = amounts_by_line(found.given)
            amount = sum(by_line.values())
            if amount:
                award = Award(found.qualified, amount, by_line, found.given, found.sets, found.used, found.rewarded)
                awards.append(award)
                is_bonus = found.qualified.rule.is_bonus
                state = _after(award, {} if is_bonus else on_units(found.given, by_line, state), state)
        return state._replace(in_sets=ranges), awards

    def ids_with_sets(self, rules: Sequence[Qualified]) -> set[str]:
        """Return the ids of those discount rules that form sets when all of these are selected."""
        known = self.found.get(tuple(qualified.rule.id for qualified in rules))
        return set() if known is None else {one.rule.id for one in known.formed}

    def worth_of(self, rules: Sequence[Qualified]) -> tuple[int, int]:
        """Return what the sets of several discount rules are worth before rounding, as a numerator and denominator."""
        sets = self.sets_of(rules, self.first)
        return sets.worth, sets.scale

    def most_worth_of(self, fewer: Sequence[Qualified], rules: Sequence[Qualified]) -> tuple[int, int]:
        """Return a worth that the sets of some of several rules do not exceed, as a numerator and denominator."""
        whole = self.sets_of(rules, self.first)
        worth = 0
        for qualified in fewer:
            alone = whole.alone.get(qualified.rule.id)
            if alone is None:
                return self.worth_of(fewer)
            worth += alone.worth
        return worth, whole.scale

    def most_together(self, rules: Sequence[Qualified]) -> MinorUnits | None:
        """Return a worth, rounded down, that the sets of discount rules together do not exceed; None if none is known.

        Fewer rules never form sets worth more, so what was found with more of them holds as well.
        """
        ids = {qualified.rule.id for qualified in rules}
        known = [sets.most // sets.scale for more, sets in self.found.items() if ids.issubset(more)]
        return min(known, default=None)

    def sets_of(self, rules: Sequence[Qualified], state: BasketState, cutoff: MinorUnits | None = None) -> SetAwards:
        """Return the sets of all these set-forming rules of a phase, which come in the order of their ids.

        Where they are proven to be worth no more than `cutoff`, rounded down, they need not be the best. Only what is
        found from the first state is remembered.
        """
        # No single packing takes all the steps that are left; without any, a good one is found all the same.
        left = max(self.max_steps - self.steps, 0)
        # The first one is of all rules: most searches need no other.
        left = left // self.packings if self.found else left * 3 // 4
        if state is not self.first or (rules and rules[0].rule.is_bonus):
            # What bonuses see differs from selection to selection.
            sets = award_sets(rules, state, self.basket, left)
        else:
            key = tuple(qualified.rule.id for qualified in rules)
            known = self.found.get(key)
            if known is not None and (known.suffices(cutoff) or self.steps >= self.max_steps):
                return known
            if known is None and (known := self._found_with_more(frozenset(key))) is not None:
                self.found[key] = known
                return known
            whole = next(iter(self.found.values()), None)
            fewer = award_fewer(whole, rules) if whole is not None else None
            sets = fewer or award_sets(rules, state, self.basket, left, cutoff)
            self.found[key] = sets
        self.spend(sets.steps)
        self.optimal = self.optimal and sets.optimal
        return sets

    def _found_with_more(self, ids: frozenset[str]) -> SetAwards | None:
        """Return the sets of more rules, where the others form none: without those they are the best all the same."""
        self.spend((len(self.found) + 3) // 4)
        for more, sets in self.found.items():
            if sets.optimal and len(more) > len(ids) and ids.issubset(more):
                formed = [one.rule.id for one in sets.formed]
                if ids.issuperset(formed):
                    return sets
        return None

    def take_turn(self, qualified: Qualified, state: BasketState) -> tuple[BasketState, Award | None]:
        """Return the state and the award after one rule; no award where it gives nothing.

        ValueError for a rule that forms sets: these take theirs together (`take_sets`).
        """
        rule = qualified.rule
        # Not a match statement: most rules are flat, and this is asked for each.
        step = rule.step
        lines = self._lines_now(qualified, state)
        if not lines or rule.most_rewards == 0:
            return state, None
        if step is Step.FLAT:
            reward = give_flat(rule, lines, state, self.basket, self.settings)
        elif step is Step.RECEIPT:
            reward = self._give_to_receipt(qualified, lines, state)
        elif step is Step.STAMPS:
            return self._take_stamps(qualified, lines, state)
        elif step is Step.DEBIT:
            reward = give_debit(rule, qualified.grants, lines, state, self.basket)
        elif step is Step.SETS:
            message = f"{rule.id} forms sets, which it does beside the others"
            raise ValueError(message)
        else:
            assert_never(step)
        by_line = reward.by_line
        if not by_line:
            return state, None
        award = Award(qualified, sum(by_line.values()), by_line, reward.given)
        if rule.stamps:
            award = award._replace(stamp_rewards=1)
        return _after(award, reward.lines, state), award

    def _lines_now(self, qualified: Qualified, state: BasketState) -> int:
        """Return the lines that still qualify at the rule's turn; none where too few units do."""
        rule, lines = qualified.rule, qualified.lines
        if rule.eligible != "item_eligible_for_discount":
            lines = eligible_lines(rule, lines, state.carrying, any_carrying=state.any_carrying)
            counted = eligible_lines(rule, qualified.counted, state.carrying, any_carrying=state.any_carrying)
            if count_units(self.basket, counted) < rule.quantity:
                return 0
            parts = [
                eligible_lines(rule, part, state.carrying, any_carrying=state.any_carrying) for part in qualified.parts
            ]
            if parts and not can_form_set([part.quantity for part in rule.mixes], self.basket, parts):
                return 0
        return lines & ~state.by_item_rules if rule.is_any_item else lines

    def _take_stamps(self, qualified: Qualified, lines: int, state: BasketState) -> tuple[BasketState, Award | None]:
        rule = qualified.rule
        stamps = stamp_count(rule, qualified.grants, self.basket.purchase_at)
        found = give_stamp_rewards(rule, stamps, qualified.stamp_units, lines, state, self.basket, self.settings)
        given = found.given
        by_line = amounts_by_line(given)
        amount = sum(by_line.values())
        if not amount:
            return state, None
        award = Award(qualified, amount, by_line, given, rewarded=found.units, stamp_rewards=found.rewards)
        state = _after(award, {} if rule.is_bonus else on_units(given, by_line, state), state)
        gave = {line: [(start, stop) for start, stop, _each in portions] for line, portions in given.items()}
        return state._replace(by_stamps=marked(state.by_stamps, gave)), award

    def _give_to_receipt(self, qualified: Qualified, lines: int, state: BasketState) -> Distributed:
        rule, basket = qualified.rule, self.basket
        if rule.stamps:
            stamps = stamp_count(rule, qualified.grants, basket.purchase_at)
            remains = rule.is_bonus or any(state.lines[line.index].left for line in lines_of(basket, lines))
            if stamps < rule.stamps or not remains:
                return Distributed({}, {})
        return give_on_receipt(rule, lines, state, basket, self.settings)


def give_on_receipt(
    rule: CompiledRule, lines: int, state: BasketState, basket: Basket, settings: Settings
) -> Distributed:
    """Return what a receipt rule gives to some lines."""
    match on_receipt := rule.traits.on_receipt:
        case "once":
            return give_amount(rule, lines, state, basket)
        case "by unit":
            return give_flat(rule, lines, state, basket, settings)
        case _:
            assert_never(on_receipt)


def _after(award: Award, lines: Mapping[int, LineState], state: BasketState) -> BasketState:
    """Return the state after an award; `lines` are those that it changes, as they are then."""
    rule = award.qualified.rule
    by_item_rule = not rule.is_receipt_rule and rule.step is not Step.DEBIT
    if not rule.is_bonus:
        return discounted(state, lines, by_item_rule=by_item_rule)
    return touched(state, award.by_line) if by_item_rule else state
