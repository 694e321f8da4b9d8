"""Sets of lines, and of classes of units, as the bits of one integer."""

from collections.abc import Iterable

# The length of a mask that is quickest gone through bit by bit.
_SHORT = 128


def bits_of(mask: int) -> list[int]:
    """Return the places of the bits that are set, lowest first."""
    places = []
    if mask.bit_length() > _SHORT:
        # Long masks are searched as text: taking off bit by bit copies all of them each time.
        text = f"{mask:b}"[::-1]
        place = text.find("1")
        while place >= 0:
            places.append(place)
            place = text.find("1", place + 1)
        return places
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places


def union(masks: Iterable[int]) -> int:
    """Return the bits that any of the masks has."""
    bits = 0
    for mask in masks:
        bits |= mask
    return bits
