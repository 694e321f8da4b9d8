"""The best selection of rules: all together where that is proven to be the best, else searched (SPEC 6, Selection)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.basket.basket_state import next_phase
from engine.compiled.rule import Step
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.rewards.award import Award, Awarder
from engine.selection.branch_and_bound import Search
from engine.selection.dominance import Together, all_are_best, is_plain
from engine.selection.partial_selection import Selection, selection_of
from engine.selection.upper_bound import STEPS_PER_RULE


class Choice(NamedTuple):
    """The best selection found; `optimal` is false where the search ran out of steps.

    No selection gives more discount than `upper_bound`: what the best gives where `optimal`. `most` is what each rule
    could give at most, where the search asked for it.
    """

    selection: Selection
    steps: int
    optimal: bool
    most: Mapping[str, MinorUnits]
    upper_bound: MinorUnits


def choose(qualified: Sequence[Qualified], awarder: Awarder) -> Choice:
    """Return the best selection of qualifying rules, debits aside, from the awarder's first state on.

    No search is needed where all rules together are proven to be the best.
    """
    if not qualified:
        return Choice(selection_of(awarder.first, (), ()), 0, optimal=True, most={}, upper_bound=0)
    rules = _by_turn(qualified)
    if is_plain(rules, awarder):
        together = award_all(rules, awarder)
        if awarder.optimal and all_are_best(together, awarder):
            selection = selection_of(together.state, together.awards, together.members)
            return Choice(selection, awarder.steps, optimal=True, most={}, upper_bound=selection.discount)
    search = Search(rules, awarder, None)
    selection = search.run() or selection_of(awarder.first, (), ())
    return Choice(selection, awarder.steps, search.complete, awarder.most, search.most_discount())


class ChoiceWith(NamedTuple):
    """The best selection found in which one rule gives something, None where there is none; whether that is proven."""

    selection: Selection | None
    optimal: bool


def choose_with(rule_id: str, qualified: Sequence[Qualified], awarder: Awarder) -> ChoiceWith:
    """Return the best selection in which one rule gives something, as far as the awarder's steps go."""
    search = Search(_by_turn(qualified), awarder, rule_id)
    selection = search.run()
    return ChoiceWith(selection, search.complete)


def _by_turn(qualified: Sequence[Qualified]) -> list[Qualified]:
    return sorted(qualified, key=lambda one: one.rule.turn)


def award_all(rules: Sequence[Qualified], awarder: Awarder) -> Together:
    """Return what rules without limits on combination give all together, and those that take part.

    The rules are in the order of their turns. One that gives nothing takes no part, unless it could form sets.
    """
    awards: list[Award] = []
    members: list[Qualified] = []
    waiting: list[Qualified] = []
    is_bonus = False
    state, settled = awarder.first, None
    awarder.spend(STEPS_PER_RULE * len(rules) + sum([one.wanted.bit_count() for one in rules]))
    for one in rules:
        rule = one.rule
        if waiting and (rule.step is not Step.SETS or rule.is_bonus is not is_bonus):
            state, found = awarder.take_sets(waiting, state)
            awards += found
            waiting = []
        if rule.is_bonus and not is_bonus:
            state, is_bonus = next_phase(state), True
        if rule.step is Step.SETS:
            waiting.append(one)
            members.append(one)
            continue
        if settled is None and rule.step is not Step.STAMPS:
            settled = state
        state, award = awarder.take_turn(one, state)
        if award is not None:
            awards.append(award)
            members.append(one)
    if waiting:
        state, found = awarder.take_sets(waiting, state)
        awards += found
    return Together(rules, members, awards, settled or state, state)
