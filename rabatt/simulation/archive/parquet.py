"""Receipts from Parquet as columns; what the columns can't prove to be sound is suspect."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rabatt.simulation.archive.converted_columns import with_text_ids
from rabatt.simulation.archive.facts import Facts, ReadPlan
from rabatt.simulation.archive.fragments import Fragment, broken
from rabatt.simulation.archive.hive import HIVE_FIELDS
from rabatt.simulation.archive.leaves import wanted_leaves
from rabatt.simulation.archive.parquet_batch import ParquetBatch
from rabatt.simulation.archive.plain_types import in_plain_types
from rules.values import LATEST_PURCHASE_YEAR

_DAY: Final = timedelta(days=1)
# A time in any other year may be suspect.
_FIRST_YEAR: Final = 1974
_LAST_YEAR: Final = LATEST_PURCHASE_YEAR - 2


def read_parquet(fragment: Fragment, plan: ReadPlan, batch_receipts: int) -> Iterator[Facts]:
    """Yield the facts of a fragment's rows; Unreadable where the file is broken."""
    try:
        with pq.ParquetFile(fragment.path, pre_buffer=False) as file:
            leaves = wanted_leaves(file, plan)
            at = fragment.first
            for group in range(fragment.start, fragment.stop):
                metadata = file.metadata.row_group(group)
                if may_be_within(metadata, plan):
                    yield from _of_group(file, group, at, fragment, leaves, plan, batch_receipts)
                at += metadata.num_rows
    except (pa.ArrowException, OSError) as problem:
        raise broken(fragment.source, problem) from None


def _of_group(
    file: pq.ParquetFile,
    group: int,
    first: int,
    fragment: Fragment,
    leaves: Sequence[str],
    plan: ReadPlan,
    batch_receipts: int,
) -> Iterator[Facts]:
    at = first
    for read in file.iter_batches(batch_receipts, row_groups=[group], columns=leaves, use_threads=False):
        positions = np.arange(at, at + len(read), dtype=np.int64)
        at += len(read)
        rows = _filled(with_text_ids(in_plain_types(read)), fragment)
        batch = ParquetBatch(rows, positions).converted(plan.conversions)
        chosen = batch.within(plan.since, plan.until)
        if chosen is not None:
            if not chosen.any():
                continue
            batch = batch.taken(chosen)
        yield batch.facts(plan)


def may_be_within(group: Any, plan: ReadPlan) -> bool:
    """Say whether a row group can have purchases within the bounds, as far as its statistics tell."""
    if plan.since is None and plan.until is None:
        return True
    for number in range(group.num_columns):
        column = group.column(number)
        if column.path_in_schema == "purchase_at" and column.statistics is not None:
            return _meets(column.statistics, plan)
    return True


def _meets(times: Any, plan: ReadPlan) -> bool:
    """Say whether times can be within the bounds; they are where one may be missing, or so odd that it is suspect."""
    if not times.has_min_max or not times.has_null_count or times.null_count:
        return True
    try:
        least, most = times.min, times.max
    except (ValueError, OverflowError):
        return True
    if not isinstance(least, datetime) or least.year < _FIRST_YEAR or most.year > _LAST_YEAR:
        return True
    # A day's difference is more than any zone's.
    first, last = (least - _DAY).date().isoformat(), (most + _DAY).date().isoformat()
    return (plan.until is None or first <= plan.until) and (plan.since is None or plan.since <= last)


def _filled(batch: pa.RecordBatch, fragment: Fragment) -> pa.RecordBatch:
    """Return a batch with what the folders say, where it has no such column."""
    for key, value in fragment.hive.items():
        name, *below = HIVE_FIELDS[key]
        column = pa.array([value] * len(batch), type=pa.string())
        if not below and name not in batch.schema.names:
            batch = batch.append_column(name, column)
        elif below and name not in batch.schema.names:
            batch = batch.append_column(name, pa.StructArray.from_arrays([column], names=below))
        elif below and _lacks(batch.schema.field(name).type, below[0]):
            place = batch.schema.get_field_index(name)
            struct = batch.column(place)
            fields = [kind.name for kind in struct.type] + below
            arrays = [*(pc.struct_field(struct, kind.name) for kind in struct.type), column]
            batch = batch.set_column(place, name, pa.StructArray.from_arrays(arrays, names=fields))
    return batch


def _lacks(kind: pa.DataType, name: str) -> bool:
    return bool(pa.types.is_struct(kind) and kind.get_field_index(name) < 0)
