"""Cancelling a claim: all that it used is given back to the grants, once."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from rabatt.service.store.claim_request import Claimed, MayUndo, NeedsScope, anybody
from rabatt.service.store.claims import answer_of
from rabatt.service.store.give_back import HeldClaim, give_back_all, with_lines
from rabatt.service.store.resolve import resolved_rules
from rabatt.service.store.stranded import note_credits
from rabatt.service.store.tables import claims


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
        .returning(claims.c.id, claims.c.customer_id, claims.c.purchase_at, claims.c.scope, claims.c.store_id)
    )
    row = connection.execute(marked).one_or_none()
    if row is not None:
        claim = with_lines(connection, aid, row)
        give_back_all(connection, claim, now=now)
        _note_credits(connection, claim, now)
    query = select(claims.c.answer, claims.c.cancelled_at, claims.c.cancelled_by).where(*of_claim)
    stored = connection.execute(query).one_or_none()
    return None if stored is None else Claimed(answer_of(*stored), is_new=row is not None)


def _note_credits(connection: Connection, claim: HeldClaim, now: datetime) -> None:
    """Note what went back on cards that nobody can spend it from."""
    rules_by_id = resolved_rules(connection, claim.aid, {rule_id for rule_id, _ in claim.lines})
    debits = [line for line in claim.lines.values() if rules_by_id[line.discount_id].terms.debit is not None]
    note_credits(connection, claim.aid, ((line.grant_id, line.amount) for line in debits), now)
