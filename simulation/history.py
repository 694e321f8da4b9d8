"""The grants of one customer, carried from purchase to purchase in both worlds.

What a purchase used is booked from its refs, as the service books a claim: on the grant that the ref names, or, where
everyone was granted the rule, on one of the customer's own under the ref's id (decision 0012, reading 9).
"""

from bisect import insort
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from engine.grants import EVERY_RULE, Wallet, oldest_first
from engine.refs import Booking
from engine.workings import Workings
from rules import Grant
from rules.values import LARGEST
from simulation.granted import Granted
from simulation.worlds import Worlds

Own: TypeAlias = dict[str, list[Grant]]
NOBODY: Final[frozenset[str]] = frozenset()


class History:
    """One customer's grants in both worlds; without a customer there are none, and nothing is booked."""

    def __init__(self, customer_id: str | None, worlds: Worlds, granted: Granted) -> None:
        """Begin without grants."""
        self._customer_id = customer_id
        self._worlds = worlds
        self._granted = granted
        self._waiting: list[Grant] = []
        self._baseline: Own = {}
        self._scenario: Own = {}
        # Rules of which the grants are not the same in both worlds.
        self._differing: set[str] = set()

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

    def book(self, baseline: Workings, scenario: Workings) -> None:
        """Book what a purchase used in each world; where nothing differs, both workings are the same object."""
        if self._customer_id is None:
            return
        booked = [booking for booking in baseline.bookings if booking.rule.id in self._worlds.with_history]
        for booking in booked:
            self._book(self._baseline, booking, baseline)
        if scenario is baseline and not self._differing:
            for booking in booked:
                self._scenario[booking.rule.id] = list(self._baseline[booking.rule.id])
            return
        later = [booking for booking in scenario.bookings if booking.rule.id in self._worlds.with_history]
        for booking in later:
            self._book(self._scenario, booking, scenario)
        for rule_id in {booking.rule.id for booking in (*booked, *later)}:
            alike = _figures(self._baseline.get(rule_id, ())) == _figures(self._scenario.get(rule_id, ()))
            (self._differing.discard if alike else self._differing.add)(rule_id)

    def _book(self, own: Own, booking: Booking, workings: Workings) -> None:
        held = own.setdefault(booking.rule.id, [])
        for ref in booking.refs:
            place = next((place for place, grant in enumerate(held) if grant.id == ref["id"]), None)
            if place is None:
                insort(held, self._made_of(booking, ref, workings), key=oldest_first)
            else:
                held[place] = _after(self._with_stamps(booking, held[place], ref, workings), ref)

    def _with_stamps(
        self, booking: Booking, grant: Grant, ref: Mapping[str, Any], workings: Workings
    ) -> Mapping[str, Any]:
        """Return a grant's document; of a card of which no time was known, all stamps are from now on of this purchase.

        Any purchase on which the rule did not qualify must leave no trace: it may never have been replayed.
        """
        if not booking.rule.stamps or grant.stamps is not None:
            return grant.document
        purchase_at = workings.basket.receipt.document["purchase_at"]
        return {**grant.document, "stamps": _stamped(purchase_at, ref["statistics"]["stamp"])}

    def _made_of(self, booking: Booking, ref: Mapping[str, Any], workings: Workings) -> Grant:
        """Return the grant of the customer's own that counts their use of what everyone was granted."""
        purchase_at = workings.basket.receipt.document["purchase_at"]
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
    """Add a grant to others; of two with one id, the one of which more was used stays.

    The ids of what everyone was granted are worked out (decision 0012, reading 9): one that was stored may be that of
    the one that counts what was used in the replay.
    """
    place = next((place for place, other in enumerate(held) if other.id == grant.id), None)
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


def _figures(held: Iterable[Grant]) -> list[tuple[Any, ...]]:
    """Return what of the grants of a rule bears on later purchases."""
    return [(grant.id, grant.statistics, grant.stamps) for grant in held]
