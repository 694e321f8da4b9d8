"""The page says what the figures say, between its markers, and the history keeps what no machine changes."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.changes import Changes, changes_of
from benchmarks.figures import Figures, as_data, from_data
from benchmarks.growth import SERIES, Point
from benchmarks.page import PAGE, replaced, road_table, set_table, stages_table, table, worst_table, written_page
from benchmarks.plots import growth_spec, stages_spec
from benchmarks.road import Row, counts_of, evaluations_of, measured, row_of, samples_of
from benchmarks.run import described, measure, record
from benchmarks.workload import Knobs, make_workload
from benchmarks.worst import Worst, adversarial_shops, worst_of
from engine import RuleSet, compile_rules
from rules import read_rules

TEN = Row(
    rules=1_000,
    matches=10,
    rivals=1,
    lines=20,
    pieces=1,
    dormant=0,
    receipts=4,
    candidates=280,
    steps=100,
    most_steps=30,
    optimal=True,
    digest="0123456789abcdef",
    pydantic=50.0,
    median=240.0,
    p99=480.0,
    multiple=4.8,
    read=1.9,
    write=0.8,
    whole=7.75,
    compile_seconds=0.02,
    megabytes=10.0,
)
MANY = replace(TEN, rules=100_000, median=300.0, multiple=6.0, p99=1200.0, optimal=False, compile_seconds=16.0)
NONE = replace(TEN, matches=0, rivals=0, multiple=0.9, whole=None)
FIGURES = Figures(
    receipt_bytes=6_700,
    pydantic=50.0,
    read_receipt=95.0,
    import_milliseconds=120.0,
    rows=[TEN, MANY, NONE],
    changes=Changes(100_000, 0.2, 0.4, 1.5, 3.0, 0.1, 0.2),
    stages={"1000 rules": {"lay out": 0.25, "the rest": 0.75}},
    growth={"lines": [Point(10, 1.0, 1.5, 3.0), Point(20, 2.0, 3.0, 3.0)]},
    worst=[Worst("rival bundles", 3, 20, 200, 12_000, 2, 20.0, 60.0, 4.5)],
)


def test_the_table_has_targets_next_to_what_was_measured() -> None:
    assert list(table(FIGURES))[2:] == [
        "| 1 000 | 10 (two rival bundles) | 4.80 × | ≤ 5 × | 2.0 | 70 | 25 | yes |",
        "| 100 000 | 10 (two rival bundles) | 6.00 × | ≤ 1.2 × the row above: 1.25 × ✗ | 4.0 ✗ | 70 | 25 | **no** |",
        "| 1 000 | 0 | 0.90 × | ≤ 1 × | 2.0 | 70 | 25 | yes |",
    ]


def test_a_row_without_a_target_has_none() -> None:
    alone = replace(FIGURES, rows=[replace(TEN, matches=7)])
    assert list(table(alone))[2].split(" | ")[3] == "–"
    assert "row above" not in "\n".join(table(replace(FIGURES, rows=[MANY])))


def test_the_road_is_split() -> None:
    assert list(road_table(FIGURES))[2:] == [
        "| 1 000 | 10 | 1.90 × | 4.80 × | 0.80 × | 7.75 × |",
        "| 100 000 | 10 | 1.90 × | 6.00 × | 0.80 × | 7.75 × |",
        "| 1 000 | 0 | 1.90 × | 0.90 × | 0.80 × | – |",
    ]


def test_stages_are_shares() -> None:
    assert list(stages_table(FIGURES)) == [
        "| | lay out | the rest |",
        "| --- | ---: | ---: |",
        "| 1000 rules | 25% | 75% |",
    ]


def test_the_largest_set_has_targets() -> None:
    lines = list(set_table(FIGURES))
    assert "| compile 1 000 rules | 0.02 s |  |" in lines
    assert "| compile 100 000 rules | 16.00 s | < 15 s ✗ |" in lines
    assert "| memory of 100 000 rules, read and compiled | 10 MB | < 600 MB |" in lines
    assert "| add a rule to 100 000 | 0.200 ms, at worst 0.40 ms | < 1 ms |" in lines
    assert "| change a rule of 100 000 | 1.500 ms, at worst 3.00 ms | < 1 ms ✗ |" in lines
    short = replace(FIGURES, changes=None, rows=[replace(TEN, megabytes=None)])
    assert list(set_table(short))[2:] == [
        "| compile 1 000 rules | 0.02 s | < 15 s |",
        "| import of `engine` | 120 ms | |",
    ]


def test_worst_cases_are_named() -> None:
    assert list(worst_table(FIGURES))[-1] == (
        "| 3 × rival bundles | 20 | 200 | 12 000 | 2 of 3 | 20.0 ms | 60.0 ms ✗ | 4.5 |"
    )
    assert list(worst_table(replace(FIGURES, worst=()))) == ["No worst cases were measured."]


def test_only_what_is_between_the_markers_is_replaced() -> None:
    page = "above\n<!-- a:begin -->\nold\n<!-- a:end -->\nbelow"
    once = replaced(page, "a", ["| \\1 |"])
    assert once == "above\n<!-- a:begin -->\n\n| \\1 |\n\n<!-- a:end -->\nbelow"
    assert replaced(once, "a", ["| \\1 |"]) == once
    with pytest.raises(ValueError, match="b:begin"):
        replaced(page, "b", [])


def test_the_page_has_a_place_for_everything() -> None:
    page = PAGE.read_text("utf-8")
    data = described(FIGURES)
    written = written_page(page, data)
    assert written_page(written, data) == written
    for lines in (table, road_table, stages_table, set_table, worst_table):
        assert "\n".join(lines(FIGURES)) in written
    assert f"`{data['commit']}`" in written
    for name in SERIES:
        assert f"(growth-{name}.svg)" in page


def test_figures_survive_json() -> None:
    again = from_data(json.loads(json.dumps(as_data(FIGURES))))
    assert as_data(again) == as_data(FIGURES)
    assert again.rows == FIGURES.rows
    assert from_data(as_data(replace(FIGURES, changes=None))).changes is None


def test_a_line_of_history_has_what_depends_on_no_machine(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    for _ in range(2):
        record(described(FIGURES), history)
    first, second = (json.loads(line) for line in history.read_text("utf-8").splitlines())
    assert first == second
    assert {"commit", "date", "machine", "python", "seed", "share_optimal", "rows", "worst", "stages"} <= set(first)
    assert "growth" not in first
    counts = {"candidates", "steps", "most_steps", "optimal", "digest", "receipts"}
    assert all(counts <= set(row) for row in first["rows"])


def test_counts_and_digests_are_the_same_in_every_run() -> None:
    workload = make_workload(Knobs(200, receipts=3))
    rule_set = compile_rules(read_rules(workload.rules))
    assert counts_of(evaluations_of(rule_set, workload)) == counts_of(evaluations_of(rule_set, workload))
    other = make_workload(Knobs(200, receipts=3, matches=9))
    assert (
        counts_of(evaluations_of(compile_rules(read_rules(other.rules)), other)).digest
        != counts_of(evaluations_of(rule_set, workload)).digest
    )


def test_a_row_is_measured_over_all_its_receipts() -> None:
    knobs = Knobs(50, receipts=3, matches=3, rivals=0)
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    samples = samples_of(rule_set, workload.receipts_json, 0.2)
    assert 0 < len(samples.evaluate) == len(samples.pydantic) == len(samples.whole)
    assert len(samples.evaluate) % 3 == 0
    row = row_of(knobs, samples, counts_of(evaluations_of(rule_set, workload)))
    assert row.optimal
    assert 0 < row.median <= row.p99
    assert row.whole is not None
    again = measured(knobs, 0.01)
    assert (row.candidates, row.steps, row.digest) == (again.candidates, again.steps, again.digest)


@pytest.mark.long
def test_a_short_run_measures_the_table_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.run.SECONDS_OF_A_SHORT_ROW", 0.1)
    figures = measure([Knobs(10, matches=3, rivals=0)], short=True)
    assert [row.matches for row in figures.rows] == [3]
    assert not figures.growth
    assert not figures.worst
    assert as_data(figures)["rows"] == [{**asdict(figures.rows[0]), **as_data(figures)["rows"][0]}]


def test_worst_cases_of_one_name_are_taken_together() -> None:
    workload = make_workload(Knobs(30, receipts=2))
    shops = [("ten", workload.rules, receipt) for receipt in workload.receipts]
    few = make_workload(Knobs(3, matches=0, rivals=0, receipts=1))
    ten, none = worst_of([*shops, ("none", few.rules, few.receipt)], 0.01)
    assert (ten.name, ten.shops, ten.optimal, none.shops, none.step) == ("ten", 2, 2, 1, None)
    assert ten.most_steps > 0
    assert 0 < ten.median <= ten.p99


def test_adversarial_shops_come_with_names() -> None:
    names = [name for name, _, _ in adversarial_shops(2)]
    assert all(names.count(name) == 2 for name in names)


def test_changes_are_measured_where_a_set_can_be_changed() -> None:
    rules = read_rules(make_workload(Knobs(80)).rules)
    changes = changes_of(compile_rules(rules), rules)
    assert (changes is not None) == hasattr(RuleSet, "with_rule")


def test_plots_hold_the_figures() -> None:
    spec: dict[str, Any] = growth_spec(SERIES["lines"], FIGURES.growth["lines"])
    assert [value["multiple"] for value in spec["data"]["values"]] == [1.0, 1.5, 2.0, 3.0]
    assert growth_spec(SERIES["rules"], [Point(10, 1.0, 1.0, 0.0)])["encoding"]["x"]["scale"] == {"type": "log"}
    assert "scale" not in spec["encoding"]["y"]
    steep = growth_spec(SERIES["lines"], [Point(10, 1.0, 1.0, 0.0), Point(20, 40.0, 40.0, 0.0)])
    assert steep["encoding"]["y"]["scale"] == {"type": "log"}
    bars = stages_spec(FIGURES.stages)
    assert [value["share"] for value in bars["data"]["values"]] == [0.25, 0.75]
    assert bars["encoding"]["color"]["scale"]["domain"] == ["lay out", "the rest"]
