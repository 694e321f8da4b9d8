"""Receipts that nobody sold: they pay nobody twice, and cost no more than their length says."""

from typing import Any

import pytest

from engine import settle_return
from rules import Receipt, Refused, read_receipt, read_returned
from tests.support.calls import calls_of
from tests.support.engine.given import Document, line, receipt_document, rule, rule_set

# Each took half a minute while the work grew with the square of these.
RUNS = 4_000
LINES = DISCOUNTS = 2_000
# Twice what they are.
MOST_CALLS_OF_A_RUN = 500
MOST_CALLS_OF_A_LINE = 1_000


def refund(receipt: Receipt, policy: Any = "as_paid", **more: Any) -> int:
    """Return what is paid for a unit of line 1."""
    return settle_return(receipt, read_returned([{"line_id": 1, "quantity": 1}]), policy=policy, **more).refund


@pytest.mark.parametrize("name", ["amount", "refund_amount", "credit_amount"])
def test_what_was_paid_before_is_not_below_nought(name: str) -> None:
    entry = {"amount": 50, name: -500, "items": [{"line_id": 1, "quantity": 1}]}
    receipt = read_receipt(receipt_document(line("a", 100, 2), returns=[{}, entry]))
    with pytest.raises(Refused) as refused:
        refund(receipt)
    [fault] = refused.value.faults
    assert (fault.path, fault.sentence) == (f"returns[1].{name}", "what was paid for goods is 0 or more; here is -500")


@pytest.mark.parametrize(
    "paid",
    [
        {"amount": 60},
        {"refund_amount": 60},
        {"refund_amount": 40, "credit_amount": 20},
        {"amount": 1, "refund_amount": 60},
    ],
)
def test_what_was_paid_before_is_paid_once_whichever_field_says_it(paid: Document) -> None:
    entry = {**paid, "items": [{"line_id": 1, "quantity": 1}]}
    assert refund(read_receipt(receipt_document(line("a", 100, 2), returns=[entry]))) == 40


def test_a_refusal_names_few_of_many_lines() -> None:
    receipt = read_receipt(receipt_document(*[line("a", 1) for _ in range(30)]))
    with pytest.raises(Refused) as refused:
        settle_return(receipt, read_returned([{"line_id": 31}]))
    [fault] = refused.value.faults
    assert fault.sentence.endswith(
        "are the lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 10 more"
    )


@pytest.mark.parametrize("policy", ["as_paid", "spread"])
def test_runs_of_single_units_cost_what_their_number_says(policy: str) -> None:
    units = [{"line_id": 1, "from": 2 * run + 1, "to": 2 * run + 1, "amount": 1} for run in range(RUNS)]
    units.append({"line_id": 1, "from": 2 * RUNS, "to": 2 * RUNS})
    discounts = [
        {**rule(name, "item_quantity", 1, "a", quantity=3), "refs": [{"id": name, "amount": RUNS, "units": units}]}
        for name in ("x", "y")
    ]
    entries = [{"discount_id": name, "amount": RUNS} for name in ("x", "y")]
    sold = line("a", 200 * RUNS, 2 * RUNS, discount_lines=entries)
    receipt = read_receipt(receipt_document(sold, discounts=discounts))
    refunds: list[int] = []
    assert calls_of(lambda: refunds.append(refund(receipt, policy))) < RUNS * MOST_CALLS_OF_A_RUN
    assert refunds[0] in {98, 100}


@pytest.mark.parametrize("policy", ["as_paid", "re_evaluate"])
def test_many_discounts_on_many_lines_cost_what_their_number_says(policy: str) -> None:
    discounts = [{**rule(f"r{number}"), "refs": [{"id": "g", "amount": 0}]} for number in range(DISCOUNTS)]
    receipt = read_receipt(receipt_document(*[line("a", 100) for _ in range(LINES)], discounts=discounts))
    refunds: list[int] = []
    calls = calls_of(lambda: refunds.append(refund(receipt, policy, rule_set=rule_set())))
    assert calls < LINES * MOST_CALLS_OF_A_LINE
    assert refunds == [100]
