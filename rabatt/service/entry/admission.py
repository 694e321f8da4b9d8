"""Who may come in, and with how much: places and bytes, for all together and for each token, account and address.

One that asks for more than its share is refused, and leaves the rest to the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from rabatt.service.client_addresses import client_of, networks_of
from rabatt.service.problems import RETRY_SECONDS, Problem, unavailable

if TYPE_CHECKING:
    from rabatt.service.settings import ServiceSettings

# Its kind first, then which of the kind.
Holder: TypeAlias = tuple[str | None, ...]

ALL: Final[Holder] = ("all",)
WHOSE: Mapping[str, str] = {"token": "with this token", "account": "of this account", "address": "from this address"}
# Where a request finds its visit in the scope.
VISIT = "rabatt.visit"


class Pot:
    """A bounded amount of something, of which each holder has no more than the share of its kind."""

    def __init__(self, whole: int, shares: Mapping[str, int]) -> None:
        self.limits = {"all": whole, **{kind: max(whole * percent // 100, 1) for kind, percent in shares.items()}}
        self.held: dict[Holder, int] = {}

    def exceeded(self, holders: Iterable[Holder], amount: int = 1) -> Holder | None:
        """The first who would hold too much with this amount more. Who holds nothing is let in, however large it is."""
        for holder in holders:
            held = self.held.get(holder, 0)
            if held and held + amount > self.limits[str(holder[0])]:
                return holder
        return None

    def take(self, holders: Iterable[Holder], amount: int = 1) -> None:
        """Let each of them hold so much more."""
        for holder in holders:
            self.held[holder] = self.held.get(holder, 0) + amount

    def give(self, holders: Iterable[Holder], amount: int = 1) -> None:
        """Let each of them hold so much less; who holds nothing is forgotten."""
        for holder in holders:
            left = self.held[holder] - amount
            if left:
                self.held[holder] = left
            else:
                del self.held[holder]


class Admission:
    """What the requests of a process hold: places while bodies arrive, places while they are worked on, and bytes of
    answers until they are read."""

    def __init__(self, settings: ServiceSettings) -> None:
        shares = shares_of(settings)
        # A body that is slow to arrive holds none of the places of those that are worked on.
        self.arriving = Pot(settings.max_requests, shares)
        self.working = Pot(settings.max_requests, shares)
        self.unread = Pot(settings.max_unread_bytes, shares)
        self.proxies = networks_of(settings.proxies)

    def visit(self, host: str | None, forwarded: str, *, has_body: bool) -> Visit:
        """A request that comes in; a Problem where there are too many."""
        address = client_of(host, forwarded, self.proxies)
        holders = (ALL,) if address is None else (ALL, ("address", address))
        return Visit(self, holders, self.arriving if has_body else self.working)


class Visit:
    """One request, and what it holds: one place until its answer begins, then the bytes of its answer."""

    __slots__ = ("admission", "bytes", "holders", "place")

    def __init__(self, admission: Admission, holders: tuple[Holder, ...], place: Pot) -> None:
        refuse_above(place, holders, "requests at once")
        place.take(holders)
        self.admission = admission
        self.holders = holders
        self.place: Pot | None = place
        self.bytes = 0

    def identify(self, account: str, subject: str, customer_id: str | None) -> None:
        """Say whose token it bears, which is known a little later; a Problem where that one has too many."""
        known: tuple[Holder, ...] = (("token", account, subject, customer_id), ("account", account))
        if self.place is not None:
            refuse_above(self.place, known, "requests at once")
            self.place.take(known)
        self.holders += known

    def arrived(self) -> None:
        """Its body is here, and it takes a place among those that are worked on; a Problem where there is none."""
        if self.place is not self.admission.arriving:
            return
        refuse_above(self.admission.working, self.holders, "requests at once")
        self.place.give(self.holders)
        self.place = self.admission.working
        self.place.take(self.holders)

    def answers(self, length: int) -> None:
        """Its answer begins: it gives its place up, and holds the bytes of its answer."""
        self.finished()
        self.admission.unread.take(self.holders, length)
        self.bytes = length

    def check_answer(self, length: int) -> None:
        """A Problem where so much more would be too much that nobody has read yet."""
        refuse_above(self.admission.unread, self.holders, "bytes of answers that are not read yet", length)

    def finished(self) -> None:
        """Give its place up."""
        if self.place is not None:
            self.place.give(self.holders)
            self.place = None

    def left(self) -> None:
        """Give all up that it still holds."""
        self.finished()
        if self.bytes:
            self.admission.unread.give(self.holders, self.bytes)
            self.bytes = 0


def refuse_above(pot: Pot, holders: Iterable[Holder], what: str, amount: int = 1) -> None:
    """Nothing, or a Problem that says whose share is exceeded: 503 where it is that of all, else 429."""
    holder = pot.exceeded(holders, amount)
    if holder is not None:
        raise too_many(holder, pot.limits[str(holder[0])], what)


def too_many(holder: Holder, limit: int, what: str) -> Problem:
    """The answer to one that asks for more than its share."""
    if holder == ALL:
        return unavailable(f"there are too many {what}; send this one again")
    whose = WHOSE[str(holder[0])]
    message = f"there are too many {what} {whose}, of which {limit} are the most; send this one again"
    return Problem(429, message, headers={"Retry-After": RETRY_SECONDS})


def shares_of(settings: ServiceSettings) -> dict[str, int]:
    """How many percent of everything a holder of each kind may have."""
    return {"token": settings.token_share, "account": settings.account_share, "address": settings.address_share}
