"""One run that is measured: `python -m benchmarks.simulation.once JOB`, in a process of its own.

A job says as JSON what is run, and the run is told as JSON: the seconds of the call alone, imports left out, and what
it gave, so that runs can be held to the same results.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Literal

from benchmarks.measure import ROOT, timed
from benchmarks.record import Data
from benchmarks.simulation.campaigns import current_rules, drafts
from benchmarks.simulation.plain import plain_loop
from rabatt.simulation import compare
from rules import Rule, read_rules

FIGURES = ("uses", "discount", "bonus", "stamps")


@dataclass(frozen=True, slots=True)
class Job:
    """What is run over which archive, with which rules and draft; `jobs` are processes."""

    how: Literal["plain", "local", "spark"]
    archive: str
    rules: str
    draft: str
    jobs: int = 1


def run(job: Job) -> Data:
    """Return what a job took and gave: the seconds, how many receipts, what every rule gave in both worlds.

    `digest` is of all files of a simulation, the plain loop has none; `start` is what a Spark session takes to start,
    which `wall` leaves out.
    """
    rules, draft = _read(current_rules()[job.rules]), _read(drafts()[job.draft])
    if job.how == "plain":
        worlds, wall = timed(lambda: plain_loop(Path(job.archive), rules, draft))
        once, twice = sorted((world.evaluated for world in worlds), reverse=True)
        counts = {"receipts": once, "evaluated": once, "evaluated_twice": twice}
        rule_ids = {rule_id for world in worlds for rule_id in world.figures}
        given = {
            rule_id: [[world.figures[rule_id][name] for name in FIGURES] for world in worlds] for rule_id in rule_ids
        }
        return {"wall": wall, **counts, "given": _used(given), "digest": "", "start": 0.0}
    start = _start_spark(job.jobs) if job.how == "spark" else 0.0
    engine: Literal["local", "spark"] = job.how
    with TemporaryDirectory() as name:
        out = Path(name) / "out"
        simulation, wall = timed(lambda: compare(job.archive, rules, draft, out=out, jobs=job.jobs, engine=engine))
        digest = sha256()
        for path in sorted(path for path in out.rglob("*") if path.is_file()):
            digest.update(path.name.encode() + path.read_bytes())
    counts = {name: simulation.summary["archive"][name] for name in ("receipts", "evaluated", "evaluated_twice")}
    given = {
        entry["rule_id"]: [[entry[world][name] for name in FIGURES] for world in ("baseline", "scenario")]
        for entry in simulation.summary["rules"]
    }
    return {"wall": wall, **counts, "given": _used(given), "digest": digest.hexdigest()[:16], "start": start}


def _read(documents: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return read_rules(list(documents)) if documents else ()


def _used(given: Mapping[str, list[list[int]]]) -> dict[str, list[list[int]]]:
    """Return what rules gave that gave anything, in the order of their ids."""
    return {rule_id: both for rule_id, both in sorted(given.items()) if any(map(any, both))}


def _start_spark(cores: int) -> float:
    """Start Spark on this machine, and return how long that took."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - not installed everywhere

    # Its workers are this interpreter, and find the same packages.
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    started = perf_counter()
    builder = SparkSession.builder.master(f"local[{cores}]")
    for name, value in {"ui.enabled": "false", "ui.showConsoleProgress": "false", "driver.memory": "2g"}.items():
        builder = builder.config(f"spark.{name}", value)
    builder.getOrCreate().sparkContext.setLogLevel("ERROR")
    return perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(run(Job(**json.loads(sys.argv[1])))))
