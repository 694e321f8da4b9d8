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
from math import gcd

from engine.award import Award, Awarder
from engine.compile import Step
from engine.layout import Given, Layout, amounts_by_line
from engine.money import MinorUnits
from engine.qualify import Qualified

# More rival set rules than these are left to the search.
_MOST_RIVALS = 4
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


def all_are_best(
    rules: Sequence[Qualified], awards: Sequence[Award], layout: Layout, first: Layout, awarder: Awarder
) -> bool:
    """Say whether it is proven that all rules together are the only best selection.

    `rules` are plain and in the order of their turns, `awards` what they give all together, `layout` what is then laid
    on the units and `first` what was laid before.
    """
    discounts = [one for one in rules if not one.rule.is_bonus]
    proof = _Proof(discounts, layout, awarder)
    given = [(award, amounts_by_line(award.given)) for award in awards if not award.qualified.rule.is_bonus]
    if not proof.has_remaining or not all(proof.loss(award.qualified, by_line) > 0 for award, by_line in given):
        return False
    sets = [one for one in discounts if one.rule.step is Step.SETS]
    rivals = _rivals(sets)
    formed = awarder.ids_with_sets(sets)
    if proof.needs_each(rivals, sets, formed, first, awarder):
        return awarder.optimal
    if len(rivals) > _MOST_RIVALS:
        return False
    won = [award.given for award, _ in given if award.qualified.rule.step is Step.SETS]
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
    lines = [one.wanted for one in sets]
    return [
        one
        for place, one in enumerate(sets)
        if any(lines[place] & other for number, other in enumerate(lines) if number != place)
    ]


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


class _Proof:
    """What later rules can win back of a loss on each line."""

    def __init__(self, discounts: Sequence[Qualified], layout: Layout, awarder: Awarder) -> None:
        self.discounts = discounts
        self.per_unit = awarder.settings.rule == "PerItem"
        self.lines = awarder.basket.lines
        # On a free line no unit is near 0, where a later reward would be cut short and win that back.
        margins = [len(discounts) if line.units > 1 else 0 for line in self.lines]
        self.is_free = [
            all(price - off > margin for _, _, price, off in segments)
            for segments, margin in zip(layout.segments, margins, strict=True)
        ]
        # What the units cost that are not, and how many they are.
        self.tight = [
            (
                sum((stop - start) * price for start, stop, price, off in segments if price - off <= margin),
                sum(stop - start for start, stop, price, off in segments if price - off <= margin),
            )
            for segments, margin in zip(layout.segments, margins, strict=True)
        ]
        # Then no amount off the receipt was cut short.
        self.has_remaining = any(price > off for segments in layout.segments for _, _, price, off in segments)

    def loss(self, one: Qualified, by_line: Mapping[int, MinorUnits]) -> int:
        """Return the least that leaving a rule out loses, whatever else is left out; 0 or less proves nothing."""
        # Sets and stamp rewards see only what the receipt brought, so they never win anything back.
        later = [other for other in self.discounts if other.rule.turn > one.rule.turn and other.rule.step in _REACTING]
        return sum(self._kept(line, amount, later) for line, amount in by_line.items())

    def needs_each(
        self, rivals: Sequence[Qualified], sets: Sequence[Qualified], formed: set[str], first: Layout, awarder: Awarder
    ) -> bool:
        """Say whether without any one rival the sets are worth so much less that no selection makes up for it.

        Fewer rules never form sets worth more. If the later rules leave the same part of every discount on the rivals'
        lines, less worth means less in the end, up to what is rounded on each line.
        """
        lines = [line for line in range(len(self.lines)) if any(one.wanted >> line & 1 for one in rivals)]
        kept = {self._part_kept(line) for line in lines}
        if len(kept) > 1 or None in kept or not rivals:
            return not rivals
        rounded = sum(one.rule.is_percent for one in self.discounts) * 2
        slack = rounded * sum(self.lines[line].units if self.per_unit else 1 for line in lines)
        part, whole = kept.pop() or (1, 1)
        worth, scale = awarder.worth_of(sets, first)
        for one in rivals:
            if one.rule.id not in formed:
                continue
            less, less_scale = awarder.worth_of([other for other in sets if other is not one], first)
            if (worth * less_scale - less * scale) * part <= slack * whole * scale * less_scale:
                return False
        return True

    def _part_kept(self, line: int) -> tuple[int, int] | None:
        """Return the part of a set's discount on a line that net percents leave; None if others react to it too."""
        part = whole = 1
        for one in self.discounts:
            rule = one.rule
            is_amount = rule.is_receipt_rule and not rule.is_percent
            if rule.step not in _REACTING or is_amount or not one.lines >> line & 1:
                continue
            if not (rule.is_percent and rule.on_net):
                return None
            part *= rule.denominator - (rule.value_for(self.lines[line]) or 0)
            whole *= rule.denominator
        common = gcd(part, whole)
        return part // common, whole // common

    def beats(self, won: Iterable[Given], other: Iterable[Given]) -> bool:
        """Say whether sets that give `won` lead to more than sets that give `other`, both followed by all rules."""
        later = [one for one in self.discounts if one.rule.step in _REACTING]
        margin = 0
        for line, (more, less) in _differences(won, other).items():
            # What other sets give more on a unit, they can at most keep.
            margin += self._kept(line, more, later) - less
        return margin > 0

    def _kept(self, line: int, amount: MinorUnits, later: Sequence[Qualified]) -> int:
        """Return how much of an amount on a line is surely not won back by the later rules."""
        kept, scale, rounded, regained = amount, 1, 0, 0
        taker, is_free = self.lines[line], self.is_free[line]
        tight_gross, tight_units = self.tight[line]
        for one in later:
            rule = one.rule
            if not one.lines >> line & 1:
                continue
            value = rule.value_for(taker) or 0
            if rule.reward_type == "discount_item_new_price":
                return 0
            if rule.is_percent:
                rounded += 1
                if rule.on_net:
                    kept *= rule.denominator - value
                    scale *= rule.denominator
                else:
                    regained += -(-tight_gross * value // rule.denominator)
            elif not rule.is_receipt_rule:
                regained += value * tight_units
        if self.per_unit or not is_free:
            # Where units are cut short, what is rounded on a line moves between its units.
            rounded = (rounded + 1) * taker.units if rounded and taker.units > 1 else rounded
        return max(kept // scale - regained, 0) - rounded
