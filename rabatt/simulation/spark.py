"""The same simulation on Apache Spark: fragments and customers are spread over executors instead of processes.

Executors read the archive themselves, so its paths must be reachable from them under the same names. Spark brings the
rows of each customer together and sorts them; `scan` and `replay_rows` are those of one machine.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, Window, functions

from rabatt.simulation.answers.results import Results, gather
from rabatt.simulation.archive import Fragment
from rabatt.simulation.archive.facts import ReadPlan
from rabatt.simulation.engines import EngineUnavailable
from rabatt.simulation.local import REPLAYING, Progress, partitions_for
from rabatt.simulation.row_batches import REPLAY_ORDER, RowKind, batch_of_results
from rabatt.simulation.scan.what_if import WhatIf

Batches: TypeAlias = Iterable[pa.RecordBatch]


_ROWS_DDL: Final = (
    "key string, kind tinyint, instant bigint, receipt_id string, store_id string, tie bigint, touch tinyint,"
    " source string, position bigint, document binary"
)
_IDENTITIES_DDL: Final = "number bigint, first bigint, second bigint, position bigint"
_RESULTS_DDL: Final = "kind string, payload binary"


def run_on_spark(
    what_if: WhatIf,
    fragments: Sequence[Fragment],
    grants: Sequence[pa.RecordBatch],
    folder: Path,
    *,
    progress: Progress,
) -> Results:
    """Return the results of all fragments, worked out by the active Spark session, or by one that is made.

    EngineUnavailable where none can be.
    """
    spark = _session()
    partitions = partitions_for(fragments, max(1, spark.sparkContext.defaultParallelism))
    shared = spark.sparkContext.broadcast(pickle.dumps(what_if.with_named_purchases(_named(spark, what_if, fragments))))
    with ExitStack() as stack:
        rows = _each_once(spark, shared, fragments, stack) if what_if.options.duplicates == "once" else None
        if rows is None:
            rows = _scanned(shared, _tasks(spark, fragments))
        if grants:
            rows = rows.unionByName(_given(spark, grants))
        results = (
            rows.repartition(partitions, "key")
            .sortWithinPartitions(*REPLAY_ORDER)
            .mapInArrow(_replaying(shared), _RESULTS_DDL)
        )
        # All partitions at once, before any is fetched: an iterator alone would work them out one after the other.
        kept = _persisted(results, stack)
        kept.count()
        return _gathered(kept, folder, partitions, progress)


def _persisted(frame: DataFrame, stack: ExitStack) -> DataFrame:
    """Return a frame that is kept on disk once it is worked out, until the stack is left."""
    kept = frame.persist(StorageLevel.DISK_ONLY)
    stack.callback(kept.unpersist)
    return kept


def _each_once(spark: SparkSession, shared: Any, fragments: Sequence[Fragment], stack: ExitStack) -> DataFrame:
    """Return the rows of the archive without receipts that are there again; it is read again where there are any."""
    tasks = _tasks(spark, fragments)
    scanned = _persisted(_scanned(shared, tasks, with_identities=True), stack)
    identities = scanned.filter(scanned.kind == int(RowKind.IDENTITIES)).select("instant", "document")
    order = Window.partitionBy("first", "second").orderBy("number", "position")
    again = identities.mapInArrow(_identities, _IDENTITIES_DDL).withColumn("place", functions.row_number().over(order))
    places = functions.collect_list("position").alias("left_out")
    left_out = _persisted(again.filter(again.place > 1).groupBy("number").agg(places), stack)
    if left_out.isEmpty():
        return scanned.filter(scanned.kind != int(RowKind.IDENTITIES))
    return _scanned(shared, tasks.drop("left_out").join(left_out, "number", "left"))


def _identities(batches: Batches) -> Iterator[pa.RecordBatch]:
    from rabatt.simulation.archive.identities import IDENTITY  # noqa: PLC0415

    for batch in batches:
        for number, packed in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            found = np.frombuffer(packed, dtype=IDENTITY)
            halves = [np.ascontiguousarray(found[name]).view(np.int64) for name in ("first", "second")]
            columns = [np.full(len(found), number, dtype=np.int64), *halves, np.ascontiguousarray(found["position"])]
            names = ["number", "first", "second", "position"]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], names)


def _session() -> SparkSession:
    # Where the environment names no other, workers are of this Python: any other may lack the package.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        return SparkSession.builder.appName("rabatt simulate").getOrCreate()
    except PySparkException as problem:
        message = f"Spark can't be started; it needs Java 17 (Debian: apt install openjdk-17-jre-headless): {problem}"
        raise EngineUnavailable(message) from None


def _tasks(spark: SparkSession, fragments: Sequence[Fragment]) -> DataFrame:
    tasks = [(number, pickle.dumps(fragment), None) for number, fragment in enumerate(fragments)]
    return spark.createDataFrame(tasks, "number bigint, fragment binary, left_out array<bigint>")


def _scanned(shared: Any, tasks: DataFrame, *, with_identities: bool = False) -> DataFrame:
    # One task each: they are of one size.
    parts = max(1, tasks.count())
    ordered = tasks.select("number", "fragment", "left_out").repartitionByRange(parts, "number")
    return ordered.mapInArrow(_scanning(shared, with_identities=with_identities), _ROWS_DDL)


def _named(spark: SparkSession, what_if: WhatIf, fragments: Sequence[Fragment]) -> frozenset[str]:
    """Return the ids of the receipts that return lines name."""
    tasks = [(number, pickle.dumps(fragment)) for number, fragment in enumerate(fragments) if fragment.may_name]
    if not tasks:
        return frozenset()
    listed = spark.createDataFrame(tasks, "number bigint, fragment binary")
    looked = listed.repartitionByRange(len(tasks), "number").mapInArrow(_looking(what_if.read_plan), "id string")
    return frozenset(row.id for row in looked.distinct().collect())


def _looking(plan: ReadPlan) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def looking(batches: Batches) -> Iterator[pa.RecordBatch]:
        from rabatt.simulation.archive import purchases_named_in  # noqa: PLC0415

        for batch in batches:
            for fragment in batch.column(1).to_pylist():
                ids = sorted(purchases_named_in(pickle.loads(fragment), plan))  # noqa: S301 - the driver's own
                yield pa.RecordBatch.from_arrays([pa.array(ids, pa.string())], ["id"])

    return looking


def _given(spark: SparkSession, grants: Sequence[pa.RecordBatch]) -> DataFrame:
    return spark.createDataFrame(pa.Table.from_batches(grants))


def _scanning(shared: Any, *, with_identities: bool) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def scanning(batches: Batches) -> Iterator[pa.RecordBatch]:
        # Imported on the executor, which has the package of its own.
        from rabatt.simulation.row_batches import batch_of_rows, identities_row  # noqa: PLC0415
        from rabatt.simulation.scan.scan import Copies, scan  # noqa: PLC0415
        from rabatt.simulation.spark import what_if_of  # noqa: PLC0415

        for batch in batches:
            for number, packed, places in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                found: list[Any] = []
                left_out = None if places is None else np.array(places, dtype=np.int64)
                fragment = pickle.loads(packed)  # noqa: S301 - the driver's own
                copies = Copies(found.append if with_identities else None, left_out)
                for rows in scan(what_if_of(shared.value), fragment, copies):
                    yield rows
                    if found:
                        yield batch_of_rows([identities_row(number, one.tobytes()) for one in found])
                        found.clear()

    return scanning


def _replaying(shared: Any) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def replaying(batches: Batches) -> Iterator[pa.RecordBatch]:
        from rabatt.simulation.replay.replay_rows import replay_rows  # noqa: PLC0415
        from rabatt.simulation.spark import what_if_of  # noqa: PLC0415

        yield from replay_rows(what_if_of(shared.value), batches)

    return replaying


_KNOWN: Final[dict[bytes, WhatIf]] = {}


def what_if_of(data: bytes) -> WhatIf:
    """Return the question of a simulation; an executor's process that has several tasks of it compiles it once."""
    what_if = _KNOWN.get(data)
    if what_if is None:
        _KNOWN.clear()
        what_if = _KNOWN[data] = pickle.loads(data)  # noqa: S301 - the driver's own
    return what_if


def _gathered(results: DataFrame, folder: Path, partitions: int, progress: Progress) -> Results:
    """Return the results as they are fetched, one partition after the other."""
    gathered = Results()
    for number, row in enumerate(results.toLocalIterator(prefetchPartitions=True)):
        gathered.merge(gather([batch_of_results([(row.kind, bytes(row.payload))])], folder, f"part-{number}"))
        progress(REPLAYING, min(number, partitions), partitions)
    return gathered
