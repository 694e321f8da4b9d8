"""The best packing of many units for one offer that no closed form with all ties covers.

Fewer units are searched one by one, ties included. Of packings that are worth the same, the ones returned here need not
be those that settle ties.
"""

from collections.abc import Sequence
from itertools import pairwise

from engine.bits import bits_of
from engine.packing.closed_form import most_sets, settle_cheapest, take_first
from engine.packing.problem import Form, Offer, Packed, Part


def pack_many(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return a packing worth most of one offer that has all units to itself; None where none is known to be best."""
    if not offer.has_disjoint_parts:
        return None
    if offer.form is Form.CAPPED:
        return _pack_capped(offer, counts)
    if offer.rewarded_part is None:
        return _pack_blocks(offer, counts)
    return _pack_uneven(offer, counts, offer.rewarded_part)


def _pack_uneven(offer: Offer, counts: Sequence[int], part: Part) -> Packed:
    """Return the packing of a CHEAPEST offer with one rewarded part whose unit values do not follow its bases.

    How many units may be rewarded among the first ones in falling base depends on how many these are, not on which.
    Such limits on nested beginnings make a matroid, so taking the units of highest value that still fit is worth most.
    """
    order = sorted(bits_of(part.classes), key=lambda index: (-offer.bases[index], -index))
    paying, most = part.quantity - offer.cheapest, most_sets(offer, counts)
    room = []
    end = 0
    for index in order:
        end += counts[index]
        whole, rest = divmod(min(end, most * part.quantity), part.quantity)
        room.append(whole * offer.cheapest + max(0, rest - paying))
    rewarded = [0] * len(order)
    left = most * offer.cheapest
    for place in sorted(range(len(order)), key=lambda place: (-offer.unit_values[order[place]], -place)):
        if not left % offer.cheapest and not offer.unit_values[order[place]]:
            break
        taken = min(left, counts[order[place]], *room[place:])
        if not offer.unit_values[order[place]]:
            taken = min(taken, left % offer.cheapest)
        rewarded[place] = taken
        left -= taken
        room[place:] = [limit - taken for limit in room[place:]]
    levels = [(offer.unit_values[index], [index]) for index in order]
    return settle_cheapest(offer, counts, levels, most - left // offer.cheapest, rewarded)


class _Pile:
    """The units of a part in falling base, taken from the top."""

    def __init__(self, offer: Offer, part: Part, counts: Sequence[int]) -> None:
        self.quantity = part.quantity
        order = sorted(bits_of(part.classes), key=lambda index: (-offer.bases[index], -index))
        self.runs = [[index, counts[index]] for index in reversed(order) if counts[index]]

    def take(self) -> list[int]:
        """Return the classes of the next units for one set."""
        taken = []
        for _ in range(self.quantity):
            run = self.runs[-1]
            taken.append(run[0])
            run[1] -= 1
            if not run[1]:
                self.runs.pop()
        return taken

    def sets_alike(self) -> int:
        """Return how many of the next sets take all their units from the run on top."""
        return self.runs[-1][1] // self.quantity if self.runs else 0

    def skip(self, sets: int) -> None:
        """Take the units of so many sets from the run on top."""
        self.runs[-1][1] -= sets * self.quantity
        if not self.runs[-1][1]:
            self.runs.pop()


def _pack_blocks(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return the packing of a CHEAPEST offer with several rewarded parts: the dearest of each part together, and so on.

    What the cheapest of a set are worth together is a supermodular sum, so sorting all parts alike is worth most,
    provided that no dearer unit has a lower value; each set is then worth no more than the one before it.
    """
    rewarded_parts = [part for part in offer.parts if part.rewarded]
    classes = sorted(
        (index for part in rewarded_parts for index in bits_of(part.classes)), key=lambda index: offer.bases[index]
    )
    if any(offer.unit_values[one] > offer.unit_values[other] for one, other in pairwise(classes)):
        return None
    piles = [_Pile(offer, part, counts) for part in rewarded_parts]
    used, rewarded = [0] * len(counts), [0] * len(counts)
    sets, most = 0, most_sets(offer, counts)
    while sets < most:
        times = max(1, min(most - sets, *(pile.sets_alike() for pile in piles)))
        units = [index for pile in piles for index in _next_units(pile, times)]
        units.sort(key=lambda index: (offer.bases[index], index))
        cheapest = units[: offer.cheapest]
        if not any(offer.unit_values[index] for index in cheapest):
            break
        for index in units:
            used[index] += times
        for index in cheapest:
            rewarded[index] += times
        sets += times
    for part in offer.parts:
        if not part.rewarded:
            take_first(bits_of(part.classes), sets * part.quantity, counts, used)
    return offer.packed(sets, used, rewarded)


def _next_units(pile: _Pile, times: int) -> list[int]:
    """Return the classes of one set's units from a pile, after taking those of as many sets as are alike."""
    if pile.sets_alike() < times:
        return pile.take()
    index = pile.runs[-1][0]
    pile.skip(times)
    return [index] * pile.quantity


def _pack_capped(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return as many sets as there can be, of the dearest units spread evenly, where no packing can be worth more.

    Nothing is worth more than the cap for each set, or than all units together. None where the spread reaches neither.
    """
    sets = most_sets(offer, counts)
    used, rewarded = [0] * len(counts), [0] * len(counts)
    # Groups of sets that hold the same so far: how many, and what each holds.
    groups = [(sets, 0)] if sets else []
    for part in offer.parts:
        if not part.rewarded:
            take_first(bits_of(part.classes), sets * part.quantity, counts, used)
            continue
        order = sorted(bits_of(part.classes), key=lambda index: (-offer.unit_values[index], index))
        take_first(order, sets * part.quantity, counts, used)
        take_first(order, sets * part.quantity, counts, rewarded)
        runs = [[rewarded[index], offer.unit_values[index]] for index in order if rewarded[index]]
        for _ in range(part.quantity if sets else 0):
            groups = _deal(groups, runs)
    held = sum(number * min(holds, offer.cap) for number, holds in groups)
    total = sum(count * unit_value for count, unit_value in zip(rewarded, offer.unit_values, strict=True))
    if held < min(sets * offer.cap, total, _most_beside_dear_units(offer, rewarded, sets)):
        return None
    return offer.packed(sets, used, rewarded, held)


def _most_beside_dear_units(offer: Offer, rewarded: Sequence[int], sets: int) -> int:
    """Return the most that sets of one part are worth, given that a unit above the cap fills its set alone."""
    total = sum(count * unit_value for count, unit_value in zip(rewarded, offer.unit_values, strict=True))
    if len(offer.parts) > 1:
        return total
    dear = min(
        sets,
        sum(count for count, unit_value in zip(rewarded, offer.unit_values, strict=True) if unit_value >= offer.cap),
    )
    left = (sets - dear) * offer.size
    most = dear * offer.cap
    for index in sorted(bits_of(offer.classes), key=lambda index: -offer.unit_values[index]):
        if offer.unit_values[index] < offer.cap:
            taken = min(left, rewarded[index])
            most += taken * offer.unit_values[index]
            left -= taken
    return most


def _deal(groups: Sequence[tuple[int, int]], runs: list[list[int]]) -> list[tuple[int, int]]:
    """Return the groups after each set got one more unit: those that hold least get the dearest."""
    dealt = []
    for number, holds in sorted(groups, key=lambda group: group[1]):
        left = number
        while left:
            run = runs[0]
            taken = min(left, run[0])
            dealt.append((taken, holds + run[1]))
            left -= taken
            run[0] -= taken
            if not run[0]:
                runs.pop(0)
    return dealt
