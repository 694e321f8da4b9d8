"""Receipts that nobody sold: they pay nobody twice."""

from typing import Any

import pytest

from engine import settle_return
from rules import Receipt, Refused, read_receipt, read_returned
from tests.engine.given import Document, line, receipt_document


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
