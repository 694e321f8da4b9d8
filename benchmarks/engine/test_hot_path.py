"""The hot path under pytest-benchmark: `make bench`. Every benchmark checks what it got, and its counts exactly."""

import json
from pathlib import Path

import pytest
from pydantic_core import from_json
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.growth import SERIES, Point
from benchmarks.measure import import_milliseconds
from benchmarks.plots import draw, growth_spec, svg_of
from benchmarks.road import counts_of, evaluations_of
from benchmarks.run import SIZES, check, name_of
from benchmarks.workload import Knobs, Workload, make_workload
from engine import RuleSet, compile_rules, evaluate, evaluate_json
from rules import Receipt, read_receipt, read_rules

# Candidates by what the workload holds; a rule that could not concern the receipt shall not be looked at.
MOST_CANDIDATES_THAT_FAIL = 0
MOST_IMPORT_MILLISECONDS = 150
SMALL = [knobs for knobs in SIZES if knobs.rules <= 1_000]


def shop_of(knobs: Knobs) -> tuple[Workload, RuleSet]:
    """Return a workload and its rules, compiled."""
    workload = make_workload(knobs)
    return workload, compile_rules(read_rules(workload.rules))


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_evaluate(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    workload, rule_set = shop_of(knobs)
    evaluations = evaluations_of(rule_set, workload)
    check(knobs, counts_of(evaluations))
    assert all(evaluation.optimal for evaluation in evaluations)
    assert max(evaluation.candidates for evaluation in evaluations) <= knobs.matches + MOST_CANDIDATES_THAT_FAIL
    evaluation = benchmark(evaluate, rule_set, read_receipt(workload.receipt_json))
    assert evaluation.receipt == evaluations[0].receipt
    benchmark.extra_info.update(candidates=evaluation.candidates, steps=evaluation.steps)


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_from_json_to_json(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    workload, rule_set = shop_of(knobs)
    written = benchmark(evaluate_json, rule_set, workload.receipt_json)
    assert json.loads(written) == evaluate(rule_set, read_receipt(workload.receipt)).receipt


def test_read_receipt(benchmark: BenchmarkFixture) -> None:
    workload = make_workload(Knobs(10))
    receipt = benchmark(read_receipt, workload.receipt_json)
    assert receipt.document == workload.receipt


def test_validate_with_pydantic(benchmark: BenchmarkFixture) -> None:
    receipt_json = make_workload(Knobs(10)).receipt_json
    receipt = benchmark(lambda: Receipt.model_validate(from_json(receipt_json)))
    assert len(receipt.items) == 20


def test_compile_a_thousand_rules(benchmark: BenchmarkFixture) -> None:
    rules = read_rules(make_workload(Knobs(1_000)).rules)
    assert len(benchmark(compile_rules, rules)) == 1_000


def test_importing_the_engine_is_quick(benchmark: BenchmarkFixture) -> None:
    rounds = 5
    assert benchmark(import_milliseconds, rounds) < MOST_IMPORT_MILLISECONDS


def test_the_same_figures_give_the_same_plots(tmp_path: Path) -> None:
    points = {name: [Point(at, 1.5, 2.5, 3.0) for at in series.knobs] for name, series in SERIES.items()}
    stages = {"10 rules": {"lay out": 0.25, "choose": 0.75}}
    first = {name: (tmp_path / name).read_bytes() for name in draw(points, stages, tmp_path)}
    again = {name: (tmp_path / name).read_bytes() for name in draw(points, stages, tmp_path)}
    assert first == again
    assert len(first) == len(SERIES) + 1
    assert all(svg.startswith(b"<svg") for svg in first.values())


def test_a_plot_says_what_it_shows() -> None:
    drawn = svg_of(growth_spec(SERIES["lines"], [Point(10, 1.0, 2.0, 0.0), Point(20, 2.0, 4.0, 0.0)]))
    assert "lines of the receipt" in drawn
    assert "× validating with pydantic" in drawn
