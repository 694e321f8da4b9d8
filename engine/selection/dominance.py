"""When all qualifying rules together are surely the best selection, without trying any other.

Most receipts meet rules that only ever take from each other: flat and receipt discounts, and sets. Line by line, what
remains after a step never falls when more remains before it, rounded or not. So a selection with one rule more leaves
no more on any line, and the full selection gives the most. It is the only best one if, in every selection, leaving out
a rule that gives something loses more than the later rules can win back. They win back most when all are present: each
net percent its part of the loss, and at most one minor unit by rounding; nothing else reacts to what remains, unless a
unit is at 0, or at a new price.

Sets that want the same units are the exception: fewer rules may put them on other units. Each smaller choice of rivals
is packed and compared line by line, with the same bound.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, assert_never

from engine.basket.basket import Line, lines_of
from engine.basket.basket_state import BasketState, Given
from engine.basket.line_state import LineState
from engine.bits import bits_of, union
from engine.compiled.rule import CompiledRule, Step
from engine.money import MinorUnits
from engine.qualify import Qualified
from engine.rewards.award import Award, Awarder
from engine.rewards.kinds import kind_of

# More rival set rules than these are left to the search.
_MOST_RIVALS = 2
_REACTING = (Step.FLAT, Step.RECEIPT)


def is_plain(rules: Sequence[Qualified], awarder: Awarder) -> bool:
    """Say whether the rules only take from each other, so that the proof applies."""
    if awarder.settings.rule == "Total":
        return False
    bonus_stamps = bonus_sets = 0
    # A stamp rule whose lines no set and no other stamp rule wants gives the same in every selection.
    taken = 0
    for one in rules:
        rule = one.rule
        if rule.most_others is not None or rule.is_any_item:
            return False
        if rule.is_bonus:
            bonus_stamps += rule.step is Step.STAMPS
            bonus_sets += rule.step is Step.SETS
            continue
        if rule.eligible != "item_eligible_for_discount":
            return False
        if rule.step is Step.SETS:
            taken |= one.wanted
        elif rule.step is Step.STAMPS:
            if taken & one.lines:
                return False
            taken |= one.lines
        if rule.step is Step.FLAT and rule.most_rewards is not None:
            return False
    # One bonus rule's sets or stamps see nobody else's.
    return bonus_stamps + bonus_sets <= 1


class Together(NamedTuple):
    """What plain rules, in the order of their turns, give all together.

    `members` are the rules that take part. `settled` is the state after sets and stamps, `state` the one after all.
    """

    rules: Sequence[Qualified]
    members: Sequence[Qualified]
    awards: Sequence[Award]
    settled: BasketState
    state: BasketState


def all_are_best(together: Together, awarder: Awarder) -> bool:
    """Say whether it is proven that all rules together are the only best selection.

    Every other one gives less discount, which is the first that ratings compare.
    """
    first = awarder.first
    discounts = [one for one in together.rules if not one.rule.is_bonus]
    awarder.spend(len(first.lines) + len(discounts) * (1 + len(first.lines) // 16))
    given = {award.qualified.rule.id: award for award in together.awards if not award.qualified.rule.is_bonus}
    proof = _Proof(discounts, together, awarder)
    if not proof.has_remaining or not proof.each_loses(given):
        return False
    sets = [one for one in discounts if one.rule.step is Step.SETS]
    rivals = _rivals(sets)
    if not rivals:
        return awarder.optimal
    formed = awarder.ids_with_sets(sets)
    if proof.needs_each(rivals, sets, formed):
        return awarder.optimal
    if len(rivals) > _MOST_RIVALS:
        return False
    won = [award.given for award in given.values() if award.qualified.rule.step is Step.SETS]
    for fewer in _smaller(rivals):
        left_out = {one.rule.id for one in rivals} - {one.rule.id for one in fewer}
        if not formed & left_out:
            continue
        kept = [one for one in sets if one not in rivals or one in fewer]
        _, others = awarder.take_sets(kept, first)
        if not proof.beats(won, [award.given for award in others]):
            return False
    return awarder.optimal


def _rivals(sets: Sequence[Qualified]) -> list[Qualified]:
    """Return the set rules that have a line in common with another."""
    if len(sets) < 2:  # noqa: PLR2004 - a rival takes two
        return []
    lines = [one.wanted for one in sets]
    return [
        one
        for place, one in enumerate(sets)
        if any(lines[place] & other for number, other in enumerate(lines) if number != place)
    ]


def _wanted(rivals: Iterable[Qualified]) -> int:
    """Return the bits of all lines that rivals want."""
    return union(one.wanted for one in rivals)


def _smaller(rivals: Sequence[Qualified]) -> Iterator[tuple[Qualified, ...]]:
    """Yield the choices of fewer rivals; the empty one never beats a rival alone."""
    for size in range(len(rivals) - 1, 0, -1):
        yield from combinations(rivals, size)


def _differences(won: Iterable[Given], other: Iterable[Given]) -> dict[int, tuple[int, int]]:
    """Return by line how much more one side gives on the units where it gives more, and the other on the others."""
    changes: dict[int, list[tuple[int, int]]] = {}
    for sign, side in ((1, won), (-1, other)):
        for given in side:
            for line, portions in given.items():
                at_line = changes.setdefault(line, [])
                for start, stop, each in portions:
                    at_line += ((start, sign * each), (stop, -sign * each))
    differences = {}
    for line, at_line in changes.items():
        more = less = before = level = 0
        for at, change in sorted(at_line):
            more += max(level, 0) * (at - before)
            less += max(-level, 0) * (at - before)
            level += change
            before = at
        differences[line] = more, less
    return differences


class _Tight(NamedTuple):
    """The units of a line near 0: what they cost and how many they are, and the same of those that sets left open.

    Of a unit that sets or stamps took to 0, a later reward has nothing: where such a reward is left out, no other can
    give more on that unit.
    """

    gross: MinorUnits
    units: int
    late_gross: MinorUnits
    late_units: int


def _tight(near: Iterable[tuple[int, int, MinorUnits]], settled: LineState) -> _Tight:
    """Return the sums over units near 0; what is settled is cut no finer than they are."""
    gross = units = late_gross = late_units = 0
    gone = [(start, stop) for start, stop, price, off in settled.segments if price == off]
    for start, stop, price in near:
        gross += (stop - start) * price
        units += stop - start
        if not any(first <= start and stop <= last for first, last in gone):
            late_gross += (stop - start) * price
            late_units += stop - start
    return _Tight(gross, units, late_gross, late_units)


class _Proof:
    """What the later rules can win back of any loss, line by line, as the rules are met from the last one back.

    Of a loss on a line net percents keep `part / whole`, `rounded` percents round once each, and `regained` is the most
    that rewards cut short would then give more. A line in `fixed` keeps nothing: a new price takes all back. On a line
    in `uneven` more than net percents reacts to what remains.
    """

    def __init__(self, discounts: Sequence[Qualified], together: Together, awarder: Awarder) -> None:
        """Look at the lines as all rules leave them."""
        self.discounts = discounts
        self.awarder = awarder
        self.per_unit = awarder.settings.rule == "PerItem"
        self.lines = awarder.basket.lines
        number = len(self.lines)
        self.part, self.whole = [1] * number, [1] * number
        # Of what a set or a stamp lost, and of what a later reward lost.
        self.regained, self.regained_late = [0] * number, [0] * number
        self.fixed = self.uneven = 0
        self.tight = self._tight_lines(len(discounts), together.settled.lines, together.state.lines)
        self.watched, self.percents = self._watched_lines()
        # A line that is not watched is taken to meet every percent; the others count those they meet.
        self.rounded = [0 if self.watched >> index & 1 else self.percents for index in range(number)]
        self.has_remaining = self._amounts_are_whole(together.state.lines)

    def _amounts_are_whole(self, final: Sequence[LineState]) -> bool:
        """Say whether surely no amount off the receipt was cut short: of its lines, which may be some, any is left."""
        basket = self.awarder.basket
        left = 0
        for line in basket.lines:
            if final[line.index].left:
                left |= 1 << line.index
        return left > 0 and all(
            left & one.lines for one in self.discounts if one.rule.step is Step.RECEIPT and not one.rule.is_percent
        )

    def _tight_lines(
        self, discounts: int, settled: Sequence[LineState], final: Sequence[LineState]
    ) -> dict[int, "_Tight"]:
        """Return the lines with units near 0, where a later reward would be cut short and win a loss back."""
        tight = {}
        for line, before, after in zip(self.lines, settled, final, strict=True):
            margin = discounts if line.units > 1 else 0
            if after.least <= margin:
                near = [(start, stop, price) for start, stop, price, off in after.segments if price - off <= margin]
                if near:
                    tight[line.index] = _tight(near, before)
        return tight

    def _watched_lines(self) -> tuple[int, int]:
        """Return the bits of the lines on which a later rule can win back more than it rounds, and all percents.

        Net percents and new prices react on all their lines, the others only where a unit is near 0.
        """
        percents = watched = 0
        for one in self.discounts:
            rule = one.rule
            if rule.step in _REACTING:
                percents += rule.is_percent
                if (rule.is_percent and rule.on_net) or kind_of(rule).regains == "all":
                    watched |= one.lines
        for index in self.tight:
            watched |= 1 << index
        return self.awarder.basket.all_lines if self.per_unit else watched, percents

    def each_loses(self, given: Mapping[str, Award]) -> bool:
        """Say whether leaving out any one that gives something surely loses, whatever else is left out.

        Goes through the rules from the last one back, so that each line knows what comes later. Sets and stamp rewards
        see only the first state, so they never win anything back.
        """
        watched = bits_of(self.watched)
        for one in reversed(self.discounts):
            award = given.get(one.rule.id)
            if award is not None:
                regained = self.regained_late if one.rule.step in _REACTING else self.regained
                loss = award.amount - self.percents * len(award.by_line)
                for index in watched:
                    amount = award.by_line.get(index)
                    if amount is not None:
                        loss += self._kept(index, amount, regained) - amount + self.percents
                if loss <= 0:
                    return False
            if one.rule.step in _REACTING:
                self._meet(one)
        return True

    def _meet(self, one: Qualified) -> None:
        """Take in a rule whose turn comes before those met so far."""
        rule = one.rule
        match regains := kind_of(rule).regains:
            case "all":
                self.fixed |= one.lines
            case "its percent":
                for line in lines_of(self.awarder.basket, one.lines & self.watched):
                    self._meet_percent(rule, line)
            case "where little remains":
                if not rule.is_receipt_rule:
                    self._meet_amount(one)
            case _:
                assert_never(regains)

    def _meet_amount(self, one: Qualified) -> None:
        for index, tight in self.tight.items():
            if one.lines >> index & 1:
                value = one.rule.value_for(self.lines[index]) or 0
                self.regained[index] += value * tight.units
                self.regained_late[index] += value * tight.late_units
                self.uneven |= 1 << index

    def _meet_percent(self, rule: CompiledRule, line: Line) -> None:
        index, value = line.index, rule.value_for(line) or 0
        self.rounded[index] += 1
        if rule.on_net:
            self.part[index] *= max(rule.denominator - value, 0)
            self.whole[index] *= rule.denominator
        elif index in self.tight:
            tight = self.tight[index]
            self.regained[index] += -(-tight.gross * value // rule.denominator)
            self.regained_late[index] += -(-tight.late_gross * value // rule.denominator)
            self.uneven |= 1 << index

    def needs_each(self, rivals: Sequence[Qualified], sets: Sequence[Qualified], formed: set[str]) -> bool:
        """Say whether without any one rival the sets are worth so much less that no selection makes up for it.

        Fewer rules never form sets worth more. If the later rules leave the same part of every discount on the rivals'
        lines, less worth means less in the end, up to what the sets and later rules round on each line. Where no unit
        is near 0, only net percents react to what remains.
        """
        wanted = _wanted(rivals)
        first_line = wanted.bit_length() - 1
        part, whole = self.part[first_line], self.whole[first_line]
        if wanted & (self.fixed | self.uneven):
            return False
        slack = 0
        for line in lines_of(self.awarder.basket, wanted):
            index = line.index
            if self.part[index] * whole != part * self.whole[index]:
                return False
            percents = self.rounded[index]
            for one in rivals:
                percents += one.rule.is_percent and one.wanted >> index & 1
            slack += 2 * percents * (line.units if self.per_unit else 1)
        worth, scale = self.awarder.worth_of(sets)
        for one in rivals:
            if one.rule.id not in formed:
                continue
            less, less_scale = self.awarder.most_worth_of([other for other in sets if other is not one], sets)
            if (worth * less_scale - less * scale) * part <= slack * whole * scale * less_scale:
                return False
        return True

    def beats(self, won: Iterable[Given], other: Iterable[Given]) -> bool:
        """Say whether sets that give `won` lead to more than sets that give `other`, both followed by all rules."""
        margin = 0
        for line, (more, less) in _differences(won, other).items():
            # What other sets give more on a unit, they can at most keep.
            margin += self._kept(line, more, self.regained) - less
        return margin > 0

    def _kept(self, index: int, amount: MinorUnits, regained: Sequence[int]) -> int:
        """Return how much of an amount on a line is surely not won back by the rules met so far."""
        if self.fixed >> index & 1:
            return 0
        rounded = self.rounded[index]
        units = self.lines[index].units
        if rounded and units > 1 and (self.per_unit or index in self.tight):
            # Where units are cut short, what is rounded on a line moves between its units.
            rounded = (rounded + 1) * units
        return max(amount * self.part[index] // self.whole[index] - regained[index], 0) - rounded
