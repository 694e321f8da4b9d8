"""A simulation on one machine: in this process, or in several that take fragments and then partitions."""

import gc
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import pyarrow as pa

from rabatt.simulation.answers.results import Results, gather
from rabatt.simulation.archive import Fragment, purchases_named_in
from rabatt.simulation.archive.facts import Int64Array
from rabatt.simulation.archive.identities import IdentityFiles, again_in_files
from rabatt.simulation.replay.replay_rows import replay_rows
from rabatt.simulation.scan.scan import Copies, scan
from rabatt.simulation.scan.shuffle import Spilled, by_partition, sorted_rows, spill
from rabatt.simulation.scan.what_if import WhatIf

# What is done, how much of it is, and of how much; receipts and bytes alike are only counted.
Progress: TypeAlias = Callable[[str, int, int], None]
_Task = TypeVar("_Task")
_Done = TypeVar("_Done")

READING: Final = "reading"
REPLAYING: Final = "replaying"
# A partition of so many receipts takes some 50 MB while it is sorted.
_RECEIPTS_OF_A_PARTITION: Final = 25_000
_BYTES_OF_A_RECEIPT: Final = 1_000
_MOST_PARTITIONS: Final = 4_096
# The file with the ids of the receipts that return lines name: each process reads it once.
_NAMED: Final = "named.pickle"
# Waiting tasks for each process: enough that none is idle.
_WAITING: Final = 3


class WorkerLost(Exception):
    """A worker process ended by itself: killed, or out of memory."""


class _ProcessState:
    """What a process needs for every task; made once in each."""

    what_if: WhatIf
    folder: Path
    partitions: int
    knows_named_purchases: bool


def run_locally(
    what_if: WhatIf,
    fragments: Sequence[Fragment],
    grants: Sequence[pa.RecordBatch],
    folder: Path,
    *,
    jobs: int,
    progress: Progress,
) -> Results:
    """Return the results of all fragments; files that the work needs are left in the folder.

    WorkerLost where a process ended by itself; ReceiptRefused where the simulation is strict.
    """
    partitions = partitions_for(fragments, jobs)
    spilled = list(spill(grants, partitions, folder, "grants"))
    total = sum(fragment.size for fragment in fragments)
    results = Results()
    with _mapper(what_if, folder, partitions, jobs) as mapped:
        looked_at = [fragment for fragment in fragments if fragment.may_name]
        named = frozenset[str]().union(*mapped(_named, looked_at))
        if named:
            (folder / _NAMED).write_bytes(pickle.dumps(named))
        done = 0
        scanned: dict[int, Sequence[Spilled]] = {}
        identities: list[tuple[int, Path]] = []
        for number, found, paths in mapped(_scanned, [(number, one, None) for number, one in enumerate(fragments)]):
            scanned[number] = found
            identities += [(number, path) for path in paths]
            done += fragments[number].size
            progress(READING, done, total)
        # Only where receipts are there again are their fragments read once more, and these left out.
        left_out = again_in_files(identities)
        for number, found, _ in mapped(_scanned, [(number, fragments[number], at) for number, at in left_out.items()]):
            for one in scanned[number]:
                one.path.unlink()
            scanned[number] = found
        spilled += [one for found in scanned.values() for one in found]
        rows, done = sum(one.rows for one in spilled), 0
        for count, part in mapped(_replayed, sorted(by_partition(spilled).items())):
            results.merge(part)
            done += count
            progress(REPLAYING, done, rows)
    return results


def partitions_for(fragments: Iterable[Fragment], jobs: int) -> int:
    """Return into how many parts the customers are split; it changes nothing but memory and time."""
    receipts: int = sum(fragment.rows or fragment.size // _BYTES_OF_A_RECEIPT for fragment in fragments)
    return max(jobs, min(_MOST_PARTITIONS, 1 + receipts // _RECEIPTS_OF_A_PARTITION))


def _begin(what_if: WhatIf, folder: Path, partitions: int) -> None:
    _ProcessState.what_if, _ProcessState.folder, _ProcessState.partitions, _ProcessState.knows_named_purchases = (
        what_if,
        folder,
        partitions,
        False,
    )


def _named(fragment: Fragment) -> frozenset[str]:
    return purchases_named_in(fragment, _ProcessState.what_if.read_plan)


def _full_what_if() -> WhatIf:
    """Return what is asked, once the first look at the archive is over."""
    if not _ProcessState.knows_named_purchases:
        path = _ProcessState.folder / _NAMED
        if path.exists():
            _ProcessState.what_if = _ProcessState.what_if.with_named_purchases(pickle.loads(path.read_bytes()))  # noqa: S301 - this run's own
        _ProcessState.knows_named_purchases = True
    return _ProcessState.what_if


def _scanned(task: tuple[int, Fragment, Int64Array | None]) -> tuple[int, list[Spilled], list[Path]]:
    """Scan a fragment, without the receipts at some places; return its number, its rows and its identities."""
    number, fragment, left_out = task
    what_if, folder = _full_what_if(), _ProcessState.folder
    files = IdentityFiles(folder, f"identities-{number}")
    is_asked = left_out is None and what_if.options.duplicates == "once"
    rows = scan(what_if, fragment, Copies(files.keep if is_asked else None, left_out))
    name = f"rows-{number}" if left_out is None else f"rows-{number}-once"
    spilled = list(spill(rows, _ProcessState.partitions, folder, name))
    files.close()
    return number, spilled, files.paths


def _replayed(task: tuple[int, Sequence[tuple[Path, int]]]) -> tuple[int, Results]:
    number, parts = task
    counted = 0

    def counting(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nonlocal counted
        for batch in batches:
            counted += len(batch)
            yield batch

    results = gather(replay_rows(_full_what_if(), counting(sorted_rows(parts))), _ProcessState.folder, f"part-{number}")
    return counted, results


_Mapped: TypeAlias = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]


@contextmanager
def _mapper(what_if: WhatIf, folder: Path, partitions: int, jobs: int) -> Iterator[_Mapped]:
    """Yield what does tasks, in whatever order they are done."""
    if jobs == 1:
        _begin(what_if, folder, partitions)
        yield map
        return
    # Fresh processes: a fork of one that has threads can hang.
    pool = ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_begin_worker, initargs=(what_if, folder, partitions)
    )
    try:
        yield partial(_in_pool, pool, jobs * _WAITING)
    except BrokenProcessPool:
        message = "a worker process ended by itself; there may be too little memory for so many: use fewer jobs"
        raise WorkerLost(message) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _children_not_interrupted() -> Iterator[None]:
    """Let processes that begin here leave an interrupt from the keyboard to this one, which ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin_worker(what_if: WhatIf, folder: Path, partitions: int) -> None:
    # Each process is one of the jobs: its threads would be more.
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    _begin(what_if, folder, partitions)
    # Compiled before the first task, and out of sight of the collector, which would go through all rules each time.
    what_if.toucher  # noqa: B018
    gc.collect()
    gc.freeze()


def _in_pool(
    pool: ProcessPoolExecutor, most: int, do: Callable[[_Task], _Done], tasks: Sequence[_Task]
) -> Iterator[_Done]:
    left = iter(tasks)
    with _children_not_interrupted():
        running: set[Future[_Done]] = {pool.submit(do, task) for task in islice(left, most)}
    while running:
        finished, running = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            running |= {pool.submit(do, task) for task in islice(left, 1)}
            yield future.result()
