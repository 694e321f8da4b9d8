"""Runs that are compared, by turns: a machine is not as fast now as it is a minute later.

Results are compared before a time is believed: with those of the plain loop, and from run to run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise
from pathlib import Path
from time import perf_counter

from benchmarks.simulation.figures import Cell, Pair
from benchmarks.simulation.once import Job, Run
from benchmarks.simulation.processes import Measured, measured


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured on: archives, and a small one of the same year for the plain loop.

    There are so many rounds of everything, unless the first take more than so many seconds. A name is that of the rules
    that run and that of the draft, with a slash between; after an `@` stands how many receipts the archive has, where
    it is not the one without a number.
    """

    archives: Mapping[str, Path]
    sample: Path
    rounds: int = 3
    most_seconds: float = 60.0
    measure: Callable[[Job], Measured] = measured

    def cell(self, name: str) -> Cell:
        """Return a simulation in one process beside the plain loop."""
        job = self._job(name)
        plain_job = replace(job, how="plain", archive=str(self.sample))
        plain = [self.measure(plain_job).run]
        check_given(plain[0], self.measure(replace(job, archive=str(self.sample))).run)
        runs: list[Measured] = []
        for _ in self._turns():
            runs.append(self.measure(job))
            plain.append(self.measure(plain_job).run)
        check_same(one.run for one in runs)
        walls, processors = [one.run.wall for one in runs], [one.run.cpu for one in runs]
        rates = _rates_between(plain, lambda run: run.wall)
        run = runs[0].run
        return Cell(
            rules=job.rules,
            draft=job.draft,
            receipts=run.receipts,
            evaluated=run.evaluated,
            evaluated_twice=run.evaluated_twice,
            wall=_rounded(walls),
            cpu=_rounded(processors),
            plain_per_second=_rounded(rates),
            times=_times(run.receipts, walls, rates),
            times_cpu=_times(run.receipts, processors, _rates_between(plain, lambda run: run.cpu)),
            megabytes=round(max(one.megabytes for one in runs)),
        )

    def second_core(self, name: str) -> Pair:
        """Return a simulation in one process, and in two."""
        return self._pair(self._job(name), replace(self._job(name), jobs=2))

    def spark(self, name: str) -> Pair:
        """Return a simulation in two processes, and on Spark with two cores."""
        job = replace(self._job(name), jobs=2)
        return self._pair(job, replace(job, how="spark"))

    def _pair(self, before: Job, after: Job) -> Pair:
        both = [(self.measure(before), self.measure(after)) for _ in self._turns()]
        check_same(one.run for pair in both for one in pair)
        return Pair(
            rules=before.rules,
            draft=before.draft,
            receipts=both[0][0].run.receipts,
            before=_rounded([first.run.wall for first, _ in both]),
            after=_rounded([second.run.wall for _, second in both]),
            megabytes=round(max(second.megabytes for _, second in both)),
            start=round(max(second.run.start for _, second in both), 1),
        )

    def _job(self, name: str) -> Job:
        what, _, receipts = name.partition("@")
        rules, draft = what.split("/")
        return Job("local", str(self.archives[receipts]), rules, draft)

    def _turns(self) -> Iterator[int]:
        started = perf_counter()
        for turn in count():
            if turn == self.rounds or (turn and perf_counter() - started > self.most_seconds):
                return
            yield turn


def check_given(plain: Run, simulated: Run) -> None:
    """Raise an AssertionError where a simulation gave something else than the plain loop."""
    assert plain.receipts == simulated.receipts, f"{plain.receipts} receipts, simulated {simulated.receipts}"
    for rule_id in sorted({*plain.given, *simulated.given}):
        one, other = plain.given.get(rule_id), simulated.given.get(rule_id)
        assert one == other, f"{rule_id} gave {one}, simulated {other}"


def check_same(runs: Iterable[Run]) -> None:
    """Raise an AssertionError where runs of one simulation did not write the same bytes."""
    digests = {run.digest for run in runs}
    assert len(digests) == 1, f"the results of one simulation differ from run to run: {sorted(digests)}"


def _rates_between(plain: Sequence[Run], seconds: Callable[[Run], float]) -> list[float]:
    """Return the receipts a second of the plain loop around each round: just before it, and just after."""
    return [(one.receipts + other.receipts) / (seconds(one) + seconds(other)) for one, other in pairwise(plain)]


def _times(receipts: int, seconds: Sequence[float], rates: Sequence[float]) -> list[float]:
    """Return how many times as fast as at these rates so many receipts were done."""
    return _rounded([receipts / taken / rate for taken, rate in zip(seconds, rates, strict=True)])


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(number, 3) for number in numbers]
