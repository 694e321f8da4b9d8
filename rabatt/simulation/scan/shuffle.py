"""Rows brought together by customer and sorted, on the disk of one machine."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.row_batches import REPLAY_ORDER, ROWS

# What is held of rows before they are written; each process has that much.
_SPILL_BYTES: Final = 32 * 1024 * 1024
# Partitions up to this size are laid out in memory; larger ones are read where they lie, in pieces.
_IN_MEMORY_BYTES: Final = 128 * 1024 * 1024
_ROWS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Spilled:
    """A file of rows, one batch for each partition that has any, and how many rows there are."""

    path: Path
    batches: Mapping[int, int]
    rows: int


def spill(rows: Iterable[pa.RecordBatch], partitions: int, folder: Path, name: str) -> Iterator[Spilled]:
    """Write rows to files, each sorted by partition, and yield what was written."""
    held: list[pa.RecordBatch] = []
    size = number = 0
    for batch in rows:
        held.append(batch)
        size += batch.nbytes
        if size >= _SPILL_BYTES:
            yield _written(held, partitions, folder / f"{name}-{number}.arrow")
            held, size, number = [], 0, number + 1
    if held:
        yield _written(held, partitions, folder / f"{name}-{number}.arrow")


def _written(batches: Sequence[pa.RecordBatch], partitions: int, path: Path) -> Spilled:
    table = pa.Table.from_batches(batches).combine_chunks()
    keys = table.column("key").to_pylist()
    of_row = np.fromiter((partition_of(key, partitions) for key in keys), dtype=np.int64, count=len(keys))
    order = np.argsort(of_row, kind="stable")
    ordered = table.take(pa.array(order))
    numbers, starts = np.unique(of_row[order], return_index=True)
    stops = np.append(starts[1:], len(keys))
    # Uncompressed: a partition is read where it lies.
    with pa.ipc.new_file(path, ROWS) as writer:
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            for batch in ordered.slice(start, stop - start).combine_chunks().to_batches():
                writer.write_batch(batch)
    return Spilled(path, {number: place for place, number in enumerate(numbers.tolist())}, len(keys))


def partition_of(key: str, partitions: int) -> int:
    """Return the number of the partition that a key belongs to."""
    return crc32(key.encode()) % partitions


def by_partition(spilled: Iterable[Spilled]) -> Mapping[int, Sequence[tuple[Path, int]]]:
    """Return, for each partition, the files that have rows of it and the number of the batch in each."""
    found: dict[int, list[tuple[Path, int]]] = defaultdict(list)
    for one in spilled:
        for partition, batch in one.batches.items():
            found[partition].append((one.path, batch))
    return found


def sorted_rows(parts: Iterable[tuple[Path, int]]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a partition in the order of their replay, some at a time."""
    batches = []
    for path, number in parts:
        with pa.ipc.open_file(pa.memory_map(str(path))) as file:
            batches.append(file.get_batch(number))
    table = pa.Table.from_batches(batches)
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in REPLAY_ORDER])
    if table.nbytes <= _IN_MEMORY_BYTES:
        table = table.take(order).combine_chunks()
        yield from table.to_batches(_ROWS_AT_ONCE)
        return
    for start in range(0, len(order), _ROWS_AT_ONCE):
        yield from table.take(order.slice(start, _ROWS_AT_ONCE)).combine_chunks().to_batches()
