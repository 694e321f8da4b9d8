"""The best packing of one ADDITIVE offer whose parts overlap: a transport of units to parts, worth most.

Units go along the path that adds most, as many at once as its narrowest step allows. Such a path may take units from
one part and give them to another, so nothing decided early is final. What one more set adds never rises with their
number, so the number is found by halving.
"""

from collections.abc import Callable, Sequence

from engine.assignment import can_fill
from engine.packing.offer import Offer, Packed
from engine.packing.weight import Weights


def pack_overlapping(offer: Offer, counts: Sequence[int], most: int) -> Packed:
    """Return the best packing of an ADDITIVE offer; `most` is a number of sets that it can't exceed."""
    fits = [part.classes for part in offer.parts]
    most = last_where(lambda sets: can_fill([sets * part.quantity for part in offer.parts], counts, fits), most)

    def worth(sets: int) -> int:
        transport = _Transport(offer, counts, offer.gains, [0] * len(counts), [0] * len(counts))
        return sets * offer.constant + transport.run(sets)

    sets = last_where(lambda sets: worth(sets) > worth(sets - 1), most)
    weights = Weights(1, counts)
    gains = [gain * weights.worth for gain in offer.gains]
    transport = _Transport(offer, counts, gains, weights.used[0], weights.rewarded[0])
    transport.run(sets)
    used = [sum(column) for column in zip(*transport.taken, strict=True)]
    rewarded = [0] * len(counts)
    for part, taken in zip(offer.parts, transport.taken, strict=True):
        if part.rewarded:
            rewarded = [before + count for before, count in zip(rewarded, taken, strict=True)]
    return offer.packed(sets, used, rewarded)


def last_where(holds: Callable[[int], bool], most: int) -> int:
    """Return the largest number up to `most` for which something holds that holds for all smaller ones but 0."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low


class _Transport:
    """Units on their way from classes to parts: how many each part has of each class, and what they weigh."""

    def __init__(
        self,
        offer: Offer,
        counts: Sequence[int],
        gains: Sequence[int],
        used: Sequence[int],
        rewarded: Sequence[int],
    ) -> None:
        self.offer = offer
        self.left = list(counts)
        self.taken = [[0] * len(counts) for _ in offer.parts]
        self.weights = [
            [
                use + (gain + reward if part.rewarded else 0)
                for use, gain, reward in zip(used, gains, rewarded, strict=True)
            ]
            for part in offer.parts
        ]

    def run(self, sets: int) -> int:
        """Fill the parts for so many sets, and return the weight of all units."""
        demands = [sets * part.quantity for part in self.offer.parts]
        total = 0
        while any(demands):
            added, number = self._augment(demands)
            total += added * number
        return total

    def _augment(self, demands: list[int]) -> tuple[int, int]:
        """Move units along the path that adds most per unit; return what that is, and how many were moved."""
        best: dict[int, tuple[int, tuple[tuple[int, int], ...]]] = {
            part: (0, ()) for part, demand in enumerate(demands) if demand
        }
        # Each round lets paths pass through one part more; no path that adds most passes one twice.
        for _ in self.offer.parts:
            for part, (added, path) in list(best.items()):
                self._relax(part, added, path, best)
        choices = (
            (added + self.weights[part][index], part, index)
            for part, (added, _) in best.items()
            for index, left in enumerate(self.left)
            if left and self.offer.parts[part].classes >> index & 1
        )
        added, part, index = max(choices, key=lambda choice: (choice[0], -choice[1], -choice[2]))
        return added, self._move(part, index, best[part][1], demands)

    def _relax(
        self,
        part: int,
        added: int,
        path: tuple[tuple[int, int], ...],
        best: dict[int, tuple[int, tuple[tuple[int, int], ...]]],
    ) -> None:
        """See whether the path to a part goes on to others by taking units over from them."""
        for giver, taken in enumerate(self.taken):
            if giver == part:
                continue
            for index, count in enumerate(taken):
                if not count or not self.offer.parts[part].classes >> index & 1:
                    continue
                through = added + self.weights[part][index] - self.weights[giver][index]
                if giver not in best or through > best[giver][0]:
                    best[giver] = through, (*path, (part, index))

    def _move(self, last: int, index: int, path: tuple[tuple[int, int], ...], demands: list[int]) -> int:
        """Move units: the last part takes them from the class, each before it takes some over from the next."""
        first = path[0][0] if path else last
        givers = [part for part, _ in path[1:]] + [last]
        number = min(demands[first], self.left[index])
        for (_, handed), giver in zip(path, givers, strict=False):
            number = min(number, self.taken[giver][handed])
        for (receiver, handed), giver in zip(path, givers, strict=False):
            self.taken[receiver][handed] += number
            self.taken[giver][handed] -= number
        self.taken[last][index] += number
        self.left[index] -= number
        demands[first] -= number
        return number
