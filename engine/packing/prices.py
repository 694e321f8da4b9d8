"""Prices on contested units, and with them the most that is still to come in a packing under way.

If every unit had to be paid for, offers would not need to know each other: each packs for itself, and what all of them
make plus what the units cost is never less than the best packing together. The prices are moved until demand meets
supply, which brings that bound close to the best packing. Any prices give a valid bound, so whole numbers do.
"""

from collections.abc import Sequence
from itertools import pairwise

from engine.packing.flow import last_where
from engine.packing.machine import Cycle, Machine, Open, Slots
from engine.packing.offer import Form, Offer, bits_of

_ROUNDS = 80


class Bound:
    """Prices for the units of each class, and what they say about a packing under way.

    Worth is counted in shares: `scale` of them are one unit of worth.
    """

    def __init__(self, machines: Sequence[Machine], counts: Sequence[int], order: Sequence[int], scale: int) -> None:
        self.scale = scale
        self.counts = counts
        self.order = order
        self.parties = [_party(machine, counts, order, scale) for machine in machines]
        self.prices = [0] * len(counts)
        self.best = 0
        self.steps = 0

    def settle(self, least: int) -> None:
        """Move the prices towards those at which demand meets supply; `least` is a worth known to be reached."""
        prices = [0] * len(self.counts)
        for party in self.parties:
            worth, used = party.demand(prices, self.counts)
            density = worth // max(1, sum(used))
            prices = [max(price, density) if use else price for price, use in zip(prices, used, strict=True)]
        target = least * self.scale
        best: int | None = None
        slow = 1
        for _ in range(_ROUNDS):
            # What an offer makes alone costs about as much as so many ways to take a unit.
            self.steps += 50 * len(self.parties)
            excess = list(self.counts)
            bound = sum(price * count for price, count in zip(prices, self.counts, strict=True))
            for party in self.parties:
                worth, used = party.demand(prices, self.counts)
                bound += worth
                excess = [left - use for left, use in zip(excess, used, strict=True)]
            if best is None or bound < best:
                best, self.prices = bound, prices
            else:
                slow += 1
            steep = sum(left * left for left in excess)
            gap = bound - target
            if not steep or gap < self.scale:
                break
            # The step that would close the gap if the bound were a plane, shorter after each that did not help.
            prices = [
                max(0, price - 2 * gap * left // (steep * (1 + slow // 4)))
                for price, left in zip(prices, excess, strict=True)
            ]
        self.best = (best or 0) // self.scale
        for party in self.parties:
            party.fix(self.prices)

    def ahead(self, left: Sequence[int]) -> int:
        """Return what the units to come cost together."""
        return sum(price * count for price, count in zip(self.prices, left, strict=True))

    def most(self, number: int, places: Open, left: Sequence[int], place: int) -> int | None:
        """Return the most an offer makes of the units to come, given what it has open; None if it can't finish."""
        return self.parties[number].most(places, left, place)


class _Row:
    """A Cycle against prices: a table of the most it makes from each unit on, for each place in its row."""

    def __init__(self, machine: Cycle, counts: Sequence[int], order: Sequence[int], scale: int) -> None:
        offer = machine.offer
        self.machine = machine
        self.size = offer.size
        self.paying = offer.size - offer.cheapest
        self.gains = [gain * scale for gain in offer.gains]
        # The classes of all units in their order, those that others want included.
        self.units = [index for index in order for _ in range(counts[index])]
        self.wants = [bool(offer.classes >> index & 1) for index in range(len(counts))]
        self.table: list[list[int | None]] = []

    def fix(self, prices: Sequence[int]) -> None:
        """Fill the table for some prices."""
        size, paying = self.size, self.paying
        row: list[int | None] = [0] + [None] * (size - 1)
        table = [row]
        for index in reversed(self.units):
            if self.wants[index]:
                price, gain = prices[index], self.gains[index]
                following = row
                row = []
                for place in range(size):
                    taken = following[(place + 1) % size]
                    if taken is not None:
                        taken += (gain if place >= paying else 0) - price
                    skipped = following[place]
                    row.append(taken if skipped is None or (taken is not None and taken > skipped) else skipped)
            table.append(row)
        table.reverse()
        self.table = table

    def demand(self, prices: Sequence[int], counts: Sequence[int]) -> tuple[int, list[int]]:
        """Return what the offer makes alone against prices, and what it takes."""
        self.fix(prices)
        used = [0] * len(counts)
        place = 0
        for number, index in enumerate(self.units):
            if self.wants[index] and self.table[number][place] != self.table[number + 1][place]:
                used[index] += 1
                place = (place + 1) % self.size
        return self.table[0][0] or 0, used

    def most(self, places: Open, _left: Sequence[int], place: int) -> int | None:
        """Return the most that is still to come after so many units."""
        open_place: int = places if self.machine.limit is None else places[0]
        return self.table[place][open_place]


class _Parts:
    """An offer whose parts take the units that leave them most, each for itself."""

    def __init__(self, machine: Machine, counts: Sequence[int], scale: int) -> None:
        offer = machine.offer
        self.machine = machine
        self.offer = offer
        self.share = offer.constant * scale // offer.size
        self.full = [gain * scale for gain in offer.gains]
        self.gains = self.full
        rewarded = sum(part.quantity for part in offer.parts if part.rewarded)
        if offer.form is Form.CHEAPEST and _gains_follow_bases(offer):
            # The cheapest of a set are worth no more than as many average ones.
            self.gains = [gain * offer.cheapest // rewarded + 1 for gain in self.full]
        self.nets: list[list[int]] = []
        self.orders: list[list[int]] = []
        self.fix([0] * len(counts))

    def fix(self, prices: Sequence[int]) -> None:
        """Sort the units of each part by what they leave after their price."""
        self.prices = prices
        self.nets = [
            [
                (gain if part.rewarded else 0) + self.share - price
                for gain, price in zip(self.gains, prices, strict=True)
            ]
            for part in self.offer.parts
        ]
        self.orders = [
            sorted(bits_of(part.classes), key=net.__getitem__, reverse=True)
            for part, net in zip(self.offer.parts, self.nets, strict=True)
        ]

    def demand(self, prices: Sequence[int], counts: Sequence[int]) -> tuple[int, list[int]]:
        """Return what the offer makes alone against prices, and what it takes."""
        self.fix(prices)
        slots = [0] * len(self.orders)
        sets = self._sets(slots, counts)
        used = [0] * len(counts)
        for part, order in zip(self.offer.parts, self.orders, strict=True):
            wanted = sets * part.quantity
            for index in order:
                taken = min(wanted, counts[index])
                used[index] += taken
                wanted -= taken
        return self._worth(sets, slots, counts), used

    def _sets(self, slots: Sequence[int], left: Sequence[int]) -> int:
        """Return how many sets more leave the most."""
        most = self.offer.most
        for part, order, open_places in zip(self.offer.parts, self.orders, slots, strict=True):
            supply = (sum(left[index] for index in order) - open_places) // part.quantity
            most = supply if most is None else min(most, supply)
        return last_where(
            lambda sets: self._worth(sets, slots, left) > self._worth(sets - 1, slots, left), max(0, most or 0)
        )

    def _worth(self, sets: int, slots: Sequence[int], left: Sequence[int]) -> int:
        worth = 0
        for part, order, net, open_places in zip(self.offer.parts, self.orders, self.nets, slots, strict=True):
            wanted = open_places + sets * part.quantity
            for index in order:
                taken = min(wanted, left[index])
                worth += taken * net[index]
                wanted -= taken
        return worth

    def most(self, places: Open, left: Sequence[int], _place: int) -> int | None:
        """Return the most that is still to come of the units left."""
        open_places = places if self.machine.limit is None else places[0]
        if isinstance(self.machine, Slots):
            if any(
                slots > sum(left[index] for index in order)
                for slots, order in zip(open_places, self.orders, strict=True)
            ):
                return None
            return self._worth(self._sets(open_places, left), open_places, left)
        if any(needed > sum(left[index] for index in bits_of(mask)) for needed, mask in self.machine.needs(places)):
            return None
        # Open sets may still gain from what they hold, so every unit counts in full.
        most = 0
        for index in bits_of(self.offer.classes):
            most += left[index] * max(0, self.full[index] + max(0, self.share) - self.prices[index])
        held = 0 if self.machine.in_order else sum(self.full[member] for _, holds in open_places for _, member in holds)
        return most + held


def _party(machine: Machine, counts: Sequence[int], order: Sequence[int], scale: int) -> "_Row | _Parts":
    return _Row(machine, counts, order, scale) if isinstance(machine, Cycle) else _Parts(machine, counts, scale)


def _gains_follow_bases(offer: Offer) -> bool:
    classes = [index for part in offer.parts if part.rewarded for index in bits_of(part.classes)]
    ordered = sorted(classes, key=lambda index: offer.bases[index])
    return all(offer.gains[one] <= offer.gains[other] for one, other in pairwise(ordered))
