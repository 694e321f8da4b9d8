"""The best selection of rules: branch and bound in the order in which rules are awarded (SPEC 6, Selection).

Rules are decided one after the other in the order of their turns, so all selections that begin alike share the awards
of their beginning. A branch is left when even the most that the undecided rules could add would not beat the best
selection found.
"""

from collections.abc import Sequence
from typing import NamedTuple

from engine.award import Award, Awarder
from engine.bound import most_of
from engine.compile import Step
from engine.layout import Layout, first_layout, next_phase
from engine.money import MinorUnits
from engine.prove import Together, all_are_best, is_plain
from engine.qualify import Qualified

# What deciding one rule costs, in the steps of the packing.
STEPS_PER_RULE = 8


class Rating(NamedTuple):
    """How selections compare: the smallest is the best."""

    less_discount: MinorUnits
    less_bonus: MinorUnits
    discounts: int
    used: tuple[str, ...]
    members: int
    selected: tuple[str, ...]


class Selection(NamedTuple):
    """The rules selected and what each gives, in the order of their turns; `layout` is what is left for debits."""

    rating: Rating
    awards: tuple[Award, ...]
    layout: Layout

    @property
    def discount(self) -> MinorUnits:
        """Return the total of the discounts."""
        return -self.rating.less_discount

    @property
    def bonus(self) -> MinorUnits:
        """Return the total of the bonuses."""
        return -self.rating.less_bonus


class Choice(NamedTuple):
    """The best selection found; `optimal` is false where the search ran out of steps."""

    selection: Selection
    steps: int
    optimal: bool


def choose(qualified: Sequence[Qualified], awarder: Awarder) -> Choice:
    """Return the best selection of qualifying rules, debits aside."""
    if not qualified:
        return Choice(_selection(first_layout(awarder.basket), (), ()), 0, optimal=True)
    search = _Search(qualified, awarder, None)
    return Choice(search.run() or _finished(search.start), awarder.steps, search.complete and awarder.optimal)


def choose_with(rule_id: str, qualified: Sequence[Qualified], awarder: Awarder) -> Selection | None:
    """Return the best selection in which one rule gives something; None where it can't."""
    return _Search(qualified, awarder, rule_id).run()


def award_all(rules: Sequence[Qualified], first: Layout, awarder: Awarder) -> Together:
    """Return what rules without limits on combination give all together, and those that take part.

    The rules are in the order of their turns. One that gives nothing takes no part, unless it could form sets.
    """
    awards: list[Award] = []
    members: list[Qualified] = []
    waiting: list[Qualified] = []
    is_bonus = False
    layout, settled = first, None
    awarder.steps += STEPS_PER_RULE * len(rules)
    for one in rules:
        rule = one.rule
        if waiting and (rule.step is not Step.SETS or rule.is_bonus is not is_bonus):
            layout, found = awarder.take_sets(waiting, layout)
            awards += found
            waiting = []
        if rule.is_bonus and not is_bonus:
            layout, is_bonus = next_phase(layout), True
        if rule.step is Step.SETS:
            waiting.append(one)
            members.append(one)
            continue
        if settled is None and rule.step is not Step.STAMPS:
            settled = layout
        layout, award = awarder.take_turn(one, layout)
        if award is not None:
            awards.append(award)
            members.append(one)
    if waiting:
        layout, found = awarder.take_sets(waiting, layout)
        awards += found
    return Together(rules, members, awards, first, settled or layout, layout)


class _Node(NamedTuple):
    """A selection under way: what is laid and given, who is in it, whose sets are still to form, who may still join."""

    layout: Layout
    awards: tuple[Award, ...]
    discount: MinorUnits
    bonus: MinorUnits
    members: tuple[Qualified, ...]
    waiting: tuple[Qualified, ...]
    most_members: int | None


