"""Returns: settled once for each ref, kept with their receipt, what they undo given back, in one transaction."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Connection, Row, select, update

from engine import Settlement, settlement_to_wire
from rabatt.service.clock import written
from rabatt.service.identifiers import store_key
from rabatt.service.store.claim_request import MayUndo, NeedsScope, anybody
from rabatt.service.store.give_back import HeldClaim, give_back_returned, hold_claim
from rabatt.service.store.of_stores import ReceiptName, the_one
from rabatt.service.store.receipts import as_it_is, held_receipts, is_alone, the_receipt, with_return
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

    `claim_ref` is that of the purchase's claim; None: the id of the receipt, if there is a claim of that ref.
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
    claim = _held_claim(connection, aid, row, request)
    settlement = settle(read_receipt(as_it_is(row)), claim)
    entry = {
        "ref": request.ref,
        "id": new_id,
        "receipt_id": row.receipt_id,
        "created_at": written(now),
        "created_by": subject,
        **settlement_to_wire(settlement),
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


def _held_claim(connection: Connection, aid: str, receipt: Row[Any], request: ReturnRequest) -> HeldClaim | None:
    """The claim of the receipt's purchase, if it has one that stands and is of its customer."""
    claim = hold_claim(connection, aid, request.claim_ref or receipt.receipt_id, receipt.store_id)
    if claim is not None and claim.customer_id != receipt.customer_id:
        claim = None
    # The receipt's own claim is given back with its goods; of another one the receipt says nothing.
    may_be_own = request.claim_ref in {None, receipt.receipt_id}
    if claim is not None and not (may_be_own and _is_of(connection, claim, receipt)):
        if request.claim_ref is None:
            claim = None
        elif not request.may_undo(claim.made_with):
            raise NeedsScope(claim.made_with)
    if claim is None and request.claim_ref is not None:
        raise NoSuchClaim
    return claim


def _is_of(connection: Connection, claim: HeldClaim, receipt: Row[Any]) -> bool:
    """Whether a claim of a receipt's number is of it: one that named no store may be of another store's purchase."""
    if claim.store_id is not None or claim.purchase_at == receipt.purchase_at:
        return True
    return is_alone(connection, receipt.aid, receipt.receipt_id)


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
