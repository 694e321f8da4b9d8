"""What one offer has open while units are taken one after the other, and the ways it can take the next.

What matters of the past is only which places are open. There are three kinds:

    Cycle  a one-part CHEAPEST offer whose unit values fall with the base: how far its open set is, payers first.
           Filling sets one after the other is best, so one number tells all.
    Slots  an ADDITIVE offer: how many places each part has open. Which set they belong to makes no difference.
    Sets   any other offer: the open sets, each with its open places and what it holds so far.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from engine.packing.problem import Form, Offer

# What one offer has open; its shape depends on the machine.
Open: TypeAlias = Any


class Move(NamedTuple):
    """One way for an offer to take a unit: what is open after it, its weight, the classes it rewards,
    and by how much more a CAPPED set is worth."""

    after: Open
    weight: int
    opens: bool
    rewards: tuple[int, ...]
    held: int = 0


@dataclass(frozen=True, slots=True)
class _Machine:
    """What all kinds of machine share: one offer, the weights of its choices, and whether units come in its order."""

    offer: Offer
    set_weight: int
    used: Sequence[int]
    rewarded: Sequence[int]
    unit_values: Sequence[int]
    unit: int
    start: Open
    in_order: bool
    limit: int | None

    def moves(self, places: Open, index: int) -> Iterator[Move]:
        """Yield the ways to take a unit; where sets are limited, what is open comes with how many were opened."""
        if self.limit is None:
            yield from self.ways(places, index)
            return
        places, opened = places
        for move in self.ways(places, index):
            if not move.opens:
                yield move._replace(after=(move.after, opened))
            elif opened < self.limit:
                yield move._replace(after=(move.after, opened + 1))

    def needs(self, places: Open) -> Iterator[tuple[int, int]]:
        """Yield what must still come: units of which classes."""
        return self.lacks(places if self.limit is None else places[0])

    @abstractmethod
    def ways(self, places: Open, index: int) -> Iterator[Move]:
        """Yield the ways to take a unit, whatever the limit."""

    @abstractmethod
    def lacks(self, places: Open) -> Iterator[tuple[int, int]]:
        """Yield what the open places lack: units of which classes."""


class Cycle(_Machine):
    """Counts the units of the set that is open, payers first."""

    __slots__ = ()

    def ways(self, place: Open, index: int) -> Iterator[Move]:
        """Yield the one way to take a unit."""
        size = self.offer.size
        weight = self.used[index]
        if place == 0:
            weight += self.set_weight
        rewards = place >= size - self.offer.cheapest
        if rewards:
            weight += self.unit_values[index]
        yield Move((place + 1) % size, weight, place == 0, (index,) if rewards else ())

    def lacks(self, place: Open) -> Iterator[tuple[int, int]]:
        """Yield what the open places lack: units of which classes."""
        if place:
            yield self.offer.size - place, self.offer.parts[0].classes


class Slots(_Machine):
    """Counts the open places of each part; a set is opened when a part has none."""

    __slots__ = ()

    def ways(self, slots: Open, index: int) -> Iterator[Move]:
        """Yield a way for each part that the unit fits."""
        offer = self.offer
        for number, part in enumerate(offer.parts):
            if not part.classes >> index & 1:
                continue
            weight = self.used[index]
            after = list(slots)
            opens = not after[number]
            if opens:
                after = [left + other.quantity for left, other in zip(after, offer.parts, strict=True)]
                weight += self.set_weight
            after[number] -= 1
            if part.rewarded:
                weight += self.unit_values[index] + self.rewarded[index]
            yield Move(tuple(after), weight, opens, (index,) if part.rewarded else ())

    def lacks(self, slots: Open) -> Iterator[tuple[int, int]]:
        """Yield what the open places lack: units of which classes."""
        for left, part in zip(slots, self.offer.parts, strict=True):
            if left:
                yield left, part.classes


class Sets(_Machine):
    """Keeps every open set: its open places by part, and what its rewarded units hold so far.

    A CAPPED set holds the sum of its unit values. A CHEAPEST one whose units come in falling base needs nothing, since
    the last rewarded places are the cheapest; otherwise it holds its units and is counted when the last one has come.
    """

    __slots__ = ()

    def ways(self, sets: Open, index: int) -> Iterator[Move]:
        """Yield a way for each part of each different open set, and of a new one, that the unit fits."""
        fresh = (tuple(part.quantity for part in self.offer.parts), ())
        tried = set()
        for position, open_set in enumerate((*sets, fresh)):
            opens = position == len(sets)
            if open_set in tried and not opens:
                continue
            tried.add(open_set)
            others = sets if opens else sets[:position] + sets[position + 1 :]
            slots, held = open_set
            for number, part in enumerate(self.offer.parts):
                if not slots[number] or not part.classes >> index & 1:
                    continue
                holds, worth, rewards = self._hold(slots, held, index) if part.rewarded else (held, 0, ())
                weight = self.used[index] + worth + sum(self.rewarded[member] for member in rewards)
                weight += self.set_weight if opens else 0
                rest = (*slots[:number], slots[number] - 1, *slots[number + 1 :])
                after = (*others, (rest, holds)) if any(rest) else others
                more = worth // self.unit if self.offer.form is Form.CAPPED else 0
                yield Move(tuple(sorted(after)), weight, opens, rewards, more)

    def _hold(self, slots: Sequence[int], held: Any, index: int) -> tuple[Any, int, tuple[int, ...]]:
        """Return what a set holds with one more rewarded unit, what that adds, and whom it rewards."""
        offer = self.offer
        if offer.form is Form.CAPPED:
            before = held[0] if held else 0
            after = min(before + offer.unit_values[index], offer.cap)
            return (after,), (after - before) * self.unit, (index,)
        left = sum(slot for slot, other in zip(slots, offer.parts, strict=True) if other.rewarded)
        if self.in_order:
            rewards: tuple[int, ...] = (index,) if left <= offer.cheapest else ()
            return (), self.unit_values[index] if rewards else 0, rewards
        holds = tuple(sorted((*held, (offer.bases[index], index))))
        if left > 1:
            return holds, 0, ()
        rewards = tuple(member for _, member in holds[: offer.cheapest])
        return (), sum(self.unit_values[member] for member in rewards), rewards

    def lacks(self, sets: Open) -> Iterator[tuple[int, int]]:
        """Yield what the open places lack: units of which classes."""
        for number, part in enumerate(self.offer.parts):
            left = sum(slots[number] for slots, _ in sets)
            if left:
                yield left, part.classes


Machine: TypeAlias = Cycle | Slots | Sets
