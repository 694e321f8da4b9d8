"""Claims: the use of discounts booked once for each ref, whatever is sent again, and given back at most once."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from engine.grants.stamp_card import CardUse
from rabatt.service.clock import written
from rabatt.service.store.booking import book
from rabatt.service.store.claim_request import (
    AS_THEY_COME,
    OF_A_RECEIPT,
    Acceptance,
    ClaimDiffers,
    Claimed,
    ClaimIsCancelled,
    ClaimRequest,
    RefUse,
)
from rabatt.service.store.of_stores import the_one
from rabatt.service.store.purchases import ReceiptOfClaim, book_what_is_kept, purchase_of
from rabatt.service.store.resolve import ClaimLine, resolve
from rabatt.service.store.rule_use import UseChange, count_lines
from rabatt.service.store.stamps import write_stamps
from rabatt.service.store.tables import claim_lines, claims, insert_into
from rules.serialise import serialise

_AS_IT_STANDS: tuple[ColumnElement[Any], ...] = (
    claims.c.answer,
    claims.c.cancelled_at,
    claims.c.cancelled_by,
    claims.c.scope,
    claims.c.store_id,
)
_AS_IT_WAS_MADE: tuple[ColumnElement[Any], ...] = (
    claims.c.request,
    claims.c.answer,
    claims.c.cancelled_at,
    claims.c.store_id,
    claims.c.purchase_at,
)


def claim_or_repeat(
    connection: Connection,
    aid: str,
    request: ClaimRequest,
    acceptance: Acceptance = AS_THEY_COME,
    *,
    now: datetime,
    new_id: str,
    subject: str,
) -> Claimed:
    """The answer, stored with the uses, and whether it was booked now; the same for the same request again.

    That holds whatever is accepted by now. ClaimRefused where a limit is reached, a ref names nothing, or says what no
    evaluation gave; ClaimDiffers and ClaimIsCancelled where the ref is taken.
    """
    answer = _answer(request, now=now, new_id=new_id, subject=subject)
    row = {
        "aid": aid,
        "ref": request.ref,
        "slot": "",
        "store_id": request.store_id,
        "id": new_id,
        "type": request.type,
        "customer_id": request.customer_id,
        "purchase_at": request.purchase_at,
        "request": request.spelling,
        "answer": answer,
        "created_at": now,
        "created_by": subject,
        "scope": acceptance.scope,
        "receipt_id": request.receipt_id,
    }
    # The receipt before anything else, as returns lock it; then the claim: the same ref in another transaction waits
    # here, before it holds anything more that this one needs.
    purchase = purchase_of(connection, aid, request)
    row["receipt"] = None if purchase is None else purchase.receipt
    if not _takes(connection, row):
        earlier = _earlier(connection, aid, request)
        # Only claims of other stores have the ref: this one stands beside them, if nobody was faster.
        if earlier is None and not _takes(connection, row | {"slot": request.store_id}):
            earlier = _earlier(connection, aid, request)
        if earlier is not None:
            return Claimed(_answer_again(earlier, request), is_new=False)
    lines = resolve(connection, aid, request, acceptance, now)
    if purchase is not None and purchase.returns:
        lines = [_less_what_came_back(line, purchase) for line in lines]
    booked = book(connection, aid, request, lines, now=now, subject=subject)
    connection.execute(
        insert(claim_lines), [_row(aid, new_id, request.customer_id, line, card) for line, card in booked]
    )
    uses = (UseChange(line.discount_id, 1, *line.counted) for line, _ in booked)
    count_lines(connection, aid, new_id, request.customer_id, uses)
    if purchase is not None and purchase.returns:
        book_what_is_kept(connection, aid, purchase, new_id, now=now, subject=subject)
    return Claimed(answer, is_new=True)


def _takes(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether the claim has its ref from now on, in a slot of its own."""
    key = ["aid", "ref", "slot"]
    taken = insert_into(connection, claims).on_conflict_do_nothing(index_elements=key).returning(claims.c.id)
    return connection.execute(taken, row).one_or_none() is not None


class FoundClaim(NamedTuple):
    """The answer of a claim as it stands now (JSON text), and the scope that it was made with, if that is known."""

    answer: str
    made_with: str | None


def find_claim(connection: Connection, aid: str, claim_id: str) -> FoundClaim | None:
    """The claim as it stands now; None where there is no such claim."""
    return _find(connection, aid, claims.c.id == claim_id)


