"""Open2b's receipts and catalogues: made, changed, found and counted, each in the account that they belong to."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from rabatt.open2b.catalogue import Catalogue, read_catalogue
from rabatt.open2b.change import change
from rabatt.open2b.compose import compose
from rabatt.open2b.error_rows import NotTaken, too_much_found
from rabatt.open2b.requests import USUAL_FOUND, Conditions, FindRequest, ReceiptToCreate, ReceiptToUpdate
from rabatt.open2b.stored_receipt import StoredReceipt, document_of, inside_of, receipt_of
from rabatt.open2b.totals import Totals
from rabatt.service.store.tables import insert_into, open2b_accounts, open2b_customers, open2b_receipts
from rules import exact_json

DIGITS = re.compile(r"\d+", re.ASCII)
LABELS = 64
CHUNK = 1_000
# Of receipts, in bytes.
LARGEST_ANSWER = 32 * 1024 * 1024

ORDERS = {
    "id": open2b_receipts.c.id,
    "number": open2b_receipts.c.number_key,
    "status": open2b_receipts.c.status,
    "creationTime": open2b_receipts.c.creation_time,
    "updateTime": open2b_receipts.c.update_time,
    "issueDate": open2b_receipts.c.issue_date,
    "total": open2b_receipts.c.total,
    "taxedTotal": open2b_receipts.c.taxed_total,
    "customerName": open2b_receipts.c.customer_name,
}


def put_catalogue(connection: Connection, aid: str, catalogue: Catalogue, *, now: datetime) -> None:
    """Keep the catalogue of an account in the place of the one before; receipts stay as they are."""
    kept = catalogue.model_dump()
    customers = kept.pop("customers")
    text = exact_json.write(kept)
    put = insert_into(connection, open2b_accounts).values(aid=aid, catalogue=text, loaded_at=now)
    put = put.on_conflict_do_update(index_elements=["aid"], set_={"catalogue": text, "loaded_at": now})
    connection.execute(put)
    connection.execute(delete(open2b_customers).where(open2b_customers.c.aid == aid))
    for start in range(0, len(customers), CHUNK):
        rows = [{"aid": aid, "id": customer["id"]} for customer in customers[start : start + CHUNK]]
        connection.execute(insert(open2b_customers), rows)


def catalogue_of(connection: Connection, aid: str) -> Catalogue:
    """The account's catalogue without its customers; an empty one where none was loaded."""
    text = connection.execute(select(open2b_accounts.c.catalogue).where(open2b_accounts.c.aid == aid)).scalar()
    return _catalogue(text or "{}")


@lru_cache(maxsize=64)
def _catalogue(text: str) -> Catalogue:
    return read_catalogue(exact_json.read(text))


def customer_check(connection: Connection, aid: str) -> Callable[[int], bool]:
    """Says whether the account has a customer."""

    def is_customer(id: int) -> bool:
        known = select(open2b_customers.c.id).where(open2b_customers.c.aid == aid, open2b_customers.c.id == id)
        return connection.execute(known).first() is not None

    return is_customer


def shop_time(now: datetime, catalogue: Catalogue) -> str:
    """What the shop's clock shows."""
    return f"{now.astimezone(ZoneInfo(catalogue.timezone)):%Y-%m-%d %H:%M:%S}"


def create_receipt(
    connection: Connection, aid: str, body: ReceiptToCreate, *, now: datetime, token: str, subject: str
) -> int:
    """The identifier of a new receipt; NotTaken with every row that says why there is none."""
    catalogue = catalogue_of(connection, aid)
    at = shop_time(now, catalogue)
    receipt, totals = compose(body, catalogue, at, customer_check(connection, aid))
    id, last_item = _numbers(connection, aid, receipts=1, items=len(receipt.items))
    receipt = _numbered(receipt, last_item)
    row = _row(receipt, totals, id=id, token=token, update_time=at, subject=subject)
    connection.execute(insert(open2b_receipts).values(aid=aid, id=id, created_by=subject, token=token, **row))
    return id


