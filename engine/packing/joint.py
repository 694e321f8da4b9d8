"""The best packing of offers that want the same units: dynamic programming over the units in falling base.

The units are taken one after the other; each stays unused or goes to a place that some offer has open. What is open is
the state, and of all ways to one state the heaviest is kept. The search ends with every place filled. Beyond its steps
it keeps the heaviest few states of each unit only, and says so.
"""

from collections.abc import Sequence
from math import lcm
from typing import NamedTuple, TypeAlias

from engine.packing.alone import reward_earliest
from engine.packing.machine import Cycle, Move, Open, Sets, Slots
from engine.packing.offer import Form, Offer, Packed, Packing, bits_of
from engine.packing.weight import Weights

Machine: TypeAlias = Cycle | Slots | Sets
# What each offer has open.
State: TypeAlias = tuple[Open, ...]

_BEAM = 64


class _Taken(NamedTuple):
    """One unit taken, and what was taken before it."""

    before: "_Taken | None"
    offer: int
    unit_class: int
    move: Move


# How a state was reached the heaviest way so far: the weight, and what was taken last.
Reached: TypeAlias = tuple[int, _Taken | None]


def pack_jointly(offers: Sequence[Offer], counts: Sequence[int], least: int, max_steps: int) -> Packing | None:
    """Return the best packing of all offers together; None where the search found none that is worth `least`."""
    scan = _Scan(offers, counts)
    optimal = scan.run((least - 1) * scan.unit, max_steps)
    # No unit is left to come, so what can finish now has finished.
    if not scan.layer:
        return None
    _, taken = max(scan.layer.values(), key=_weight)
    return Packing(_read_back(offers, scan.machines, counts, taken), scan.steps, optimal)


def _weight(reached: Reached) -> int:
    return reached[0]


class _Scan:
    """One pass over the units, and the states after the units so far."""

    def __init__(self, offers: Sequence[Offer], counts: Sequence[int]) -> None:
        self.offers = offers
        self.counts = counts
        self.order = _scan_order(offers)
        self.machines, self.unit = _machines(offers, Weights(len(offers), counts), self.order, counts)
        self.best_gain = {index: max(_best_gain(machine, index) for machine in self.machines) for index in self.order}
        self.layer: dict[State, Reached] = {tuple(machine.start for machine in self.machines): (0, None)}
        self.steps = 0

    def run(self, floor: int, max_steps: int) -> bool:
        """Take all units; say whether no state was given up that could have led to a weight above the floor."""
        counts, optimal = self.counts, True
        ahead = sum(counts[index] * self.best_gain[index] for index in self.order)
        left = list(counts)
        # A set that is counted only when complete gains from units long gone, so nothing bounds what is ahead for it.
        is_bounded = all(machine.in_order for machine in self.machines)
        for index in self.order:
            takers = [number for number, offer in enumerate(self.offers) if offer.classes >> index & 1]
            moves: dict[tuple[int, Open], list[Move]] = {}
            for _ in range(counts[index]):
                ahead -= self.best_gain[index]
                self._take_unit(index, takers, moves, floor - ahead if is_bounded else None)
                if self.steps > max_steps and len(self.layer) > _BEAM:
                    optimal = False
                    self.layer = dict(sorted(self.layer.items(), key=_heaviest_first)[:_BEAM])
            left[index] = 0
            self._drop_unfinishable(left)
        return optimal

    def _take_unit(
        self, index: int, takers: Sequence[int], moves: dict[tuple[int, Open], list[Move]], floor: int | None
    ) -> None:
        """Replace the states by those after one more unit, each reached the heaviest way."""
        # The hot loop: plain tuples, and the ways of an offer to take a unit of this class are found once.
        layer = self.layer
        following = (
            dict(layer) if floor is None else {at: reached for at, reached in layer.items() if reached[0] >= floor}
        )
        steps = 0
        for state, (weight, taken) in layer.items():
            for number in takers:
                key = number, state[number]
                ways = moves.get(key)
                if ways is None:
                    ways = moves[key] = list(self.machines[number].moves(state[number], index))
                for move in ways:
                    steps += 1
                    total = weight + move[1]
                    if floor is not None and total < floor:
                        continue
                    to = (*state[:number], move[0], *state[number + 1 :])
                    known = following.get(to)
                    if known is None or known[0] < total:
                        following[to] = total, _Taken(taken, number, index, move)
        self.steps += steps
        self.layer = following

    def _drop_unfinishable(self, left: Sequence[int]) -> None:
        """Drop the states with places open that the units to come can't fill."""
        supplies: dict[int, int] = {}
        finishable: dict[tuple[int, Open], bool] = {}
        kept = {}
        for state, reached in self.layer.items():
            for number, places in enumerate(state):
                key = number, places
                can_finish = finishable.get(key)
                if can_finish is None:
                    can_finish = finishable[key] = self._can_finish(number, places, left, supplies)
                if not can_finish:
                    break
            else:
                kept[state] = reached
        self.layer = kept

    def _can_finish(self, number: int, places: Open, left: Sequence[int], supplies: dict[int, int]) -> bool:
        for needed, mask in self.machines[number].needs(places):
            if mask not in supplies:
                supplies[mask] = sum(left[index] for index in bits_of(mask))
            if needed > supplies[mask]:
                return False
        return True


