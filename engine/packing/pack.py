"""All offers together: offers that do not get in each other's way alone, the others jointly, in independent groups."""

from collections.abc import Sequence
from dataclasses import replace

from engine.packing.alone import pack_alone, stand_alone
from engine.packing.few import fits, pack_few
from engine.packing.joint import is_entangled, pack_jointly
from engine.packing.many import pack_many
from engine.packing.offer import Offer, Packed, Packing, bits_of

# The units that are searched one by one. Where offers contend for more, the problem is cut into equal parts that fit.
_MOST_UNITS = 256
# The units for which one offer's ties are always settled by search.
_SETTLED_UNITS = 48
# The units that are searched where a set's worth hangs on how its units are combined.
_MOST_ENTANGLED = 24
_MOST_CUTS = 4


def pack(offers: Sequence[Offer], counts: Sequence[int], max_steps: int) -> Packing:
    """Return the best packing of the offers, which come in the order of their rules' ids.

    `counts` says how many units each class has. No more than about `max_steps` steps are taken.
    """
    standing = [stand_alone(offer, counts) for offer in offers]
    alone = tuple([None if one is None else one.packed(one.sets) for one in standing])
    steps, optimal = len(offers), True
    together = undisputed(alone, counts)
    if together is not None:
        return Packing(together, steps, optimal, alone)
    packed: list[Packed] = [Packed(0, (), (), 0)] * len(offers)
    for group in _groups(offers):
        found = undisputed([alone[number] for number in group], counts)
        if found is None:
            rivals = [one for one in [standing[number] for number in group] if one is not None]
            joint = pack_few(rivals, counts) if len(rivals) == len(group) else None
            if joint is None:
                known = [alone[number] for number in group]
                joint = _pack_group([offers[number] for number in group], counts, max(1, max_steps - steps), known)
            steps += joint.steps
            optimal = optimal and joint.optimal
            found = joint.packed
        for number, result in zip(group, found, strict=True):
            packed[number] = result
    return Packing(tuple(packed), steps, optimal, alone)


def _each_alone(offers: Sequence[Offer], counts: Sequence[int]) -> list[Packed | None]:
    return [pack_alone(offer, counts) for offer in offers]


def _groups(offers: Sequence[Offer]) -> list[list[int]]:
    """Return the offers in groups, so that no two groups want a class in common."""
    groups: list[tuple[int, list[int]]] = []
    for number, offer in enumerate(offers):
        classes, members = offer.classes, [number]
        apart = []
        for other, numbers in groups:
            if other & classes:
                classes |= other
                members = numbers + members
            else:
                apart.append((other, numbers))
        groups = [*apart, (classes, sorted(members))]
    return [numbers for _, numbers in groups]


def undisputed(alone: Sequence[Packed | None], counts: Sequence[int]) -> tuple[Packed, ...] | None:
    """Return what each offer would get alone, where the units suffice for all of them.

    Each is then as good as it can be in worth, sets and units, so together nothing is better, ties included.
    """
    found = tuple([packed for packed in alone if packed is not None])
    if len(found) < len(alone):
        return None
    return found if len(found) == 1 or fits([packed.used for packed in found], counts) else None


def _pack_group(
    offers: Sequence[Offer], counts: Sequence[int], max_steps: int, alone: Sequence[Packed | None], depth: int = 0
) -> Packing:
    """Return the best packing of offers that want the same units; `alone` is what each would get alone."""
    wanted = _wanted(offers, counts)
    greedy = _greedy(offers, wanted, alone)
    least = sum(packed.worth for packed in greedy)
    is_single = len(offers) == 1
    if is_single and sum(wanted) > _SETTLED_UNITS and (many := pack_many(offers[0], wanted)) is not None:
        return Packing((many,), 1, optimal=True)
    best = Packing(greedy, 1, optimal=False)
    searched = [min(count, _MOST_UNITS) for count in wanted]
    if sum(wanted) <= _MOST_UNITS or depth == _MOST_CUTS:
        joint = pack_jointly(offers, searched, least, max_steps)
        if joint is not None and joint.optimal and searched == wanted:
            return joint
        best = _better(best, joint, max_steps)
        if is_single and (many := pack_many(offers[0], wanted)) is not None:
            return Packing((many,), best.steps, optimal=True)
    fitting = _MOST_ENTANGLED if any(is_entangled(offer) for offer in offers) else _MOST_UNITS
    if sum(wanted) > fitting and depth < _MOST_CUTS:
        best = _better(best, _in_parts(offers, wanted, fitting, max_steps, depth + 1), best.steps)
    return best


