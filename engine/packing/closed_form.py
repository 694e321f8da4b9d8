"""The best packing of one offer on its own, by arithmetic on runs: what 80 000 units cost is what three cost.

In each closed form one more set never adds more than the one before it, so the number of sets is found by halving,
and the units follow from it.
"""

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from engine.bits import bits_of
from engine.packing.assignment import can_fill
from engine.packing.problem import Form, Offer, Packed
from engine.packing.tie_order import TieOrder
from engine.packing.transport import MOST_LOOKS, TooLong, Transport, last_where

# So many parts are looked at in all combinations.
_MOST_COMBINED = 6


class Alone:
    """One offer that has all units to itself: the best packing of exactly so many sets, for any number up to `sets`.

    `sets` is the best number, the smaller of equals. What one more set adds never rises with their number, nor does it
    with fewer units to choose from; so beside others, too, an offer never forms more than `sets`.
    """

    __slots__ = ("cost", "counts", "offer", "sets", "setup")

    offer: Offer
    counts: Sequence[int]
    sets: int
    # What it takes to find the worth of some number of sets, in steps, and what it took to find the best number.
    cost: int
    setup: int

    @abstractmethod
    def worth(self, sets: int) -> int:
        """Return what so many sets are worth at most."""

    @abstractmethod
    def packed(self, sets: int) -> Packed:
        """Return the best packing of so many sets: worth most, then with the smallest lists of units."""


def stand_alone(offer: Offer, counts: Sequence[int]) -> Alone | None:
    """Return the offer on its own; None where no closed form covers it, or one takes too long."""
    if offer.form is Form.ADDITIVE:
        if offer.has_disjoint_parts:
            return _Additive(offer, counts)
        try:
            return Overlapping(offer, counts)
        except TooLong:
            return None
    if offer.form is Form.CHEAPEST and offer.has_disjoint_parts:
        levels = offer.levels()
        if levels is not None:
            return _Cheapest(offer, counts, levels)
    return None


