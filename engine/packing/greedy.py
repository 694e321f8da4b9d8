"""A good packing of one offer whose sets no closed form covers, made set by set of the dearest units left.

It is what a search begins with, so that little of what is worse is looked at, and what is left when the steps run out.
"""

from collections.abc import Sequence

from engine.bits import bits_of
from engine.packing.closed_form import most_sets, pack_alone
from engine.packing.closed_form_untied import pack_many
from engine.packing.problem import Form, Offer, Packed, Part

# The different sets that are made at most, and however few steps are left; each as often as there are units for it.
_MOST_DIFFERENT, _LEAST_DIFFERENT = 24, 3
# What one of them costs about, in steps, and how many looks of a transport are a step.
_STEPS_PER_SET = 40
_LOOKS_PER_STEP = 16


def pack_some(offer: Offer, counts: Sequence[int], max_steps: int) -> tuple[Packed, int]:
    """Return a packing of an offer that has all units to itself, the best where that is known, and its steps."""
    known = pack_alone(offer, counts)
    if known is None:
        known = pack_many(offer, counts)
    return (known, 0) if known is not None else pack_set_by_set(offer, counts, max_steps)


def pack_set_by_set(offer: Offer, counts: Sequence[int], max_steps: int) -> tuple[Packed, int]:
    """Return a packing of an offer that has all units to itself, and the steps it took."""
    parts = len(offer.parts)
    looks = parts * parts * min(len(counts), parts * offer.size) * offer.size
    steps_per_set = _STEPS_PER_SET + parts * len(counts) // 2 + looks // _LOOKS_PER_STEP
    most_different = min(_MOST_DIFFERENT, max(_LEAST_DIFFERENT, max_steps // (2 * steps_per_set)))
    one_set = Offer(Form.ADDITIVE, offer.parts, _preferences(offer), 0, 1)
    left, most = list(counts), most_sets(offer, counts)
    used, rewarded = [0] * len(counts), [0] * len(counts)
    sets = held = different = 0
    while sets < most and different < most_different:
        different += 1
        # Where most units are one of many alike, these come first: one set of them is made often.
        many = [count if count >= 2 * offer.size else 0 for count in left]
        chosen = _one_of(one_set, many) if 2 * sum(many) > sum(left) else None
        if chosen is None or not chosen.sets:
            chosen = _one_of(one_set, left)
        if chosen is None or not chosen.sets:
            break
        gifts, worth = _gifts(offer, chosen)
        if worth <= 0:
            break
        times = min([most - sets, *(have // use for have, use in zip(left, chosen.used, strict=True) if use)])
        sets += times
        held += times * worth
        for index, use in enumerate(chosen.used):
            used[index] += times * use
            left[index] -= times * use
            rewarded[index] += times * gifts[index]
    return offer.packed(sets, used, rewarded, held), different * steps_per_set


def _one_of(offer: Offer, counts: Sequence[int]) -> Packed | None:
    """Return the best packing of an offer of one set; None where none is found.

    Of each part's classes only those that are wanted most can be in it, as many as it has units: whatever others take
    of them, there are enough. So the others need not be looked at.
    """
    promising = 0
    for part in offer.parts:
        classes = [index for index in bits_of(part.classes) if counts[index]]
        classes.sort(key=lambda index: (-offer.unit_values[index], index))
        needed = offer.size
        for index in classes:
            if needed <= 0:
                break
            promising |= 1 << index
            needed -= counts[index]
    kept = bits_of(promising)
    if 2 * len(kept) > len(counts):
        return pack_alone(offer, counts)
    place_of = {index: place for place, index in enumerate(kept)}
    parts = tuple(
        [
            Part(
                part.quantity, part.rewarded, sum([1 << place_of[index] for index in bits_of(part.classes & promising)])
            )
            for part in offer.parts
        ]
    )
    fewer = Offer(offer.form, parts, tuple([offer.unit_values[index] for index in kept]), offer.constant, offer.most)
    chosen = pack_alone(fewer, [counts[index] for index in kept])
    return None if chosen is None else _among(kept, chosen, len(counts))


def _among(kept: Sequence[int], chosen: Packed, classes: int) -> Packed:
    """Return what was packed of some classes as a packing of all."""
    used, rewarded = [0] * classes, [0] * classes
    for place, index in enumerate(kept):
        used[index], rewarded[index] = chosen.used[place], chosen.rewarded[place]
    return Packed(chosen.sets, tuple(used), tuple(rewarded), chosen.worth)


def _preferences(offer: Offer) -> tuple[int, ...]:
    """Return how much a unit of each class is wanted: the dearest first, of equal ones those that fit fewest parts."""
    dear = offer.bases if offer.form is Form.CHEAPEST else offer.unit_values
    parts = len(offer.parts)
    fits = [sum([part.classes >> index & 1 for part in offer.parts]) for index in range(len(dear))]
    return tuple([price * (parts + 1) + parts - fit for price, fit in zip(dear, fits, strict=True)])


def _gifts(offer: Offer, chosen: Packed) -> tuple[Sequence[int], int]:
    """Return the units that one set rewards, and what it is worth."""
    unit_values = offer.unit_values
    if offer.form is not Form.CHEAPEST:
        worth = sum([count * unit_value for count, unit_value in zip(chosen.rewarded, unit_values, strict=True)])
        return chosen.rewarded, min(worth, offer.cap) if offer.form is Form.CAPPED else worth + offer.constant
    units = [index for index, count in enumerate(chosen.rewarded) for _ in range(count)]
    units.sort(key=lambda index: (offer.bases[index], index))
    gifts = [0] * len(unit_values)
    worth = 0
    for index in units[: offer.cheapest]:
        gifts[index] += 1
        worth += unit_values[index]
    return gifts, worth
