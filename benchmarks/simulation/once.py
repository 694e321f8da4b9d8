"""One run that is measured: `python -m benchmarks.simulation.once JOB`, in a process of its own.

A job says as JSON what is run, and the run is told as JSON: wall and processor seconds of the call alone, imports left
out, those of worker processes included, and what it gave, so that runs can be held to the same results.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Literal, TypeAlias

from benchmarks.measure import ROOT
from benchmarks.simulation.campaigns import current_rules, drafts
from benchmarks.simulation.plain import plain_loop
from rabatt.simulation import compare
from rules import Rule, read_rules

# What every rule gave in the baseline and in the scenario: uses, discount, bonus, stamps.
Given: TypeAlias = dict[str, list[list[int]]]
_FIGURES = ("uses", "discount", "bonus", "stamps")


@dataclass(frozen=True, slots=True)
class Job:
    """What is run over which archive, with which rules and draft; `jobs` are processes."""

    how: Literal["plain", "local", "spark"]
    archive: str
    rules: str
    draft: str
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took and gave; `digest` is of all files of a simulation, the plain loop has none.

    `start` is what a Spark session takes to start, which `wall` leaves out.
    """

    wall: float
    cpu: float
    receipts: int
    evaluated: int
    evaluated_twice: int
    given: Given
    digest: str = ""
    start: float = 0.0
    touched: list[int] = field(default_factory=list)


def run(job: Job) -> Run:
    """Return what a job took and gave."""
    rules, draft = _read(current_rules()[job.rules]), _read(drafts()[job.draft])
    return _plain(job, rules, draft) if job.how == "plain" else _simulated(job, rules, draft)


def _read(documents: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return read_rules(list(documents)) if documents else ()


def _plain(job: Job, rules: Sequence[Rule], draft: Sequence[Rule]) -> Run:
    (baseline, scenario), wall, cpu = _timed(lambda: plain_loop(Path(job.archive), rules, draft))
    given: Given = {}
    for place, world in enumerate((baseline, scenario)):
        for rule_id, figures in world.figures.items():
            given.setdefault(rule_id, [[0] * len(_FIGURES), [0] * len(_FIGURES)])[place] = [
                getattr(figures, name) for name in _FIGURES
            ]
    evaluated = [world.evaluated for world in (baseline, scenario)]
    touched = [world.touched for world in (baseline, scenario)]
    return Run(wall, cpu, max(evaluated), max(evaluated), min(evaluated), _used(given), touched=touched)


def _simulated(job: Job, rules: Sequence[Rule], draft: Sequence[Rule]) -> Run:
    start = _spark(job.jobs) if job.how == "spark" else 0.0
    engine: Literal["local", "spark"] = "spark" if job.how == "spark" else "local"
    with TemporaryDirectory() as name:
        out = Path(name) / "out"
        simulation, wall, cpu = _timed(
            lambda: compare(job.archive, rules, draft, out=out, jobs=job.jobs, engine=engine)
        )
        digest = _digest(out)
    archive = simulation.summary["archive"]
    given: Given = {
        entry["rule_id"]: [[entry[world][name] for name in _FIGURES] for world in ("baseline", "scenario")]
        for entry in simulation.summary["rules"]
    }
    return Run(
        wall,
        cpu,
        archive["receipts"],
        archive["evaluated"],
        archive["evaluated_twice"],
        _used(given),
        digest,
        start,
    )


def _used(given: Given) -> Given:
    """Return what rules gave that gave anything, in the order of their ids."""
    return {rule_id: both for rule_id, both in sorted(given.items()) if any(map(any, both))}


def _spark(cores: int) -> float:
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


def _timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what a call returns, and its seconds on the wall and on processors, ended child processes included."""
    before, started = _cpu_seconds(), perf_counter()
    answer = call()
    return answer, perf_counter() - started, _cpu_seconds() - before


def _cpu_seconds() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _digest(folder: Path) -> str:
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def main() -> None:
    """Run the job and print what it took."""
    print(json.dumps(asdict(run(Job(**json.loads(sys.argv[1]))))))


if __name__ == "__main__":
    main()