def _better(packing: Packing, other: Packing | None, steps: int) -> Packing:
    """Return the packing that is worth more, neither proven to be the best; `steps` is what the search took."""
    if other is None:
        return packing._replace(steps=steps)
    worth, rival = (sum(packed.worth for packed in one.packed) for one in (packing, other))
    return (other if rival > worth else packing)._replace(steps=max(packing.steps, other.steps), optimal=False)


def _wanted(offers: Sequence[Offer], counts: Sequence[int]) -> list[int]:
    """Return the counts without units that no packing can use: more than all sets of all offers have places for."""
    wanted = [0] * len(counts)
    for offer in offers:
        supply = [sum(counts[index] for index in bits_of(part.classes)) // part.quantity for part in offer.parts]
        sets = min(supply) if offer.most is None else min(*supply, offer.most)
        for part in offer.parts:
            for index in bits_of(part.classes):
                wanted[index] += sets * part.quantity
    return [min(pair) for pair in zip(wanted, counts, strict=True)]


def _greedy(offers: Sequence[Offer], counts: Sequence[int], alone: Sequence[Packed | None]) -> tuple[Packed, ...]:
    """Return a packing made offer by offer, worth most alone first, each from what is left."""
    nothing = Packed(0, (0,) * len(counts), (0,) * len(counts), 0)
    worths = [0 if packed is None else packed.worth for packed in alone]
    order = sorted(range(len(offers)), key=lambda number: (-worths[number], number))
    left = list(counts)
    packed = [nothing] * len(offers)
    for place, number in enumerate(order):
        best = alone[number] if place == 0 else pack_alone(offers[number], left)
        packed[number] = best or pack_many(offers[number], left) or nothing
        left = [count - used for count, used in zip(left, packed[number].used, strict=True)]
    return tuple(packed)


def _in_parts(
    offers: Sequence[Offer], counts: Sequence[int], fitting: int, max_steps: int, depth: int
) -> Packing | None:
    """Return a good packing of many units: a smaller one of the same proportions as often as it fits, then the rest."""
    times = -(-sum(counts) // fitting)
    limited = [offer if offer.most is None else replace(offer, most=offer.most // times) for offer in offers]
    smaller = [count // times for count in counts]
    bulk = _pack_group(limited, smaller, max_steps, _each_alone(limited, smaller), depth)
    if not any(packed.sets for packed in bulk.packed):
        return None
    left = list(counts)
    for packed in bulk.packed:
        left = [count - times * used for count, used in zip(left, packed.used, strict=True)]
    rest = [
        offer if offer.most is None else replace(offer, most=offer.most - times * packed.sets)
        for offer, packed in zip(offers, bulk.packed, strict=True)
    ]
    more = _pack_group(rest, left, max_steps, _each_alone(rest, left), depth)
    together = tuple(_add(times, many, few) for many, few in zip(bulk.packed, more.packed, strict=True))
    return Packing(together, bulk.steps + more.steps, optimal=False)


def _add(times: int, many: Packed, few: Packed) -> Packed:
    return Packed(
        times * many.sets + few.sets,
        tuple(times * count + other for count, other in zip(many.used, few.used, strict=True)),
        tuple(times * count + other for count, other in zip(many.rewarded, few.rewarded, strict=True)),
        times * many.worth + few.worth,
    )
