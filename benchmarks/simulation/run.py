"""Measure: `python -m benchmarks.simulation.run [--receipts N] [--spark] [--record] [--page]`.

Archives have N receipts at most, and are made in a temporary folder. Runs that are compared are timed by turns, each in
a process of its own: a machine is not as fast now as it is a minute later. Results are compared before a time is
believed: with those of the plain loop, and from run to run. Without a target that is met nothing fails: only different
results do.
"""

import importlib.util
import shutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import by_turns, say, watched
from benchmarks.record import Benchmark, Data
from benchmarks.simulation.archive import SEED, write_archive
from benchmarks.simulation.once import Job
from benchmarks.simulation.tables import pages, tables

RECEIPTS = 1_000_000
SAMPLE = 20_000
CELLS = (
    *(f"{rules}/{draft}" for rules in ("none", "small") for draft in ("no", "few")),
    "none/all",
    *(f"{name}@100000" for name in ("small/all", "small/coupon", "small/stamps", "busy/no", "busy/few", "busy/all")),
)
# One where reading the archive is most of it, and a draft that gives two processes enough to do.
SECOND_CORE = ("small/few", "none/all@200000")

BENCHMARK = Benchmark(Path(__file__).parent / "history.jsonl", SEED, tables, pages)


def archive_of(folder: Path, receipts: int) -> Path:
    """Return the folder, with an archive of so many receipts."""
    say(f"an archive of {receipts} receipts")
    write_archive(folder, receipts)
    return folder


def in_a_process(job: Job) -> Data:
    """Return what a job took in a fresh process and gave, with its memory in MiB."""
    told, megabytes = watched("benchmarks.simulation.once", asdict(job))
    return {**told, "megabytes": megabytes}


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured on: archives, and a small one of the same year for the plain loop.

    There are so many rounds of everything, unless the first take more than so many seconds. In the name of a row a
    slash is between the rules that run and the draft; after an `@` stands how many receipts the archive has, where it
    is not the one without a number.
    """

    archives: Mapping[str, Path]
    sample: Path
    rounds: int = 3
    most_seconds: float = 60.0
    measure: Callable[[Job], Data] = in_a_process

    def cell(self, name: str) -> Data:
        """Return a simulation in one process beside the plain loop, what is timed with an entry for each round.

        `times` is how many times the receipts of the plain loop it does in a second on the wall.
        """
        job = self._job(name)
        plain_job = replace(job, how="plain", archive=str(self.sample))
        plain = [self.measure(plain_job)]
        check_given(plain[0], self.measure(replace(job, archive=str(self.sample))))
        runs = []
        for one in by_turns({"run": partial(self.measure, job)}, self.rounds, self.most_seconds):
            runs.append(one["run"])
            plain.append(self.measure(plain_job))
        check_same(runs)
        receipts = runs[0]["receipts"]
        row: Data = {"rules": job.rules, "draft": job.draft, "receipts": receipts}
        row |= {name: runs[0][name] for name in ("evaluated", "evaluated_twice")}
        # The receipts a second of the plain loop around each round: just before it, and just after.
        rates = [(one["receipts"] + two["receipts"]) / (one["wall"] + two["wall"]) for one, two in pairwise(plain)]
        walls = [one["wall"] for one in runs]
        times = [receipts / wall / rate for wall, rate in zip(walls, rates, strict=True)]
        row |= {"wall": walls, "plain_per_second": rates, "times": times}
        return {**row, "megabytes": round(max(one["megabytes"] for one in runs))}

    def second_core(self, name: str) -> Data:
        """Return a simulation in one process, and in two."""
        return self._pair(self._job(name), replace(self._job(name), jobs=2))

    def spark(self, name: str) -> Data:
        """Return a simulation in two processes, and on Spark with two cores."""
        job = replace(self._job(name), jobs=2)
        return self._pair(job, replace(job, how="spark"))

    def _pair(self, before: Job, after: Job) -> Data:
        """Return the seconds of both ways on the wall, and what the second takes: to start, and of memory."""
        sides = {"before": partial(self.measure, before), "after": partial(self.measure, after)}
        rounds = list(by_turns(sides, self.rounds, self.most_seconds))
        check_same(run for one in rounds for run in one.values())
        return {
            "rules": before.rules,
            "draft": before.draft,
            "receipts": rounds[0]["before"]["receipts"],
            **{side: [one[side]["wall"] for one in rounds] for side in sides},
            "megabytes": round(max(one["after"]["megabytes"] for one in rounds)),
            "start": max(one["after"]["start"] for one in rounds),
        }

    def _job(self, name: str) -> Job:
        what, _, receipts = name.partition("@")
        rules, draft = what.split("/")
        return Job("local", str(self.archives[receipts]), rules, draft)


def check_given(plain: Data, simulated: Data) -> None:
    """Raise an AssertionError where a simulation gave something else than the plain loop."""
    assert plain["receipts"] == simulated["receipts"], (
        f"{plain['receipts']} receipts, simulated {simulated['receipts']}"
    )
    for rule_id in sorted({*plain["given"], *simulated["given"]}):
        one, other = plain["given"].get(rule_id), simulated["given"].get(rule_id)
        assert one == other, f"{rule_id} gave {one}, simulated {other}"


def check_same(runs: Iterable[Data]) -> None:
    """Raise an AssertionError where runs of one simulation did not write the same bytes."""
    digests = {run["digest"] for run in runs}
    assert len(digests) == 1, f"the results of one simulation differ from run to run: {sorted(digests)}"


def measure(asked: Namespace) -> Data:
    """Return the figures of all simulations, those on Spark where they were asked for."""
    names = {"cells": CELLS, "second_core": SECOND_CORE, "spark": SECOND_CORE if asked.spark else ()}
    if asked.spark and (importlib.util.find_spec("pyspark") is None or shutil.which("java") is None):
        raise SystemExit("Spark needs pyspark and java")
    figures: Data = {"sample": min(SAMPLE, asked.receipts)}
    with TemporaryDirectory() as home:
        sizes = {name.partition("@")[2] for every in names.values() for name in every}
        archives = {
            size: archive_of(Path(home) / f"archive-{size}", min(int(size or asked.receipts), asked.receipts))
            for size in sorted(sizes)
        }
        bench = Bench(archives, archive_of(Path(home) / "sample", figures["sample"]))
        ways = {"cells": bench.cell, "second_core": bench.second_core, "spark": bench.spark}
        for kind, row_of in ways.items():
            figures[kind] = []
            for name in names[kind]:
                say(f"{name}: {kind}")
                figures[kind].append(row_of(name))
    return figures


def main() -> None:
    """Measure, print, and record and write the page where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.simulation.run", description="Measure simulations.")
    parser.add_argument("--receipts", type=int, default=RECEIPTS, help="how many an archive has at most")
    parser.add_argument("--spark", action="store_true", help="on Spark with two cores as well")
    BENCHMARK.main(parser, measure)


if __name__ == "__main__":
    main()