def update_receipt(
    connection: Connection, aid: str, id: int, body: ReceiptToUpdate, *, now: datetime, subject: str
) -> bool:
    """Whether there is such a receipt, which is changed then; NotTaken with every row that says why it is not."""
    own = (open2b_receipts.c.aid == aid, open2b_receipts.c.id == id)
    # Whoever comes second waits here, and changes what the first one made of it.
    kept = connection.execute(select(open2b_receipts).where(*own).with_for_update()).one_or_none()
    if kept is None:
        return False
    catalogue = catalogue_of(connection, aid)
    at = shop_time(now, catalogue)
    before = receipt_of(exact_json.read(kept.document), exact_json.read(kept.inside))
    receipt, totals = change(before, id, body, catalogue, at, customer_check(connection, aid))
    new_items = sum(item.id is None for item in receipt.items)
    if new_items:
        _, last_item = _numbers(connection, aid, receipts=0, items=new_items)
        receipt = _numbered(receipt, last_item)
    row = _row(receipt, totals, id=id, token=kept.token, update_time=at, subject=subject)
    connection.execute(update(open2b_receipts).where(*own).values(**row))
    return True


def delete_receipts(connection: Connection, aid: str, ids: Sequence[int]) -> None:
    """Delete those of the receipts that are there."""
    connection.execute(delete(open2b_receipts).where(open2b_receipts.c.aid == aid, open2b_receipts.c.id.in_(ids)))


def get_receipt(connection: Connection, aid: str, id: int, fields: Sequence[str] | None) -> str | None:
    """The JSON of a receipt, whole or of the fields alone; None where there is none."""
    own = select(open2b_receipts.c.document, open2b_receipts.c.inside).where(
        open2b_receipts.c.aid == aid, open2b_receipts.c.id == id
    )
    row = connection.execute(own).one_or_none()
    return None if row is None else _picked(row.document, row.inside, fields)


def find_receipts(connection: Connection, aid: str, request: FindRequest) -> list[str]:
    """The JSON of the receipts that meet the conditions, in the order asked for and then by identifier.

    NotTaken where they are more than one answer holds.
    """
    order = [ORDERS[name.removeprefix("-")] for name in request.order]
    query = (
        select(open2b_receipts.c.document, open2b_receipts.c.inside)
        .where(open2b_receipts.c.aid == aid, *conditions_of(request.conditions))
        .order_by(
            *(
                column.desc() if name.startswith("-") else column.asc()
                for name, column in zip(request.order, order, strict=True)
            ),
            open2b_receipts.c.id,
        )
        .limit(request.limit)
        .offset(request.first)
    )
    found, size = [], 0
    # Read as they come: no more of them is ever held than is answered.
    with connection.execute(query.execution_options(yield_per=USUAL_FOUND)) as rows:
        for row in rows:
            found.append(_picked(row.document, row.inside, request.fields))
            size += len(found[-1])
            if size > LARGEST_ANSWER:
                raise NotTaken([too_much_found(LARGEST_ANSWER)])
    return found


def count_receipts(connection: Connection, aid: str, conditions: Conditions) -> int:
    """How many receipts meet the conditions."""
    query = select(func.count()).where(open2b_receipts.c.aid == aid, *conditions_of(conditions))
    return int(connection.execute(query).scalar_one())


