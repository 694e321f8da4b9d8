"""Which rules a receipt's customer was given, and which of the grants can be used now (SPEC 5)."""

from collections.abc import Container, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Final, NamedTuple
from uuid import NAMESPACE_OID

from rules import Fault, Grant, Refused

EVERYONE: Final = "*"
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


class Wallet(NamedTuple):
    """The grants that concern one receipt: the customer's own by rule, oldest first, and the rules all were granted.

    `standing` holds the ids of rules that everyone was granted besides. Where no list of grants was given at all,
    `everything` is true: every rule is granted to everyone.
    """

    own: dict[str, list[Grant]]
    everyones: frozenset[str]
    standing: Container[str]
    everything: bool

    def is_granted(self, rule_id: str) -> bool:
        """Say whether the customer, or everyone, was granted the rule."""
        return self.everything or rule_id in self.everyones or rule_id in self.standing or rule_id in self.own


EVERY_RULE: Final = Wallet({}, frozenset(), frozenset(), everything=True)


def open_wallet(
    grants: Iterable[Grant] | None,
    rule_ids: Container[str],
    customer_id: str | None,
    standing: Container[str] = frozenset(),
) -> Wallet:
    """Return the grants of known rules to the customer or to everyone; Refused when two grants have one id."""
    if grants is None:
        return EVERY_RULE
    own: dict[str, list[Grant]] = {}
    everyones = set()
    seen: dict[str, int] = {}
    for position, grant in enumerate(grants):
        if seen.setdefault(grant.id, position) != position:
            sentence = f"grants[{seen[grant.id]}] has the id {grant.id!r} too; give each its own"
            raise Refused((Fault(f"grants[{position}].id", sentence),))
        if grant.discount_id not in rule_ids:
            continue
        if grant.customer_id == EVERYONE:
            everyones.add(grant.discount_id)
        elif grant.customer_id == customer_id:
            own.setdefault(grant.discount_id, []).append(grant)
    for held in own.values():
        held.sort(key=oldest_first)
    return Wallet(own, frozenset(everyones), standing, everything=False)


def oldest_first(grant: Grant) -> tuple[datetime, str]:
    """Return what grants of one rule are sorted by: when they were made, those that don't say last; then their ids."""
    return grant.created_at or _LATEST, grant.id


def usable_grants(own: Iterable[Grant], most: int | None, days: int, purchase_at: datetime) -> tuple[Grant, ...]:
    """Return those of a customer's grants that are not used up, and within so many days; -1 days are for ever."""
    left = unspent(own, most)
    return left if days < 0 else tuple([grant for grant in left if is_within(purchase_at, made_at(grant), days)])


def unspent(own: Iterable[Grant], most: int | None) -> tuple[Grant, ...]:
    """Return the grants that were used for fewer purchases than a limit allows."""
    return tuple([grant for grant in own if most is None or grant.statistics.usage < most])


def made_at(grant: Grant) -> datetime:
    """Return when a grant was made, from which its rule counts days; Refused where it does not say."""
    if grant.created_at is None:
        sentence = f"the rule {grant.discount_id!r} counts days from the grant; say when it was made"
        raise Refused((Fault(f"grants[id={grant.id}].created_at", sentence),))
    return grant.created_at


def is_within(purchase_at: datetime, start: datetime, days: int) -> bool:
    """Say whether a purchase is at most so many times 24 hours after an instant."""
    # Whole days compared with a difference can't overflow, whatever the days.
    return purchase_at - start <= timedelta(days=min(days, timedelta.max.days))


_NAMESPACE: Final = NAMESPACE_OID.bytes


# The two highest bits of this digit are those of the variant.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def everyones_grant_id(rule_id: str, customer_id: str | None) -> str:
    """Return the id that stands for a grant to everyone: the UUID of version 5 of the rule and the customer."""
    name = f"{rule_id}/{customer_id or EVERYONE}"
    # As uuid.uuid5 does it, without the object: a receipt needs one for each rule it uses.
    digits = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"
