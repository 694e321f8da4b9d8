"""The page says what the figures say, beside the targets, and figures are those of the workload."""

from typing import Any

import pytest

from benchmarks.engine.growth import SERIES, growth_spec
from benchmarks.engine.road import counts_of, evaluations_of, make, row_of, samples_of
from benchmarks.engine.run import BENCHMARK, changes_of, grown_megabytes, measure, returns_of
from benchmarks.engine.tables import pages, road_table, sets_table, stages_table, targets_table, worst_table
from benchmarks.engine.worst import SEEDS, worst_of
from benchmarks.page import DOCS
from benchmarks.workload import Knobs, make_workload
from tests.support.adversarial import HardShop

COUNTS = {"candidates": 280, "steps": 100, "most_steps": 30, "optimal": True, "digest": "0123456789abcdef"}
TIMES = {"pydantic": 50.0, "median": 240.0, "p99": 480.0, "multiple": 4.8, "read": 1.9, "write": 0.8, "whole": 7.75}
KNOBS = {"rules": 1_000, "matches": 10, "rivals": 1, "receipts": 4}
TEN = {**KNOBS, **COUNTS, **TIMES, "compile_seconds": 0.02, "megabytes": 10.0}
SLOW = {"median": 300.0, "multiple": 6.0, "p99": 1200.0}
MANY = {**TEN, **SLOW, "rules": 100_000, "optimal": False, "compile_seconds": 16.0}
NONE = {**TEN, "matches": 0, "rivals": 0, "multiple": 0.9}
CHANGES = {
    "added": 0.2,
    "added_worst": 0.4,
    "replaced": 1.5,
    "replaced_worst": 3.0,
    "removed": 0.1,
    "removed_worst": 0.2,
}
WORST = {"name": "rival bundles", "shops": 3, "rules": 20, "units": 200, "most_steps": 12_000, "optimal": 2}
FIGURES: dict[str, Any] = {
    "receipt_bytes": 6_700,
    "pydantic": 50.0,
    "import_milliseconds": 120.0,
    "rows": [TEN, MANY, NONE],
    "changes": {"rules": 100_000, **CHANGES},
    "stages": {"1000 rules": {"lay out": 0.25, "the rest": 0.75}},
    "worst": [{**WORST, "median": 20.0, "p99": 60.0, "step": 4.5}],
}


def test_the_table_has_targets_next_to_what_was_measured() -> None:
    assert targets_table(FIGURES)[2:] == [
        "| 1 000 | 10 (two rival bundles) | 4.80 × | ≤ 5 × | 2.0 | 70 | 25 | yes |",
        "| 100 000 | 10 (two rival bundles) | 6.00 × | ≤ 1.2 × the row above: 1.25 × ✗ | 4.0 ✗ | 70 | 25 | **no** |",
        "| 1 000 | 0 | 0.90 × | ≤ 1 × | 2.0 | 70 | 25 | yes |",
    ]


def test_a_row_without_a_target_has_none() -> None:
    alone = FIGURES | {"rows": [TEN | {"matches": 7}]}
    assert targets_table(alone)[2].split(" | ")[3] == "–"
    assert "row above" not in "\n".join(targets_table(FIGURES | {"rows": [MANY]}))


def test_the_road_is_split() -> None:
    assert road_table(FIGURES)[2:] == [
        "| 1 000 | 10 | 1.90 × | 4.80 × | 0.80 × | 7.75 × |",
        "| 100 000 | 10 | 1.90 × | 6.00 × | 0.80 × | 7.75 × |",
        "| 1 000 | 0 | 1.90 × | 0.90 × | 0.80 × | 7.75 × |",
    ]


def test_stages_are_shares() -> None:
    assert stages_table(FIGURES) == ["|  | lay out | the rest |", "| --- | ---: | ---: |", "| 1000 rules | 25% | 75% |"]


def test_the_largest_set_has_targets() -> None:
    lines = sets_table(FIGURES)
    assert "| compile 1 000 rules | 0.02 s |  |" in lines
    assert "| compile 100 000 rules | 16.00 s | < 15 s ✗ |" in lines
    assert "| memory of 100 000 rules, read and compiled | 10 MB | < 600 MB |" in lines
    assert "| add a rule to 100 000 | 0.200 ms, at worst 0.40 ms | < 1 ms |" in lines
    assert "| change a rule of 100 000 | 1.500 ms, at worst 3.00 ms | < 1 ms ✗ |" in lines
    short = FIGURES | {"changes": None, "rows": [TEN | {"megabytes": None}]}
    assert sets_table(short)[2:] == [
        "| compile 1 000 rules | 0.02 s | < 15 s |",
        "| import of `engine` | 120 ms | < 150 ms |",
    ]
    more = FIGURES | {"returns": {"as_paid": 3.31}, "import_milliseconds": 151}
    assert sets_table(more)[-2:] == [
        "| settle a return (`as_paid`), beside evaluating its purchase | 3.3 × |  |",
        "| import of `engine` | 151 ms | < 150 ms ✗ |",
    ]


