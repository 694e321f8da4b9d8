"""The stamp cards of one customer in one world, as the service keeps them: with what is owed, and what has expired.

The engine's refs say what lives on a card after a purchase. That is all that matters until goods are returned: then it
does where a stamp came from, and whether it was spent. Cards are kept only where an archive has returns that are tied.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from engine.compiled.rule import CompiledRule
from engine.grants.stamp_card import CardUse, Stamp, StampCard, after_purchase, after_return, lives
from rules import Grant

# By rule id and grant id.
CardKey: TypeAlias = tuple[str, str]
Uses: TypeAlias = dict[CardKey, CardUse]


class Cards:
    """Cards by rule and grant; one that was never touched is what its grant says.

    Expired stamps lie beside their card: only a return of the purchase that earned them asks for them again, and a card
    that kept them would cost every purchase all those before it.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._cards: dict[CardKey, StampCard] = {}
        self._expired: dict[CardKey, Counter[datetime]] = {}
        # Of these, what the last change of each card found expired.
        self._newly_expired: dict[CardKey, Counter[datetime]] = {}

    def of(self, key: CardKey, grant: Grant | None, at: datetime) -> StampCard:
        """Return a card; stamps of no known time are of the purchase on which they are first asked for."""
        known = self._cards.get(key)
        return card_of(grant, at) if known is None else known

    def book(
        self, rule: CompiledRule, key: CardKey, card: StampCard, at: datetime, *, earned: int, spent: int
    ) -> CardUse:
        """Book a purchase on a card, and return what it earned and spent there."""
        after = after_purchase(card, at, days_of(rule), earned=earned, spent=spent)
        self._put(rule, key, after.card, at)
        return CardUse(earned, after.stamps)

    def take_back(
        self, rule: CompiledRule, key: CardKey, card: StampCard, use: CardUse, stamp: int, at: tuple[datetime, datetime]
    ) -> CardUse:
        """Take stamps of a purchase back at a later time, and return what still counts of its use; `at` has both."""
        own = self._expired.get(key, Counter()).pop(at[0], 0)
        if own:
            # What has expired is older than all that lives.
            card = StampCard((Stamp(at[0], own), *card.stamps), card.owed)
        use, after = after_return(card, use, stamp, at[0], days_of(rule), at[1])
        self._put(rule, key, after, at[1])
        return use

    def _put(self, rule: CompiledRule, key: CardKey, card: StampCard, at: datetime) -> None:
        """Keep a card, and beside it the stamps that no longer count from this time on."""
        days = days_of(rule)
        gone = Counter({stamp.at: stamp.count for stamp in card.stamps if not lives(stamp.at, at, days)})
        if gone:
            card = StampCard(tuple([stamp for stamp in card.stamps if stamp.at not in gone]), card.owed)
        self._cards[key] = card
        self._lay_aside(key, gone)

    def _lay_aside(self, key: CardKey, gone: Counter[datetime]) -> None:
        self._newly_expired[key] = gone
        self._expired.setdefault(key, Counter()).update(gone)

    def owed(self, key: CardKey) -> int:
        """Return how many stamps the next ones make up for."""
        known = self._cards.get(key)
        return 0 if known is None else known.owed

    def take_over(self, key: CardKey, other: "Cards") -> None:
        """Let a card be that of the other world, where the same stamps lived on both before the last purchase.

        What had expired by then may not be the same in both, so each keeps its own.
        """
        self._cards[key] = other._cards[key]  # noqa: SLF001 - of its own kind
        self._lay_aside(key, other._newly_expired[key])  # noqa: SLF001 - as above


def days_of(rule: CompiledRule) -> int:
    """Return for how many days a stamp counts."""
    return rule.rule.limitation.stamp_expire_days


def card_of(grant: Grant | None, at: datetime) -> StampCard:
    """Return the card of a grant that only purchases have changed."""
    if grant is None:
        return StampCard()
    if grant.stamps is None:
        return StampCard((Stamp(at, grant.statistics.stamp),) if grant.statistics.stamp else ())
    counts: dict[datetime, int] = {}
    for stamp in grant.stamps:
        counts[stamp.at] = counts.get(stamp.at, 0) + stamp.count
    return StampCard(tuple(Stamp(when, counts[when]) for when in sorted(counts) if counts[when]))


def with_card(document: Mapping[str, Any], rule: CompiledRule, card: StampCard, at: datetime) -> dict[str, Any]:
    """Return the document of a grant with what lives on its card."""
    live = [stamp for stamp in card.stamps if lives(stamp.at, at, days_of(rule))]
    statistics = {**(document.get("statistics") or {}), "stamp": sum(stamp.count for stamp in live)}
    return {**document, "statistics": statistics, "stamps": _written(live)}


def _written(stamps: Iterable[Stamp]) -> list[dict[str, Any]]:
    return [{"at": stamp.at.isoformat(), "count": stamp.count} for stamp in stamps]
