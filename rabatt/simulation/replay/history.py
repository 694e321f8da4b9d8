"""The grants of one customer, carried from purchase to purchase in both worlds.

What a purchase used is booked from its refs, as the service books a claim: on the grant that the ref names, or, where
everyone was granted the rule, on one of the customer's own under the ref's id (decision 0012, reading 9).
"""

from bisect import insort
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from engine import TakenBack
from engine.compiled.rule import CompiledRule
from engine.grants.stamp_card import CardUse
from engine.grants.wallet import EVERY_RULE, Wallet, everyones_grant_id, oldest_first
from engine.result.refs import Booking
from engine.trace import Trace
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.replay.cards import Cards, Uses, with_card
from rabatt.simulation.worlds import Worlds
from rules import Grant
from rules.values import LARGEST

Own: TypeAlias = dict[str, list[Grant]]
NOBODY: Final[frozenset[str]] = frozenset()


class History:
    """One customer's grants in both worlds; without a customer there are none, and nothing is booked."""

    def __init__(
        self, customer_id: str | None, worlds: Worlds, granted: SharedGrants, *, keeps_cards: bool = False
    ) -> None:
        """Begin without grants; goods can be returned only where stamp cards are kept."""
        self._customer_id = customer_id
        self._worlds = worlds
        self._granted = granted
        self._waiting: list[Grant] = []
        self._baseline: Own = {}
        self._scenario: Own = {}
        # Rules of which the grants are not the same in both worlds.
        self._differing: set[str] = set()
        self._cards = (Cards(), Cards()) if keeps_cards else None

    def take_grant(self, grant: Grant) -> None:
        """Add a grant of the customer's own, from before the purchases."""
        if grant.discount_id in self._worlds.scenario.rules_by_id:
            self._waiting.append(grant)

    def wallets(self, purchase_at: datetime) -> tuple[Wallet, Wallet]:
        """Return what can be used at a purchase in the baseline and in the scenario."""
        if self._waiting:
            self._hand_over(purchase_at)
        return self._wallet(self._baseline, purchase_at), self._wallet(self._scenario, purchase_at)

    @property
    def has_customer(self) -> bool:
        """Say whether there is a customer whose history this is."""
        return self._customer_id is not None

    @property
    def differs(self) -> bool:
        """Say whether any grant is not the same in both worlds."""
        return bool(self._differing)

    def _hand_over(self, purchase_at: datetime) -> None:
        """Hand over the grants that were made by then."""
        waiting, self._waiting = self._waiting, []
        for grant in waiting:
            if grant.created_at is not None and grant.created_at > purchase_at:
                self._waiting.append(grant)
                continue
            dated = self._with_dated_stamps(grant)
            for own in (self._baseline, self._scenario):
                _take_in(own.setdefault(grant.discount_id, []), dated)

    def _with_dated_stamps(self, grant: Grant) -> Grant:
        """Return the grant whose stamps have the time of the grant, where that is all that is known, and can expire."""
        if grant.stamps is not None or grant.created_at is None or grant.discount_id not in self._worlds.stamped:
            return grant
        return _grant({**grant.document, "stamps": _stamped(grant.document["created_at"], grant.statistics.stamp)})

    def _wallet(self, own: Own, purchase_at: datetime) -> Wallet:
        granted = self._granted
        if granted.since is not None:
            return Wallet(own, NOBODY, granted.at(purchase_at), everything=False)
        if not own:
            return EVERY_RULE
        standing: Container[str] = self._worlds.scenario.rules_by_id
        return Wallet(own, NOBODY, standing, everything=False)

    def book(self, baseline: Trace, scenario: Trace) -> tuple[Uses, Uses]:
        """Book what a purchase used in each world; where nothing differs, both trace are the same object.

        Where stamp cards are kept, what the purchase earned and spent on them is returned.
        """
        uses: tuple[Uses, Uses] = ({}, {})
        if self._customer_id is None:
            return uses
        booked = [booking for booking in baseline.bookings if booking.rule.id in self._worlds.with_history]
        for booking in booked:
            self._book(0, booking, baseline, uses[0])
        if scenario is baseline and not self._differing:
            for booking in booked:
                self._scenario[booking.rule.id] = list(self._baseline[booking.rule.id])
            if self._cards is not None:
                for key in uses[0]:
                    self._cards[1].take_over(key, self._cards[0])
            uses[1].update(uses[0])
            return uses
        later = [booking for booking in scenario.bookings if booking.rule.id in self._worlds.with_history]
        for booking in later:
            self._book(1, booking, scenario, uses[1])
        self._compare({booking.rule.id for booking in (*booked, *later)})
        return uses

    def _compare(self, rule_ids: Iterable[str]) -> None:
        """Note of which rules the grants are not the same in both worlds."""
        for rule_id in rule_ids:
            alike = self._state(0, rule_id) == self._state(1, rule_id)
            (self._differing.discard if alike else self._differing.add)(rule_id)

    def _state(self, world: int, rule_id: str) -> list[tuple[Any, ...]]:
        """Return what of the grants of a rule bears on later purchases."""
        held = (self._baseline, self._scenario)[world].get(rule_id, ())
        owed = () if self._cards is None else [self._cards[world].owed((rule_id, grant.id)) for grant in held]
        return [*((grant.id, grant.statistics, grant.stamps) for grant in held), tuple(owed)]

    def _book(self, world: int, booking: Booking, trace: Trace, uses: Uses) -> None:
        held = (self._baseline, self._scenario)[world].setdefault(booking.rule.id, [])
        for ref in booking.refs:
            place = _place(held, ref["id"])
            before = None if place is None else held[place]
            if before is None:
                grant = self._made_of(booking, ref, trace)
            else:
                grant = _after(self._with_stamps(booking, before, ref, trace), ref)
            if booking.rule.stamps and self._cards is not None:
                grant = self._on_card(self._cards[world], booking, before, grant, trace, uses)
            _put(held, place, grant)

    def _on_card(
        self, cards: Cards, booking: Booking, before: Grant | None, grant: Grant, trace: Trace, uses: Uses
    ) -> Grant:
        """Return a grant after a purchase was booked on its stamp card; what the card owed, the grant lacks."""
        rule, at, key = booking.rule, trace.basket.purchase_at, (booking.rule.id, grant.id)
        card = cards.of(key, before, at)
        rewards = sum(award.stamp_rewards for award in trace.awards if award.qualified.rule is rule)
        uses[key] = cards.book(rule, key, card, at, earned=booking.stamp, spent=rewards * rule.stamps)
        return _grant(with_card(grant.document, rule, cards.of(key, None, at), at)) if card.owed else grant

    def give_back(
        self, world: int, taken_back: Iterable[TakenBack], purchase_at: datetime, at: str, uses: Uses
    ) -> None:
        """Take what a return undoes off the grants of one world, as the service does.

        `at` is the time of the return, as it is written; `uses` are those of the purchase, less what was returned of it
        from now on.
        """
        if self._customer_id is None:
            return
        rules_by_id = (self._worlds.baseline, self._worlds.scenario)[world].rules_by_id
        taken = [one for one in taken_back if one.rule_id in self._worlds.with_history]
        for one in taken:
            held = (self._baseline, self._scenario)[world].setdefault(one.rule_id, [])
            place = _place(held, one.grant_id)
            before = self._new(one, at) if place is None else held[place]
            if before is not None:
                given = self._given_back(world, rules_by_id[one.rule_id], before, one, purchase_at, at, uses)
                _put(held, place, given)
        self._compare({one.rule_id for one in taken})

    def _new(self, one: TakenBack, at: str) -> Grant | None:
        """Return a grant that only the kept goods use: the customer's own of what everyone was granted."""
        uses_more = one.usage < 0 or one.amount < 0 or one.bonus < 0
        if not uses_more or one.grant_id != everyones_grant_id(one.rule_id, self._customer_id):
            return None
        document = {
            "id": one.grant_id,
            "discount_id": one.rule_id,
            "customer_id": self._customer_id,
            "created_at": at,
        }
        return _grant(document)

    def _given_back(
        self,
        world: int,
        rule: CompiledRule,
        grant: Grant,
        one: TakenBack,
        purchase_at: datetime,
        at: str,
        uses: Uses,
    ) -> Grant:
        had = grant.statistics
        now = {"usage": had.usage - one.usage, "amount": had.amount - one.amount, "bonus": had.bonus - one.bonus}
        if one.debit_balance:
            now["debit_balance"] = (had.debit_balance or 0) + one.debit_balance
        # As where they are booked: what no grant can state is as good as the last that one can.
        stated = {name: max(min(value, LARGEST), 0) for name, value in now.items()}
        document = {**grant.document, "statistics": {**(grant.document.get("statistics") or {}), **stated}}
        if one.stamp and rule.stamps and self._cards is not None:
            cards, key, moment = self._cards[world], (one.rule_id, one.grant_id), datetime.fromisoformat(at)
            card = cards.of(key, grant, purchase_at)
            use = uses.get(key, CardUse())
            uses[key] = cards.take_back(rule, key, card, use, one.stamp, (purchase_at, moment))
            document = with_card(document, rule, cards.of(key, None, moment), moment)
        return _grant(document)

    def _with_stamps(self, booking: Booking, grant: Grant, ref: Mapping[str, Any], trace: Trace) -> Mapping[str, Any]:
        """Return a grant's document; of a card of which no time was known, all stamps are from now on of this purchase.

        Any purchase on which the rule did not qualify must leave no trace: it may never have been replayed.
        """
        if not booking.rule.stamps or grant.stamps is not None:
            return grant.document
        purchase_at = trace.basket.receipt.document["purchase_at"]
        return {**grant.document, "stamps": _stamped(purchase_at, ref["statistics"]["stamp"])}

    def _made_of(self, booking: Booking, ref: Mapping[str, Any], trace: Trace) -> Grant:
        """Return the grant of the customer's own that counts their use of what everyone was granted."""
        purchase_at = trace.basket.receipt.document["purchase_at"]
        document = {
            "id": ref["id"],
            "discount_id": booking.rule.id,
            "customer_id": self._customer_id,
            "created_at": purchase_at,
        }
        if booking.rule.stamps:
            document["stamps"] = _stamped(purchase_at, ref["statistics"]["stamp"])
        return _after(document, ref)


