"""The best packing of one offer on its own, by arithmetic on runs: what 80 000 units cost is what three cost.

In each closed form one more set never adds more than the one before it, so the number of sets is found by halving,
and the units follow from it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from engine.packing.flow import last_where, pack_overlapping
from engine.packing.offer import Form, Offer, Packed, bits_of


def pack_alone(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return the best packing of an offer that has all units to itself; None where no closed form covers it."""
    if offer.form is Form.ADDITIVE:
        most = most_sets(offer, counts)
        return (
            _pack_additive(offer, counts, most) if offer.has_disjoint_parts else pack_overlapping(offer, counts, most)
        )
    if offer.form is Form.CHEAPEST and offer.has_disjoint_parts:
        levels = offer.levels()
        if levels is not None:
            return _pack_cheapest(offer, counts, levels)
    return None


def most_sets(offer: Offer, counts: Sequence[int]) -> int:
    most = min(sum(counts[index] for index in bits_of(part.classes)) // part.quantity for part in offer.parts)
    return most if offer.most is None else min(most, offer.most)


class _Falling:
    """The gains of units in the order they are taken, as runs: sums of the first so many are read off."""

    def __init__(self, gains: Sequence[int], counts: Sequence[int], order: Sequence[int]) -> None:
        self.order = order
        self.counts = counts
        self.gains = gains
        self.ends: list[int] = []
        self.sums: list[int] = []
        end = total = 0
        for index in order:
            end += counts[index]
            total += counts[index] * gains[index]
            self.ends.append(end)
            self.sums.append(total)

    def first(self, number: int) -> int:
        """Return what the first `number` units are worth together."""
        run = bisect_left(self.ends, number)
        return self.sums[run] - (self.ends[run] - number) * self.gains[self.order[run]] if number else 0


def _pack_additive(offer: Offer, counts: Sequence[int], most: int) -> Packed:
    """Return the sets of the dearest units of each part, the earlier among equals, while a set still adds worth."""
    nothing = [0] * len(counts)
    parts = []
    for part in offer.parts:
        gains = offer.gains if part.rewarded else nothing
        order = _dearest_first(bits_of(part.classes), gains)
        parts.append((part, _Falling(gains, counts, order)))

    def worth(sets: int) -> int:
        return sets * offer.constant + sum(falling.first(sets * part.quantity) for part, falling in parts)

    sets = last_where(lambda sets: worth(sets) > worth(sets - 1), most)
    used, rewarded = [0] * len(counts), [0] * len(counts)
    for part, falling in parts:
        take_first(falling.order, sets * part.quantity, counts, used)
        if part.rewarded:
            take_first(falling.order, sets * part.quantity, counts, rewarded)
    return offer.packed(sets, used, rewarded)


def take_first(order: Sequence[int], number: int, counts: Sequence[int], taken: list[int]) -> None:
    """Take so many units, class by class in an order."""
    for index in order:
        taken[index] = min(number, counts[index])
        number -= taken[index]


def _dearest_first(classes: Sequence[int], gains: Sequence[int]) -> list[int]:
    return sorted(classes, key=lambda index: (-gains[index], index))


def _pack_cheapest(offer: Offer, counts: Sequence[int], levels: Sequence[tuple[int, list[int]]]) -> Packed:
    """Return the sets of units in falling base, each rewarding its last ones, moved to the earliest equal units."""
    size, cheapest = _row(offer), offer.cheapest
    units = [sum(counts[index] for index in classes) for _, classes in levels]
    ends = list(accumulate(units))

    def adds(sets: int) -> bool:
        # One more set rewards the places from here on in falling base, so what it adds never rises.
        return levels[bisect_left(ends, sets * size - cheapest + 1)][0] > 0

    sets = last_where(adds, most_sets(offer, counts))
    return settle_cheapest(offer, counts, levels, sets, _rewarded_by_level(offer, units, sets))


def _row(offer: Offer) -> int:
    """Return how many units of the rewarded part a set has."""
    part = offer.rewarded_part
    return 0 if part is None else part.quantity


def _rewarded_by_level(offer: Offer, units: Sequence[int], sets: int) -> list[int]:
    """Return how many units of each level are rewarded when sets take the units one after the other."""
    size = _row(offer)
    paying = size - offer.cheapest
    end = before = 0
    by_level = []
    for number in units:
        end += number
        whole, rest = divmod(min(end, sets * size), size)
        rewarded = whole * offer.cheapest + max(0, rest - paying)
        by_level.append(rewarded - before)
        before = rewarded
    return by_level


def reward_earliest(offer: Offer, used: Sequence[int]) -> list[int]:
    """Return how many of the used units of each class a one-part CHEAPEST offer rewards: in each level the earliest."""
    levels = offer.levels() or []
    units = [sum(used[index] for index in classes) for _, classes in levels]
    rewarded = [0] * len(used)
    for (_, classes), due in zip(levels, _rewarded_by_level(offer, units, sum(used) // offer.size), strict=True):
        left = due
        for index in classes:
            rewarded[index] = min(left, used[index])
            left -= rewarded[index]
    return rewarded


def settle_cheapest(
    offer: Offer,
    counts: Sequence[int],
    levels: Sequence[tuple[int, list[int]]],
    sets: int,
    rewarded_by_level: Sequence[int],
) -> Packed:
    """Return the packing with the smallest list of used units, given how many units each level rewards.

    Each level rewards its first units. The others that are used pay: the payers that follow level L may be so many at
    most that enough come before the units rewarded up to L. Such limits on nested tails make a matroid, so taking the
    earliest unit that still fits, one run after the other, gives the smallest list.
    """
    paying = _row(offer) - offer.cheapest
    used, rewarded = [0] * len(counts), [0] * len(counts)
    level_of: dict[int, int] = {}
    room_after = []
    so_far = 0
    for level, (_, classes) in enumerate(levels):
        left = rewarded_by_level[level]
        so_far += left
        room_after.append(sets * paying - paying * -(-so_far // offer.cheapest))
        for index in classes:
            level_of[index] = level
            rewarded[index] = used[index] = min(left, counts[index])
            left -= used[index]
    payers = sets * paying
    for index in sorted(level_of):
        tails = range(level_of[index])
        taken = min([counts[index] - used[index], payers, *(room_after[level] for level in tails)])
        used[index] += taken
        payers -= taken
        for level in tails:
            room_after[level] -= taken
    for part in offer.parts:
        if not part.rewarded:
            take_first(bits_of(part.classes), sets * part.quantity, counts, used)
    return offer.packed(sets, used, rewarded)
