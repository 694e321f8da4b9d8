"""What is still to come in a packing under way, at most: prices on the units stand for what others could make of them.

If every unit had to be paid for, offers would not need to know each other. At the dual prices of the linear
program no new set is worth more than its units cost, but for offers whose number of sets is limited: their sets are
worth at most a premium more. So what is to come is bounded by what the units left cost, and by what the places still
open are worth beside that.
"""

from collections.abc import Sequence
from typing import TypeAlias

from engine.bits import bits_of
from engine.packing.dp_states import Cycle, Machine, Open, Slots
from engine.packing.problem import Form

# For a part: the most that one more unit leaves after its price when it is rewarded, and when it only pays.
_Best: TypeAlias = tuple[int, int]


class DualBound:
    """Dual prices for the units of each class, and what they say about a packing under way.

    Worth is counted in shares: `scale` of them are one unit of worth. `premiums` has by how much
    the sets of each offer are worth more than their units cost, at most.
    """

    def __init__(
        self,
        machines: Sequence[Machine],
        counts: Sequence[int],
        order: Sequence[int],
        scale: int,
        dual_prices: Sequence[int],
        premiums: Sequence[int],
    ) -> None:
        self.scale = scale
        self.dual_prices = dual_prices
        self.tables = [
            _CycleTable(machine, counts, order, scale, dual_prices) if isinstance(machine, Cycle) else None
            for machine in machines
        ]
        self.places = [
            _OpenPlaces(machine, scale, dual_prices, premium)
            for machine, premium in zip(machines, premiums, strict=True)
        ]

    def begin(self, left: Sequence[int]) -> None:
        """Note which classes have units left, before those of the next class are taken."""
        for of_offer in self.places:
            of_offer.begin(left)

    def ahead(self, left: Sequence[int]) -> int:
        """Return what the units to come cost together."""
        return sum([price * count for price, count in zip(self.dual_prices, left, strict=True)])

    def most(self, number: int, places: Open, place: int) -> int | None:
        """Return the most an offer makes of the units to come, given what it has open; None if it can't finish."""
        table = self.tables[number]
        return self.places[number].most(places) if table is None else table.most(places, place)


def cost_of(machines: Sequence[Machine], counts: Sequence[int]) -> int:
    """Return the steps it takes to make the bounds of some offers."""
    units = sum(counts)
    return sum([units * machine.offer.size // 3 for machine in machines if isinstance(machine, Cycle)])


class _CycleTable:
    """A Cycle against prices: a table of the most it makes from each unit on, for each place in its cycle."""

    def __init__(
        self, machine: Cycle, counts: Sequence[int], order: Sequence[int], scale: int, dual_prices: Sequence[int]
    ) -> None:
        offer = machine.offer
        self.machine = machine
        size = offer.size
        paying = size - offer.cheapest
        # The classes of all units in their order, those that others want included.
        units = [index for index in order for _ in range(counts[index])]
        entries: list[int | None] = [0] + [None] * (size - 1)
        self.table = [entries]
        for index in reversed(units):
            if offer.classes >> index & 1:
                price, unit_value = dual_prices[index], offer.unit_values[index] * scale
                following = entries
                entries = []
                for place in range(size):
                    taken = following[(place + 1) % size]
                    if taken is not None:
                        taken += (unit_value if place >= paying else 0) - price
                    skipped = following[place]
                    entries.append(taken if skipped is None or (taken is not None and taken > skipped) else skipped)
            self.table.append(entries)
        self.table.reverse()

    def most(self, places: Open, place: int) -> int | None:
        """Return the most that is still to come after so many units."""
        open_place: int = places if self.machine.limit is None else places[0]
        return self.table[place][open_place]


class _OpenPlaces:
    """An offer whose open places take the units that leave them most, each for itself."""

    def __init__(self, machine: Machine, scale: int, dual_prices: Sequence[int], premium: int) -> None:
        self.machine = machine
        self.offer = machine.offer
        self.scale = scale
        self.premium = premium
        share = self.offer.constant * scale // self.offer.size
        self.pays = [share - price for price in dual_prices]
        self.unit_values = [unit_value * scale for unit_value in self.offer.unit_values]
        self.bests: list[_Best | None] = []
        self.dearest = 0

    def begin(self, left: Sequence[int]) -> None:
        """Note what the units left can do for each part."""
        self.bests = []
        self.dearest = 0
        for part in self.offer.parts:
            classes = [index for index in bits_of(part.classes) if left[index]]
            if not classes:
                self.bests.append(None)
                continue
            pays = max([self.pays[index] for index in classes])
            unit_values = pays
            if part.rewarded:
                unit_values = max([self.pays[index] + self.unit_values[index] for index in classes])
                self.dearest = max(self.dearest, *[self.unit_values[index] for index in classes])
            self.bests.append((unit_values, pays))

    def most(self, places: Open) -> int | None:
        """Return the most that is still to come of the units left."""
        open_places = places if self.machine.limit is None else places[0]
        if isinstance(self.machine, Slots):
            return self._fill(open_places, self.premium, 0)
        total: int | None = self.premium
        for slots, held in open_places:
            if total is not None:
                total = self._complete(slots, held, total)
        return total

    def _complete(self, slots: Sequence[int], held: Sequence[tuple[int, int]], total: int) -> int | None:
        """Return the most with one open set complete."""
        if self.offer.form is not Form.CHEAPEST:
            return self._fill(slots, total, 0)
        # Only the cheapest of the set are rewarded; where units are held until then, they may be any of it.
        filled = self._fill(slots, total, 1)
        rewarded = sum([left for left, part in zip(slots, self.offer.parts, strict=True) if part.rewarded])
        dearest = max([self.dearest, *[self.unit_values[member] for _, member in held]]) if rewarded else 0
        return None if filled is None else filled + min(rewarded + len(held), self.offer.cheapest) * dearest

    def _fill(self, slots: Sequence[int], total: int, which: int) -> int | None:
        for left, best in zip(slots, self.bests, strict=True):
            if left:
                if best is None:
                    return None
                total += left * best[which]
        return total
