"""A stamp card over purchases: stamps earned, spent, and given back when a purchase is undone or goods return (SPEC 7).

What is on the card less what it owes is always what was earned less what was spent, over all purchases that stand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from engine.grants.wallet import is_within


@dataclass(frozen=True, slots=True)
class Stamp:
    """So many stamps, earned at one time."""

    at: datetime
    count: int


class StampCard(NamedTuple):
    """Stamps, oldest first, one entry for each time; and how many of cancelled purchases had been spent already."""

    stamps: tuple[Stamp, ...] = ()
    owed: int = 0


class CardUse(NamedTuple):
    """What one purchase earned and spent on a card, as far as it still counts."""

    earned: int = 0
    spent: tuple[Stamp, ...] = ()


class Spent(NamedTuple):
    """A card after a purchase, and the stamps that the purchase spent."""

    card: StampCard
    stamps: tuple[Stamp, ...]


def lives(earned_at: datetime, at: datetime, days: int) -> bool:
    """Say whether a stamp counts at a time; with -1 days it does for ever."""
    return days < 0 or is_within(at, earned_at, days)


def live_count(card: StampCard, at: datetime, days: int) -> int:
    """Return how many stamps of a card count at a time."""
    return sum(stamp.count for stamp in card.stamps if lives(stamp.at, at, days))


def after_purchase(card: StampCard, purchase_at: datetime, days: int, *, earned: int, spent: int) -> Spent:
    """Return the card once a purchase spent stamps, which live on it or were earned by it, and left those it earned.

    The oldest are spent first, those of the purchase last. What is left of those makes up for what the card owes: only
    then, since an evaluation, which knows nothing of that, must not be refused at the till for it.
    """
    gone: list[Stamp] = []
    wanted = spent
    for stamp in card.stamps:
        count = min(wanted, stamp.count) if lives(stamp.at, purchase_at, days) else 0
        gone.append(Stamp(stamp.at, count))
        wanted -= count
    gone.append(Stamp(purchase_at, wanted))
    paid = min(card.owed, earned - wanted)
    after = StampCard(_sum((*card.stamps, Stamp(purchase_at, earned - paid)), minus=gone), card.owed - paid)
    return Spent(after, _sum(gone))


def after_cancelling(
    card: StampCard, purchase_at: datetime, days: int, now: datetime, *, earned: int, spent: Iterable[Stamp]
) -> StampCard:
    """Return the card once a purchase is undone: what it spent returns with its times, what it earned is taken off.

    Taken are the stamps of the time of the purchase, then the newest that live, then what returned too late to be of
    use. What is not there any more is owed.
    """
    returned = {stamp.at: stamp.count for stamp in spent}
    stamps = _sum((*card.stamps, *(Stamp(at, count) for at, count in returned.items())))
    taken: list[Stamp] = []
    owed = card.owed + earned
    own = sum(stamp.count for stamp in stamps if stamp.at == purchase_at)
    taken.append(Stamp(purchase_at, min(own, earned)))
    owed -= taken[0].count
    for stamp in reversed(stamps):
        room = stamp.count - (taken[0].count if stamp.at == purchase_at else 0)
        if not lives(stamp.at, now, days):
            room = min(room, returned.get(stamp.at, 0))
        count = min(owed, room)
        taken.append(Stamp(stamp.at, count))
        owed -= count
    return StampCard(_sum(stamps, minus=taken), owed)


def after_return(
    card: StampCard, use: CardUse, stamp: int, purchase_at: datetime, days: int, now: datetime
) -> tuple[CardUse, StampCard]:
    """Return what still counts of a purchase once goods were returned, and the card then.

    So many of the stamps it earned leave; below 0, so many that it spent return to the card, the last that were spent
    first, and more than it spent are stamps that the kept goods earned.
    """
    if stamp > 0:
        leaving = min(stamp, use.earned)
        after = after_cancelling(card, purchase_at, days, now, earned=leaving, spent=())
        return CardUse(use.earned - leaving, use.spent), after
    returning, kept = _last(use.spent, -stamp)
    card = after_cancelling(card, purchase_at, days, now, earned=0, spent=returning)
    earned = -stamp - sum(one.count for one in returning)
    if earned:
        card = after_purchase(card, purchase_at, days, earned=earned, spent=0).card
    return CardUse(use.earned + earned, kept), card


def _last(spent: Iterable[Stamp], count: int) -> tuple[tuple[Stamp, ...], tuple[Stamp, ...]]:
    """Return so many of the stamps, the newest ones, and the others; both oldest first."""
    returning: list[Stamp] = []
    kept: list[Stamp] = []
    for stamp in reversed(tuple(spent)):
        back = min(count, stamp.count)
        count -= back
        returning.append(Stamp(stamp.at, back))
        kept.append(Stamp(stamp.at, stamp.count - back))
    return _some(returning), _some(kept)


def _some(stamps: list[Stamp]) -> tuple[Stamp, ...]:
    return tuple([stamp for stamp in reversed(stamps) if stamp.count])


def _sum(plus: Iterable[Stamp], minus: Iterable[Stamp] = ()) -> tuple[Stamp, ...]:
    """Return one entry for each time, oldest first, those left out of which nothing is left."""
    counts: dict[datetime, int] = {}
    for stamp in plus:
        counts[stamp.at] = counts.get(stamp.at, 0) + stamp.count
    for stamp in minus:
        counts[stamp.at] = counts.get(stamp.at, 0) - stamp.count
    return tuple([Stamp(at, counts[at]) for at in sorted(counts) if counts[at]])