def test_worst_cases_are_named() -> None:
    assert worst_table(FIGURES)[-1] == (
        "| 3 × rival bundles | 20 | 200 | 12 000 | 2 of 3 | 20.0 ms | 60.0 ms ✗ | 4.5 |"
    )


def test_the_page_shows_every_table_and_plot() -> None:
    data = BENCHMARK.described(FIGURES)
    shown = pages(data)[DOCS / "performance.md"]
    assert f"`{data['commit']}`" in shown["where"][0]
    for lines in (targets_table, road_table, stages_table, sets_table, worst_table):
        assert lines(FIGURES) in shown.values()
    text = (DOCS / "performance.md").read_text("utf-8")
    assert all(f"(growth-{name}.svg)" in text for name in SERIES)


def test_counts_and_digests_are_the_same_in_every_run() -> None:
    made, other = (make(Knobs(200, receipts=3, matches=matches)) for matches in (10, 9))
    counts, again, others = (counts_of(evaluations_of(one.rule_set, one.workload)) for one in (made, made, other))
    assert counts == again
    assert counts["digest"] != others["digest"]


def test_a_row_is_measured_over_all_its_receipts() -> None:
    made = make(Knobs(50, receipts=3, matches=3, rivals=0))
    samples = samples_of(made, 0.2)
    assert 0 < len(samples.evaluate) == len(samples.pydantic) == len(samples.whole)
    assert len(samples.evaluate) % 3 == 0
    row = row_of(made, 0.01)
    assert row.items() >= counts_of(evaluations_of(made.rule_set, made.workload)).items()
    assert row["optimal"]
    assert 0 < row["median"] <= row["p99"]


@pytest.mark.long
def test_a_short_run_measures_the_table_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.engine.run.SECONDS_OF_A_SHORT_ROW", 0.1)
    figures = measure([Knobs(10, matches=3, rivals=0)], short=True)
    assert [row["matches"] for row in figures["rows"]] == [3]
    assert not any(figures[name] for name in ("growth", "worst", "stages", "changes", "returns"))
    assert {"share_optimal", "receipt_bytes", "pydantic", "import_milliseconds"} <= set(figures)
    assert all({*KNOBS, *COUNTS, *TIMES} <= set(row) for row in figures["rows"])


def test_a_line_of_history_has_what_depends_on_no_machine() -> None:
    first = BENCHMARK.last()
    assert {"commit", "date", "machine", "python", "seed", "share_optimal", "rows", "worst", "stages"} <= set(first)
    assert "growth" not in first
    assert all({*COUNTS, "receipts"} <= set(row) for row in first["rows"])


def test_worst_cases_of_one_name_are_taken_together() -> None:
    workload = make_workload(Knobs(30, receipts=SEEDS))
    few = make_workload(Knobs(3, matches=0, rivals=0, receipts=1))
    shops = {
        "ten": lambda seed: HardShop(workload.rules, workload.receipts[seed]),
        "none": lambda _: HardShop(few.rules, few.receipt),
    }
    ten, none = worst_of(0.01, shops)
    assert (ten["name"], ten["shops"], ten["optimal"], none["name"], none["step"]) == ("ten", SEEDS, SEEDS, "none", 0)
    assert ten["most_steps"] > 0
    assert 0 < ten["median"] <= ten["p99"]


def test_changes_returns_and_memory_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.engine.run.RETURNS", 2)
    made = make(Knobs(80))
    assert min(changes_of(made).values()) > 0
    returns = returns_of(made)
    assert len(returns) > 1
    assert min(returns.values()) > 0
    assert grown_megabytes(Knobs(80)) >= 0


def test_a_plot_of_growth_shows_median_and_p99() -> None:
    points = [{"at": 10, "multiple": 1.0, "p99": 1.5}, {"at": 20, "multiple": 2.0, "p99": 3.0}]
    spec = growth_spec(SERIES["lines"], points)
    assert [value["multiple"] for value in spec["data"]["values"]] == [1.0, 1.5, 2.0, 3.0]
    assert spec["encoding"]["x"]["title"] == "lines of the receipt"
    assert growth_spec(SERIES["rules"], points)["encoding"]["x"]["scale"] == {"type": "log"}
