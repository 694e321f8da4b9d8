"""What two stores of an account may both have under one name: receipts of a number, claims and returns of a ref."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row


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
