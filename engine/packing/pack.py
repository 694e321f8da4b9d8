"""All offers together: offers that do not get in each other's way alone, the others jointly, in independent groups."""

from collections.abc import Sequence

from engine.packing.closed_form import most_sets, pack_alone, stand_alone
from engine.packing.closed_form_untied import pack_many
from engine.packing.dynamic_program import scan
from engine.packing.few_sets import fits, pack_few
from engine.packing.greedy import pack_some
from engine.packing.problem import Offer, Packed, Packing

# The units that are scanned at once, ties and all, and the steps after which that is given up: for a few units no bound
# is as quick.
_PLAIN_UNITS = 48
_PLAIN_STEPS = 500
_FEW_UNITS = 12
_FEW_STEPS = 2_000
# The units for which one offer's ties are always settled by search.
_SETTLED_UNITS = 48


def pack(offers: Sequence[Offer], counts: Sequence[int], max_steps: int, cutoff: int | None = None) -> Packing:
    """Return the best packing of the offers, which come in the order of their rules' ids.

    `counts` says how many units each class has. No more than about `max_steps` steps are taken. Where it is proven that
    no packing is worth more than `cutoff`, none need be the best.
    """
    standing = [stand_alone(offer, counts) for offer in offers]
    alone = tuple([None if one is None else one.packed(one.sets) for one in standing])
    steps = len(offers) * (4 + len(counts) // 4)
    for one in standing:
        if one is not None:
            steps += one.setup
    together = uncontested(alone, counts)
    if together is not None:
        return Packing(together, steps, optimal=True, most=sum([one.worth for one in together]), alone=alone)
    optimal, most = True, 0
    packed: list[Packed] = [Packed(0, (), (), 0)] * len(offers)
    groups = _groups(offers)
    for group in groups:
        found = uncontested([alone[number] for number in group], counts)
        if found is None:
            rivals = [one for one in [standing[number] for number in group] if one is not None]
            joint = pack_few(rivals, counts, max_steps) if len(rivals) == len(group) else None
            if joint is None:
                known = [alone[number] for number in group]
                joint = _pack_group(
                    [offers[number] for number in group],
                    counts,
                    max(0, max_steps - steps),
                    known,
                    None if len(groups) > 1 else cutoff,
                )
            steps += joint.steps
            optimal = optimal and joint.optimal
            most += joint.most
            found = joint.packed
        else:
            most += sum([one.worth for one in found])
        for number, result in zip(group, found, strict=True):
            packed[number] = result
    return Packing(tuple(packed), steps, optimal, most, alone)


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


def uncontested(alone: Sequence[Packed | None], counts: Sequence[int]) -> tuple[Packed, ...] | None:
    """Return what each offer would get alone, where the units suffice for all of them.

    Each is then as good as it can be in worth, sets and units, so together nothing is better, ties included.
    """
    found = tuple([packed for packed in alone if packed is not None])
    if len(found) < len(alone):
        return None
    return found if len(found) == 1 or fits([packed.used for packed in found], counts) else None


def _pack_group(
    offers: Sequence[Offer],
    counts: Sequence[int],
    max_steps: int,
    alone: Sequence[Packed | None],
    cutoff: int | None,
) -> Packing:
    """Return the best packing of offers that want the same units; `alone` is what each would get alone."""
    wanted = _wanted(offers, counts)
    greedy, steps = _greedy(offers, wanted, alone, max_steps)
    units = sum(wanted)
    if len(offers) == 1 and units > _SETTLED_UNITS and (many := pack_many(offers[0], wanted)) is not None:
        return Packing((many,), steps, optimal=True, most=many.worth)
    if units <= _PLAIN_UNITS:
        least, left = sum([packed.worth for packed in greedy]), max_steps - steps
        scanned = scan(offers, wanted, least, min(left, _FEW_STEPS if units <= _FEW_UNITS else _PLAIN_STEPS))
        if scanned.packed:
            return scanned._replace(steps=steps + scanned.steps)
        steps += scanned.steps
    if len(offers) == 1 and (many := pack_many(offers[0], wanted)) is not None:
        return Packing((many,), steps, optimal=True, most=many.worth)
    # Few receipts come this far, and none should wait for it when the engine starts.
    from engine.packing.branch_and_price import pack_by_branching  # noqa: PLC0415

    solved = pack_by_branching(offers, wanted, greedy, max_steps - steps, cutoff)
    return solved._replace(steps=steps + solved.steps)


def _wanted(offers: Sequence[Offer], counts: Sequence[int]) -> list[int]:
    """Return the counts without units that no packing can use: more than all sets of all offers have places for."""
    wanted = [0] * len(counts)
    for offer in offers:
        sets = most_sets(offer, counts)
        for part, places in zip(offer.parts, offer.places(), strict=True):
            units = sets * part.quantity
            for index in places:
                wanted[index] += units
    return [min(pair) for pair in zip(wanted, counts, strict=True)]


def _greedy(
    offers: Sequence[Offer], counts: Sequence[int], alone: Sequence[Packed | None], max_steps: int
) -> tuple[tuple[Packed, ...], int]:
    """Return a packing made offer by offer, worth most alone first, each from what is left; and the steps it took."""
    steps = 20 * len(offers)
    with_all: list[Packed] = []
    for offer, known in zip(offers, alone, strict=True):
        best, more = (known, 0) if known is not None else pack_some(offer, counts, max_steps - steps)
        with_all.append(best)
        steps += more
    order = sorted(range(len(offers)), key=lambda number: (-with_all[number].worth, number))
    left = list(counts)
    nothing = (0,) * len(counts)
    packed = list(with_all)
    for place, number in enumerate(order):
        offer, found = offers[number], with_all[number]
        # What it would take alone may all be there; what it can't do without may all be gone.
        if place and not fits([found.used], left):
            if most_sets(offer, left):
                known = pack_alone(offer, left)
                found, more = (known, 0) if known is not None else pack_some(offer, left, max_steps - steps)
                steps += more
            else:
                found = Packed(0, nothing, nothing, 0)
            packed[number] = found
        if found.sets:
            left = [count - used for count, used in zip(left, found.used, strict=True)]
    return tuple(packed), steps
