"""What two stores of an account may both have under one name: receipts of a number, claims and returns of a ref."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from rabatt.service.store.tables import receipts


class ReceiptName(NamedTuple):
    """The number of a receipt, and the id of its store where the caller named one."""

    receipt_id: str
    store_id: str | None = None


class ManyStores(Exception):
    """Several stores have it, and none was named; `stores` are their ids, None for what names no store."""

    def __init__(self, stores: Sequence[str | None]) -> None:
        self.stores = tuple(stores)
        super().__init__(self.stores)


def the_one(rows: Sequence[Row[Any]]) -> Row[Any] | None:
    """The only one of the rows, if there is any; ManyStores where there are several."""
    if len(rows) > 1:
        raise ManyStores([row.store_id for row in rows])
    return rows[0] if rows else None


def is_only_number(connection: Connection, aid: str, receipt_id: str) -> bool:
    """Whether no two stores have receipts with this receipt_id."""
    stores = select(receipts.c.store_id).where(receipts.c.aid == aid, receipts.c.receipt_id == receipt_id)
    return len(connection.execute(stores.limit(2)).all()) < 2  # noqa: PLR2004 - two
