"""Receipts from Parquet as columns; what the columns can't prove to be sound is suspect."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulation.archive.batch import Batch
from simulation.archive.fragments import HIVE_FIELDS, Fragment, Unreadable
from simulation.archive.leaves import wanted_leaves
from simulation.facts import Asked, Facts

_DAY: Final = timedelta(days=1)


def read_parquet(fragment: Fragment, asked: Asked, batch_receipts: int) -> Iterator[Facts]:
    """Yield the facts of a fragment's rows; Unreadable where the file is broken."""
    try:
        with pq.ParquetFile(fragment.path, pre_buffer=False) as file:
            leaves = wanted_leaves(file, asked)
            at = fragment.first
            for group in range(fragment.start, fragment.stop):
                metadata = file.metadata.row_group(group)
                if _may_be_within(metadata, asked):
                    yield from _of_group(file, group, at, fragment, leaves, asked, batch_receipts)
                at += metadata.num_rows
    except (pa.ArrowException, OSError) as problem:
        raise Unreadable(fragment.path, f"this can't be read as Parquet: {problem}") from None


def _of_group(
    file: pq.ParquetFile,
    group: int,
    first: int,
    fragment: Fragment,
    leaves: Sequence[str],
    asked: Asked,
    batch_receipts: int,
) -> Iterator[Facts]:
    at = first
    for read in file.iter_batches(batch_receipts, row_groups=[group], columns=leaves, use_threads=False):
        positions = np.arange(at, at + len(read), dtype=np.int64)
        at += len(read)
        batch = Batch(_filled(read, fragment), positions)
        chosen = batch.within(asked.since, asked.until)
        if chosen is not None:
            if not chosen.any():
                continue
            batch = batch.taken(chosen)
        yield batch.facts(asked)


def _may_be_within(group: Any, asked: Asked) -> bool:
    """Say whether a row group can have purchases within the bounds, as far as its statistics tell."""
    if asked.since is None and asked.until is None:
        return True
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == "purchase_at" and column.statistics is not None and column.statistics.has_min_max:
            least, most = column.statistics.min, column.statistics.max
            if isinstance(least, datetime) and isinstance(most, datetime):
                # A day's difference is more than any zone's.
                first, last = (least - _DAY).date().isoformat(), (most + _DAY).date().isoformat()
                return (asked.until is None or first <= asked.until) and (asked.since is None or asked.since <= last)
    return True


def _filled(batch: pa.RecordBatch, fragment: Fragment) -> pa.RecordBatch:
    """Return a batch with what the folders say, where it has no such column."""
    for key, value in fragment.hive.items():
        name, *below = HIVE_FIELDS[key]
        column = pa.array([value] * len(batch), type=pa.string())
        if not below and name not in batch.schema.names:
            batch = batch.append_column(name, column)
        elif below and name not in batch.schema.names:
            batch = batch.append_column(name, pa.StructArray.from_arrays([column], names=below))
        elif below and batch.schema.field(name).type.get_field_index(below[0]) < 0:
            place = batch.schema.get_field_index(name)
            struct = batch.column(place)
            fields = [kind.name for kind in struct.type] + below
            arrays = [*(pc.struct_field(struct, kind.name) for kind in struct.type), column]
            batch = batch.set_column(place, name, pa.StructArray.from_arrays(arrays, names=fields))
    return batch