def find_claim_by_ref(connection: Connection, aid: str, ref: str, store_id: str | None = None) -> FoundClaim | None:
    """The same, of the claim with this ref; ManyStores where several stores have one, and none of them is named.

    A store that has none has the claim that named no store.
    """
    if store_id is None:
        return _find(connection, aid, claims.c.ref == ref)
    own = _find(connection, aid, claims.c.ref == ref, claims.c.store_id == store_id)
    return own or _find(connection, aid, claims.c.ref == ref, claims.c.store_id.is_(None))


def _find(connection: Connection, aid: str, *conditions: ColumnElement[bool]) -> FoundClaim | None:
    rows = connection.execute(
        select(*_AS_IT_STANDS).where(claims.c.aid == aid, *conditions).order_by(claims.c.slot)
    ).all()
    row = the_one(rows)
    return None if row is None else FoundClaim(answer_of(row.answer, row.cancelled_at, row.cancelled_by), row.scope)


def answer_of(answer: str, cancelled_at: datetime | None, cancelled_by: str | None) -> str:
    """The answer as it was given, and who cancelled the claim when, if anybody did."""
    if cancelled_at is None:
        return answer
    cancelled = {"deleted_at": written(cancelled_at), "deleted_by": cancelled_by}
    return serialise(json.loads(answer) | cancelled).decode()


def _earlier(connection: Connection, aid: str, request: ClaimRequest) -> Row[Any] | None:
    """The claim that has the ref already, as far as this one is concerned; None where only other stores have one.

    Who names no store means any of its purchase. One that named none is of the purchase of its time.
    """
    query = select(*_AS_IT_WAS_MADE).where(claims.c.aid == aid, claims.c.ref == request.ref)
    rows = sorted(connection.execute(query), key=lambda row: not _says_the_same(row.request, request.spelling))
    if request.store_id is None:
        return rows[0]
    by_store = {row.store_id: row for row in rows}
    own, of_none = by_store.get(request.store_id), by_store.get(None)
    if own is not None or of_none is None:
        return own
    is_of_it = request.is_alone or of_none.purchase_at == request.purchase_at
    return of_none if is_of_it else None


def _answer_again(row: Row[Any], request: ClaimRequest) -> str:
    """What the same claim was answered before; ClaimDiffers, ClaimIsCancelled."""
    if not _says_the_same(row.request, request.spelling):
        raise ClaimDiffers(request.ref)
    if row.cancelled_at is not None:
        raise ClaimIsCancelled(request.ref)
    answer: str = row.answer
    return answer


def _says_the_same(one: str, other: str) -> bool:
    """Whether two claims are the same, or one is that of a stored receipt and they differ in their type only."""
    if one == other:
        return True
    first, second = json.loads(one), json.loads(other)
    return OF_A_RECEIPT in {first.pop("type"), second.pop("type")} and first == second


def _answer(request: ClaimRequest, *, now: datetime, new_id: str, subject: str) -> str:
    document = {
        "purchase_at": written(request.purchase_at),
        "customer_id": request.customer_id,
        "discounts": [
            {"id": discount.discount_id, "refs": [_ref(ref) for ref in discount.refs]} for discount in request.discounts
        ],
        "ref": request.ref,
        "type": request.type,
        **({} if request.store_id is None else {"store_id": request.store_id}),
        "id": new_id,
        "created_at": written(now),
        "created_by": subject,
    }
    if request.receipt_id is not None:
        document["receipt_id"] = request.receipt_id
    return serialise(document).decode()


def _ref(ref: RefUse) -> dict[str, Any]:
    """A ref as the answer has it; none of a bonus and no stamps are not said."""
    document: dict[str, Any] = {"id": ref.id, "amount": ref.amount, "usage": ref.usage}
    if ref.bonus:
        document["bonus"] = ref.bonus
    if ref.stamp:
        document["stamp"] = ref.stamp
    return document


def _less_what_came_back(line: ClaimLine, purchase: ReceiptOfClaim) -> ClaimLine:
    """The line with what came back of it before it was claimed."""
    returned = purchase.came_back(line.key)
    return replace(line, returned=returned, is_returned=purchase.is_returned) if returned else line


def _row(aid: str, claim_id: str, customer_id: str | None, line: ClaimLine, card: CardUse) -> dict[str, Any]:
    return {
        "aid": aid,
        "claim_id": claim_id,
        "grant_id": line.ref.id,
        "discount_id": line.discount_id,
        "customer_id": customer_id,
        **line.counted._asdict(),
        # What is counted on no card is not taken off one when the claim is cancelled.
        "stamp": card.earned,
        "stamps_spent": write_stamps(card.spent) if card.spent else None,
    }
