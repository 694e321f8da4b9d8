"""The hot path under pytest-benchmark: `make bench`. What is timed is checked, and its counts exactly."""

import json

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.engine.road import evaluations_of
from benchmarks.engine.run import SIZES, check, name_of
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules, evaluate, evaluate_json
from rules import read_receipt, read_rules

SMALL = [knobs for knobs in SIZES if knobs.rules <= 1_000]


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_evaluate(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    evaluations = evaluations_of(rule_set, workload)
    check(knobs, evaluations)
    # A rule that could not concern the receipt is not looked at.
    assert max(evaluation.candidates for evaluation in evaluations) <= knobs.matches
    evaluation = benchmark(evaluate, rule_set, read_receipt(workload.receipt_json))
    assert evaluation.receipt == evaluations[0].receipt
    benchmark.extra_info.update(candidates=evaluation.candidates, steps=evaluation.steps)


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_from_json_to_json(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    written = benchmark(evaluate_json, rule_set, workload.receipt_json)
    assert json.loads(written) == evaluate(rule_set, read_receipt(workload.receipt)).receipt


def test_compile_a_thousand_rules(benchmark: BenchmarkFixture) -> None:
    rules = read_rules(make_workload(Knobs(1_000)).rules)
    assert len(benchmark(compile_rules, rules)) == 1_000
