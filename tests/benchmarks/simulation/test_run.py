"""Simulations are timed between runs of the plain loop, only where results are the same, and shown beside targets."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.record import Data
from benchmarks.simulation.once import Job
from benchmarks.simulation.run import CELLS, Bench, archive_of, check_given, check_same, in_a_process
from benchmarks.simulation.tables import tables

RUN: Data = {
    "wall": 4.0,
    "receipts": 1_000,
    "evaluated": 10,
    "evaluated_twice": 5,
    "given": {"rule": [[0, 0, 0, 0], [1, 500, 0, 0]]},
    "digest": "same",
    "start": 0.0,
}
PLAIN: Data = {**RUN, "receipts": 20, "digest": ""}
CELL: Data = {
    "rules": "none",
    "draft": "few",
    "receipts": 1_000_000,
    "evaluated": 10_000,
    "evaluated_twice": 5_000,
    "wall": [10.0, 12.5],
    "plain_per_second": [4000.0, 4000.0],
    "times": [25.0, 20.0],
    "megabytes": 300,
}
PAIR: Data = {
    "rules": "small",
    "draft": "all",
    "receipts": 1_000_000,
    "before": [100.0, 110.0],
    "after": [50.0, 100.0],
    "megabytes": 700,
    "start": 0.0,
}


class Measuring:
    """Measures nothing: a second on the wall for the first run, two for the second, and so on."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> Data:
        """Return a run that took as many seconds as there were runs."""
        self.jobs.append(job)
        seconds = float(len(self.jobs))
        run = PLAIN if job.how == "plain" else RUN | ({"receipts": 20} if job.archive == "sample" else {})
        return {**run, "wall": seconds, "megabytes": 100.0 * job.jobs + seconds}


def bench(measuring: Measuring, rounds: int = 2) -> Bench:
    return Bench({"": Path("archive"), "30": Path("thirty")}, Path("sample"), rounds, measure=measuring)


def test_a_simulation_lies_between_two_runs_of_the_plain_loop() -> None:
    measuring = Measuring()
    cell = bench(measuring).cell("small/few")
    assert [(job.how, job.archive) for job in measuring.jobs] == [
        ("plain", "sample"),
        ("local", "sample"),
        ("local", "archive"),
        ("plain", "sample"),
        ("local", "archive"),
        ("plain", "sample"),
    ]
    assert {(job.rules, job.draft, job.jobs) for job in measuring.jobs} == {("small", "few", 1)}
    assert cell["wall"] == [3.0, 5.0]
    # 20 receipts in one second before, and 20 in four after.
    assert cell["plain_per_second"] == [8.0, 4.0]
    assert cell["times"] == [1_000 / 3 / 8, 1_000 / 5 / 4]
    assert cell["megabytes"] == 105


def test_a_name_may_say_how_many_receipts_the_archive_has() -> None:
    measuring = Measuring()
    bench(measuring, rounds=1).second_core("small/few@30")
    assert {(job.archive, job.rules, job.draft) for job in measuring.jobs} == {("thirty", "small", "few")}


def test_two_ways_are_timed_by_turns() -> None:
    measuring = Measuring()
    pair = bench(measuring).second_core("small/all")
    assert [job.jobs for job in measuring.jobs] == [1, 2, 2, 1]
    assert (pair["before"], pair["after"], pair["megabytes"]) == ([1.0, 4.0], [2.0, 3.0], 203)
    bench(measuring, rounds=1).spark("small/all")
    assert [(job.how, job.jobs) for job in measuring.jobs[4:]] == [("local", 2), ("spark", 2)]


def test_what_takes_long_is_done_once() -> None:
    measuring = Measuring()
    replace(bench(measuring), most_seconds=-1.0).second_core("small/all")
    assert len(measuring.jobs) == 2


def test_other_results_are_never_timed() -> None:
    check_given(PLAIN, RUN | {"receipts": 20})
    with pytest.raises(AssertionError, match="rule gave"):
        check_given(PLAIN, RUN | {"receipts": 20, "given": {}})
    with pytest.raises(AssertionError, match="20 receipts, simulated 1000"):
        check_given(PLAIN, RUN)
    with pytest.raises(AssertionError, match="differ from run to run"):
        check_same([RUN, RUN | {"digest": "other"}])


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the memory of processes is read from /proc")
def test_the_plain_loop_and_a_simulation_give_the_same(tmp_path: Path) -> None:
    archive = str(archive_of(tmp_path / "archive", 500))
    plain, local = (in_a_process(Job(how, archive, "small", "all")) for how in ("plain", "local"))
    check_given(plain, local)
    assert plain["given"]["draft-percent"][1][0] > 0
    assert min(plain["wall"], local["wall"], plain["megabytes"], local["megabytes"]) > 0


def last(cell: Data | None = None, second_core: Data | None = None, spark: Data | None = None) -> str:
    rows = {"cells": cell, "second_core": second_core, "spark": spark}
    return tables({name: [row] if row else [] for name, row in rows.items()})[-1]


def test_a_cell_shows_whether_its_target_is_met() -> None:
    assert last(CELL) == (
        "| no rules | 1 receipt in 100 | 1 000 000 | 1.0% | 0.5% | 88 900 | 4 000 | 22.5 × (20.0–25.0) | ≥ 20 × | 300 |"
    )
    assert last(CELL | {"times": [19.9]}).endswith("| 19.9 × | ≥ 20 × ✗ | 300 |")
    assert last(CELL | {"rules": "busy"}).endswith("| 22.5 × (20.0–25.0) |  | 300 |")
    assert last(CELL | {"draft": "all"}).endswith("| 22.5 × (20.0–25.0) |  | 300 |")


def test_memory_has_its_target_at_ten_million_receipts() -> None:
    many = CELL | {"receipts": 10_000_000, "megabytes": 1023}
    assert last(many).endswith("| 1023 (< 1024) |")
    assert last(many | {"megabytes": 1024}).endswith("| 1024 (< 1024 ✗) |")


def test_a_second_core_and_spark_are_shown_beside_one_machine() -> None:
    assert last(second_core=PAIR) == (
        "| 10 rules for slow goods | every receipt | 1 000 000 | 105.0 s | 75.0 s "
        "| 1.55 × (1.1–2.0) | ≥ 1.6 × ✗ | 700 |"
    )
    assert last(spark=PAIR | {"before": [50.0], "after": [75.0], "start": 4.0}) == (
        "| 10 rules for slow goods | every receipt | 1 000 000 | 50.0 s | 75.0 s | 1.50 × | 4.0 s | 700 |"
    )
    assert tables({"cells": [CELL], "second_core": [PAIR], "spark": []}).count("") == 1


def test_every_cell_names_rules_and_a_draft() -> None:
    assert len(set(CELLS)) == len(CELLS) == 11
    for name in CELLS:
        rules, draft = name.partition("@")[0].split("/")
        assert last(CELL | {"rules": rules, "draft": draft})