def _heaviest_first(item: tuple[State, Reached]) -> int:
    return -item[1][0]


def _scan_order(offers: Sequence[Offer]) -> list[int]:
    """Return the wanted classes in falling base, of equal ones the later first, as the first CHEAPEST offer sees it."""
    wanted = 0
    for offer in offers:
        wanted |= offer.classes
    bases = next((offer.bases for offer in offers if offer.form is Form.CHEAPEST), None)
    if bases is None:
        return bits_of(wanted)
    return sorted(bits_of(wanted), key=lambda index: (-bases[index], -index))


def _machines(
    offers: Sequence[Offer], weights: Weights, order: Sequence[int], counts: Sequence[int]
) -> tuple[list[Machine], int]:
    """Return a machine for each offer, and how much one unit of worth weighs."""
    # An offer's constant is spread over the places of its sets, so that what is ahead can be bounded unit by unit.
    unit = weights.worth * lcm(*(offer.size for offer in offers))
    machines: list[Machine] = []
    for number, offer in enumerate(offers):
        share = offer.constant * unit // offer.size
        used = [share + weight for weight in weights.used[number]]
        gains = [gain * unit for gain in offer.gains]
        kind, start = _kind(offer)
        in_order = offer.form is not Form.CHEAPEST or _comes_in_order(offer, order)
        if kind is Cycle and not in_order:
            kind, start = Sets, ()
        limit = _limit(offer, counts)
        if limit is not None:
            start = start, 0
        machines.append(
            kind(offer, weights.sets[number], used, weights.rewarded[number], gains, unit, start, in_order, limit)
        )
    return machines, unit


def _kind(offer: Offer) -> tuple[type[Machine], Open]:
    if offer.form is Form.ADDITIVE:
        return Slots, (0,) * len(offer.parts)
    if offer.form is Form.CHEAPEST and len(offer.parts) == 1 and offer.levels() is not None:
        return Cycle, 0
    return Sets, ()


def _comes_in_order(offer: Offer, order: Sequence[int]) -> bool:
    mine = [index for index in order if offer.classes >> index & 1]
    return mine == sorted(mine, key=lambda index: (-offer.bases[index], -index))


def _limit(offer: Offer, counts: Sequence[int]) -> int | None:
    """Return the most sets an offer may form, or None where its units run out first."""
    if offer.most is None:
        return None
    supply = min(sum(counts[index] for index in bits_of(part.classes)) // part.quantity for part in offer.parts)
    return offer.most if offer.most < supply else None


def _best_gain(machine: Machine, index: int) -> int:
    """Return the most that a unit can add to the worth through an offer, as weight."""
    offer = machine.offer
    if not offer.classes >> index & 1:
        return 0
    return max(0, offer.constant) * machine.unit // offer.size + machine.gains[index]


def _read_back(
    offers: Sequence[Offer], machines: Sequence[Machine], counts: Sequence[int], taken: _Taken | None
) -> tuple[Packed, ...]:
    """Return what each offer got, from the units taken one after the other."""
    sets, held = [0] * len(offers), [0] * len(offers)
    used = [[0] * len(counts) for _ in offers]
    rewarded = [[0] * len(counts) for _ in offers]
    while taken is not None:
        sets[taken.offer] += taken.move.opens
        held[taken.offer] += taken.move.held
        used[taken.offer][taken.unit_class] += 1
        for index in taken.move.rewards:
            rewarded[taken.offer][index] += 1
        taken = taken.before
    for number, machine in enumerate(machines):
        if isinstance(machine, Cycle):
            rewarded[number] = reward_earliest(offers[number], used[number])
    return tuple(
        offer.packed(sets[number], used[number], rewarded[number], held[number]) for number, offer in enumerate(offers)
    )
