"""The best packing of one offer on its own, by arithmetic on runs: what 80 000 units cost is what three cost.

Two closed forms. In both, taking the sets one more at a time gives gains that never rise, so the number of sets is
found by halving, and the units follow from it.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from engine.packing.offer import Form, Offer, Packed, bits_of


def pack_alone(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return the best packing of an offer that has all units to itself; None where no closed form covers it."""
    if offer.form is Form.ADDITIVE and offer.has_disjoint_parts:
        return _pack_additive(offer, counts)
    if offer.form is Form.CHEAPEST and len(offer.parts) == 1:
        levels = offer.levels()
        if levels is not None:
            return _pack_cheapest(offer, counts, levels)
    return None


def _most_sets(offer: Offer, counts: Sequence[int]) -> int:
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


def _pack_additive(offer: Offer, counts: Sequence[int]) -> Packed:
    """Return the sets of the dearest units of each part, the earlier among equals, while a set still adds worth."""
    nothing = [0] * len(counts)
    parts = []
    for part in offer.parts:
        gains = offer.gains if part.rewarded else nothing
        order = _dearest_first(bits_of(part.classes), gains)
        parts.append((part, _Falling(gains, counts, order)))

    def worth(sets: int) -> int:
        return sets * offer.constant + sum(falling.first(sets * part.quantity) for part, falling in parts)

    sets = _last_that_adds(worth, _most_sets(offer, counts))
    used, rewarded = [0] * len(counts), [0] * len(counts)
    for part, falling in parts:
        left = sets * part.quantity
        for index in falling.order:
            taken = min(left, counts[index])
            used[index] = taken
            if part.rewarded:
                rewarded[index] = taken
            left -= taken
    return offer.packed(sets, used, rewarded)


def _dearest_first(classes: Sequence[int], gains: Sequence[int]) -> list[int]:
    return sorted(classes, key=lambda index: (-gains[index], index))


def _last_that_adds(worth: Callable[[int], int], most: int) -> int:
    """Return how many sets there are until one more adds nothing; what one more adds never rises."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if worth(middle) > worth(middle - 1):
            low = middle
        else:
            high = middle - 1
    return low


def _pack_cheapest(offer: Offer, counts: Sequence[int], levels: Sequence[tuple[int, list[int]]]) -> Packed:
    """Return the sets of units in falling base, each rewarding its last ones, moved to the earliest equal units."""
    size, cheapest = offer.size, offer.cheapest
    ends: list[int] = []
    end = 0
    for _, classes in levels:
        end += sum(counts[index] for index in classes)
        ends.append(end)

    def gain_of(place: int) -> int:
        return levels[bisect_left(ends, place + 1)][0]

    # One more set rewards the places (sets - 1) * size + size - cheapest and on: what it adds never rises.
    most = _most_sets(offer, counts)
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if gain_of(middle * size - cheapest) > 0:
            low = middle
        else:
            high = middle - 1
    by_level = _rewarded_by_level(offer, [sum(counts[index] for index in classes) for _, classes in levels], low)
    return _settle_cheapest(offer, counts, levels, low, by_level)


def _rewarded_by_level(offer: Offer, units: Sequence[int], sets: int) -> list[int]:
    """Return how many units of each level are rewarded when sets take the units one after the other."""
    paying = offer.size - offer.cheapest
    end = before = 0
    by_level = []
    for number in units:
        end += number
        whole, rest = divmod(min(end, sets * offer.size), offer.size)
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


def _settle_cheapest(
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
    paying = offer.size - offer.cheapest
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
    return offer.packed(sets, used, rewarded)
