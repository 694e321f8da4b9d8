"""Discounts that a receipt has and its lines have not: added after it was paid, or booked beside its prices."""

import json
from typing import Any

import pytest

from engine import Settlement, settle_return
from rules import Receipt, read_receipt, read_returned
from tests.support.engine.given import Document, evaluated, grant, line, receipt_document, rule, rule_set

THREE = rule("three", "item_quantity", 1, "a", "b", "c", quantity=3)
POINTS = rule("points", "percent", 10, reward={"effect": "bonus"})
GOODS = (line("a", 3000), line("b", 2000), line("c", 1000))


def added(rules: list[Document], *lines: Document, grants: list[Document] | None = None, **fields: Any) -> Document:
    """Return a receipt as it was paid without discounts, to which those of an evaluation were added afterwards."""
    receipt = receipt_document(*lines, **fields)
    discounts = evaluated(rules, receipt, grants).receipt["discounts"]
    copy: Document = json.loads(json.dumps(receipt | {"discounts": discounts}))
    return copy


def settle(receipt: Document | Receipt, *back: tuple[int, int], policy: Any = "as_paid", **more: Any) -> Settlement:
    """Return the settlement of so many of each line."""
    read = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
    returned = read_returned([{"line_id": line_id, "quantity": quantity} for line_id, quantity in back])
    return settle_return(read, returned, policy=policy, **more)


def taken(settlement: Settlement) -> list[tuple[str, int, int, int]]:
    return [(one.rule_id, one.usage, one.amount, one.bonus) for one in settlement.taken_back]


@pytest.mark.parametrize(("policy", "amounts"), [("as_paid", [0, 0, 1000]), ("spread", [500, 333, 167])])
def test_what_no_line_says_took_nothing_off_the_prices(policy: str, amounts: list[int]) -> None:
    receipt: Document | Receipt = added([THREE], *GOODS)
    for line_id, paid, amount in zip((1, 2, 3), (3000, 2000, 1000), amounts, strict=True):
        settlement = settle(receipt, (line_id, 1), policy=policy)
        assert settlement.refund == paid
        usage = int(line_id == 3)
        assert taken(settlement) == ([("three", usage, amount, 0)] if amount else [])
        receipt = read_receipt(settlement.receipt)


def test_a_bonus_that_was_added_leaves_with_its_goods() -> None:
    receipt: Document | Receipt = added([POINTS], line("a", 3000, 3), line("b", 1000))
    for back, usage, bonus in (((1, 2), 0, 200), ((2, 1), 0, 100), ((1, 1), 1, 100)):
        settlement = settle(receipt, back)
        assert taken(settlement) == [("points", usage, 0, bonus)]
        receipt = read_receipt(settlement.receipt)


def test_what_stays_is_evaluated_with_what_was_added() -> None:
    receipt = added([THREE, POINTS], *GOODS)
    settlement = settle(receipt, (3, 1), policy="re_evaluate", rule_set=rule_set(THREE, POINTS))
    assert settlement.refund == 1000
    assert taken(settlement) == [("points", 0, 0, 100), ("three", 1, 1000, 0)]


def test_what_was_added_and_stays_is_not_off_the_prices_of_what_stays() -> None:
    half = rule("half", "percent", 50, "a", limitation={"return_policy": "as_paid"})
    receipt = added([half], *GOODS)
    settlement = settle(receipt, (2, 1), policy="re_evaluate", rule_set=rule_set(half))
    assert (settlement.refund, settlement.taken_back) == (2000, ())


def test_lines_that_nobody_knows_are_passed_over_in_what_was_added() -> None:
    receipt = added([POINTS], line("a", 3000), line("b", 1000, voided=True))
    receipt["discounts"][0]["refs"][0]["items"] += [
        {"line_id": 2, "bonus": 9},
        {"line_id": 7, "bonus": 9},
        {"bonus": 9},
    ]
    assert taken(settle(receipt, (1, 1))) == [("points", 1, 0, 300)]


def test_a_card_gives_back_no_money_that_it_did_not_pay() -> None:
    card = rule("card", "debit", 1000)
    receipt = added([card], *GOODS, grants=[grant("mine", "card")], customer_id="c")
    settlement = settle(receipt, (1, 1), (2, 1), (3, 1))
    assert (settlement.amount, settlement.credit, settlement.refund) == (6000, 1000, 5000)


def test_a_line_that_says_nought_was_given_nothing() -> None:
    receipt = added([POINTS], line("a", 3000, 3))
    receipt["items"][0]["bonus_lines"] = [{"discount_id": "points", "bonus": 0}]
    assert settle(receipt, (1, 2)).refund == 2000


def test_a_use_of_which_nothing_says_what_earned_it_is_over_with_the_last_of_the_goods() -> None:
    receipt: Document | Receipt = receipt_document(*GOODS) | {
        "discounts": [{"id": "till", "refs": [{"id": "g", "usage": 1, "amount": 0}]}]
    }
    for line_id, expected in ((1, []), (3, []), (2, [("till", 1, 0, 0)])):
        settlement = settle(receipt, (line_id, 1))
        assert taken(settlement) == expected
        receipt = read_receipt(settlement.receipt)
