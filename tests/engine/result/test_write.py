"""The result is the receipt with the new discounts on it, and everything else as it came."""

from typing import Any

import pytest

from engine import compile_rules, evaluate
from rules import read_receipt, read_rules
from tests.support.engine.given import Document, evaluated, line, receipt_document, rule

BONUS = {"effect": "bonus"}
TILL: Document = {"amount": 5, "discount_id": "till"}
OWN: Document = {"amount": 30, "discount_id": "r"}


def written(rules: list[Document], *lines: Document, **fields: Any) -> Document:
    return evaluated(rules, receipt_document(*lines, **fields)).receipt


@pytest.mark.parametrize(
    ("own", "entry"),
    [
        pytest.param({}, {"percentage": 10, "discount_type": "periodic"}, id="no texts"),
        pytest.param(
            {"name": "Ten"}, {"percentage": 10, "discount_type": "periodic", "description": "Ten"}, id="a name"
        ),
        pytest.param(
            {"name": "Ten", "receipt_text": "-10 %"},
            {"percentage": 10, "discount_type": "periodic", "description": "-10 %"},
            id="a text for the receipt",
        ),
    ],
)
def test_a_line_gains_an_entry_for_each_rule(own: Document, entry: Document) -> None:
    [item] = written([rule(fields=own)])["items"]
    assert item["discount_lines"] == [{"amount": 10, "discount_id": "r", "line_id": 1, **entry}]
    assert (item["net_amount"], item["is_changed"]) == (90, True)


def test_the_percentage_is_that_of_the_line() -> None:
    values = {"values": [{"items": [{"id": "a"}], "value": 12.5}]}
    items = written([rule("r", "percent", 10, "*", reward=values)], line("a"), line("b"))["items"]
    assert [item["discount_lines"][0]["percentage"] for item in items] == [12.5, 10]


def test_money_has_no_percentage() -> None:
    assert "percentage" not in written([rule("r", "amount", 10)])["items"][0]["discount_lines"][0]


def test_a_bonus_has_entries_of_its_own() -> None:
    result = written([rule("r", "percent", 10, reward=BONUS)])
    assert result["items"][0]["bonus_lines"] == [
        {"bonus": 10, "percentage": 10, "discount_id": "r", "discount_type": "periodic", "line_id": 1}
    ]
    assert (result["total_bonus"], "net_amount" in result, "discount_lines" in result["items"][0]) == (10, False, False)


@pytest.mark.parametrize(
    ("brought", "fields", "totals"),
    [
        pytest.param([], {}, (90, 10, None), id="absent: from the lines"),
        pytest.param([TILL], {}, (85, 15, None), id="absent: with what the till took off"),
        pytest.param(
            [], {"net_amount": 80, "total_discount": 20}, (70, 30, None), id="what the till took off the whole"
        ),
        pytest.param([], {"total_bonus": 4}, (90, 10, 4), id="a bonus that was there"),
        pytest.param([OWN], {"net_amount": 70, "total_discount": 30}, (90, 10, None), id="own discounts taken back"),
        pytest.param([OWN, TILL], {"net_amount": 65, "total_discount": 35}, (85, 15, None), id="own ones only"),
    ],
)
def test_totals_move_by_what_is_new(
    brought: list[Document], fields: Document, totals: tuple[int, int, int | None]
) -> None:
    result = written([rule()], line(discount_lines=brought), **fields)
    assert (result["net_amount"], result["total_discount"], result.get("total_bonus")) == totals


def test_totals_that_nothing_changes_stay_away() -> None:
    result = written([rule("r", "percent", 10, "x")])
    assert result == receipt_document()


def test_own_entries_are_taken_off_everywhere() -> None:
    before = line(
        net_amount=65,
        is_changed=True,
        discount_lines=[OWN, TILL],
        bonus_lines=[{"bonus": 3, "discount_id": "r"}, {"bonus": 1, "discount_id": "till"}],
    )
    discounts = [{"id": "r", "refs": []}, {"id": "till"}]
    over = rule("r", purchase_to="2026-01-01T00:00:00Z")
    result = written(
        [over], before, net_amount=65, total_discount=35, total_bonus=4, is_changed=True, discounts=discounts
    )
    [item] = result["items"]
    assert (item["discount_lines"], item["net_amount"], item["is_changed"]) == ([TILL], 95, False)
    assert item["bonus_lines"] == [{"bonus": 1, "discount_id": "till"}]
    assert result["discounts"] == [{"id": "till"}]
    assert (result["net_amount"], result["total_discount"], result["total_bonus"]) == (95, 5, 1)
    assert result["is_changed"] is False


def test_an_own_bonus_taken_off_leaves_the_prices() -> None:
    over = rule("r", purchase_to="2026-01-01T00:00:00Z", reward=BONUS)
    before = line(net_amount=100, bonus_lines=[{"bonus": 3, "discount_id": "r"}])
    result = written([over], before, total_bonus=3)
    assert result["items"][0]["bonus_lines"] == []
    assert (result["total_bonus"], "is_changed" in result) == (0, False)


def test_a_voided_line_does_not_count_in_the_totals() -> None:
    voided = line("a", voided=True, discount_lines=[OWN], bonus_lines=[{"bonus": 3, "discount_id": "r"}])
    result = written([rule("r", "percent", 10, "b")], voided, line("b"), net_amount=100, total_discount=0)
    assert (result["net_amount"], result["total_discount"]) == (90, 10)
    assert result["items"][0]["discount_lines"] == []


@pytest.mark.parametrize(
    ("exact", "moved"),
    [("100.04", "90.04"), ("100", "90"), ("-3.5", "-13.5"), ("about 100", "about 100"), ("", ""), (None, None)],
)
def test_an_exact_net_moves_by_the_same_amount(exact: str | None, moved: str | None) -> None:
    result = written([rule()], line(net_amount_dwh=exact), net_amount_dwh=exact)
    assert (result["net_amount_dwh"], result["items"][0]["net_amount_dwh"]) == (moved, moved)


def test_a_used_rule_is_booked_as_it_was_given() -> None:
    given = rule("r", "percent", 12.50, fields={"metadata": {"a": [1, None]}, "type": "item", "name": None})
    [booked] = written([given])["discounts"]
    assert {name: value for name, value in booked.items() if name != "refs"} == {**given, "type": "receipt"}
    assert list(booked)[-1] == "refs"


def test_what_is_unknown_comes_back_and_what_is_unchanged_is_the_same_object() -> None:
    receipt = read_receipt(receipt_document(line("a", till=[1, {"b": None}]), line("b", x=1), door={"open": True}))
    result = evaluate(compile_rules(read_rules([rule("r", "percent", 10, "a")])), receipt).receipt
    assert result["door"] is receipt.document["door"]
    assert result["items"][1] is receipt.document["items"][1]
    assert result["items"][0]["till"] == [1, {"b": None}]
    assert "discounts" not in receipt.document
