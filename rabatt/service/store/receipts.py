"""Receipts: stored once, completed once with a customer and discounts, found by customer or by the till's own id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from rabatt.service.clock import written
from rabatt.service.identifiers import store_key
from rabatt.service.store.claim_request import (
    AS_THEY_COME,
    OF_A_RECEIPT,
    Acceptance,
    ClaimDiffers,
    ClaimIsCancelled,
    ClaimProblem,
    ClaimRequest,
    DiscountUse,
)
from rabatt.service.store.claims import claim_or_repeat
from rabatt.service.store.of_stores import ReceiptName, is_only_number, the_one
from rabatt.service.store.pages import Page, on_page, place_of
from rabatt.service.store.purchases import uses_answered, uses_asked
from rabatt.service.store.tables import claims, insert_into, receipts
from rules import Receipt
from rules.meaning import EMPTY, means_the_same
from rules.serialise import serialise

# What the server alone says of a receipt; what is sent in their place is ignored.
SERVER_FIELDS = frozenset({"id", "created_at", "created_by", "updated_at", "deleted_at", "deleted_by"})


# How many of one number are listed: each is of another store.
MOST_OF_A_NUMBER = 100


class ReceiptDiffers(Exception):
    """The store has another receipt of this receipt_id."""


class ReceiptHasCustomer(Exception):
    """The receipt has a customer already: another one, or the one it was stored with, discounts and all."""


class ReceiptIsUpdated(Exception):
    """The receipt was given this customer before, with other discounts."""


class ReceiptHasReturns(Exception):
    """Goods of the receipt were returned: no discounts can be added to it any more."""


class Updated(NamedTuple):
    """The JSON of an updated receipt, and whether discounts were claimed with it now."""

    receipt: str
    is_claimed: bool


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """A receipt to store; `document` is its JSON without the server's fields."""

    receipt_id: str
    store_id: str
    customer_id: str | None
    purchase_at: datetime
    document: str


