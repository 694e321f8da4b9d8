"""The best packing found by trying every one, unit by unit: what the packing of the engine is checked against.

Written from the words of the specification, and slow: a handful of units is all it can do.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

from engine.packing.problem import Form, Offer, Packed

Units: TypeAlias = tuple[int, ...]


class Set(NamedTuple):
    """One set: the units it uses, those it rewards, and its worth."""

    used: Units
    rewarded: Units
    worth: int


def pack_by_trying(offers: Sequence[Offer], counts: Sequence[int]) -> tuple[Packed, ...]:
    """Return the best packing; units are numbered in the order of their classes."""
    classes = [index for index, count in enumerate(counts) for _ in range(count)]
    found = [sets_of(offer, classes) for offer in offers]
    best = min(_packings(found, 0, frozenset(range(len(classes))), [()] * len(offers), offers), key=_rating)
    return tuple(_packed(sets, classes, len(counts)) for sets in best)


def sets_of(offer: Offer, classes: Sequence[int]) -> list[Set]:
    """Return every set that could be formed if the offer had all units to itself."""
    return sorted(
        {_set(offer, filled, classes) for filled in _fillings(offer, 0, frozenset(range(len(classes))), classes)}
    )


def _fillings(offer: Offer, number: int, free: frozenset[int], classes: Sequence[int]) -> Iterator[tuple[Units, ...]]:
    if number == len(offer.parts):
        yield ()
        return
    part = offer.parts[number]
    fitting = [unit for unit in sorted(free) if part.classes >> classes[unit] & 1]
    for units in combinations(fitting, part.quantity):
        for others in _fillings(offer, number + 1, free - set(units), classes):
            yield (units, *others)


def _set(offer: Offer, filled: Sequence[Units], classes: Sequence[int]) -> Set:
    used = tuple(sorted(unit for units in filled for unit in units))
    rewarded = [unit for units, part in zip(filled, offer.parts, strict=True) if part.rewarded for unit in units]
    if offer.form is Form.CHEAPEST:
        rewarded = sorted(rewarded, key=lambda unit: (offer.bases[classes[unit]], unit))[: offer.cheapest]
    unit_values = sum(offer.unit_values[classes[unit]] for unit in rewarded)
    worth = min(unit_values, offer.cap) if offer.form is Form.CAPPED else unit_values + offer.constant
    return Set(used, tuple(sorted(rewarded)), worth)


def _packings(
    found: Sequence[Sequence[Set]],
    number: int,
    free: frozenset[int],
    packing: list[tuple[Set, ...]],
    offers: Sequence[Offer],
) -> Iterator[list[tuple[Set, ...]]]:
    """Yield every choice of sets, no unit in two of them; the sets of an offer come in the order they are listed."""
    if number == len(found):
        yield packing
        return
    yield from _packings(found, number + 1, free, packing, offers)
    most = offers[number].most
    if most is not None and len(packing[number]) >= most:
        return
    last = packing[number][-1] if packing[number] else None
    for one in found[number]:
        if (last is None or one > last) and free.issuperset(one.used):
            more = [*packing[:number], (*packing[number], one), *packing[number + 1 :]]
            yield from _packings(found, number, free - set(one.used), more, offers)


def _rating(packing: Sequence[Sequence[Set]]) -> tuple[object, ...]:
    """Return what makes a packing better: most worth, then the ties of step 1; the smallest is the best."""
    worth = sum(one.worth for sets in packing for one in sets)
    return (
        -worth,
        sum(len(sets) for sets in packing),
        [-len(sets) for sets in packing],
        [sorted(unit for one in sets for unit in one.used) for sets in packing],
        [sorted(unit for one in sets for unit in one.rewarded) for sets in packing],
    )


def _packed(sets: Sequence[Set], classes: Sequence[int], number: int) -> Packed:
    used, rewarded = [0] * number, [0] * number
    for one in sets:
        for unit in one.used:
            used[classes[unit]] += 1
        for unit in one.rewarded:
            rewarded[classes[unit]] += 1
    return Packed(len(sets), tuple(used), tuple(rewarded), sum(one.worth for one in sets))
