"""One set of an offer against prices: which units it takes, so that its worth less what they cost is the most.

The best set for given prices is what the linear program asks for, again and again, until no set is worth more than its
units cost. Dual prices and unit values come on one scale: `times` is what a unit of worth counts.
"""

from abc import abstractmethod
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from engine.packing.problem import Form, Offer, Part
from engine.packing.transport import TooLong

# How many units of some classes.
Units: TypeAlias = tuple[tuple[int, int], ...]
# What units are worth, up to the cap, what they cost, and which they are.
Label: TypeAlias = tuple[int, int, Units]

_NO_UNITS: Units = ()
# The most labels that are made for one answer.
_MOST_LABELS = 10_000


class SetComposition(NamedTuple):
    """What one set is worth, and how many units of which classes it uses and rewards."""

    worth: int
    used: Units
    rewarded: Units


class PricingProblem:
    """Makes the best set of an offer for given prices."""

    # What one answer costs, and what it took to be ready, in steps; `labels` were made on top for the last answer.
    cost: int
    setup: int
    labels: int

    def __init__(self, offer: Offer, counts: Sequence[int]) -> None:
        self.offer = offer
        self.counts = counts
        self.parts = list(zip(offer.parts, offer.places(), strict=True))
        self.cost = 2 + sum([1 + len(classes) for _, classes in self.parts]) // 3
        self.setup = 3
        self.labels = 0

    @abstractmethod
    def best(
        self, dual_prices: Sequence[int], rewards: Mapping[int, int], times: int
    ) -> tuple[int, SetComposition] | None:
        """Return what the best set leaves after its price, and the set; None where the units make no set.

        A unit costs its dual price, and `rewards` more where the set rewards it. TooLong where that takes more labels
        than anyone waits for.
        """

    def _all_dearest(
        self,
        parts: Iterable[tuple[Part, Sequence[int]]],
        dual_prices: Sequence[int],
        rewards: Mapping[int, int],
        times: int,
    ) -> "_PricedUnits | None":
        """Return the units that leave the most of several parts together; None where one of them lacks some."""
        net, units = 0, _NO_UNITS
        for part, classes in parts:
            taken = self._dearest(part, classes, dual_prices, rewards, times)
            if taken is None:
                return None
            net += taken.net
            units += taken.units
        return _PricedUnits(net, units)

    def _dearest(
        self,
        part: Part,
        classes: Sequence[int],
        dual_prices: Sequence[int],
        rewards: Mapping[int, int],
        times: int,
    ) -> "_PricedUnits | None":
        unit_values, counts = self.offer.unit_values, self.counts
        if part.rewarded:
            nets = [(unit_values[index] * times - dual_prices[index], -index) for index in classes if counts[index]]
            if rewards:
                nets = [(net - rewards.get(-index, 0), index) for net, index in nets]
        else:
            nets = [(-dual_prices[index], -index) for index in classes if counts[index]]
        if part.quantity == 1:
            if not nets:
                return None
            net, index = max(nets)
            return _PricedUnits(net, ((-index, 1),))
        nets.sort(reverse=True)
        return _take(part.quantity, nets, counts)


class _PricedUnits(NamedTuple):
    """Units taken, and what they leave after their prices."""

    net: int
    units: Units


def pricing_problem_of(offer: Offer, counts: Sequence[int]) -> PricingProblem:
    """Return the pricing problem of an offer."""
    if offer.form is Form.ADDITIVE:
        return _AdditivePricing(offer, counts)
    return _CheapestPricing(offer, counts) if offer.form is Form.CHEAPEST else _CappedPricing(offer, counts)


class _AdditivePricing(PricingProblem):
    """Each part takes the units that leave the most."""

    def best(
        self, dual_prices: Sequence[int], rewards: Mapping[int, int], times: int
    ) -> tuple[int, SetComposition] | None:
        """Return what the best set leaves after its price, and the set."""
        offer = self.offer
        net = offer.constant * times
        worth = offer.constant
        used: list[tuple[int, int]] = []
        rewarded: list[tuple[int, int]] = []
        for part, classes in self.parts:
            taken = self._dearest(part, classes, dual_prices, rewards, times)
            if taken is None:
                return None
            net += taken.net
            used += taken.units
            if part.rewarded:
                rewarded += taken.units
                for index, number in taken.units:
                    worth += offer.unit_values[index] * number
        return net, SetComposition(worth, tuple(used), tuple(rewarded))