def _take_in(held: list[Grant], grant: Grant) -> None:
    """Add a grant to others; of two with one id, the one of which more was used is kept.

    The ids of what everyone was granted are worked out (decision 0012, reading 9): one that was stored may be that of
    the one that counts what was used in the replay.
    """
    place = _place(held, grant.id)
    if place is not None:
        if grant.statistics.usage <= held[place].statistics.usage:
            return
        del held[place]
    insort(held, grant, key=oldest_first)


def _stamped(at: str, count: int) -> list[dict[str, Any]]:
    """Return a card's list of stamps, all of one time."""
    return [{"at": at, "count": count}] if count else []


def _after(document: Mapping[str, Any], ref: Mapping[str, Any]) -> Grant:
    """Return a grant after a purchase."""
    # A sum that no grant can state is as good as the largest one: what is limited by it was spent long before.
    now = {name: min(value, LARGEST) if isinstance(value, int) else value for name, value in ref["statistics"].items()}
    statistics = {**(document.get("statistics") or {}), **now}
    stamps = {"stamps": ref["stamps"]} if "stamps" in ref else {}
    return _grant({**document, "statistics": statistics, **stamps})


def _grant(document: dict[str, Any]) -> Grant:
    return Grant.model_validate(document, context=document)


def _place(held: Sequence[Grant], grant_id: str) -> int | None:
    return next((place for place, grant in enumerate(held) if grant.id == grant_id), None)


def _put(held: list[Grant], place: int | None, grant: Grant) -> None:
    """Put a grant in its place; a new one goes to those of its age."""
    if place is None:
        insort(held, grant, key=oldest_first)
    else:
        held[place] = grant
