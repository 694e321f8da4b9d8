"""The two kinds of Arrow batches that a simulation passes on: rows on their way to a customer, and results."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple
from zlib import crc32

import pyarrow as pa

from rabatt.simulation.customer_group import is_somebody


class RowKind(IntEnum):
    """What a row is: of one instant, grants come first, and purchases before what is returned.

    Identities of receipts are looked through before the replay, and never come to it.
    """

    GRANT = 0
    RECEIPT = 1
    RESULT = 2
    RETURN = 3
    IDENTITIES = 4


class ReplayRow(NamedTuple):
    """One grant, one receipt, what was returned of another receipt, or one result that only passes by.

    `key` is alike for all rows of a customer; receipts without one have a key each. `touch` is what the rules can mean
    for the receipt. `source` and `position` say where it stands, and `document` is its JSON. Of a result, `source` is
    its kind.
    """

    key: str
    kind: int
    instant: int
    receipt_id: str
    store_id: str
    tie: int
    touch: int
    source: str
    position: int
    document: bytes


ROWS: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("instant", pa.int64(), nullable=False),
        pa.field("receipt_id", pa.string(), nullable=False),
        pa.field("store_id", pa.string(), nullable=False),
        pa.field("tie", pa.int64(), nullable=False),
        pa.field("touch", pa.int8(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("document", pa.binary(), nullable=False),
    ]
)
# A customer's rows in the order in which they are replayed: no two orders of the archive give another one.
REPLAY_ORDER: Final = ("key", "instant", "kind", "receipt_id", "store_id", "tie")

# A result: what it is, and itself as bytes.
RESULTS: Final = pa.schema(
    [pa.field("kind", pa.string(), nullable=False), pa.field("payload", pa.binary(), nullable=False)]
)
TALLY: Final = "tally"
REFUSED: Final = "refused"
RECEIPTS: Final = "receipts"

# Before every purchase.
_FIRST: Final = -(2**63)


def key_of(customer_id: str | None, receipt_id: str) -> str:
    """Return the key under which the rows of a customer meet; a receipt without customer has one of its own."""
    return f"c{customer_id}" if is_somebody(customer_id) else f"r{receipt_id}"


def customer_of(key: str) -> str | None:
    """Return the customer of a key."""
    return key[1:] if key.startswith("c") else None


def tie_of(document: bytes) -> int:
    """Return what tells apart two receipts of one customer, time, id and store: their own content."""
    return crc32(document)


def grant_row(customer_id: str, grant_id: str, document: bytes) -> ReplayRow:
    """Return the row of a grant, which comes before all receipts of its customer."""
    return ReplayRow(key_of(customer_id, ""), RowKind.GRANT, _FIRST, grant_id, "", 0, 0, "", 0, document)


def result_row(kind: str, payload: bytes) -> ReplayRow:
    """Return the row of a result, spread over the partitions by its content."""
    return ReplayRow(f"x{crc32(payload)}", RowKind.RESULT, _FIRST, "", "", 0, 0, kind, 0, payload)


def identities_row(number: int, identities: bytes) -> ReplayRow:
    """Return the row of the identities of some receipts of a fragment, which has a number."""
    return ReplayRow("i", RowKind.IDENTITIES, number, "", "", 0, 0, "", 0, identities)


def batch_of_rows(rows: Iterable[ReplayRow]) -> pa.RecordBatch:
    """Return rows as one batch."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(ROWS)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, type=field.type) for column, field in zip(columns, ROWS, strict=True)], schema=ROWS
    )


def rows_of_batch(batch: pa.RecordBatch) -> Iterable[ReplayRow]:
    """Return the rows of a batch."""
    return map(ReplayRow._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def batch_of_results(results: Iterable[tuple[str, bytes]]) -> pa.RecordBatch:
    """Return results as one batch."""
    kinds, payloads = zip(*results, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(kinds, type=pa.string()), pa.array(payloads, type=pa.binary())], schema=RESULTS
    )