class _CheapestPricing(PricingProblem):
    """Somewhere in falling base the units that pay end and those that are rewarded begin."""

    def __init__(self, offer: Offer, counts: Sequence[int]) -> None:
        super().__init__(offer, counts)
        rewarded = [(part, classes) for part, classes in self.parts if part.rewarded]
        self.needed = [(part, classes) for part, classes in self.parts if not part.rewarded]
        classes = {index for _, of_part in rewarded for index in of_part if counts[index]}
        # Of equal ones the earlier is rewarded.
        self.order = sorted(classes, key=lambda index: (-offer.bases[index], -index))
        self.rewarded_parts = [(part.quantity, set(of_part)) for part, of_part in rewarded]
        number = len(self.order)
        self.cost += 2 * number
        if len(self.rewarded_parts) > 1:
            self.cost += number * len(self.rewarded_parts) * (offer.cheapest + 1 + number // 4)

    def best(
        self, dual_prices: Sequence[int], rewards: Mapping[int, int], times: int
    ) -> tuple[int, SetComposition] | None:
        """Return what the best set leaves after its price, and the set."""
        offer, counts = self.offer, self.counts
        paying = [(-dual_prices[index], -index) for index in self.order]
        rewarding = [
            (offer.unit_values[index] * times - dual_prices[index] - rewards.get(index, 0), -index)
            for index in self.order
        ]
        best: tuple[int, Units, Units] | None = None
        turns: Iterable[int] = range(len(self.order))
        if len(self.rewarded_parts) == 1:
            turns = _best_turn(self.rewarded_parts[0][0] - offer.cheapest, paying, offer.cheapest, rewarding, counts)
        for turn in turns:
            split = _split(self.rewarded_parts, offer.cheapest, paying[: turn + 1], rewarding[turn:], counts)
            if split is not None and (best is None or split[0] > best[0]):
                best = split
        if best is None:
            return None
        needed = self._all_dearest(self.needed, dual_prices, rewards, times)
        if needed is None:
            return None
        net, payers, rewarded = best
        worth = offer.constant + sum([offer.unit_values[index] * number for index, number in rewarded])
        return net + needed.net + offer.constant * times, SetComposition(
            worth, (*payers, *rewarded, *needed.units), rewarded
        )


def _best_turn(
    payers: int,
    paying: Sequence[tuple[int, int]],
    takers: int,
    rewarding: Sequence[tuple[int, int]],
    counts: Sequence[int],
) -> list[int]:
    """Return where in falling base payers end and those that are rewarded begin, so that most is left of one part.

    The first such turn, and none where there are too few units.
    """
    before = _running(payers, paying, counts)
    after = _running(takers, rewarding[::-1], counts)[::-1]
    best = None
    for turn, (paid, given) in enumerate(zip(before, after, strict=True)):
        if paid is not None and given is not None and (best is None or paid + given > best[0]):
            best = paid + given, turn
    return [] if best is None else [best[1]]


def _running(number: int, nets: Sequence[tuple[int, int]], counts: Sequence[int]) -> list[int | None]:
    """Return what so many units leave at most, of the first class, of the first two, and so on; None for too few."""
    held: list[tuple[int, int]] = []
    units = 0
    sums: list[int | None] = []
    for pair in nets:
        insort(held, pair)
        units += counts[-pair[1]]
        while held and units - counts[-held[0][1]] >= number:
            units -= counts[-held.pop(0)[1]]
        if units < number:
            sums.append(None)
            continue
        total, left = 0, number
        for net, negative in reversed(held):
            taken = min(left, counts[-negative])
            total += net * taken
            left -= taken
        sums.append(total)
    return sums


def _split(
    rewarded_parts: Sequence[tuple[int, set[int]]],
    cheapest: int,
    paying: Sequence[tuple[int, int]],
    rewarding: Sequence[tuple[int, int]],
    counts: Sequence[int],
) -> tuple[int, Units, Units] | None:
    """Return the best units of all rewarded parts, so many rewarded, given who may pay and who may be rewarded."""
    # By number of rewarded units so far: what is left after the prices, who pays and who is rewarded.
    found: dict[int, tuple[int, Units, Units]] = {0: (0, (), ())}
    for quantity, classes in rewarded_parts:
        payers = sorted([pair for pair in paying if -pair[1] in classes], reverse=True)
        takers = sorted([pair for pair in rewarding if -pair[1] in classes], reverse=True)
        least = (
            max(0, cheapest - sum([other for other, _ in rewarded_parts]) + quantity)
            if len(rewarded_parts) > 1
            else cheapest
        )
        options = []
        for number in range(least, min(quantity, cheapest) + 1):
            one, other = _take(quantity - number, payers, counts), _take(number, takers, counts)
            if one is not None and other is not None:
                options.append((number, one.net + other.net, one.units, other.units))
        following: dict[int, tuple[int, Units, Units]] = {}
        for before, (net, paid, given) in found.items():
            for number, more, payer_units, taker_units in options:
                after = before + number
                if after <= cheapest and (after not in following or following[after][0] < net + more):
                    following[after] = net + more, (*paid, *payer_units), (*given, *taker_units)
        found = following
    return found.get(cheapest)


class _CappedPricing(PricingProblem):
    """Of sets that are worth as much the cheapest: found by labels where neither the cap nor the values decide."""

    def __init__(self, offer: Offer, counts: Sequence[int]) -> None:
        super().__init__(offer, counts)
        self.rewarded = [(part, classes) for part, classes in self.parts if part.rewarded]
        self.needed = [(part, classes) for part, classes in self.parts if not part.rewarded]

    def best(
        self, dual_prices: Sequence[int], rewards: Mapping[int, int], times: int
    ) -> tuple[int, SetComposition] | None:
        """Return what the best set leaves after its price, and the set."""
        self.labels = 0
        needed = self._all_dearest(self.needed, dual_prices, rewards, times)
        if needed is None:
            return None
        prices = list(dual_prices)
        for index, more in rewards.items():
            prices[index] += more
        units = self._rewarded(prices, times)
        if units is None:
            return None
        worth = min(self._value(units), self.offer.cap)
        net = needed.net + worth * times
        for index, number in units:
            net -= prices[index] * number
        return net, SetComposition(worth, (*units, *needed.units), units)

    def _value(self, units: Units) -> int:
        return sum([self.offer.unit_values[index] * number for index, number in units])

    def _rewarded(self, prices: Sequence[int], times: int) -> Units | None:
        """Return the rewarded units of the best set; None where there are too few.

        No set leaves more than the one that would be best without a cap, nor than the cheapest of all with the cap as
        its worth. Only where neither is worth what it was taken to be are both weighed.
        """
        uncapped = self._all_dearest(self.rewarded, prices, {}, times)
        if uncapped is None:
            return None
        if self._value(uncapped.units) <= self.offer.cap:
            return uncapped.units
        cheapest = self._all_dearest(self.rewarded, prices, {}, 0)
        if cheapest is not None and self._value(cheapest.units) >= self.offer.cap:
            return cheapest.units
        return self._weighed(prices, times)

    def _weighed(self, prices: Sequence[int], times: int) -> Units:
        """Return the rewarded units of the best set, part by part and class by class."""
        done: list[Label] = [(0, 0, ())]
        for part, classes in self.rewarded:
            by_number: list[list[Label]] = [done] + [[] for _ in range(part.quantity)]
            for index in classes:
                # From the largest number down, so that what is there yet has no unit of this class.
                for number in range(part.quantity, 0, -1):
                    more = self._with_some(index, number, by_number, prices[index])
                    if more:
                        by_number[number] = _undominated(by_number[number] + more)
            done = by_number[part.quantity]
        return max(done, key=lambda label: label[0] * times - label[1])[2]

    def _with_some(self, index: int, number: int, by_number: Sequence[Sequence[Label]], price: int) -> list[Label]:
        """Return the labels of so many units of which one or more are of a class."""
        unit_value, cap = self.offer.unit_values[index], self.offer.cap
        more = [
            (min(cap, value + taken * unit_value), cost + taken * price, (*units, (index, taken)))
            for taken in range(1, min(number, self.counts[index]) + 1)
            for value, cost, units in by_number[number - taken]
        ]
        self.labels += len(more)
        if self.labels > _MOST_LABELS:
            raise TooLong
        return more


def _undominated(labels: list[Label]) -> list[Label]:
    """Return the labels that none is as good as, in value and in cost."""
    labels.sort(key=lambda label: (-label[0], label[1]))
    kept: list[Label] = []
    for label in labels:
        if not kept or label[1] < kept[-1][1]:
            kept.append(label)
    return kept


def _take(number: int, nets: Sequence[tuple[int, int]], counts: Sequence[int]) -> _PricedUnits | None:
    """Return so many units from the first classes on; None where they do not suffice."""
    total = 0
    units = []
    for net, negative in nets:
        if not number:
            break
        taken = min(number, counts[-negative])
        total += net * taken
        units.append((-negative, taken))
        number -= taken
    return None if number else _PricedUnits(total, tuple(units))
