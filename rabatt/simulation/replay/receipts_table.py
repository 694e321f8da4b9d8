"""The table of receipts that were given something: sorted runs of it, and their merging."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from engine.compiled.requirements import instant_of
from rabatt.simulation.replay.record import Record
from rabatt.simulation.tally import Sums, add

_MONEY: Final = pa.int64()
_FIGURES: Final = [
    pa.field(f"{world}_{figure}", _MONEY)
    for figure in ("discount", "bonus", "stamps", "debit", "margin")
    for world in ("baseline", "scenario")
]
TABLE: Final = pa.schema(
    [
        pa.field("receipt_id", pa.string()),
        pa.field("purchase_at", pa.timestamp("us", tz="UTC")),
        pa.field("day", pa.date32()),
        pa.field("store_id", pa.string()),
        pa.field("customer_id", pa.string()),
        pa.field("customer_group", pa.string()),
        pa.field("currency", pa.string()),
        pa.field("gross", _MONEY),
        *_FIGURES,
        pa.field("baseline_rules", pa.list_(pa.string())),
        pa.field("scenario_rules", pa.list_(pa.string())),
        pa.field("optimal", pa.bool_()),
    ]
)
# With what tells apart two receipts that are alike in all else.
RUN: Final = TABLE.append(pa.field("tie", pa.int64()))
_ORDER: Final = ("purchase_at", "receipt_id", "store_id", "customer_id", "gross", "tie")
# So many receipts are sorted at a time.
RUN_RECEIPTS: Final = 50_000
DAY: Final = 24 * 60 * 60 * 1_000_000


class ReceiptsTable:
    """Collects receipts that were given something, and hands them over in sorted runs.

    `written` counts them by their day in UTC.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._rows: list[tuple[Any, ...]] = []
        self.written: Sums = {}

    def add(self, record: Record) -> Iterator[bytes]:
        """Add a receipt; yields a run when there are enough for one."""
        row = _row_of(record)
        add(self.written, row[1] // DAY, (1,))
        self._rows.append(row)
        if len(self._rows) == RUN_RECEIPTS:
            yield from self.rest()

    def rest(self) -> Iterator[bytes]:
        """Yield what is left as the last run: the bytes of an Arrow file."""
        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, RUN, strict=True)]
        self._rows = []
        run = in_order(pa.Table.from_arrays(arrays, schema=RUN))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, RUN) as writer:
            writer.write_table(run)
        yield sink.getvalue().to_pybytes()


def _row_of(record: Record) -> tuple[Any, ...]:
    receipt, dimensions = record.receipt, record.dimensions
    baseline, scenario = record.baseline, record.scenario
    margins = record.margins or (None, None)
    return (
        receipt.receipt_id,
        instant_of(receipt.purchase_at),
        dimensions.day,
        dimensions.store_id,
        receipt.customer_id,
        dimensions.group,
        dimensions.currency,
        record.basket.gross,
        baseline.discount,
        scenario.discount,
        baseline.bonus,
        scenario.bonus,
        baseline.stamps,
        scenario.stamps,
        baseline.debit,
        scenario.debit,
        *margins,
        baseline.used,
        scenario.used,
        baseline.optimal and scenario.optimal,
        record.tie,
    )


def in_order(run: pa.Table) -> pa.Table:
    """Return the receipts in the order of the table; it depends on nothing but the receipts."""
    return run.take(pc.sort_indices(run, sort_keys=[(name, "ascending") for name in _ORDER]))


def finished(run: pa.Table) -> pa.Table:
    """Return the receipts as the table has them."""
    return run.select(TABLE.names).cast(TABLE)


def day_spans(written: Sums, most: int) -> Sequence[tuple[int, int]]:
    """Return spans of days, first and last, each with at most so many receipts where no single day has more."""
    spans: list[tuple[int, int]] = []
    count = 0
    for day in sorted(written):
        (here,) = written[day]
        if spans and count + here <= most:
            spans[-1] = spans[-1][0], day
            count += here
        else:
            spans.append((day, day))
            count = here
    return spans
