"""A customer's grants as they were at a purchase and without it: what its claim used is given back, for the eye only.

What was granted after a purchase is no part of it, and what was taken back after it still is.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.claim_grants import read_card
from rabatt.service.store.customer_grants import grant_of
from rabatt.service.store.give_back import HeldClaim, card_without
from rabatt.service.store.resolve import resolved_rules
from rabatt.service.store.stamps import write_stamps
from rabatt.service.store.tables import grants
from rabatt.service.store.terms import Terms
from rules import Grant, Receipt
from rules.grant import EVERYONE


@dataclass(frozen=True, slots=True)
class EveryonesAt:
    """The ids of the rules that everyone was granted at a time: as they are now, save those that changed since."""

    now: Container[str]
    changed: Mapping[str, bool]

    def __contains__(self, rule_id: object) -> bool:
        """Whether everyone was granted the rule."""
        return self.changed[rule_id] if isinstance(rule_id, str) and rule_id in self.changed else rule_id in self.now


class GrantsBefore(NamedTuple):
    """A customer's own grants, and apart from them their part in those of `everyones`."""

    own: list[Grant]
    derived: list[Grant]
    everyones: EveryonesAt


def grants_before(
    connection: Connection,
    aid: str,
    receipt: Receipt,
    claim: HeldClaim | None,
    everyones: Container[str],
    now: datetime,
) -> GrantsBefore:
    """What the customer of a receipt was granted at its purchase; `everyones` are the rules of everyone as of now.

    A grant that the receipt names was there, whatever the clock of the till. What other purchases used in the meantime
    stays used.
    """
    at, customer_id = receipt.purchase_at, receipt.customer_id
    booked = {
        (discount.get("id"), ref.get("id"))
        for discount in receipt.discounts or ()
        for ref in discount.get("refs") or ()
    }
    then = _everyones_at(connection, aid, at, customer_id, booked, everyones)
    if customer_id is None:
        return GrantsBefore([], [], then)
    lines = {} if claim is None else claim.lines
    rules_by_id = resolved_rules(connection, aid, {line.discount_id for line in lines.values()})
    query = select(grants).where(
        grants.c.aid == aid,
        grants.c.customer_id == customer_id,
        or_(grants.c.deleted_at.is_(None), grants.c.deleted_at >= at),
    )
    own: list[Grant] = []
    derived: list[Grant] = []
    for row in connection.execute(query):
        key = row.discount_id, row.id
        line = lines.get(key)
        terms = None if line is None else rules_by_id[row.discount_id].terms
        if row.is_derived:
            # A part in everyone's grant is written down when it is first used.
            if row.discount_id in then:
                derived.append(_grant(row, line, terms, claim, now))
        elif row.created_at <= at or line is not None or key in booked:
            own.append(_grant(row, line, terms, claim, now))
    return GrantsBefore(own, derived, then)


def _everyones_at(
    connection: Connection,
    aid: str,
    at: datetime,
    customer_id: str | None,
    booked: Container[tuple[str | None, str | None]],
    everyones: Container[str],
) -> EveryonesAt:
    changed: dict[str, bool] = {}
    query = select(grants.c.discount_id, grants.c.created_at).where(
        grants.c.aid == aid,
        grants.c.customer_id == EVERYONE,
        or_(grants.c.created_at > at, grants.c.deleted_at >= at),
    )
    for rule_id, created_at in connection.execute(query):
        was_there = created_at <= at or (rule_id, everyones_grant_id(rule_id, customer_id)) in booked
        changed[rule_id] = changed.get(rule_id, False) or was_there
    return EveryonesAt(everyones, changed)


def _grant(row: Row[Any], line: Row[Any] | None, terms: Terms | None, claim: HeldClaim | None, now: datetime) -> Grant:
    usage, amount, bonus, stamps, balance = row.usage, row.amount, row.bonus, row.stamps, row.debit_balance
    if line is not None and terms is not None and claim is not None:
        usage, amount, bonus = usage - line.usage, amount - line.amount, bonus - line.bonus
        balance = None if balance is None else balance + line.amount
        if stamps is not None:
            stamps = write_stamps(card_without(read_card(row), claim, line, terms, now).stamps)
    return grant_of(row.id, row.discount_id, row.customer_id, row.created_at, usage, amount, bonus, stamps, balance)
