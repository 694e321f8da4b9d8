"""The best packing of offers that want the same units: dynamic programming over the units in falling base.

The units are taken one after the other; each stays unused or goes to a place that some offer has open. What is open is
the state, and of all ways to one state the heaviest is kept. The search ends with every place filled. Beyond its steps
it keeps the heaviest few states of each unit only, and says so.
"""

from collections.abc import Mapping, Sequence
from math import lcm
from typing import NamedTuple, TypeAlias

from engine.packing.alone import reward_earliest
from engine.packing.machine import Cycle, Open, Sets, Slots
from engine.packing.offer import Form, Offer, Packed, Packing, bits_of
from engine.packing.weight import Weights

Machine: TypeAlias = Cycle | Slots | Sets
# What each offer has open, and how many sets it opened where their number is limited.
State: TypeAlias = tuple[tuple[Open, int], ...]

_BEAM = 64


class _Taken(NamedTuple):
    """One unit taken, and what was taken before it."""

    before: "_Taken | None"
    offer: int
    unit_class: int
    opens: bool
    rewards: tuple[int, ...]
    held: int


class _Reached(NamedTuple):
    """How a state was reached the heaviest way so far."""

    weight: int
    taken: _Taken | None


def pack_jointly(offers: Sequence[Offer], counts: Sequence[int], least: int, max_steps: int) -> Packing | None:
    """Return the best packing of all offers together; None where the search found none that is worth `least`."""
    order = _scan_order(offers)
    weights = Weights(len(offers), counts)
    machines, unit = _machines(offers, weights, order)
    limits = [_limit(offer, counts) for offer in offers]
    masks = {part.classes for offer in offers for part in offer.parts}
    best_gain = [max(0, *(_best_gain(machine, index) for machine in machines)) for index in range(len(counts))]
    ahead = sum(counts[index] * best_gain[index] for index in order)
    # The ties' digits together weigh less than one unit of worth, either way.
    # A set that is counted only when complete gains from units long gone, so nothing bounds what is ahead for it.
    floor = (least - 1) * unit if all(machine.in_order for machine in machines) else -unit * unit
    layer: dict[State, _Reached] = {tuple((machine.start, 0) for machine in machines): _Reached(0, None)}
    left = list(counts)
    steps, optimal = 0, True
    for index in order:
        takers = [number for number, offer in enumerate(offers) if offer.classes >> index & 1]
        for _ in range(counts[index]):
            ahead -= best_gain[index]
            layer, tried = _take_unit(layer, index, machines, takers, limits, floor - ahead)
            steps += tried
            if steps > max_steps and len(layer) > _BEAM:
                optimal = False
                layer = dict(sorted(layer.items(), key=_heaviest_first)[:_BEAM])
        left[index] = 0
        supply = {mask: sum(left[place] for place in bits_of(mask)) for mask in masks}
        layer = {state: reached for state, reached in layer.items() if _can_finish(machines, state, supply)}
    # No unit is left to come, so what can finish now has finished.
    if not layer:
        return None
    best = max(layer.values(), key=lambda reached: reached.weight)
    return Packing(_read_back(offers, machines, counts, best.taken), steps, optimal)


def _take_unit(
    layer: dict[State, _Reached],
    index: int,
    machines: Sequence[Machine],
    takers: Sequence[int],
    limits: Sequence[int | None],
    floor: int,
) -> tuple[dict[State, _Reached], int]:
    """Return the states after one more unit, each reached the heaviest way, and how many ways were tried."""
    following = {state: reached for state, reached in layer.items() if reached.weight >= floor}
    tried = 0
    for state, (weight, taken) in layer.items():
        for number in takers:
            places, opened = state[number]
            limit = limits[number]
            for after, added, opens, rewards, held in machines[number].moves(places, index):
                tried += 1
                total = weight + added
                if total < floor or (limit is not None and opens and opened == limit):
                    continue
                reached = opened + 1 if limit is not None and opens else opened
                to = (*state[:number], (after, reached), *state[number + 1 :])
                known = following.get(to)
                if known is None or known.weight < total:
                    following[to] = _Reached(total, _Taken(taken, number, index, opens, rewards, held))
    return following, tried


def _heaviest_first(item: tuple[State, _Reached]) -> int:
    return -item[1].weight


def _can_finish(machines: Sequence[Machine], state: State, supply: Mapping[int, int]) -> bool:
    return all(
        needed <= supply[mask]
        for machine, (places, _) in zip(machines, state, strict=True)
        for needed, mask in machine.needs(places)
    )


def _scan_order(offers: Sequence[Offer]) -> list[int]:
    """Return the wanted classes in falling base, of equal ones the later first, as the first CHEAPEST offer sees it."""
    wanted = 0
    for offer in offers:
        wanted |= offer.classes
    bases = next((offer.bases for offer in offers if offer.form is Form.CHEAPEST), None)
    if bases is None:
        return bits_of(wanted)
    return sorted(bits_of(wanted), key=lambda index: (-bases[index], -index))


def _machines(offers: Sequence[Offer], weights: Weights, order: Sequence[int]) -> tuple[list[Machine], int]:
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
        machines.append(kind(offer, weights.sets[number], used, weights.rewarded[number], gains, unit, start, in_order))
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
        sets[taken.offer] += taken.opens
        held[taken.offer] += taken.held
        used[taken.offer][taken.unit_class] += 1
        for index in taken.rewards:
            rewarded[taken.offer][index] += 1
        taken = taken.before
    for number, machine in enumerate(machines):
        if isinstance(machine, Cycle):
            rewarded[number] = reward_earliest(offers[number], used[number])
    return tuple(
        offer.packed(sets[number], used[number], rewarded[number], held[number]) for number, offer in enumerate(offers)
    )
