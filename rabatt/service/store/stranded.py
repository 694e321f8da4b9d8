"""Balances that nobody can spend: what returns and cancellings give back to cards that are over (decision 0029)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from engine.grants.wallet import is_within
from rabatt.service.clock import written
from rabatt.service.store.bounds import bounds_of
from rabatt.service.store.pages import Page, on_page, place_of
from rabatt.service.store.resolve import CHUNK
from rabatt.service.store.tables import grants, insert_into, rules, stranded_balances
from rabatt.service.store.terms import terms_of

UNKNOWN = "the account has no such grant"

_CARD = (
    grants.c.id,
    grants.c.discount_id,
    grants.c.customer_id,
    grants.c.created_at,
    grants.c.deleted_at,
    grants.c.amount,
    grants.c.debit_balance,
    rules.c.document,
    rules.c.deleted_at.label("rule_deleted_at"),
)
_ITS_RULE = and_(rules.c.aid == grants.c.aid, rules.c.id == grants.c.discount_id)
_ITS_GRANT = and_(grants.c.aid == stranded_balances.c.aid, grants.c.id == stranded_balances.c.grant_id)


class StrandedBalance(NamedTuple):
    """A card to which money was given back though nobody could spend it, which still holds.

    `debit_balance` is what is on it now, `credited_amount` all that went there at such times, `credited_at` when the
    last of it did.
    """

    discount_id: str
    grant_id: str
    customer_id: str
    debit_balance: int
    credited_amount: int
    credited_at: datetime
    why: str


def why_not_spendable(connection: Connection, aid: str, grant_ids: Collection[str], now: datetime) -> dict[str, str]:
    """Why nobody can spend what is on these grants, for those of which that is so."""
    why = dict.fromkeys(grant_ids, UNKNOWN)
    ordered = sorted(grant_ids)
    for start in range(0, len(ordered), CHUNK):
        some = and_(grants.c.aid == aid, grants.c.id.in_(ordered[start : start + CHUNK]))
        for card in connection.execute(select(*_CARD).join(rules, _ITS_RULE).where(some)):
            reason = _why(card, now)
            if reason is None:
                del why[card.id]
            else:
                why[card.id] = reason
    return why


def _why(card: Any, now: datetime) -> str | None:
    bounds = bounds_of(card.document)
    if card.rule_deleted_at is not None:
        return f"the rule was deleted at {written(card.rule_deleted_at)}"
    if card.deleted_at is not None:
        return f"the grant was taken back at {written(card.deleted_at)}"
    if bounds.is_off:
        return "the rule is switched off"
    if bounds.closes is not None and bounds.closes < now:
        return f"the rule ended at {written(bounds.closes)}"
    if bounds.days is not None and not is_within(now, card.created_at, bounds.days):
        return f"the grant was good for {bounds.days} days from {written(card.created_at)}"
    return None


def note_credits(connection: Connection, aid: str, given: Iterable[tuple[str, int]], now: datetime) -> dict[str, str]:
    """Why nobody can spend what was given back to grants (id, amount), for those of which that is so: it is noted."""
    credited: dict[str, int] = {}
    for grant_id, amount in given:
        if amount > 0:
            credited[grant_id] = credited.get(grant_id, 0) + amount
    if not credited:
        return {}
    why = why_not_spendable(connection, aid, credited, now)
    rows = [
        {"aid": aid, "grant_id": grant_id, "credited": credited[grant_id], "created_at": now, "updated_at": now}
        for grant_id, reason in sorted(why.items())
        if reason != UNKNOWN
    ]
    if rows:
        noted = insert_into(connection, stranded_balances)
        noted = noted.on_conflict_do_update(
            index_elements=["aid", "grant_id"],
            set_={
                "credited": stranded_balances.c.credited + noted.excluded.credited,
                "updated_at": noted.excluded.updated_at,
            },
        )
        connection.execute(noted, rows)
    return why


def stranded_on_page(connection: Connection, aid: str, page: Page, now: datetime) -> list[StrandedBalance]:
    """One page of the account's, newest first, without those that can be spent again or hold nothing; UnknownStart."""
    table = stranded_balances.c
    start = place_of(connection, page.starting_after, table.created_at, table.grant_id, table.aid == aid)
    query = (
        select(*_CARD, table.credited, table.created_at.label("noted_at"), table.updated_at)
        .join(grants, _ITS_GRANT)
        .join(rules, _ITS_RULE)
        .where(table.aid == aid)
    )
    found: list[StrandedBalance] = []
    while True:
        rows = connection.execute(on_page(query, page, start, table.created_at, table.grant_id)).all()
        for row in rows:
            why, left = _why(row, now), _left(row)
            if why is not None and left > 0:
                credited = int(row.credited)
                found.append(
                    StrandedBalance(row.discount_id, row.id, row.customer_id, left, credited, row.updated_at, why)
                )
        if len(rows) < page.limit or len(found) >= page.limit:
            return found[: page.limit]
        start = rows[-1].noted_at, rows[-1].id


def _left(card: Any) -> int:
    if card.debit_balance is not None:
        return int(card.debit_balance)
    return (terms_of(card.document).debit or 0) - int(card.amount)
