"""The packing problem as numbers: an offer forms sets of units from classes, and a packing says which it gets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from engine.bits import bits_of


class Form(Enum):
    """How the worth of an offer's sets comes about.

    ADDITIVE: each rewarded unit is worth its unit value, whichever set it is in, and each set a constant on top.
    CHEAPEST: the `cheapest` units of lowest base among a set's rewarded ones are worth their unit values.
    CAPPED: a set is worth its rewarded units' values together, at most `cap`.
    """

    ADDITIVE = 1
    CHEAPEST = 2
    CAPPED = 3


class Part(NamedTuple):
    """`quantity` units of the classes whose bits are set; worth something only when rewarded."""

    quantity: int
    rewarded: bool
    classes: int


# Not frozen: setting the fields of a frozen one costs more than packing it. Nothing sets them later.
@dataclass(slots=True)
class Offer:
    """One rule that forms sets. Classes are numbered in the order of their units; unit values are whole numbers.

    `constant` may be negative (the price of a package). `most` limits the sets. Offers come in the order of rule ids.
    """

    form: Form
    parts: tuple[Part, ...]
    unit_values: tuple[int, ...]
    constant: int = 0
    most: int | None = None
    bases: tuple[int, ...] = ()
    cheapest: int = 0
    cap: int = 0

    size: int = field(init=False)
    classes: int = field(init=False)
    has_disjoint_parts: bool = field(init=False)
    rewarded_part: Part | None = field(init=False)
    _places: list[list[int]] | None = field(init=False, default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read off what is asked often: units in a set, all wanted classes, whether a class fits two parts."""
        size = classes = shared = 0
        rewarded_part, several = None, False
        for part in self.parts:
            quantity, rewarded, wanted = part
            size += quantity
            shared |= classes & wanted
            classes |= wanted
            if rewarded:
                several = rewarded_part is not None
                rewarded_part = part
        self.size = size
        self.classes = classes
        self.has_disjoint_parts = not shared
        self.rewarded_part = None if several else rewarded_part

    def places(self) -> list[list[int]]:
        """Return the classes of each part in their order; nobody changes these lists."""
        if self._places is None:
            self._places = [bits_of(part.classes) for part in self.parts]
        return self._places

    def supplies(self, counts: Sequence[int]) -> list[int]:
        """Return how many units there are for each part."""
        return [sum([counts[index] for index in classes]) for classes in self.places()]

    def packed(self, sets: int, used: Sequence[int], rewarded: Sequence[int], held: int = 0) -> "Packed":
        """Return so many sets of these units with their worth; `held` is what the sets of a CAPPED offer are worth."""
        worth = held
        if self.form is not Form.CAPPED:
            worth = sets * self.constant + sum(map(mul, rewarded, self.unit_values))
        return Packed(sets, tuple(used), tuple(rewarded), worth)

    def levels(self) -> list[tuple[int, list[int]]] | None:
        """Return a CHEAPEST offer's rewarded part by falling base, as (unit value, classes in unit order).

        None unless there is just one such part, and the value depends on the base alone and falls strictly with it:
        then how many units of each level are rewarded is the same in every best packing, and the units of a level
        differ only in their order.
        """
        if self.rewarded_part is None:
            return None
        return _levels(self.rewarded_part.classes, self.bases, self.unit_values)


# The same rivals are packed again and again, and many of them want the same goods.
@lru_cache(maxsize=64)
def _levels(wanted: int, bases: tuple[int, ...], unit_values: tuple[int, ...]) -> list[tuple[int, list[int]]] | None:
    levels: list[tuple[int, list[int]]] = []
    previous = None
    # Sorting keeps equal ones in their order, reversed or not.
    for index in sorted(bits_of(wanted), key=bases.__getitem__, reverse=True):
        unit_value = unit_values[index]
        if previous == bases[index]:
            if unit_value != levels[-1][0]:
                return None
            levels[-1][1].append(index)
            continue
        if levels and unit_value >= levels[-1][0]:
            return None
        levels.append((unit_value, [index]))
        previous = bases[index]
    return levels


class Packed(NamedTuple):
    """What one offer gets: its number of sets, how many units of each class it uses and rewards, and the worth."""

    sets: int
    used: tuple[int, ...]
    rewarded: tuple[int, ...]
    worth: int


class Packing(NamedTuple):
    """A packing of all offers, in their order; `optimal` is false where the search ran out of steps.

    No packing is worth more than `most`. `alone` has what each offer would get if it had all units to itself, where a
    closed form says so.
    """

    packed: tuple[Packed, ...]
    steps: int
    optimal: bool
    most: int
    alone: tuple[Packed | None, ...] = ()

    @property
    def worth(self) -> int:
        """Return what all sets are worth together."""
        return sum([one.worth for one in self.packed])
