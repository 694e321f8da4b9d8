"""What it costs to settle a return, beside the evaluation of its purchase: `make bench` shows both in one group."""

from typing import get_args

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.workload import Knobs, make_workload
from engine import compile_rules, evaluate, settle_return
from rules import read_receipt, read_returned, read_rules
from rules.limitation import ReturnPolicy

SHOP = make_workload(Knobs(1_000, matches=10, rivals=2))
RULE_SET = compile_rules(read_rules(SHOP.rules))
PURCHASE = evaluate(RULE_SET, read_receipt(SHOP.receipt_json))
PAID = read_receipt(PURCHASE.receipt)

pytestmark = pytest.mark.benchmark(group="a return of one piece, 1000 rules, 10 qualify")


def test_evaluate_the_purchase(benchmark: BenchmarkFixture) -> None:
    assert benchmark(evaluate, RULE_SET, read_receipt(SHOP.receipt_json)).receipt == PURCHASE.receipt


@pytest.mark.parametrize("policy", get_args(ReturnPolicy))
def test_settle_a_return(benchmark: BenchmarkFixture, policy: ReturnPolicy) -> None:
    returned = read_returned([{"line_id": PAID.items[0].line_id, "quantity": 1}])
    settlement = benchmark(settle_return, PAID, returned, RULE_SET, None, policy)
    assert 0 < settlement.amount <= PURCHASE.receipt["net_amount"]
    assert [line.line_id for line in settlement.lines] == [PAID.items[0].line_id]
