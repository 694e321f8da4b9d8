"""Returns: settled once for each ref, kept with their receipt, what they undo given back, in one transaction."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection, Row, select, update

from engine import Settlement, settlement_to_wire
from engine.returns.settlement import undone_to_wire
from rabatt.service.clock import written
from rabatt.service.identifiers import store_key
from rabatt.service.store.claim_request import MayUndo, NeedsScope, anybody
from rabatt.service.store.give_back import HeldClaim, give_back_returned, uses_more
from rabatt.service.store.of_stores import ReceiptName, the_one
from rabatt.service.store.purchases import claims_of, named_claim, with_named
from rabatt.service.store.receipts import as_it_is, held_receipts, the_receipt, with_return
from rabatt.service.store.stranded import note_credits
from rabatt.service.store.tables import insert_into, receipts, returns
from rules import Receipt, read_receipt
from rules.meaning import means_the_same
from rules.serialise import serialise

Settle = Callable[[Receipt, HeldClaim | None], Settlement]


class ReturnDiffers(Exception):
    """The ref was used for another return."""


class NoSuchClaim(Exception):
    """There is no claim of the ref that was named which stands and is of the receipt's customer."""


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Returned goods; `spelling` is the request as JSON, by whose meaning it is known again.

    `claim_ref` is that of a claim of the purchase; None: those that are known to be of it.
    `may_undo` is asked of a claim that is named and is not the receipt's own.
    """

    ref: str
    claim_ref: str | None
    spelling: str
    may_undo: MayUndo = anybody


class Returned(NamedTuple):
    """The stored answer (JSON text), and whether the return was settled now or before."""

    answer: str
    is_new: bool


class StoredReturn(NamedTuple):
    """A return and its receipt, both as plain data, and what its store is told apart by."""

    entry: dict[str, Any]
    receipt: dict[str, Any]
    store_id: str


def add_return(
    connection: Connection,
    aid: str,
    name: ReceiptName,
    request: ReturnRequest,
    settle: Settle,
    *,
    now: datetime,
    new_id: str,
    subject: str,
) -> Returned | None:
    """The return, settled now or before; None where there is no such receipt.

    ManyStores, ReturnDiffers, NoSuchClaim, NeedsScope and whatever `settle` raises say what is in its way; then nothing
    is changed.
    """
    # Whoever returns goods of the same receipt waits here, so that none of them is paid twice.
    held = held_receipts(connection, aid, name)
    query = select(returns).where(returns.c.aid == aid, returns.c.ref == request.ref)
    made = {known.store_id: known for known in connection.execute(query)}
    # Who sends a return again does not know that another store has such a number since.
    of_ref = [row for row in held if _is_again(made.get(row.store_id), name, request)]
    row = the_one(of_ref if len(of_ref) == 1 else held)
    if row is None:
        return None
    known = made.get(row.store_id)
    if known is not None:
        if not _is_again(known, name, request):
            raise ReturnDiffers
        return Returned(known.answer, is_new=False)
    claim = _claim(connection, row, request, now=now, subject=subject)
    settlement = settle(read_receipt(as_it_is(row)), claim)
    entry = {
        "ref": request.ref,
        "id": new_id,
        "receipt_id": row.receipt_id,
        "created_at": written(now),
        "created_by": subject,
        **settlement_to_wire(settlement),
        **_awaited(settlement, claim),
        **_stranded(connection, aid, settlement, now),
    }
    answer = serialise(entry).decode()
    stored = {
        "aid": aid,
        "ref": request.ref,
        "store_id": row.store_id,
        "receipt_id": row.receipt_id,
        "request": request.spelling,
        "answer": answer,
        "created_at": now,
        "created_by": subject,
    }
    taken = insert_into(connection, returns).on_conflict_do_nothing().returning(returns.c.ref)
    if connection.execute(taken, stored).one_or_none() is None:
        # Another receipt's, in a transaction that was faster.
        raise ReturnDiffers
    connection.execute(
        update(receipts).where(*the_receipt(row)).values(returns=with_return(row, answer), updated_at=now)
    )
    if claim is not None:
        give_back_returned(connection, claim, settlement.taken_back, now=now, subject=subject)
    return Returned(answer, is_new=True)


def _claim(
    connection: Connection, receipt: Row[Any], request: ReturnRequest, *, now: datetime, subject: str
) -> HeldClaim | None:
    """The claims of the receipt's purchase that stand, as one; of the receipt's customer, and with the one named."""
    if request.claim_ref in {None, receipt.receipt_id}:
        claim = claims_of(connection, receipt, now=now, subject=subject)
        if claim is None and request.claim_ref is not None:
            raise NoSuchClaim
        return claim
    named = named_claim(connection, receipt, request.claim_ref or receipt.receipt_id)
    if named is None:
        raise NoSuchClaim
    # The receipt's own claim is given back with its goods; of another one the receipt says nothing.
    if named.receipt != receipt.id and not request.may_undo(named.scope):
        raise NeedsScope(named.scope)
    return with_named(connection, receipt, named, now=now, subject=subject)


def _awaited(settlement: Settlement, claim: HeldClaim | None) -> dict[str, Any]:
    """What is not given back yet, since no claim that stands has used it: a claim that comes is booked less this."""
    lines = {} if claim is None else claim.lines
    waiting = [
        one
        for one in settlement.taken_back
        # What the kept goods use more than before is booked on any claim of the purchase.
        if (one.rule_id, one.grant_id) not in lines and (claim is None or not uses_more(one))
    ]
    if not waiting:
        return {}
    credit = sum(one.debit_balance for one in waiting)
    return {"awaits_claim": {"credit_amount": credit, "discounts": undone_to_wire(waiting)}}


def _stranded(connection: Connection, aid: str, settlement: Settlement, now: datetime) -> dict[str, Any]:
    """What goes back on cards that nobody can spend it from, and why."""
    credited = [one for one in settlement.taken_back if one.debit_balance > 0]
    why = note_credits(connection, aid, ((one.grant_id, one.debit_balance) for one in credited), now)
    stranded = [
        {
            "discount_id": one.rule_id,
            "grant_id": one.grant_id,
            "debit_balance": one.debit_balance,
            "why": why[one.grant_id],
        }
        for one in credited
        if one.grant_id in why
    ]
    return {"stranded": stranded} if stranded else {}


def _is_again(known: Row[Any] | None, name: ReceiptName, request: ReturnRequest) -> bool:
    """Whether a return that was made is just what is asked."""
    if known is None or known.receipt_id != name.receipt_id:
        return False
    return means_the_same(known.request, request.spelling)


def return_of(connection: Connection, aid: str, ref: str, store_id: str | None = None) -> StoredReturn | None:
    """The return with a ref, and the receipt as it is now; ManyStores where several stores have one of it."""
    query = select(returns).where(returns.c.aid == aid, returns.c.ref == ref).order_by(returns.c.store_id)
    if store_id is not None:
        query = query.where(returns.c.store_id == store_key(store_id))
    row = the_one(connection.execute(query).all())
    if row is None:
        return None
    receipt = connection.execute(select(receipts).where(*the_receipt(row))).one()
    return StoredReturn(from_json(row.answer), json.loads(as_it_is(receipt)), row.store_id)
