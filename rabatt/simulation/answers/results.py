"""The results of replayed parts, gathered: sums in memory, the table of receipts and the refused ones on disk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rabatt.simulation.replay.receipts_table import DAY, TABLE, day_spans, finished, in_order
from rabatt.simulation.replay.top_receipts import TopReceipt, most_changed, top_receipts_of
from rabatt.simulation.row_batches import RECEIPTS, REFUSED, TALLY
from rabatt.simulation.scan.refused_receipts import place_of
from rabatt.simulation.tally import Tally

# So many receipts are merged at a time, unless a single day has more.
_MERGED_RECEIPTS: Final = 200_000
_ROW_GROUP: Final = 65_536
_REFUSED: Final = pa.schema([("file", pa.string()), ("position", pa.int64()), ("line", pa.binary())])


@dataclass(slots=True)
class Results:
    """What parts of an archive gave: the sums, the receipts that changed most, and files with the others."""

    tally: Tally = field(default_factory=Tally)
    top_receipts: list[TopReceipt] = field(default_factory=list)
    runs: list[Path] = field(default_factory=list)
    refused: list[Path] = field(default_factory=list)

    def merge(self, other: "Results") -> None:
        """Add the results of other parts."""
        self.tally.merge(other.tally)
        self.keep(other.top_receipts)
        self.runs += other.runs
        self.refused += other.refused

    def keep(self, receipts: Iterable[TopReceipt]) -> None:
        """Keep the receipts that changed the most."""
        both = [*self.top_receipts, *receipts]
        self.top_receipts = [*most_changed(both, gained=True), *most_changed(both, gained=False)]


def gather(results: Iterable[pa.RecordBatch], folder: Path, name: str) -> Results:
    """Return the results of one part; its tables are written to files of that name."""
    gathered = Results()
    lines: list[bytes] = []
    for batch in results:
        for kind, payload in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if kind == TALLY:
                gathered.tally.merge(Tally.from_bytes(payload))
            elif kind == RECEIPTS:
                path = folder / f"{name}-{len(gathered.runs)}.run"
                path.write_bytes(payload)
                gathered.runs.append(path)
            elif kind == REFUSED:
                lines.append(payload)
            else:
                gathered.keep(top_receipts_of(payload))
    if lines:
        gathered.refused.append(_refused_file(lines, folder / f"{name}.refused"))
    return gathered


def _refused_file(lines: Sequence[bytes], path: Path) -> Path:
    files, positions = zip(*(place_of(line) for line in lines), strict=True)
    arrays = [pa.array(files, pa.string()), pa.array(positions, pa.int64()), pa.array(lines, pa.binary())]
    with pa.ipc.new_file(path, _REFUSED) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=_REFUSED))
    return path


def refused_lines(results: Results) -> Iterator[bytes]:
    """Yield a line of JSON for each receipt that was refused, in the order of their files."""
    if not results.refused:
        return
    table = pa.concat_tables([_opened(path) for path in results.refused])
    order = pc.sort_indices(table, sort_keys=[("file", "ascending"), ("position", "ascending")])
    lines = table.column("line")
    for place in order.to_pylist():
        yield lines[place].as_py()


def _opened(path: Path) -> pa.Table:
    with pa.ipc.open_file(pa.memory_map(str(path))) as file:
        return file.read_all()


def receipts_in_order(results: Results) -> Iterator[pa.Table]:
    """Yield the table of receipts piece by piece, in its order."""
    runs = [_opened(path) for path in results.runs]
    instants = [run.column("purchase_at").cast(pa.int64()).to_numpy() for run in runs]
    for first, last in day_spans(results.tally.written, _MERGED_RECEIPTS):
        pieces = []
        for run, at in zip(runs, instants, strict=True):
            start, stop = np.searchsorted(at, [first * DAY, (last + 1) * DAY]).tolist()
            if start < stop:
                pieces.append(run.slice(start, stop - start))
        yield finished(in_order(pa.concat_tables(pieces)))


def write_receipts(results: Results, path: Path) -> None:
    """Write the table of receipts; its row groups have one size however the pieces came."""
    with pq.ParquetWriter(path, TABLE, compression="zstd") as writer:
        held = TABLE.empty_table()
        for piece in receipts_in_order(results):
            held = pa.concat_tables([held, piece])
            while len(held) >= _ROW_GROUP:
                writer.write_table(held.slice(0, _ROW_GROUP).combine_chunks(), row_group_size=_ROW_GROUP)
                held = held.slice(_ROW_GROUP)
        if len(held):
            writer.write_table(held.combine_chunks(), row_group_size=_ROW_GROUP)
