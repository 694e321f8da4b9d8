"""The hot path under pytest-benchmark: `make bench`. Every benchmark checks what it got, and its counts exactly."""

import pytest
from pydantic_core import from_json
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.compare import verdict
from benchmarks.measure import import_milliseconds
from benchmarks.run import SIZES, check
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules, evaluate
from rules import Receipt, read_receipt, read_rules

# Candidates by what the workload holds; a rule that could not concern the receipt shall not be looked at.
MOST_CANDIDATES_THAT_FAIL = 0
MOST_IMPORT_MILLISECONDS = 150


def name_of(knobs: Knobs) -> str:
    """Return the knobs as the name of a benchmark."""
    return f"{knobs.rules} rules, {knobs.matches} qualify"


@pytest.mark.parametrize("knobs", SIZES, ids=name_of)
def test_evaluate(benchmark: BenchmarkFixture, knobs: Knobs) -> None:
    workload = make_workload(knobs)
    rule_set, receipt = compile_rules(read_rules(workload.rules)), read_receipt(workload.receipt_json)
    evaluation = benchmark(evaluate, rule_set, receipt)
    check(knobs, evaluation)
    assert evaluation.optimal
    assert len(evaluation.workings.qualified) == knobs.matches
    assert evaluation.candidates <= knobs.matches + MOST_CANDIDATES_THAT_FAIL
    benchmark.extra_info.update(candidates=evaluation.candidates, steps=evaluation.steps)


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


def test_the_receipt_is_of_the_size_that_tills_send() -> None:
    assert 6_000 <= len(make_workload(Knobs(10)).receipt_json) <= 7_000


def test_the_same_knobs_make_the_same_shop() -> None:
    assert make_workload(Knobs(200)) == make_workload(Knobs(200))


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        pytest.param([100, 104, 98, 101], [103, 99, 101, 100], "noise", id="within the spread"),
        pytest.param([100, 104, 98, 101], [80, 83, 79, 81], "faster", id="a fifth less in every round"),
        pytest.param([100, 104, 98, 101], [120, 125, 118, 121], "slower", id="a fifth more in every round"),
        pytest.param([100, 180, 100, 180], [85, 150, 90, 155], "noise", id="a tenth less on a machine of two speeds"),
    ],
)
def test_a_change_is_told_from_noise(old: list[float], new: list[float], word: str) -> None:
    assert verdict(old, new)[2] == word