class _Search:
    """One search: the rules in the order of their turns, what each can give at most, and the best so far."""

    def __init__(self, qualified: Sequence[Qualified], awarder: Awarder, forced: str | None) -> None:
        self.awarder = awarder
        self.forced = forced
        self.first = first_layout(awarder.basket)
        self.rules = sorted(qualified, key=lambda one: one.rule.turn)
        self.most: list[MinorUnits] = []
        self.complete = True
        self.start = _Node(self.first, (), 0, 0, (), (), None)
        self.best: Selection | None = None

    def run(self) -> Selection | None:
        """Return the best selection; no search is needed where all rules together are proven to be the best."""
        if self.forced is None and is_plain(self.rules, self.awarder):
            together = award_all(self.rules, self.first, self.awarder)
            if self.awarder.optimal and all_are_best(together, self.awarder):
                return _selection(together.layout, together.awards, together.members)
        self.best = None if self.forced else _finished(self.start)
        most = {one.rule.id: most_of(one, self.first, self.awarder) for one in self.rules}
        # A rule that can't give anything is never used.
        self.rules = [one for one in self.rules if most[one.rule.id] or one.rule.id == self.forced]
        self.most = [most[one.rule.id] for one in self.rules]
        self._try(self.rules)
        for fewer in self._unlimited_choices():
            self._try(fewer)
        self._decide(0, self.start)
        if not (self.complete and self.awarder.optimal):
            # What is found in the steps shall be no worse than any rule alone.
            for one in self.rules:
                self._try([one])
        return self.best

    def _unlimited_choices(self) -> list[list[Qualified]]:
        """Return for each limit on combination the rules that bear it or allow more, those that can give most first.

        Without limits there is nothing to choose: all rules together were tried.
        """
        brought = self.awarder.basket.brought_discounts
        limits = {one.rule.most_others for one in self.rules if one.rule.most_others is not None}
        by_most = [self.rules[place] for place in sorted(range(len(self.rules)), key=lambda place: -self.most[place])]
        choices = [[one for one in by_most if one.rule.most_others is None]] if limits else []
        for limit in sorted(limits):
            bearing = [one for one in by_most if one.rule.most_others is None or one.rule.most_others >= limit]
            choices.append(bearing[: limit + 1 - brought])
        return choices

    def _try(self, rules: Sequence[Qualified]) -> None:
        """Rate one selection, where the limits on combination allow it."""
        node = self.start
        chosen = {one.rule.id for one in rules}
        for place, one in enumerate(self.rules):
            node = self._begin(place, node)
            if one.rule.id in chosen or one.rule.id == self.forced:
                with_it = self._with(place, node)
                if with_it is None and self._is_refused(place, node):
                    return
                node = node if with_it is None else with_it
        self._finish(self._begin(len(self.rules), node))

    def _decide(self, place: int, node: _Node) -> None:
        """Try the rules from one place on, with and without each."""
        node = self._begin(place, node)
        if place == len(self.rules):
            self._finish(node)
            return
        if self.awarder.steps > self.awarder.settings.max_steps:
            self.complete = False
            return
        if not self._can_win(place, node):
            return
        with_it = self._with(place, node)
        if with_it is not None:
            self._decide(place + 1, with_it)
        if self.rules[place].rule.id != self.forced:
            self._decide(place + 1, node)

    def _begin(self, place: int, node: _Node) -> _Node:
        """Form the sets of the phase when its last set-forming rule is decided, and turn to bonuses after discounts."""
        if node.waiting and not self._is_set_rule(place, bonus=node.waiting[0].rule.is_bonus):
            node = self._with_sets(node)
        if self._is_bonus(place) and not self._is_bonus(place - 1):
            node = node._replace(layout=next_phase(node.layout))
        return node

    def _is_bonus(self, place: int) -> bool:
        return 0 <= place < len(self.rules) and self.rules[place].rule.is_bonus

    def _is_set_rule(self, place: int, *, bonus: bool) -> bool:
        if place == len(self.rules):
            return False
        rule = self.rules[place].rule
        return rule.step is Step.SETS and rule.is_bonus == bonus

    def _with(self, place: int, node: _Node) -> _Node | None:
        """Return the selection with one rule more; None where that is not allowed, or the rule would give nothing."""
        one = self.rules[place]
        if self._is_refused(place, node):
            return None
        most_members = _least(node.most_members, self._most_members(one))
        self.awarder.steps += STEPS_PER_RULE
        members = (*node.members, one)
        if one.rule.step is Step.SETS:
            return node._replace(members=members, waiting=(*node.waiting, one), most_members=most_members)
        layout, award = self.awarder.take_turn(one, node.layout)
        if award is None:
            return None
        return _awarded(node, layout, [award])._replace(members=members, most_members=most_members)

    def _is_refused(self, place: int, node: _Node) -> bool:
        """Say whether one rule more would be one too many."""
        most_members = _least(node.most_members, self._most_members(self.rules[place]))
        return most_members is not None and len(node.members) >= most_members

    def _with_sets(self, node: _Node) -> _Node:
        layout, awards = self.awarder.take_sets(node.waiting, node.layout)
        return _awarded(node, layout, awards)._replace(waiting=())

    def _most_members(self, one: Qualified) -> int | None:
        most = one.rule.most_others
        return None if most is None else most + 1 - self.awarder.basket.brought_discounts

    def _can_win(self, place: int, node: _Node) -> bool:
        """Say whether the selections that begin with this one could beat the best so far."""
        best = self.best
        if best is None:
            return True
        discount, bonus = self._bounds(place, node)
        if (discount, bonus) != (best.discount, best.bonus):
            return (discount, bonus) > (best.discount, best.bonus)
        return len(node.awards) <= best.rating.discounts

    def _bounds(self, place: int, node: _Node) -> tuple[MinorUnits, MinorUnits]:
        """Return the most discount and bonus that the selections beginning with this one can reach."""
        discounts: list[MinorUnits] = []
        bonuses: list[MinorUnits] = []
        for number in range(place, len(self.rules)):
            (bonuses if self.rules[number].rule.is_bonus else discounts).append(self.most[number])
        waiting = {one.rule.id for one in node.waiting}
        for number in range(place):
            if self.rules[number].rule.id in waiting:
                (bonuses if self.rules[number].rule.is_bonus else discounts).append(self.most[number])
        if node.most_members is not None:
            room = max(0, node.most_members - len(node.members) + len(node.waiting))
            discounts, bonuses = sorted(discounts)[-room:] if room else [], sorted(bonuses)[-room:] if room else []
        return node.discount + sum(discounts), node.bonus + sum(bonuses)

    def _finish(self, node: _Node) -> None:
        finished = _finished(node)
        if self.forced is not None and self.forced not in finished.rating.used:
            return
        if self.best is None or finished.rating < self.best.rating:
            self.best = finished


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _awarded(node: _Node, layout: Layout, awards: Sequence[Award]) -> _Node:
    """Return the selection with awards; the amounts of bonuses and of discounts are counted apart."""
    amount = sum(award.amount for award in awards)
    is_bonus = bool(awards) and awards[0].qualified.rule.is_bonus
    return node._replace(
        layout=layout,
        awards=(*node.awards, *awards),
        discount=node.discount + (0 if is_bonus else amount),
        bonus=node.bonus + (amount if is_bonus else 0),
    )


def _finished(node: _Node) -> Selection:
    return _selection(node.layout, node.awards, node.members)


def _selection(layout: Layout, awards: Sequence[Award], members: Sequence[Qualified]) -> Selection:
    discount = bonus = 0
    for award in awards:
        if award.qualified.rule.is_bonus:
            bonus += award.amount
        else:
            discount += award.amount
    used = tuple(sorted([award.qualified.rule.id for award in awards]))
    selected = tuple(sorted([one.rule.id for one in members]))
    rating = Rating(-discount, -bonus, len(used), used, len(selected), selected)
    return Selection(rating, tuple(awards), layout)
