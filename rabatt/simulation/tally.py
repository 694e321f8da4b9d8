"""Sums over receipts, which add up in any order: what workers hand over, and tables are made of."""

import pickle
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any, Final, Literal, Self, TypeAlias

from engine.money import MinorUnits

Grouping: TypeAlias = Literal["total", "rule", "campaign", "day", "store", "group"]
# What is counted: by which kind of thing, in which currency, and which one.
GroupKey: TypeAlias = tuple[Grouping, str | None, Any]
# What is noticed: how many there are of something, or that an id or a group is on a line.
Noticed: TypeAlias = Literal["lines", "takers", "fractions", "without_zone", "duplicates"] | tuple[str, str]
Sums: TypeAlias = dict[Any, list[int]]
Campaigns: TypeAlias = Mapping[str, str | None]
BothCampaigns: TypeAlias = tuple[Campaigns, Campaigns]

BASELINE: Final = "baseline"
SCENARIO: Final = "scenario"
WORLDS: Final = (BASELINE, SCENARIO)


class Figure(IntEnum):
    """The places of the figures of a world; money in minor units."""

    RECEIPTS = 0
    CUSTOMERS = 1
    USES = 2
    DISCOUNT = 3
    BONUS = 4
    STAMPS = 5
    DEBIT = 6


FIGURES: Final = tuple(figure.name.lower() for figure in Figure)

# What becomes of a return line: settled, or why it was not tied to a purchase.
SETTLED: Final = "settled"
NO_RECEIPT_NAMED: Final = "no_receipt_named"
RECEIPT_NOT_FOUND: Final = "receipt_not_found"
NOT_RETURNABLE: Final = "not_returnable"
NOT_TIED: Final = (NO_RECEIPT_NAMED, RECEIPT_NOT_FOUND, NOT_RETURNABLE)
# What was paid for returned goods, and what was taken back of the discounts on them, in each world.
PAID: Final = ("amount", "refund", "credit")
TAKEN_BACK: Final = ("uses", "discount", "bonus", "stamps", "debit")


@dataclass(slots=True)
class Tally:
    """All sums of a part of an archive; `merge` adds those of another part.

    `archive` counts receipts and gross by day, store, group and in all. `figures` has those of both worlds one after
    the other. `overlap` is by the rule that lost and the one that gained; `near` by what was missed. `margin` and
    `changed_margin` are of receipts whose costs are known, the latter of those that are given something else in the
    scenario. `changed` counts all of these receipts, those with known costs, and what the scenario gives more on the
    others: discount and bonus. `distribution` counts receipts by the upper end of their discount's bin.
    `return_lines` counts the return lines by currency and what became of them. `refunds` has by currency what
    was paid for them, and `taken_back` by currency and rule what was undone, in both worlds. `noticed` counts what
    warnings are made of, by what it is.
    """

    archive: Sums = field(default_factory=dict)
    figures: Sums = field(default_factory=dict)
    overlap: Sums = field(default_factory=dict)
    near: Sums = field(default_factory=dict)
    margin: Sums = field(default_factory=dict)
    changed_margin: Sums = field(default_factory=dict)
    changed: Sums = field(default_factory=dict)
    distribution: Sums = field(default_factory=dict)
    work: Sums = field(default_factory=dict)
    written: Sums = field(default_factory=dict)
    return_lines: Sums = field(default_factory=dict)
    refunds: Sums = field(default_factory=dict)
    taken_back: Sums = field(default_factory=dict)
    noticed: Sums = field(default_factory=dict)
    refused: int = 0
    first_instant: int | None = None
    last_instant: int | None = None
    first_day: int | None = None
    last_day: int | None = None

    def merge(self, other: Self) -> None:
        """Add the sums of another part."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, dict):
                for key, values in theirs.items():
                    add(mine, key, values)
        self.refused += other.refused
        self.saw_days(other.first_day, other.last_day)
        self.saw_instants(other.first_instant, other.last_instant)

    def saw_days(self, first: int | None, last: int | None) -> None:
        """Widen the days on which there were purchases."""
        if first is not None and last is not None:
            self.first_day = first if self.first_day is None else min(self.first_day, first)
            self.last_day = last if self.last_day is None else max(self.last_day, last)

    def saw_instants(self, first: int | None, last: int | None) -> None:
        """Widen the time in which there were purchases."""
        if first is not None and last is not None:
            self.first_instant = first if self.first_instant is None else min(self.first_instant, first)
            self.last_instant = last if self.last_instant is None else max(self.last_instant, last)

    def notice(self, what: Noticed, count: int = 1) -> None:
        """Count what a warning may be made of."""
        if count:
            add(self.noticed, what, (count,))

    def count_of(self, what: Noticed) -> int:
        """Return how often something was noticed."""
        return self.noticed.get(what, [0])[0]

    def to_bytes(self) -> bytes:
        """Return the sums as bytes, for another process of the same run."""
        return pickle.dumps({one.name: getattr(self, one.name) for one in fields(self)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the sums that `to_bytes` of another process of this run wrote."""
        return cls(**pickle.loads(data))  # noqa: S301 - written by this run's own workers


def add(sums: Sums, key: Hashable, values: Iterable[int]) -> None:
    """Add values to those of a key."""
    known = sums.get(key)
    if known is None:
        sums[key] = list(values)
        return
    for place, value in enumerate(values):
        known[place] += value


class ReachedCustomers:
    """The customers that figures reach: each counts once for every key, however many receipts they have."""

    def __init__(self, tally: Tally) -> None:
        """Begin with a customer who was not reached by anything."""
        self._figures = tally.figures
        self._seen: dict[GroupKey, int] = {}

    def see(self, key: GroupKey, worlds: int) -> None:
        """Note that the customer is reached in one world (1 is the baseline's bit, 2 the scenario's) or in both."""
        self._seen[key] = self._seen.get(key, 0) | worlds

    def close(self) -> None:
        """Count the customer, and begin with the next one."""
        for key, worlds in self._seen.items():
            known = self._figures[key]
            known[Figure.CUSTOMERS] += worlds & 1
            known[len(Figure) + Figure.CUSTOMERS] += worlds >> 1
        self._seen.clear()


@dataclass(frozen=True, slots=True)
class ReceiptDimensions:
    """Where a receipt counts: its currency, day (since 1970), store and customer group."""

    currency: str | None
    day: int
    store_id: str
    group: str

    @property
    def keys(self) -> tuple[GroupKey, ...]:
        """Return the keys under which whole receipts count."""
        currency = self.currency
        return (
            ("total", currency, None),
            ("day", currency, self.day),
            ("store", currency, self.store_id),
            ("group", currency, self.group),
        )


def count_receipt(tally: Tally, dimensions: ReceiptDimensions, gross: MinorUnits) -> None:
    """Count one receipt of the archive."""
    tally.saw_days(dimensions.day, dimensions.day)
    for key in dimensions.keys:
        add(tally.archive, key, (1, gross))
