"""One line and the discounts on it: sums at once, single units only when somebody asks for them.

Most rewards work on what a whole line costs or leaves, so a line knows that, and a bound on its cheapest unit. Which of
its units got the odd cent is settled when a set, a stamp or a limit looks at single units, and is then remembered.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias

from engine.basket.allocate import Share, allocate
from engine.meter import Meter
from engine.money import MinorUnits

# Where nobody counts.
_UNCOUNTED = Meter(None, ())


# Plain tuples, since every award makes some and most are taken apart at once (decision 36).
# Units `start` up to `stop` of a line: `(start, stop, price, off)`. Each costs `price`, and `off` of it is discounted.
Segment: TypeAlias = tuple[int, int, MinorUnits, MinorUnits]
# Units `start` up to `stop` of a line, and what each of them gets: `(start, stop, each)`.
Portion: TypeAlias = tuple[int, int, MinorUnits]


class LineState:
    """A line with the discounts on it. A new award makes a new one; what was there before is not changed.

    `left` is what remains to be paid of the line; no unit has less than `least` remaining.
    """

    __slots__ = ("before", "known", "least", "left")

    left: MinorUnits
    least: MinorUnits
    # The line without the award that made this one; none before the first.
    before: "LineState | None"
    # The units as runs of equal ones, once somebody asked for them.
    known: Sequence[Segment] | None

    @property
    def segments(self) -> Sequence[Segment]:
        """Return the units as runs of equal ones."""
        return self.counted_segments(_UNCOUNTED) if self.known is None else self.known

    def counted_segments(self, meter: Meter) -> Sequence[Segment]:
        """Return the units as runs of equal ones; what it takes to tell them apart is counted."""
        if self.known is not None:
            return self.known
        if self.before is None:
            segments = self.known = self.resolved(())
            meter.work += len(segments)
            return segments
        # One after the other: a line may have had more awards than calls can be nested.
        unread = []
        line: LineState | None = self
        while line is not None and line.known is None:
            unread.append(line)
            line = line.before
        segments = () if line is None else line.segments
        steps = 0
        for one in reversed(unread):
            segments = one.known = one.resolved(segments)
            steps += 1 + len(segments)
        meter.work += steps
        if len(unread) > 1:
            meter.spend(0)
        return segments

    @abstractmethod
    def resolved(self, before: Sequence[Segment]) -> Sequence[Segment]:
        """Return the units, given those of the line before."""


class WithPortions(LineState):
    """A line with portions off some of its units."""

    __slots__ = ("portions",)

    def __init__(self, before: LineState, portions: Sequence[Portion], amount: MinorUnits) -> None:
        """Take portions off a line, `amount` in all; each of them lies within one segment."""
        self.known = None
        self.left = before.left - amount
        # The cheapest unit may be among those that get most.
        self.least = max(before.least - max([each for _start, _stop, each in portions], default=0), 0)
        self.before = before
        self.portions = portions

    def resolved(self, before: Sequence[Segment]) -> Sequence[Segment]:
        return with_portions(before, self.portions)


class WithProration(LineState):
    """A line with an amount off all its units, in proportion to their prices or to what remains of them.

    A unit's share is rounded once, and may get one of what is missing: two at most above its exact part of the amount.
    """

    __slots__ = ("amount", "by_price")

    def __init__(self, before: LineState, amount: MinorUnits, least: MinorUnits, by_price: bool = False) -> None:
        """Take an amount off a line; `least` is a bound on what every unit keeps."""
        self.known = None
        self.left = before.left - amount
        self.least = least
        self.before = before
        self.amount = amount
        self.by_price = by_price

    def resolved(self, before: Sequence[Segment]) -> Sequence[Segment]:
        by_price = self.by_price
        takers = [one for one in before if (one[2] if by_price else one[2] > one[3])]
        runs = [(price if by_price else price - off, stop - start, price - off) for start, stop, price, off in takers]
        portions: list[Portion] = []
        for (start, stop, _price, _off), share in zip(takers, allocate(self.amount, runs), strict=True):
            add_portions(start, stop, share, portions)
        return with_portions(before, portions)


def least_of(before: LineState, amount: MinorUnits, units: int) -> MinorUnits:
    """Return a bound on what every unit keeps when an amount is taken off a line in proportion to what remains."""
    left = before.left - amount
    return left if units == 1 else max(before.least * left // before.left - 2, 0)


class WithEach(LineState):
    """A line with the same amount off every unit."""

    __slots__ = ("value",)

    def __init__(self, before: LineState, value: MinorUnits, units: int) -> None:
        """Take an amount off each of so many units; the caller knows that every one of them has that much left."""
        self.known = None
        self.left = before.left - value * units
        self.least = before.least - value
        self.before = before
        self.value = value

    def resolved(self, before: Sequence[Segment]) -> Sequence[Segment]:
        return [(start, stop, price, off + self.value) for start, stop, price, off in before]


def evenly(units: int, gross: MinorUnits, off: MinorUnits) -> Sequence[Segment]:
    """Return the units of a line: of price and discounts alike, the first ones take what does not divide evenly."""
    if units == 1:
        return ((0, 1, gross, off),)
    price, dearer = divmod(gross, units)
    each_off, more_off = divmod(off, units)
    if not dearer and not more_off:
        return ((0, units, price, each_off),)
    cuts = sorted({0, dearer, more_off, units})
    return [(start, stop, price + (start < dearer), each_off + (start < more_off)) for start, stop in pairwise(cuts)]


def add_portions(start: int, stop: int, share: Share, portions: list[Portion]) -> None:
    """Add the portions of equal units, the first ones of which get one more."""
    each, more = share
    turn = start + more
    if more:
        portions.append((start, turn, each + 1))
    if each and turn < stop:
        portions.append((turn, stop, each))


def with_portions(segments: Iterable[Segment], portions: Iterable[Portion]) -> Sequence[Segment]:
    """Return the segments of a line with portions taken off; each portion lies within one segment."""
    after: list[Segment] = []
    waiting = iter(portions)
    portion = next(waiting, None)
    for start, stop, price, off in segments:
        at = start
        while portion is not None and portion[0] < stop:
            first, last, each = portion
            if at < first:
                after.append((at, first, price, off))
            after.append((first, last, price, off + each))
            at = last
            portion = next(waiting, None)
        if at < stop:
            after.append((at, stop, price, off))
    return after