def conditions_of(asked: Conditions) -> list[ColumnElement[bool]]:
    """The conditions that are given, as the store is asked for them."""
    column = open2b_receipts.c
    ranges: list[tuple[Any, str | None, str | None]] = [
        (
            column.number_key,
            asked.fromNumber and number_key(asked.fromNumber),
            asked.toNumber and number_key(asked.toNumber),
        ),
        (column.creation_time, asked.fromCreationTime, asked.toCreationTime),
        (column.update_time, asked.fromUpdateTime, asked.toUpdateTime),
        (column.issue_date, asked.fromIssueDate, asked.toIssueDate),
    ]
    wanted = [place >= least for place, least, _ in ranges if least is not None]
    wanted += [place <= most for place, _, most in ranges if most is not None]
    if asked.fromNumber is not None or asked.toNumber is not None:
        # What has no number is not between two.
        wanted.append(column.number_key != "")
    if asked.ids is not None:
        wanted.append(column.id.in_(asked.ids))
    if asked.status is not None:
        wanted.append(column.status.in_(asked.status))
    if asked.customer is not None:
        wanted.append(column.customer == asked.customer)
    if asked.address is not None:
        wanted.append(column.address.contains(asked.address.casefold(), autoescape=True))
    if asked.labels:
        bits = label_bits(asked.labels)
        wanted.append(column.labels.bitwise_and(bits) == bits)
    if asked.after is not None:
        wanted.append(column.id > asked.after)
    return wanted


def number_key(number: str) -> str:
    """What numbers are compared by: each run of digits as the whole number that it is, so that 9 comes before 10."""

    def spelled(digits: re.Match[str]) -> str:
        significant = digits[0].lstrip("0")
        return f"{len(significant):02}{significant}"

    return DIGITS.sub(spelled, number)


def label_bits(labels: Iterable[int]) -> int:
    """The labels as the bits of a signed number of 64 bits, which both stores have."""
    bits = sum(1 << (label - 1) for label in set(labels))
    return bits - (1 << LABELS) if bits >> (LABELS - 1) else bits


def _numbers(connection: Connection, aid: str, *, receipts: int, items: int) -> tuple[int, int]:
    """The last identifiers of a receipt and of an item, so many of them new; until this ends no other gets any."""
    taken = (
        insert_into(connection, open2b_accounts)
        .values(aid=aid, catalogue="{}", last_receipt=receipts, last_item=items)
        .on_conflict_do_update(
            index_elements=["aid"],
            set_={
                "last_receipt": open2b_accounts.c.last_receipt + receipts,
                "last_item": open2b_accounts.c.last_item + items,
            },
        )
        .returning(open2b_accounts.c.last_receipt, open2b_accounts.c.last_item)
    )
    row = connection.execute(taken).one()
    return row.last_receipt, row.last_item


def _numbered(receipt: StoredReceipt, last_item: int) -> StoredReceipt:
    """The receipt whose items all have identifiers: those without one get the last ones, in their order."""
    id = last_item - sum(item.id is None for item in receipt.items)
    items = []
    for item in receipt.items:
        if item.id is None:
            id += 1
        items.append(item._replace(id=id) if item.id is None else item)
    return replace(receipt, items=tuple(items))


def _row(
    receipt: StoredReceipt, totals: Totals, *, id: int, token: str, update_time: str, subject: str
) -> dict[str, Any]:
    """The columns of a receipt that change with it."""
    document = document_of(receipt, totals, id=id, token=token, update_time=update_time)
    addresses = [*receipt.billing_address.values(), *(receipt.shipping_address or {}).values()]
    return {
        "number_key": number_key(receipt.number),
        "status": receipt.status,
        "creation_time": receipt.creation_time,
        "update_time": update_time,
        "issue_date": receipt.issue_date,
        "customer": receipt.customer,
        "customer_name": receipt.customer_name.casefold(),
        "address": " ".join(filter(None, addresses)).casefold(),
        "labels": label_bits(receipt.labels),
        "total": totals.total.base,
        "taxed_total": totals.total.taxed,
        "document": exact_json.write(document),
        "inside": exact_json.write(inside_of(receipt)),
        "updated_by": subject,
    }


def _picked(document: str, inside: str, fields: Sequence[str] | None) -> str:
    """The document, or of it the fields that are wanted, in its own order."""
    if fields is None:
        return document
    whole = exact_json.read(document)
    whole["labels"] = exact_json.read(inside)["labels"]
    return exact_json.write({name: value for name, value in whole.items() if name in fields})
