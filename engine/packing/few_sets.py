"""Rivals that can form only a few sets: how many of each is tried, what could be worth most first.

What each offer makes alone of so many sets bounds what it makes beside others. Where all of them can have those units
at once, nothing is better with these numbers of sets, ties included: each has its own smallest list of units. And
nothing that comes later in the order is as good, since the numbers of sets are themselves the first ties.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from engine.bits import bits_of
from engine.packing.closed_form import Alone, transported
from engine.packing.problem import Form, Packed, Packing
from engine.packing.tie_order import TieOrder
from engine.packing.transport import TooLong

# The most ways to choose the numbers of sets that are tried, and the most that are solved where units collide.
_MOST_WAYS = 256
_MOST_SOLVED = 8

# Numbers of sets by offer, after what they are worth at most and the fewest sets first: the largest is the best.
Way: TypeAlias = tuple[int, int, tuple[int, ...]]


class _Limit(NamedTuple):
    """So many units are there of some classes, and each set of an offer needs so many of them."""

    supply: int
    needs: list[tuple[int, int]]


def pack_few(alone: Sequence[Alone], counts: Sequence[int], max_steps: int) -> Packing | None:
    """Return the best packing of some offers; None where there are too many ways to tell, or one takes too long."""
    try:
        return _pack(alone, counts, max_steps)
    except TooLong:
        return None


def _pack(alone: Sequence[Alone], counts: Sequence[int], max_steps: int) -> Packing | None:
    number_of_ways, steps = 1, 0
    for one in alone:
        number_of_ways *= one.sets + 1
        steps += (one.sets + 1) * one.cost
    if number_of_ways > _MOST_WAYS or steps + number_of_ways > max_steps:
        return None
    limits = _limits(alone, counts)
    best: tuple[Way, tuple[Packed, ...]] | None = None
    solved = 0
    ways = iter(_ways(alone))
    # It ends at no sets at all, if not before.
    while True:
        way = next(ways)
        steps += 1
        if best is not None and best[0] > way:
            return Packing(best[1], steps, optimal=True, most=best[0][0])
        sets = way[2]
        if not _can_be(sets, limits):
            continue
        packed = tuple([one.packed(number) for one, number in zip(alone, sets, strict=True)])
        if fits([one.used for one in packed], counts):
            return Packing(packed, steps, optimal=True, most=way[0])
        solved += 1
        if solved > _MOST_SOLVED or not all(one.offer.form is Form.ADDITIVE for one in alone):
            return None
        steps += 10 * len(counts)
        found = transported([one.offer for one in alone], sets, counts, TieOrder(len(alone), counts))
        if found is not None:
            reached = sum([one.worth for one in found]), way[1], sets
            if best is None or reached > best[0]:
                best = reached, found


def fits(used: Sequence[Sequence[int]], counts: Sequence[int]) -> bool:
    """Say whether the units suffice for all that is used."""
    return min(map(int.__sub__, counts, map(sum, zip(*used, strict=True))), default=0) >= 0


def _ways(alone: Sequence[Alone]) -> list[Way]:
    """Return all ways to choose the numbers of sets, the best first by what each offer makes of them alone."""
    ways: list[Way] = [(0, 0, ())]
    for one in alone:
        worths = [(sets, one.worth(sets)) for sets in range(one.sets + 1)]
        ways = [(worth + more, fewer - sets, (*chosen, sets)) for worth, fewer, chosen in ways for sets, more in worths]
    ways.sort(reverse=True)
    return ways


def _limits(alone: Sequence[Alone], counts: Sequence[int]) -> list[_Limit]:
    """Return the limits on the numbers of sets of offers that need the same units."""
    by_classes: dict[int, list[tuple[int, int]]] = {}
    for number, one in enumerate(alone):
        for part in one.offer.parts:
            by_classes.setdefault(part.classes, []).append((number, part.quantity))
    limits = []
    for classes, needs in by_classes.items():
        inside = [more for other, more in by_classes.items() if other != classes and not other & ~classes]
        if inside or len(needs) > 1:
            supply = sum([counts[index] for index in bits_of(classes)])
            limits.append(_Limit(supply, needs + [need for more in inside for need in more]))
    return limits


def _can_be(sets: Sequence[int], limits: Sequence[_Limit]) -> bool:
    """Say whether the limits allow so many sets of each offer."""
    for supply, needs in limits:
        left = supply
        for number, quantity in needs:
            left -= sets[number] * quantity
        if left < 0:
            return False
    return True