@dataclass(frozen=True, slots=True)
class AddedToReceipt:
    """What an update adds: the customer, discounts just as they were sent, and what is claimed of them."""

    customer_id: str
    discounts: list[dict[str, Any]]
    uses: tuple[DiscountUse, ...] = ()
    contradictions: tuple[ClaimProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundReceipts:
    """Receipts as JSON; `starting_after` is the id of the last one where there are more."""

    receipts: list[str]
    starting_after: str | None = None


def receipt_text(receipt: Receipt) -> ReceiptText:
    """The receipt as it is stored."""
    document = {name: value for name, value in receipt.document.items() if name not in SERVER_FIELDS}
    store = store_key(receipt.document["store"]["id"])
    text = serialise(document).decode()
    return ReceiptText(receipt.receipt_id, store, receipt.customer_id, receipt.purchase_at, text)


def add_receipt(
    connection: Connection, aid: str, receipt: ReceiptText, *, now: datetime, new_id: str, subject: str
) -> str:
    """The JSON of the receipt as it was first stored, now or earlier; ReceiptDiffers where that was another one."""
    added = (
        insert_into(connection, receipts)
        .values(
            aid=aid,
            receipt_id=receipt.receipt_id,
            store_id=receipt.store_id,
            id=new_id,
            customer_id=receipt.customer_id,
            purchase_at=receipt.purchase_at,
            document=receipt.document,
            created_at=now,
            created_by=subject,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["aid", "receipt_id", "store_id"])
        .returning(receipts)
    )
    row = connection.execute(added).one_or_none()
    if row is None:
        row = connection.execute(_by_number(aid, receipt.receipt_id, receipt.store_id)).one()
        if not means_the_same(row.document, receipt.document, EMPTY):
            raise ReceiptDiffers
    return _with_server_fields(row, row.document, updated_at=row.created_at)


def update_receipt(
    connection: Connection,
    aid: str,
    name: ReceiptName,
    added: AddedToReceipt,
    acceptance: Acceptance = AS_THEY_COME,
    *,
    now: datetime,
    new_id: str,
    subject: str,
) -> Updated | None:
    """The receipt with its customer and discounts, whose uses are claimed with it; None for an unknown one.

    ManyStores and the exceptions of this module and of claims say what stands against it; then nothing is changed.
    """
    spelling = serialise({"customer_id": added.customer_id, "discounts": added.discounts}).decode()
    of_number = connection.execute(_by_number(aid, *name)).all()
    # Who sends an update again does not know that another store has such a number since.
    done = [row for row in of_number if row.update is not None and means_the_same(row.update, spelling)]
    found = the_one(done if len(done) == 1 else of_number)
    if found is None:
        return None
    # Whoever comes second waits here for the first one's transaction, and then finds a customer.
    completed = (
        update(receipts)
        .where(
            *the_receipt(found),
            receipts.c.customer_id.is_(None),
            receipts.c.returns.is_(None),
        )
        .values(customer_id=added.customer_id, update=spelling, updated_at=now)
        .returning(receipts)
    )
    row = connection.execute(completed).one_or_none()
    if row is None:
        row = connection.execute(select(receipts).where(*the_receipt(found))).one()
        _check_nothing_new(row, added, spelling)
        return Updated(as_it_is(row), is_claimed=False)
    request = _request(row, added, is_alone=is_only_number(connection, aid, name.receipt_id))
    is_claimed = bool(added.uses) and _claim_once(
        connection, aid, request, acceptance, now=now, new_id=new_id, subject=subject
    )
    return Updated(as_it_is(row), is_claimed)


def _check_nothing_new(row: Row[Any], added: AddedToReceipt, spelling: str) -> None:
    """Take an update that changes nothing more; an exception for any other."""
    if row.customer_id is None:
        raise ReceiptHasReturns
    if row.customer_id != added.customer_id:
        raise ReceiptHasCustomer
    if row.update is None:
        if added.discounts:
            raise ReceiptHasCustomer
    elif not means_the_same(row.update, spelling):
        raise ReceiptIsUpdated


def _request(row: Row[Any], added: AddedToReceipt, *, is_alone: bool) -> ClaimRequest:
    """The claim that goes with an update, as if the till had sent it by itself."""
    return ClaimRequest(
        ref=row.receipt_id,
        type=OF_A_RECEIPT,
        customer_id=added.customer_id,
        purchase_at=row.purchase_at,
        discounts=added.uses,
        goods=_cost_of(from_json(row.document).get("items") or ()),
        contradictions=added.contradictions,
        store_id=row.store_id,
        is_alone=is_alone,
    )


def _cost_of(lines: Sequence[Mapping[str, Any]]) -> int | None:
    """What the lines that discounts can be on cost; None where a line does not say."""
    bought = [line for line in lines if not line.get("voided") and not line.get("is_return_item")]
    amounts: list[Any] = [line.get("gross_amount") for line in bought]
    if not bought or None in amounts:
        return None
    return sum(max(int(amount), 0) for amount in amounts)


def _claim_once(
    connection: Connection,
    aid: str,
    request: ClaimRequest,
    acceptance: Acceptance,
    *,
    now: datetime,
    new_id: str,
    subject: str,
) -> bool:
    """Whether the uses are booked now, and not by an earlier claim of the same: a till may claim before it updates."""
    try:
        return claim_or_repeat(connection, aid, request, acceptance, now=now, new_id=new_id, subject=subject).is_new
    except ClaimDiffers:
        known = select(claims).where(claims.c.aid == aid, claims.c.ref == request.ref)
        earlier = [row for row in connection.execute(known) if _is_claimed_by(row, request)]
        if not earlier:
            raise
        if all(row.cancelled_at is not None for row in earlier):
            raise ClaimIsCancelled(request.ref) from None
        return False


def _is_claimed_by(earlier: Row[Any], request: ClaimRequest) -> bool:
    """Whether a claim is of the same customer, purchase and uses, whatever its type and however it is spelled."""
    return (
        earlier.store_id in {None, request.store_id}
        and earlier.customer_id == request.customer_id
        and earlier.purchase_at == request.purchase_at
        and uses_answered(earlier.answer) == uses_asked(request)
    )


def receipts_of(connection: Connection, aid: str, customer_id: str, page: Page) -> FoundReceipts:
    """A page of the customer's receipts, newest first; UnknownStart where it shall start after one of another's."""
    own = (receipts.c.aid == aid, receipts.c.customer_id == customer_id)
    start = place_of(connection, page.starting_after, receipts.c.purchase_at, receipts.c.id, *own)
    # One more than is shown says whether there are more.
    one_more = Page(page.limit + 1)
    query = on_page(select(receipts).where(*own), one_more, start, receipts.c.purchase_at, receipts.c.id)
    rows = connection.execute(query).all()
    shown = rows[: page.limit]
    return FoundReceipts([as_it_is(row) for row in shown], shown[-1].id if len(rows) > page.limit else None)


def receipts_with_id(
    connection: Connection, aid: str, receipt_id: str, *, store_id: str | None = None
) -> FoundReceipts:
    """The receipts with this receipt_id, each of another store, by store; where one is named, that store's."""
    query = _by_number(aid, receipt_id, store_id).order_by(receipts.c.store_id)
    return FoundReceipts([as_it_is(row) for row in connection.execute(query.limit(MOST_OF_A_NUMBER))])


def held_receipts(connection: Connection, aid: str, name: ReceiptName) -> Sequence[Row[Any]]:
    """The rows of the receipts that a name can mean, each of another store, held until the transaction ends."""
    query = _by_number(aid, *name).order_by(receipts.c.store_id)
    return connection.execute(query.with_for_update()).all()


def the_receipt(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    """The condition for the receipt of a row."""
    return receipts.c.aid == row.aid, receipts.c.receipt_id == row.receipt_id, receipts.c.store_id == row.store_id


def _by_number(aid: str, receipt_id: str, store_id: str | None = None) -> Select[Any]:
    query = select(receipts).where(receipts.c.aid == aid, receipts.c.receipt_id == receipt_id)
    return query if store_id is None else query.where(receipts.c.store_id == store_key(store_id))


def as_it_is(row: Row[Any]) -> str:
    """The JSON of a stored receipt with what was added to it."""
    document = row.document if row.update is None else _completed(row.document, row.update)
    if row.returns is not None:
        receipt = from_json(document)
        receipt["returns"] = [*(receipt.get("returns") or ()), *from_json(row.returns)]
        document = serialise(receipt).decode()
    return _with_server_fields(row, document, updated_at=row.updated_at)


def with_return(row: Row[Any], entry: str) -> str:
    """The returns of a stored receipt with one more (JSON text)."""
    return f"[{entry}]" if row.returns is None else f"{row.returns[:-1]},{entry}]"


def _completed(document: str, addition: str) -> str:
    receipt, added = from_json(document), from_json(addition)
    receipt["customer_id"] = added["customer_id"]
    if added["discounts"]:
        receipt["discounts"] = [*(receipt.get("discounts") or ()), *added["discounts"]]
    return serialise(receipt).decode()


def _with_server_fields(row: Row[Any], document: str, *, updated_at: datetime) -> str:
    """The document with the server's fields before its own, which stay as they are spelled."""
    fields = {
        "id": row.id,
        "created_at": written(row.created_at),
        "created_by": row.created_by,
        "updated_at": written(updated_at),
    }
    return f"{serialise(fields).decode()[:-1]},{document[1:]}"
