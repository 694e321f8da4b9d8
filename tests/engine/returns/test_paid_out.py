"""What gift cards paid goes back on them, save on those that are paid out: of these it is money."""

from typing import Any

import pytest

from engine import Settlement, settle_return
from rules import Receipt, read_receipt, read_returned
from tests.support.engine.given import Document, evaluated, grant, line, receipt_document, rule

# 40.00 drawn on the old card first, then 30.00 on the young one; 30.00 were paid in money.
CARD = rule("card", "debit", 9_999)
GRANTS = [
    grant("old", "card", created_at="2026-01-01T00:00:00Z", statistics={"debit_balance": 4_000}),
    grant("young", "card", created_at="2026-02-01T00:00:00Z", statistics={"debit_balance": 3_000}),
]


def bought() -> Receipt:
    """Return two lines of 50.00 that two cards paid in part."""
    document = receipt_document(line("a", 5_000), line("b", 5_000), customer_id="c", net_amount=10_000)
    return read_receipt(evaluated([CARD], document, GRANTS).receipt)


def settle(receipt: Receipt | Document, *lines: int, paid_out: Any = ()) -> Settlement:
    """Return the settlement of whole lines."""
    read = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
    return settle_return(read, read_returned([{"line_id": line_id} for line_id in lines]), paid_out=paid_out)


def credits_of(settlement: Settlement) -> dict[str, tuple[int, int]]:
    """Return the uses and the money that go back on each card."""
    return {one.grant_id: (one.usage, one.debit_balance) for one in settlement.taken_back}


@pytest.mark.parametrize(
    ("paid_out", "refund", "on_cards"),
    [
        ((), 3_000, {"old": (1, 4_000), "young": (1, 3_000)}),
        ({"young"}, 6_000, {"old": (1, 4_000)}),
        ({"old"}, 7_000, {"young": (1, 3_000)}),
        ({"old", "young"}, 10_000, {}),
        ({"another"}, 3_000, {"old": (1, 4_000), "young": (1, 3_000)}),
    ],
)
def test_what_a_card_paid_is_money_where_it_is_paid_out(paid_out: Any, refund: int, on_cards: Document) -> None:
    settlement = settle(bought(), 1, 2, paid_out=paid_out)
    assert (settlement.amount, settlement.refund, settlement.credit) == (10_000, refund, 10_000 - refund)
    assert credits_of(settlement) == on_cards


def test_the_other_card_is_credited_before_any_money_is_paid() -> None:
    settlement = settle(bought(), 1, paid_out={"young"})
    assert (settlement.refund, credits_of(settlement)) == (1_000, {"old": (1, 4_000)})


def test_whoever_was_paid_out_may_be_credited_later() -> None:
    first = settle(bought(), 1, paid_out={"young"})
    second = settle(first.receipt, 2)
    assert (second.refund, credits_of(second)) == (2_000, {"young": (1, 3_000)})
    assert second.is_everything


def test_whoever_was_credited_may_be_paid_out_later() -> None:
    first = settle(bought(), 1)
    assert (first.refund, credits_of(first)) == (0, {"old": (0, 2_000), "young": (1, 3_000)})
    second = settle(first.receipt, 2, paid_out={"old", "young"})
    assert (second.refund, second.taken_back) == (5_000, ())


def test_what_went_back_on_nobody_knows_which_card_went_on_the_one_that_was_drawn_last() -> None:
    first = settle(bought(), 1)
    [entry] = first.receipt["returns"]
    untold = {**first.receipt, "returns": [{**entry, "discounts": []}]}
    # All that is undone is said again, since nobody said it before.
    assert credits_of(settle(untold, 2)) == {"old": (1, 4_000), "young": (1, 3_000)}
    assert settle(untold, 2, paid_out={"old"}).refund == 5_000
