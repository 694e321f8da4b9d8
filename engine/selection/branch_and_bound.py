"""The search for the best selection of rules: branch and bound in the order in which rules are awarded (SPEC 6).

Rules are decided one after the other in the order of their turns, so all selections that begin alike share the awards
of their beginning. A branch is left when even the most that the undecided rules could add would not beat the best
selection found. Of set rules that any others may join, those are left out in turn that form sets.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from engine.basket.basket_state import next_phase
from engine.compiled.rule import Step
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.rewards.award import Awarder
from engine.selection.partial_selection import NO_AMOUNTS, Amounts, PartialSelection, Selection, selection_of
from engine.selection.upper_bound import Bounds, bound_all, rounding_slack, steps_of

# What asking whether a selection can still win takes, in the steps of the packing.
_STEPS_PER_BRANCH = 4
# The part of the steps that one packing may take at most among rules of other kinds.
_PACKINGS = 3


class Branch(NamedTuple):
    """Selections still to be tried: the rules from a place on are open.

    Where set rules are, `open_sets` are those that are not left out, and `kept` those of them that stay.
    """

    place: int
    partial: PartialSelection
    open_sets: tuple[Qualified, ...] = ()
    kept: frozenset[str] = frozenset()


class Search:
    """One search from the awarder's first state: what each rule can give at most, and the best so far."""

    def __init__(self, rules: Sequence[Qualified], awarder: Awarder, forced: str | None) -> None:
        """Take the rules in the order of their turns; the forced one is in every selection."""
        self.awarder = awarder
        self.forced = forced
        self.rules = list(rules)
        self.complete = True
        self.start = PartialSelection(awarder.first)
        self.best: Selection | None = None
        self.bounds = Bounds((), (), (), awarder.basket.meter)
        # The last one is next.
        self.open_branches = [Branch(0, self.start)]
        # The most that a selection gives whose sets are not proven to be worth the most.
        self.unproven_bound: Amounts = NO_AMOUNTS

    def run(self) -> Selection | None:
        """Return the best selection found; None where the forced rule can't give anything."""
        self.best = None if self.forced else _finished(self.start)
        if any(one.rule.step is not Step.SETS for one in self.rules):
            # Which rules are used then matters more than which units the sets of some get.
            self.awarder.packings = max(_PACKINGS, len(self.rules) // 4)
        bound_all(self.rules, self.awarder)
        most = self.awarder.most
        # A rule that can't give anything is never used.
        self.rules = [one for one in self.rules if most[one.rule.id] or one.rule.id == self.forced]
        self.bounds = Bounds(
            [one.rule for one in self.rules],
            [most[one.rule.id] for one in self.rules],
            [self._most_members(one) for one in self.rules],
            self.awarder.basket.meter,
        )
        if self.forced is not None and self.awarder.steps + self.awarder.together > self.awarder.max_steps:
            # There are not even the steps to try all together.
            self._try(())
            self.complete = self.best is None and not most.get(self.forced)
            return self.best
        before = self.awarder.steps
        self._try(range(len(self.rules)))
        self.awarder.together = self.awarder.steps - before
        # What was done up to here had to be done; no more than that again goes into a good beginning.
        until = max(self.awarder.max_steps, 2 * self.awarder.steps)
        for fewer in self._unlimited_choices():
            if self.awarder.steps <= until:
                self._try(fewer)
        self._try_each_alone()
        started_at, max_steps = self.awarder.steps, self.awarder.max_steps
        # Most searches end soon. The others better what they have first, since a good selection ends many branches.
        self._decide(started_at + (max_steps - started_at) // 8)
        if self.open_branches:
            self._local_search(started_at + (max_steps - started_at) // 2)
            self._decide(max_steps)
        best = self.best
        self.complete = not self.open_branches and (best is None or self.unproven_bound <= best.rating.amounts)
        return best

    def most_discount(self) -> MinorUnits:
        """Return the most discount that any selection gives, as far as is known: that of the best one where proven."""
        proven = 0 if self.best is None else self.best.discount
        if self.complete:
            return proven
        most = max(proven, self.unproven_bound.discount)
        for place, partial, open_sets, _ in self.open_branches:
            # What the sets still to be found give is no part of what comes after them.
            begun = partial.with_amount(self._most_of_sets(open_sets)) if open_sets else partial
            most = max(most, self.bounds.most_from(place, begun).discount)
        discounts = [one for one in self.rules if not one.rule.is_bonus]
        of_all = self._most_of_sets([one for one in discounts if one.rule.step is Step.SETS])
        of_all += sum([self.awarder.most[one.rule.id] for one in discounts if one.rule.step is not Step.SETS])
        return max(proven, min(most, of_all, sum([line.left for line in self.start.state.lines])))

    def _most_of_sets(self, rules: Sequence[Qualified]) -> MinorUnits:
        """Return what the sets of rules give together at most, by what each gives alone and by what more rules give."""
        each = sum([self.awarder.most[one.rule.id] for one in rules])
        together = self.awarder.most_together(rules)
        return (
            each
            if together is None
            else min(each, together + sum([rounding_slack(one, self.awarder) for one in rules]))
        )

    def _unlimited_choices(self) -> list[list[int]]:
        """Return for each limit on combination the rules that bear it or allow more, those that can give most first.

        Without limits there is nothing to choose: all rules together were tried.
        """
        sizes = self.bounds.sizes
        limits = {size for size in sizes if size is not None}
        if not limits:
            return []
        by_most = self.bounds.by_most()
        choices = [[place for place in by_most if sizes[place] is None]]
        for limit in sorted(limits):
            bearing = [place for place in by_most if (size := sizes[place]) is None or size >= limit]
            choices.append(bearing[: max(limit, 0)])
        return choices

    def _try_each_alone(self) -> None:
        """Rate every rule alone that could be better than the best found: no answer shall be worse than one rule."""
        for place in self.bounds.by_most():
            most = self.bounds.most[place]
            best = self.best
            if best is not None and (0 if self.rules[place].rule.is_bonus else most) <= best.rating.losing_discount:
                continue
            if self.forced is not None and self.awarder.steps > self.awarder.max_steps:
                return
            self._try([place])

    def _try(self, places: Iterable[int]) -> None:
        """Rate one selection, where the limits on combination allow it."""
        partial = self.start
        chosen = set(places)
        if self.forced is not None:
            chosen |= {place for place, one in enumerate(self.rules) if one.rule.id == self.forced}
        self.awarder.spend(_STEPS_PER_BRANCH + len(chosen))
        for place in sorted(chosen):
            partial = self._begin(place, partial)
            with_it = self._with(place, partial)
            if with_it is None and self._is_refused(place, partial):
                return
            partial = partial if with_it is None else with_it
        self._finish(self._begin(len(self.rules), partial))

    def _local_search(self, until: int) -> None:
        """Better the best selection by one rule more, less or other, as long as that helps and the steps last."""
        if not self.bounds.limits and all(one.rule.step is Step.SETS for one in self.rules):
            # The packing has found which sets are worth most together.
            return
        places = {one.rule.id: place for place, one in enumerate(self.rules)}
        is_better = True
        while is_better and self.best is not None:
            is_better = False
            chosen = {places[rule_id] for rule_id in self.best.rating.used}
            others = [place for place in self.bounds.by_most() if place not in chosen]
            for change in _changes(chosen, others):
                if self.awarder.steps > until:
                    return
                before = self.best
                self._try(change)
                if self.best is not before:
                    is_better = True
                    break

    def _decide(self, until: int) -> None:
        """Try the rules one after the other, with and without each, while the best could still be beaten."""
        open_branches = self.open_branches
        while open_branches and self.awarder.steps <= until:
            place, partial, open_sets, kept = open_branches.pop()
            if open_sets:
                self._decide_sets(place, partial, open_sets, kept)
                continue
            partial = self._begin(place, partial, is_decided=True)
            is_full = partial.most_members is not None and len(partial.members) >= partial.most_members
            if place == len(self.rules) or is_full:
                self._finish(self._begin(len(self.rules), partial, is_decided=True))
                continue
            self.awarder.spend(_STEPS_PER_BRANCH + len(self.bounds.limits))
            if not self._can_win(place, partial):
                continue
            if not partial.waiting and (of_phase := self._sets_at(place)) and self._are_free(of_phase, partial):
                forced = frozenset(one.rule.id for one in of_phase if one.rule.id == self.forced)
                open_branches.append(Branch(place + len(of_phase), partial, of_phase, forced))
                continue
            if self.rules[place].rule.id != self.forced:
                open_branches.append(Branch(place + 1, partial))
            with_it = self._with(place, partial)
            if with_it is not None:
                open_branches.append(Branch(place + 1, with_it))

    def _decide_sets(
        self, place: int, partial: PartialSelection, rules: tuple[Qualified, ...], kept: frozenset[str]
    ) -> None:
        """Try the sets of all these rules, and then without each of those that form some.

        A rule that forms no set beside the others makes no difference to them, so leaving it out need not be tried. Of
        the choices without a rule, the first lacks the first of those that form sets, the second has that one and
        lacks the next, and so on; so no choice comes twice. Fewer rules never form sets worth more, which bounds all.
        """
        slack = sum([rounding_slack(one, self.awarder) for one in rules])
        cutoff = None
        if self.best is not None and not partial.in_bonuses:
            # Sets worth so much can't lead to more than the best.
            cutoff = self.best.rating.losing_discount - slack - self.bounds.most_from(place, partial).discount
        sets = self.awarder.sets_of(rules, partial.state, cutoff)
        most = sets.most // sets.scale + slack
        if not self._can_win(place, partial.with_amount(most)):
            return
        if not sets.optimal:
            self._note_unproven(place, partial.with_amount(most))
        formed = sets.formed
        stay = kept
        choices = []
        for one in formed:
            if one.rule.id not in kept:
                fewer = tuple(other for other in rules if other is not one)
                choices.append(Branch(place, partial, fewer, stay) if fewer else Branch(place, partial))
                stay |= {one.rule.id}
        self.open_branches += reversed(choices)
        state, awards = self.awarder.give_sets(sets, partial.state)
        members = (*partial.members, *formed)
        self.open_branches.append(Branch(place, partial.with_awards(state, awards)._replace(members=members)))

    def _sets_at(self, place: int) -> tuple[Qualified, ...]:
        """Return the set rules of one phase from a place on."""
        is_bonus = self.rules[place].rule.is_bonus
        stop = place
        while self._is_set_rule(stop, bonus=is_bonus):
            stop += 1
        return tuple(self.rules[place:stop])

    def _are_free(self, rules: Sequence[Qualified], partial: PartialSelection) -> bool:
        """Say whether any number of rules may join, as far as these are concerned."""
        return partial.most_members is None and all(one.rule.most_others is None for one in rules)

    def _note_unproven(self, place: int, partial: PartialSelection) -> None:
        """Remember what a selection could give whose sets are not proven to be worth the most."""
        self.unproven_bound = max(self.unproven_bound, self.bounds.most_from(place, partial))

    def _begin(self, place: int, partial: PartialSelection, *, is_decided: bool = False) -> PartialSelection:
        """Form the sets of the phase when its last set-forming rule is decided, and turn to bonuses after discounts."""
        if partial.waiting and not self._is_set_rule(place, bonus=partial.waiting[0].rule.is_bonus):
            partial = self._with_sets(place, partial, is_decided=is_decided)
        if place < len(self.rules) and self.rules[place].rule.is_bonus and not partial.in_bonuses:
            partial = partial._replace(state=next_phase(partial.state), in_bonuses=True)
        return partial

    def _is_set_rule(self, place: int, *, bonus: bool) -> bool:
        if place == len(self.rules):
            return False
        rule = self.rules[place].rule
        return rule.step is Step.SETS and rule.is_bonus == bonus

    def _with(self, place: int, partial: PartialSelection) -> PartialSelection | None:
        """Return the selection with one rule more; None where that is not allowed, or the rule would give nothing."""
        one = self.rules[place]
        if self._is_refused(place, partial):
            return None
        most_members = _least(partial.most_members, self.bounds.sizes[place])
        members = (*partial.members, one)
        if one.rule.step is Step.SETS:
            return partial._replace(
                members=members,
                waiting=(*partial.waiting, one),
                most_members=most_members,
                pending=partial.pending + self.bounds.most[place],
            )
        self.awarder.spend(steps_of(one))
        state, award = self.awarder.take_turn(one, partial.state)
        if award is None:
            return None
        return partial.with_awards(state, [award])._replace(members=members, most_members=most_members)

    def _is_refused(self, place: int, partial: PartialSelection) -> bool:
        """Say whether one rule more would be one too many."""
        most_members = _least(partial.most_members, self.bounds.sizes[place])
        return most_members is not None and len(partial.members) >= most_members

    def _with_sets(self, place: int, partial: PartialSelection, *, is_decided: bool) -> PartialSelection:
        sets = self.awarder.sets_of(partial.waiting, partial.state)
        if is_decided and not sets.optimal:
            slack = sum([rounding_slack(one, self.awarder) for one in partial.waiting])
            self._note_unproven(place, partial.with_amount(sets.most // sets.scale + slack))
        state, awards = self.awarder.give_sets(sets, partial.state)
        return partial.with_awards(state, awards)._replace(waiting=(), pending=0)

    def _most_members(self, one: Qualified) -> int | None:
        most = one.rule.most_others
        return None if most is None else most + 1 - self.awarder.basket.existing_discounts

    def _can_win(self, place: int, partial: PartialSelection) -> bool:
        """Say whether the selections that begin with this one could beat the best so far."""
        best = self.best
        return best is None or best.rating.can_lose_to(self.bounds.most_from(place, partial), len(partial.awards))

    def _finish(self, partial: PartialSelection) -> None:
        finished = _finished(partial)
        if self.forced is not None and self.forced not in finished.rating.used:
            return
        if self.best is None or finished.rating < self.best.rating:
            self.best = finished


def _changes(chosen: set[int], others: Sequence[int]) -> Iterator[set[int]]:
    """Yield what differs from a choice by one more or one less, then by one for another."""
    for place in (*others, *sorted(chosen)):
        yield chosen ^ {place}
    for other in others:
        for place in sorted(chosen):
            yield chosen ^ {place, other}


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _finished(partial: PartialSelection) -> Selection:
    return selection_of(partial.state, partial.awards, partial.members)