def pack_alone(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return the best packing of an offer that has all units to itself; None where no closed form covers it."""
    alone = stand_alone(offer, counts)
    return None if alone is None else alone.packed(alone.sets)


def most_sets(offer: Offer, counts: Sequence[int]) -> int:
    """Return how many sets the units of each part suffice for, and the offer's limit allows."""
    supplies = offer.supplies(counts)
    most = min([supply // part.quantity for part, supply in zip(offer.parts, supplies, strict=True)])
    return most if offer.most is None else min(most, offer.most)


class _Additive(Alone):
    """Sets of the dearest units of each part, the earlier among equals."""

    __slots__ = ("each", "orders")

    def __init__(self, offer: Offer, counts: Sequence[int]) -> None:
        self.offer = offer
        self.counts = counts
        self.cost = self.setup = 1
        self.orders = []
        # What every set is worth, where all are alike.
        self.each: int | None = offer.constant
        unit_values, most = offer.unit_values, offer.most
        for part, places in zip(offer.parts, offer.places(), strict=True):
            quantity, order = part.quantity, places
            supply = 0
            for index in order:
                supply += counts[index]
            if most is None or supply < most * quantity:
                most = supply // quantity
            if part.rewarded:
                if len(order) > 1:
                    # Sorting keeps equal ones in their order, reversed or not.
                    order = sorted(order, key=unit_values.__getitem__, reverse=True)
                    self.each = None
                elif order and self.each is not None:
                    self.each += quantity * unit_values[order[0]]
            self.orders.append((quantity, part.rewarded, order))
        most = most or 0
        if most and self.worth(most) <= self.worth(most - 1):
            most = last_where(lambda sets: self.worth(sets) > self.worth(sets - 1), most - 1)
        self.sets = most

    def worth(self, sets: int) -> int:
        """Return what so many sets are worth at most."""
        if self.each is not None:
            return sets * self.each
        unit_values, counts = self.offer.unit_values, self.counts
        worth = sets * self.offer.constant
        for quantity, rewarded, order in self.orders:
            if not rewarded:
                continue
            left = sets * quantity
            for index in order:
                count = counts[index]
                if count >= left:
                    worth += left * unit_values[index]
                    break
                worth += count * unit_values[index]
                left -= count
        return worth

    def packed(self, sets: int) -> Packed:
        """Return the best packing of so many sets."""
        counts = self.counts
        used, rewarded = [0] * len(counts), [0] * len(counts)
        for quantity, is_rewarded, order in self.orders:
            left = sets * quantity
            for index in order:
                count = min(counts[index], left)
                used[index] = count
                if is_rewarded:
                    rewarded[index] = count
                left -= count
                if not left:
                    break
        return Packed(sets, tuple(used), tuple(rewarded), self.worth(sets))


def _most_fitting(offer: Offer, counts: Sequence[int]) -> int:
    """Return how many sets can be formed, no unit used twice, up to the offer's limit.

    As many as any parts together have units for, and no fewer (Hall's theorem).
    """
    most = most_sets(offer, counts)
    parts = len(offer.parts)
    if parts > _MOST_COMBINED:
        return last_where(
            lambda sets: can_fill(
                [sets * part.quantity for part in offer.parts], counts, [part.classes for part in offer.parts]
            ),
            most,
        )
    # The units that only some of the parts accept, by the bits of all that do.
    accepted = [0] * len(counts)
    for number, places in enumerate(offer.places()):
        for index in places:
            accepted[index] |= 1 << number
    supplies = [0] * (1 << parts)
    for by, count in zip(accepted, counts, strict=True):
        supplies[by] += count
    for some in range(1, 1 << parts):
        supply = sum([units for by, units in enumerate(supplies) if by & some])
        quantity = sum([part.quantity for number, part in enumerate(offer.parts) if some >> number & 1])
        most = min(most, supply // quantity)
    return most


class Overlapping(Alone):
    """Sets whose parts want units in common, which a transport hands out."""

    __slots__ = ("best", "looks", "masks")

    def __init__(self, offer: Offer, counts: Sequence[int]) -> None:
        self.offer = offer
        self.counts = counts
        self.masks = [part.classes for part in offer.parts]
        self.cost = 20 + 4 * len(self.masks) * len(counts)
        fitting = _most_fitting(offer, counts)
        self.looks = 0
        self.sets = last_where(lambda sets: self.worth(sets) > self.worth(sets - 1), fitting)
        # Found here too, so that nobody who asks for it later has to wait.
        self.best = self._packed(self.sets)
        self.setup = 2 * self.cost * fitting.bit_length()

    def worth(self, sets: int) -> int:
        """Return what so many sets are worth at most."""
        nothing = (0,) * len(self.counts)
        weights = [self.offer.unit_values if part.rewarded else nothing for part in self.offer.parts]
        # One set takes few looks, and is what is left to make where more take too long.
        most = 10 * MOST_LOOKS if self.offer.most == 1 else MOST_LOOKS
        transport = Transport(self.masks, weights, self.counts, most - self.looks)
        weight = transport.run([sets * part.quantity for part in self.offer.parts])
        self.looks += transport.looks
        return sets * self.offer.constant + (weight or 0)

    def packed(self, sets: int) -> Packed:
        """Return the best packing of so many sets."""
        return self.best if sets == self.sets else self._packed(sets)

    def _packed(self, sets: int) -> Packed:
        tie_order = TieOrder(1, self.counts)
        [packed] = transported([self.offer], [sets], self.counts, tie_order) or ()
        return packed


def transported(
    offers: Sequence[Offer], sets: Sequence[int], counts: Sequence[int], tie_order: TieOrder
) -> tuple[Packed, ...] | None:
    """Return the best packing of exactly so many sets of each ADDITIVE offer; None where the units do not suffice."""
    weights, masks, demands = [], [], []
    for number, offer in enumerate(offers):
        plain = tie_order.used[number]
        rewarded = [
            unit_value * tie_order.worth + use + reward
            for unit_value, use, reward in zip(offer.unit_values, plain, tie_order.rewarded[number], strict=True)
        ]
        for part in offer.parts:
            weights.append(rewarded if part.rewarded else plain)
            masks.append(part.classes)
            demands.append(sets[number] * part.quantity)
    most_looks = 10 * MOST_LOOKS if sum(sets) == 1 else MOST_LOOKS
    transport = Transport(masks, weights, counts, most_looks)
    if transport.run(demands) is None:
        return None
    taken = iter(transport.taken)
    packed = []
    for number, offer in enumerate(offers):
        used, given = [0] * len(counts), [0] * len(counts)
        for part in offer.parts:
            units = next(taken)
            used = [before + count for before, count in zip(used, units, strict=True)]
            if part.rewarded:
                given = [before + count for before, count in zip(given, units, strict=True)]
        packed.append(offer.packed(sets[number], used, given))
    return tuple(packed)


def take_first(order: Sequence[int], number: int, counts: Sequence[int], taken: list[int]) -> None:
    """Take so many units, class by class in an order."""
    for index in order:
        count = counts[index]
        if count >= number:
            taken[index] = number
            return
        taken[index] = count
        number -= count


class _Cheapest(Alone):
    """Sets of units in falling base, each rewarding its last ones, moved to the earliest equal units."""

    __slots__ = ("levels", "size", "units")

    def __init__(self, offer: Offer, counts: Sequence[int], levels: Sequence[tuple[int, list[int]]]) -> None:
        self.offer = offer
        self.counts = counts
        self.cost = self.setup = 2
        self.levels = levels
        self.size = _rewarded_size(offer)
        self.units = [sum([counts[index] for index in classes]) for _, classes in levels]
        most = most_sets(offer, counts)
        # Only what has the lowest base may be worth nothing.
        if most and levels[-1][0] <= 0:
            ends = list(accumulate(self.units))
            # One more set rewards the places from here on in falling base, so what it adds never rises.
            most = last_where(
                lambda sets: levels[bisect_left(ends, sets * self.size - offer.cheapest + 1)][0] > 0, most
            )
        self.sets = most

    def worth(self, sets: int) -> int:
        """Return what so many sets are worth at most."""
        by_level = _rewarded_by_level(self.offer, self.units, sets)
        return sum([number * unit_value for number, (unit_value, _) in zip(by_level, self.levels, strict=True)])

    def packed(self, sets: int) -> Packed:
        """Return the best packing of so many sets."""
        by_level = _rewarded_by_level(self.offer, self.units, sets)
        return settle_cheapest(self.offer, self.counts, self.levels, sets, by_level)


def _rewarded_size(offer: Offer) -> int:
    """Return how many units of the rewarded part a set has."""
    part = offer.rewarded_part
    return 0 if part is None else part.quantity


def _rewarded_by_level(offer: Offer, units: Sequence[int], sets: int) -> list[int]:
    """Return how many units of each level are rewarded when sets take the units one after the other."""
    size = _rewarded_size(offer)
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
    earliest unit that still fits, one run after the other, gives the smallest list; each takes a place that as few
    others as possible could take.
    """
    paying = _rewarded_size(offer) - offer.cheapest
    used, rewarded = [0] * len(counts), [0] * len(counts)
    level_of: dict[int, int] = {}
    payers = room = sets * paying
    so_far = worth = 0
    # Of the places for payers, those that only units up to each level may take.
    free = []
    for level, (unit_value, classes) in enumerate(levels):
        left = rewarded_by_level[level]
        worth += left * unit_value
        so_far += left
        room_after = payers - paying * -(-so_far // offer.cheapest)
        free.append(room - room_after)
        room = room_after
        for index in classes:
            level_of[index] = level
            rewarded[index] = used[index] = taken = min(left, counts[index])
            left -= taken
    free.append(room)
    # Where places are left for a level: on its own, or on one after it. Taken ones are never looked at twice.
    onward = list(range(len(free) + 1))
    for index in sorted(level_of):
        wanted = counts[index] - used[index]
        level = level_of[index]
        while wanted:
            while onward[level] != level:
                onward[level] = onward[onward[level]]
                level = onward[level]
            if level == len(free):
                break
            taken = min(wanted, free[level])
            used[index] += taken
            wanted -= taken
            free[level] -= taken
            if not free[level]:
                onward[level] = level + 1
    for part in offer.parts:
        if not part.rewarded:
            take_first(bits_of(part.classes), sets * part.quantity, counts, used)
    return Packed(sets, tuple(used), tuple(rewarded), worth + sets * offer.constant)
