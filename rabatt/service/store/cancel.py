"""Cancelling a claim: what it used is given back to the grants, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from engine.grants.stamp_card import StampCard, after_cancelling
from rabatt.service.store.claim_request import Claimed, MayUndo, NeedsScope, anybody
from rabatt.service.store.claims import answer_of
from rabatt.service.store.give_back import GIVE_BACK
from rabatt.service.store.resolve import stored_rules
from rabatt.service.store.rule_use import Change, count_lines
from rabatt.service.store.stamps import read_stamps, write_stamps
from rabatt.service.store.tables import claim_lines, claims, grants
from rabatt.service.store.terms import Terms

_THE_GRANT = (grants.c.aid == bindparam("account"), grants.c.id == bindparam("grant"))


def cancel(
    connection: Connection,
    aid: str,
    claim_id: str,
    may_undo: MayUndo = anybody,
    *,
    now: datetime,
    subject: str,
) -> Claimed | None:
    """The claim as it stands once it is cancelled, and whether that was done now; None where there is no such claim.

    `may_undo` is asked with the scope that the claim was made with; NeedsScope where it says no.
    """
    of_claim = (claims.c.aid == aid, claims.c.id == claim_id)
    made_with = connection.execute(select(claims.c.scope).where(*of_claim)).one_or_none()
    if made_with is not None and not may_undo(made_with.scope):
        raise NeedsScope(made_with.scope)
    # Whoever marks it gives back; another one that cancels it too waits here, and then finds it marked.
    marked = (
        update(claims)
        .where(*of_claim, claims.c.cancelled_at.is_(None))
        .values(cancelled_at=now, cancelled_by=subject)
        .returning(claims.c.purchase_at)
    )
    row = connection.execute(marked).one_or_none()
    if row is not None:
        _give_back(connection, aid, claim_id, row.purchase_at, now)
    query = select(claims.c.answer, claims.c.cancelled_at, claims.c.cancelled_by).where(*of_claim)
    stored = connection.execute(query).one_or_none()
    return None if stored is None else Claimed(answer_of(*stored), is_new=row is not None)


def _give_back(connection: Connection, aid: str, claim_id: str, purchase_at: datetime, now: datetime) -> None:
    of_claim = (claim_lines.c.aid == aid, claim_lines.c.claim_id == claim_id)
    lines = connection.execute(select(claim_lines).where(*of_claim)).all()
    rules_by_id = stored_rules(connection, aid, {line.discount_id for line in lines})
    # In the order in which claims book them: where all keep to one order, none waits for another in a ring.
    for line in sorted(lines, key=lambda line: (line.discount_id, line.grant_id)):
        # What was used without a customer is on no grant.
        if line.customer_id is not None:
            _give_back_line(connection, line, rules_by_id[line.discount_id].terms, purchase_at, now)
    connection.execute(update(claim_lines).where(*of_claim).values(is_cancelled=True))
    if lines:
        given_back = (Change(line.discount_id, -1, -line.usage, -line.amount, -line.bonus) for line in lines)
        count_lines(connection, aid, claim_id, lines[0].customer_id, given_back)


def _give_back_line(connection: Connection, line: Any, terms: Terms, purchase_at: datetime, now: datetime) -> None:
    parameters = {
        "account": line.aid,
        "grant": line.grant_id,
        "used": line.usage,
        "paid": line.amount,
        "booked": line.bonus,
    }
    row = connection.execute(GIVE_BACK, parameters).one()
    spent = read_stamps(line.stamps_spent)
    if not line.stamp and not spent:
        return
    card = StampCard(read_stamps(row.stamps), row.stamps_owed)
    card = after_cancelling(card, purchase_at, terms.stamp_days, now, earned=line.stamp, spent=spent)
    stamped = update(grants).where(*_THE_GRANT).values(stamps=write_stamps(card.stamps), stamps_owed=card.owed)
    connection.execute(stamped, parameters)
