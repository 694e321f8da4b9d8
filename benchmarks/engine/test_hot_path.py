"""The hot path under pytest-benchmark: `make bench`. What is timed is checked, and its counts exactly."""

import json

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.engine.road import evaluations_of, make, name_of
from benchmarks.engine.run import SIZES, check
from benchmarks.workload import Knobs
from engine import compile_rules, evaluate, evaluate_json
from rules import read_receipt

SMALL = [knobs for knobs in SIZES if knobs.rules <= 1_000]


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_evaluate(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    made = make(knobs)
    evaluations = evaluations_of(made.rule_set, made.workload)
    check(knobs, evaluations)
    # A rule that could not concern the receipt is not looked at.
    assert max(evaluation.candidates for evaluation in evaluations) <= knobs.matches
    evaluation = benchmark(evaluate, made.rule_set, read_receipt(made.workload.receipt_json))
    assert evaluation.receipt == evaluations[0].receipt
    benchmark.extra_info.update(candidates=evaluation.candidates, steps=evaluation.steps)


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_from_json_to_json(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    made = make(knobs)
    written = benchmark(evaluate_json, made.rule_set, made.workload.receipt_json)
    assert json.loads(written) == evaluate(made.rule_set, read_receipt(made.workload.receipt)).receipt


def test_compile_a_thousand_rules(benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(compile_rules, make(Knobs(1_000)).rules)) == 1_000
