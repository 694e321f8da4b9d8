"""The best packing of offers that want the same units: dynamic programming over the units in falling base.

The units are taken one after the other; each stays unused or goes to a place that some offer has open. What is open is
the state, and of all ways to one state the heaviest is kept. The search ends with every place filled.
"""

from collections.abc import Sequence
from math import lcm
from operator import mul
from typing import Any, NamedTuple, TypeAlias

from engine.bits import bits_of
from engine.packing.closed_form import reward_earliest
from engine.packing.dp_bound import DualBound, cost_of
from engine.packing.dp_states import Cycle, Machine, Move, Open, Sets, Slots
from engine.packing.problem import Form, Offer, Packed, Packing
from engine.packing.tie_order import TieOrder

# What each offer has open.
State: TypeAlias = tuple[Open, ...]

# How finely prices divide a unit of worth.
_SHARES = 16

# One unit taken: what was taken before it, the offer, the class of the unit, and how the offer took it.
# What was taken before is a Taken too: mypyc can't compile an alias that names itself.
Taken: TypeAlias = "tuple[Any, int, int, Move] | None"
# How a state was reached the heaviest way so far: the weight, and what was taken last.
Reached: TypeAlias = tuple[int, Taken]


class DualPrices(NamedTuple):
    """Prices over one scale at which no set is worth more than its units cost, but for a premium by offer."""

    scale: int
    dual_prices: Sequence[int]
    premiums: Sequence[int]


