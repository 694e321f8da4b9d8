"""Rows of what was returned: one for each receipt that has return lines, and each receipt that these name."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rabatt.simulation.archive.facts import Facts
from rabatt.simulation.archive.return_lines import written_lines
from rabatt.simulation.row_batches import ReplayRow, RowKind, key_of, tie_of
from rules import read_receipt
from rules.parse import parse
from rules.serialise import serialise

# Rows of one receipt are in the order of its lines; what else is alike is told apart by its content.
_TIE_BITS = 32


class ReturnedGoods(NamedTuple):
    """What one receipt says was returned of another one: lines as `written_lines` has them."""

    receipt_id: str
    store_id: str
    currency: str | None
    purchase_at: str
    lines: Sequence[dict[str, Any]]


def returned_goods_rows(facts: Facts, source: str) -> list[ReplayRow]:
    """Return the rows of what receipts of a batch say was returned, under the key of the purchase that they name."""
    chosen = np.flatnonzero((facts.naming_lines > 0) & ~facts.suspect)
    rows: list[ReplayRow] = []
    if not len(chosen):
        return rows
    for place, document in zip(chosen.tolist(), facts.documents(chosen), strict=True):
        receipt = read_receipt(document)
        for number, (named, lines) in enumerate(written_lines(receipt).items()):
            written = serialise(
                {
                    "receipt_id": named,
                    "currency": receipt.currency,
                    "purchase_at": receipt.document["purchase_at"],
                    "lines": lines,
                }
            )
            rows.append(
                ReplayRow(
                    key_of(receipt.customer_id, named),
                    RowKind.RETURN,
                    int(facts.instants[place]),
                    receipt.receipt_id,
                    facts.store_ids[place].as_py(),
                    number << _TIE_BITS | tie_of(document),
                    0,
                    source,
                    int(facts.positions[place]),
                    written,
                )
            )
    return rows


def returned_goods_of(row: ReplayRow) -> ReturnedGoods:
    """Return what the row of a return says."""
    document: Any = parse(row.document)
    return ReturnedGoods(
        document["receipt_id"], row.store_id, document["currency"], document["purchase_at"], document["lines"]
    )
