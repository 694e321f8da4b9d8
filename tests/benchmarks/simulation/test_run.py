"""Simulations are timed between runs of the plain loop, only where results are the same, and shown beside targets."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.simulation.figures import Cell, Figures, Pair, tables
from benchmarks.simulation.once import Job, Run
from benchmarks.simulation.processes import Measured, peaks_of
from benchmarks.simulation.run import BEGIN, CELLS, END, PAGE, archive_of, described, record, written_page
from benchmarks.simulation.turns import Bench, check_given, check_same

RUN = Run(
    wall=4.0,
    cpu=5.0,
    receipts=1_000,
    evaluated=10,
    evaluated_twice=5,
    given={"rule": [[0, 0, 0, 0], [1, 500, 0, 0]]},
    digest="same",
)
PLAIN = replace(RUN, wall=1.0, cpu=1.0, receipts=20, digest="")
CELL = Cell(
    "none", "few", 1_000_000, 10_000, 5_000, [10.0, 12.5], [15.0, 16.0], [4000.0, 4000.0], [25.0, 20.0], [9.0], 300
)
MILLION = "1\u2009000\u2009000"
PAIR = Pair("small", "all", 1_000_000, [100.0, 110.0], [50.0, 100.0], 700)


class Measuring:
    """Measures nothing: a second on the wall for the first run, two for the second, and so on."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> Measured:
        """Return a run that took as many seconds as there were runs."""
        self.jobs.append(job)
        run = replace(PLAIN if job.how == "plain" else RUN, wall=float(len(self.jobs)), cpu=float(len(self.jobs)))
        if job.archive == "sample":
            run = replace(run, receipts=20)
        return Measured(run, 100.0 * job.jobs + len(self.jobs))


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
    assert cell.wall == [3.0, 5.0]
    # 20 receipts in one second before, and 20 in four after.
    assert cell.plain_per_second == [8.0, 4.0]
    assert cell.times == [round(1_000 / 3 / 8, 3), round(1_000 / 5 / 4, 3)]
    assert cell.megabytes == 105


def test_a_name_may_say_how_many_receipts_the_archive_has() -> None:
    measuring = Measuring()
    bench(measuring, rounds=1).second_core("small/few@30")
    assert {(job.archive, job.rules, job.draft) for job in measuring.jobs} == {("thirty", "small", "few")}


def test_two_ways_are_timed_by_turns() -> None:
    measuring = Measuring()
    pair = bench(measuring).second_core("small/all")
    assert [job.jobs for job in measuring.jobs] == [1, 2, 1, 2]
    assert (pair.before, pair.after, pair.ratios) == ([1.0, 3.0], [2.0, 4.0], [0.5, 0.75])
    bench(measuring, rounds=1).spark("small/all")
    assert [(job.how, job.jobs) for job in measuring.jobs[4:]] == [("local", 2), ("spark", 2)]


def test_what_takes_long_is_done_once() -> None:
    measuring = Measuring()
    replace(bench(measuring), most_seconds=-1.0).second_core("small/all")
    assert len(measuring.jobs) == 2


def test_other_results_are_never_timed() -> None:
    check_given(PLAIN, replace(RUN, receipts=20))
    with pytest.raises(AssertionError, match="rule gave"):
        check_given(PLAIN, replace(RUN, receipts=20, given={}))
    with pytest.raises(AssertionError, match="20 receipts, simulated 1000"):
        check_given(PLAIN, RUN)
    with pytest.raises(AssertionError, match="differ from run to run"):
        check_same([RUN, replace(RUN, digest="other")])


def figures(*cells: Cell, second_core: tuple[Pair, ...] = (), spark: tuple[Pair, ...] = ()) -> Figures:
    return Figures(20_000, cells, second_core, spark)


def last(of: Figures) -> str:
    return list(tables(of))[-1]


def test_a_cell_shows_whether_its_target_is_met() -> None:
    assert last(figures(CELL)) == (
        f"| no rules | 1 receipt in 100 | {MILLION} | 1.0% | 0.5% "
        "| 88\u2009900 | 4\u2009000 | 22.5 × (20.0–25.0) | ≥ 20 × | 300 |"
    )
    assert last(figures(replace(CELL, times=[19.9]))).endswith("| 19.9 × | ≥ 20 × ✗ | 300 |")
    assert last(figures(replace(CELL, rules="busy"))).endswith("| 22.5 × (20.0–25.0) |  | 300 |")
    assert last(figures(replace(CELL, draft="all"))).endswith("| 22.5 × (20.0–25.0) |  | 300 |")


def test_memory_has_its_target_at_ten_million_receipts() -> None:
    many = replace(CELL, receipts=10_000_000, megabytes=1023)
    assert last(figures(many)).endswith("| 1023 (< 1024) |")
    assert last(figures(replace(many, megabytes=1024))).endswith("| 1024 (< 1024 ✗) |")


def test_a_second_core_and_spark_are_shown_beside_one_machine() -> None:
    assert last(figures(second_core=(PAIR,))) == (
        f"| 10 rules for slow goods | every receipt | {MILLION} | 105.0 s | 75.0 s "
        "| 1.55 × (1.1–2.0) | ≥ 1.6 × ✗ | 700 |"
    )
    assert last(figures(spark=(replace(PAIR, before=[50.0], after=[75.0], start=4.0),))) == (
        f"| 10 rules for slow goods | every receipt | {MILLION} | 50.0 s | 75.0 s | 1.50 × | 4.0 s | 700 |"
    )
    assert list(tables(figures(CELL, second_core=(PAIR,)))).count("") == 1


def test_only_what_is_between_the_markers_is_written() -> None:
    page = PAGE.read_text("utf-8")
    written = written_page(page, described(figures(CELL)), figures(CELL))
    assert last(figures(CELL)) in written
    assert written_page(written, described(figures(CELL)), figures(CELL)) == written
    for marker, place in ((BEGIN, 0), (END, 1)):
        assert page.split(marker)[place] == written.split(marker)[place]
    with pytest.raises(ValueError, match="no markers"):
        written_page("nothing", described(figures(CELL)), figures(CELL))


def test_a_line_of_history_has_what_depends_on_no_machine(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    for _ in range(2):
        record(described(figures(CELL, second_core=(PAIR,))), history)
    first, second = map(json.loads, history.read_text("utf-8").splitlines())
    assert first == second
    assert {"commit", "date", "machine", "python", "seed", "sample"} <= set(first)
    assert first["cells"][0]["evaluated"] == CELL.evaluated


def test_every_cell_names_rules_and_a_draft() -> None:
    assert len(set(CELLS)) == len(CELLS) == 11
    for name in CELLS:
        rules, draft = name.partition("@")[0].split("/")
        assert last(figures(replace(CELL, rules=rules, draft=draft)))


def test_an_archive_is_made_once_and_never_taken_for_another(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    made = sorted(path.stat().st_mtime_ns for path in archive_of(folder, 200).iterdir())
    assert sorted(path.stat().st_mtime_ns for path in archive_of(folder, 200).iterdir()) == made
    with pytest.raises(SystemExit, match="has 200 receipts, not 201"):
        archive_of(folder, 201)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the memory of processes is read from /proc")
def test_the_memory_of_a_process_is_known() -> None:
    assert peaks_of(os.getpid())[os.getpid()] > 10_000
