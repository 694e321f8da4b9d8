"""The shop of `make demo` gives what a careful cashier would work out by hand."""

from typing import Any

import pytest

from engine import Evaluation, compile_rules, evaluate
from rabatt.cli.receipts import unread_receipts
from rules import Receipt, read_grants, read_rules
from rules.lint import lint
from tests.support.places import EXAMPLES

RULES = read_rules((EXAMPLES / "rules.json").read_bytes())
GRANTS = read_grants((EXAMPLES / "grants.json").read_bytes(), RULES)


def receipts(name: str) -> list[Receipt]:
    return [entry.receipt() for entry in unread_receipts(str(EXAMPLES / name), lambda _: None)]


def answer(receipt_id: str) -> Evaluation:
    for receipt in [*receipts("receipt.json"), *receipts("receipts.jsonl")]:
        if receipt.receipt_id == receipt_id:
            return evaluate(compile_rules(RULES), receipt, GRANTS)
    raise LookupError(receipt_id)


def amounts_by_rule(receipt: dict[str, Any]) -> dict[str, int]:
    return {discount["id"]: sum(ref["amount"] for ref in discount["refs"]) for discount in receipt.get("discounts", ())}


def amounts_by_line(receipt: dict[str, Any]) -> dict[int, list[tuple[str, int]]]:
    """What came off each line, the discounts that it brought left out."""
    return {
        item["line_id"]: [
            (entry["discount_id"], entry["amount"])
            for entry in item.get("discount_lines", ())
            if entry.get("discount_id")
        ]
        for item in receipt["items"]
    }


def test_the_rules_hold_nothing_suspect() -> None:
    assert lint(RULES) == ()


def test_ingrid_gets_every_kind_of_discount() -> None:
    evaluation = answer("2026-10-16-0071")
    result = evaluation.receipt
    assert evaluation.optimal
    assert amounts_by_rule(result) == {
        "bakery-happy-hour": 898,  # 20 % of 44.90
        "coffee-and-bun": 2600,  # twice 39.00 + 29.00 - 55.00
        "coffee-card": 3900,  # 4 stamps and 3 coffees make 6 and 1 over: the third coffee, in no set, is free
        "gift-card": 10000,  # all that was on it
        "member-bonus": 0,
        "pasta-3-for-2": 2490,
    }
    assert result["total_discount"] == 898 + 2600 + 3900 + 10000 + 2490
    assert result["net_amount"] == 37490 - result["total_discount"]


def test_ingrid_gets_it_on_these_lines() -> None:
    by_line = amounts_by_line(answer("2026-10-16-0071").receipt)
    without_card = {
        line_id: [(rule_id, amount) for rule_id, amount in entries if rule_id != "gift-card"]
        for line_id, entries in by_line.items()
    }
    assert without_card == {
        1: [("pasta-3-for-2", 2490)],
        2: [],
        3: [],
        4: [("coffee-and-bun", 1109)],  # 26.00 x 58.00 / 136.00 = 11.088
        5: [("bakery-happy-hour", 898)],
        6: [("coffee-and-bun", 1491), ("coffee-card", 3900)],  # 26.00 x 78.00 / 136.00 = 14.912
        7: [],
        8: [],
    }
    assert by_line[8] == []


def test_ingrid_has_her_bonus_stamps_and_balance_afterwards() -> None:
    result = answer("2026-10-16-0071").receipt
    refs = {discount["id"]: discount["refs"][0] for discount in result["discounts"]}
    # 2 % of 24.90, 39.90, 34.90, 46.91, 35.92, 63.09 and 25.90, each rounded.
    assert result["total_bonus"] == refs["member-bonus"]["bonus"] == 50 + 80 + 70 + 94 + 72 + 126 + 52
    assert (refs["coffee-card"]["stamp"], refs["coffee-card"]["statistics"]["stamp"]) == (2, 1)
    assert refs["gift-card"]["statistics"] == {"usage": 2, "amount": 50000, "debit_balance": 0}


def test_ingrid_is_told_what_else_there_was() -> None:
    outcomes = {outcome.rule_id: outcome for outcome in answer("2026-10-16-0071").explain().rules}
    # The supper would have taken 20.00 off instead of 24.90.
    assert (outcomes["pasta-supper"].outcome, outcomes["pasta-supper"].by_discount) == ("outvoted", 490)
    assert outcomes["thirty-off-400"].near_miss == {"missing_gross_amount": 2510, "saves": 3000}
    assert outcomes["welcome-code"].outcome == "rejected"


@pytest.mark.parametrize(
    ("receipt_id", "amounts"),
    [
        pytest.param("2026-10-17-0012", {"pasta-supper": 4000}, id="two suppers are worth more than one free pack"),
        pytest.param("2026-10-23-0044", {"bakery-happy-hour": 898}, id="14:30 UTC is happy hour in summer time"),
        pytest.param("2026-10-26-0039", {}, id="and is not after the clocks have changed"),
        pytest.param("2026-10-27-0008", {"welcome-code": 1970}, id="a tenth of all is more than the coffee package"),
        pytest.param("2026-10-27-0031", {}, id="a line that is voided makes no supper"),
    ],
)
def test_the_other_receipts(receipt_id: str, amounts: dict[str, int]) -> None:
    assert amounts_by_rule(answer(receipt_id).receipt) == amounts


def test_ola_is_told_what_the_welcome_code_was_worth() -> None:
    outcomes = {outcome.rule_id: outcome for outcome in answer("2026-10-27-0008").explain().rules}
    package = outcomes["coffee-and-bun"]
    assert (package.outcome, package.won, package.by_discount) == ("outvoted", ("welcome-code",), 1970 - 1300)


def test_the_last_customer_was_one_pack_short() -> None:
    near_misses = {outcome.rule_id: outcome.near_miss for outcome in answer("2026-10-27-0031").explain().near_misses}
    # One pack more is free, and brings the purchase over 400 kroner, too.
    assert near_misses["pasta-3-for-2"] == {"missing_units": 1, "of": [{"group_id": "pasta"}], "saves": 3990 + 3000}
    assert near_misses["thirty-off-400"] == {"missing_gross_amount": 2120, "saves": 3000}