def scan(
    offers: Sequence[Offer],
    counts: Sequence[int],
    least: int,
    max_steps: int,
    dual_prices: DualPrices | None = None,
) -> Packing:
    """Return the best packing of all offers together, ties settled; not optimal where the steps do not suffice.

    What can't come to be worth `least` is left, early with prices. Where no packing is worth that much none is
    returned, and `most` says so.
    """
    one = _Scan(offers, counts)
    bound = None
    if dual_prices is not None:
        one.steps = cost_of(one.machines, counts)
        if one.steps > max_steps:
            return Packing((), 0, optimal=False, most=0)
        shares = one.sizes * _SHARES
        # Rounded up, prices still cover what every set is worth.
        bound = DualBound(
            one.machines,
            counts,
            one.order,
            shares,
            [-(-price * shares // dual_prices.scale) for price in dual_prices.dual_prices],
            [-(-premium * shares // dual_prices.scale) for premium in dual_prices.premiums],
        )
    if not one.run(least, max_steps, bound):
        return Packing((), one.steps, optimal=False, most=0)
    return one.packing() if one.layer else Packing((), one.steps, optimal=True, most=least - 1)


def _weight(reached: Reached) -> int:
    return reached[0]


class _Scan:
    """One pass over the units, and the states after the units so far."""

    def __init__(self, offers: Sequence[Offer], counts: Sequence[int]) -> None:
        self.offers = offers
        self.counts = counts
        self.order = _scan_order(offers)
        self.sizes = lcm(*(offer.size for offer in offers))
        tie_order = TieOrder(len(offers), counts)
        # An offer's constant is spread over the places of its sets, so that what is ahead can be bounded unit by unit.
        self.unit = tie_order.worth * self.sizes
        self.machines = _machines(offers, tie_order, self.order, counts, self.unit)
        self.start: State = tuple(machine.start for machine in self.machines)
        self.layer: dict[State, Reached] = {self.start: (0, None)}
        self.steps = 0

    def packing(self) -> Packing:
        """Return the heaviest packing, once all units are taken."""
        _, taken = max(self.layer.values(), key=_weight)
        packed = _read_back(self.offers, self.machines, self.counts, taken)
        return Packing(packed, self.steps, optimal=True, most=sum([one.worth for one in packed]))

    def run(self, least: int, max_steps: int, bound: DualBound | None) -> bool:
        """Take all units, keeping what can come to at least `least`; False where the steps do not suffice."""
        # The ties' digits together weigh less than one unit of worth, either way.
        floor = (least - 1) * self.unit
        # A set that is counted only when complete counts units long gone, so the units ahead do not bound it.
        unit_values = [0] * len(self.counts)
        if all(machine.in_order for machine in self.machines):
            unit_values = [
                max(_most_added(machine, index) for machine in self.machines) for index in range(len(unit_values))
            ]
        ahead = sum(map(mul, unit_values, self.counts)) if any(unit_values) else abs(floor) + self.unit
        left = list(self.counts)
        place = 0
        for index in self.order:
            takers = [number for number, offer in enumerate(self.offers) if offer.classes >> index & 1]
            moves: dict[tuple[int, Open], list[Move]] = {}
            if bound is not None:
                bound.begin(left)
                self.steps += 4 * len(self.offers)
            for _ in range(self.counts[index]):
                ahead -= unit_values[index]
                left[index] -= 1
                place += 1
                if not self._take_unit(index, takers, moves, floor - ahead, max_steps):
                    return False
                if bound is not None:
                    self._keep_promising(bound, left, place, floor)
            self._drop_unfinishable(left)
        # No unit is left to come, so what can finish now has finished.
        return True

    def _keep_promising(self, bound: DualBound, left: Sequence[int], place: int, floor: int) -> None:
        """Drop the states that can't come to more than the floor."""
        known: dict[tuple[int, Open], int | None] = {}
        paid = bound.ahead(left)
        unit, scale = self.unit, bound.scale
        promising = {}
        for state, reached in self.layer.items():
            ahead = paid
            for number, places in enumerate(state):
                key = number, places
                if key not in known:
                    known[key] = bound.most(number, places, place)
                most = known[key]
                if most is None:
                    break
                ahead += most
            else:
                if reached[0] + -(-ahead * unit // scale) >= floor:
                    promising[state] = reached
        self.steps += len(self.layer) * (1 + len(self.offers) // 6) + 4 * len(known)
        self.layer = promising

    def _take_unit(
        self, index: int, takers: Sequence[int], moves: dict[tuple[int, Open], list[Move]], floor: int, max_steps: int
    ) -> bool:
        """Replace the states by those after one more unit, each reached the heaviest way; False without steps."""
        # The hot loop: plain tuples, and the ways of an offer to take a unit of this class are found once.
        layer = self.layer
        following = {state: reached for state, reached in layer.items() if reached[0] >= floor}
        steps = self.steps + 1 + len(layer) // 4
        for state, (weight, taken) in layer.items():
            if steps > max_steps:
                self.steps = steps
                return False
            for number in takers:
                key = number, state[number]
                ways = moves.get(key)
                if ways is None:
                    ways = moves[key] = list(self.machines[number].moves(state[number], index))
                    # Finding a way costs about as much as going it some times.
                    steps += 2 + 4 * len(ways)
                for move in ways:
                    steps += 1
                    total = weight + move[1]
                    if total < floor:
                        continue
                    to = (*state[:number], move[0], *state[number + 1 :])
                    known = following.get(to)
                    if known is None or known[0] < total:
                        following[to] = total, (taken, number, index, move)
        self.steps = steps
        self.layer = following
        return True

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


def _scan_order(offers: Sequence[Offer]) -> list[int]:
    """Return the wanted classes in falling base, of equal ones the later first, as the first CHEAPEST offer sees it.

    Without such an offer any order will do; what is worth most comes first, so that states are dropped early.
    """
    wanted = 0
    for offer in offers:
        wanted |= offer.classes
    bases: Sequence[int] | None = next((offer.bases for offer in offers if offer.form is Form.CHEAPEST), None)
    if bases is None:
        bases = [max(unit_values) for unit_values in zip(*(offer.unit_values for offer in offers), strict=True)]
    falling = bases
    return sorted(bits_of(wanted), key=lambda index: (-falling[index], -index))


def _machines(
    offers: Sequence[Offer], tie_order: TieOrder, order: Sequence[int], counts: Sequence[int], unit: int
) -> list[Machine]:
    """Return a machine for each offer; one unit of worth weighs `unit`."""
    machines: list[Machine] = []
    for number, offer in enumerate(offers):
        share = offer.constant * unit // offer.size
        used = [share + weight for weight in tie_order.used[number]]
        unit_values = [unit_value * unit for unit_value in offer.unit_values]
        kind, start = _kind(offer)
        in_order = offer.form is not Form.CHEAPEST or _comes_in_order(offer, order)
        if kind is Cycle and not in_order:
            kind, start = Sets, ()
        limit = _limit(offer, counts)
        if limit is not None:
            start = start, 0
        machines.append(
            kind(
                offer,
                tie_order.sets[number],
                used,
                tie_order.rewarded[number],
                unit_values,
                unit,
                start,
                in_order,
                limit,
            )
        )
    return machines


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


def _most_added(machine: Machine, index: int) -> int:
    """Return the most that a unit can add to the worth through an offer, as weight."""
    offer = machine.offer
    if not offer.classes >> index & 1:
        return 0
    return max(0, offer.constant) * machine.unit // offer.size + machine.unit_values[index]


def _read_back(
    offers: Sequence[Offer], machines: Sequence[Machine], counts: Sequence[int], taken: Taken
) -> tuple[Packed, ...]:
    """Return what each offer got, from the units taken one after the other."""
    sets, held = [0] * len(offers), [0] * len(offers)
    used = [[0] * len(counts) for _ in offers]
    rewarded = [[0] * len(counts) for _ in offers]
    while taken is not None:
        taken, offer, unit_class, move = taken
        sets[offer] += move.opens
        held[offer] += move.held
        used[offer][unit_class] += 1
        for index in move.rewards:
            rewarded[offer][index] += 1
    for number, machine in enumerate(machines):
        if isinstance(machine, Cycle):
            rewarded[number] = reward_earliest(offers[number], used[number])
    return tuple(
        offer.packed(sets[number], used[number], rewarded[number], held[number]) for number, offer in enumerate(offers)
    )
