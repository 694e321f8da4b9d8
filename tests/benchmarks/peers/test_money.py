"""Promotions and offers say what the rules say; amounts are compared as Rabatt rounds them."""

from typing import Any

import pytest

from benchmarks.peers.flat import conditions_of
from benchmarks.peers.money import is_flat_money, medusa_cart, medusa_promotion, oscar_basket, oscar_offer
from benchmarks.peers.peers import PEERS_BY_NAME
from benchmarks.peers.run import amounts_alone, amounts_told, assert_same
from benchmarks.workload import Knobs, make_workload
from rules import read_receipt, read_rules

WINDOW = {"purchase_from": "2026-10-01T00:00:00Z", "purchase_to": "2026-10-31T23:00:00Z"}
OPENS_AT, CLOSES_AT = 1790812800, 1793487600


def rule(kind: str, value: float, rule_id: str = "r", **requirement: Any) -> dict[str, Any]:
    return {"id": rule_id, "requirement": {**WINDOW, **requirement}, "reward": {"type": kind, "value": value}}


PERCENT = rule("discount_percent", 12.5, item={"items": [{"id": "a"}, {"group_id": "b"}]})
AMOUNT = rule("discount_amount", 450, item={"items": [{"id": "a"}]})
OFF_RECEIPT = rule("discount_amount", 2500, gross_amount=40000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (PERCENT, True),
        (AMOUNT, True),
        (OFF_RECEIPT, True),
        (rule("discount_item_new_price", 990, item={"items": [{"id": "a"}]}), False),
        (rule("discount_percent", 5, item={"items": [{"id": "a"}], "quantity": 2}), False),
        (rule("discount_percent", 5, item={"mixes": [{"quantity": 1, "items": [{"id": "a"}]}]}), False),
        (rule("discount_percent", 100, item={"items": [{"id": "a"}]}, stamp=8), False),
        ({**PERCENT, "reward": {**PERCENT["reward"], "effect": "bonus"}}, False),
    ],
)
def test_only_flat_money_is_given_to_shops(written: dict[str, Any], expected: bool) -> None:
    assert is_flat_money(conditions_of(written), written) is expected


def test_a_percent_as_a_promotion() -> None:
    written = {**PERCENT, "requirement": {**PERCENT["requirement"], "store_ids": ["s1"]}}
    promotion = medusa_promotion(conditions_of(written), written)
    assert promotion["rules"] == [
        {"attribute": "at", "operator": "gte", "values": [{"value": str(OPENS_AT)}]},
        {"attribute": "at", "operator": "lte", "values": [{"value": str(CLOSES_AT)}]},
        {"attribute": "store", "operator": "in", "values": [{"value": "s1"}]},
    ]
    assert promotion["application_method"] == {
        "type": "percentage",
        "value": 12.5,
        "target_type": "items",
        "allocation": "each",
        "max_quantity": 1_000_000_000,
        "target_rules": [{"attribute": "items.keys", "operator": "in", "values": [{"value": "a"}, {"value": "g:b"}]}],
    }


def test_money_off_a_receipt_as_a_promotion() -> None:
    promotion = medusa_promotion(conditions_of(OFF_RECEIPT), OFF_RECEIPT)
    assert promotion["rules"][2:] == [{"attribute": "gross", "operator": "gte", "values": [{"value": "40000"}]}]
    assert promotion["application_method"] == {
        "type": "fixed",
        "value": 2500,
        "target_type": "order",
        "allocation": "across",
        "max_quantity": None,
        "target_rules": [],
    }


@pytest.mark.parametrize(
    ("written", "condition", "benefit", "products", "categories"),
    [
        (PERCENT, ("COUNT", "1"), ("PERCENTAGE", "12.5"), ["a"], ["g:b"]),
        (AMOUNT, ("COUNT", "1"), ("FIXED_UNIT", "4.5"), ["a"], []),
        (OFF_RECEIPT, ("VALUE", "400"), ("FIXED", "25"), [], []),
    ],
)
def test_a_rule_as_an_offer(
    written: dict[str, Any],
    condition: tuple[str, str],
    benefit: tuple[str, str],
    products: list[str],
    categories: list[str],
) -> None:
    assert oscar_offer(conditions_of(written), written) == {
        "id": "r",
        "opens_at": OPENS_AT,
        "closes_at": CLOSES_AT,
        "products": products,
        "categories": categories,
        "condition": condition,
        "benefit": benefit,
    }


def test_carts_and_baskets_cost_what_the_receipt_costs() -> None:
    for receipt in make_workload(Knobs(10)).receipts:
        cart, basket = medusa_cart(receipt), oscar_basket(receipt)
        assert sum(item["subtotal"] for item in cart["items"]) == receipt["gross_amount"]
        kroner = sum(round(100 * float(line["price"])) * line["quantity"] for line in basket["lines"])
        assert kroner == receipt["gross_amount"]


def test_percents_are_rounded_by_line_and_money_as_a_whole() -> None:
    documents = [rule("discount_percent", 5, "percent"), rule("discount_amount", 500, "money")]
    rules_by_id = {model.id: model for model in read_rules(documents)}
    told = [("percent", 1, "12.5"), ("percent", 2, "12.5"), ("money", 1, "333.3333"), ("money", 2, "166.6667")]
    assert amounts_told(told, rules_by_id) == {"percent": 26, "money": 500}


def receipt_with(gross: int) -> dict[str, Any]:
    line = {"id": "a", "quantity": 2, "gross_amount": gross, "eligible_for_discount": True}
    return {"receipt_id": "1", "purchase_at": "2026-10-16T16:40:00+02:00", "store": {"id": "s1"}, "items": [line]}


def test_each_rule_is_asked_alone() -> None:
    documents = [rule("discount_percent", 50, "half"), rule("discount_amount", 900, "money")]
    assert amounts_alone(read_rules(documents), read_receipt(receipt_with(1000))) == {"half": 500, "money": 900}


def asserted(name: str, told: list[Any], qualified: list[str]) -> None:
    documents = [rule("discount_percent", 50, "half"), rule("discount_amount", 900, "money")]
    rules_by_id = {model.id: model for model in read_rules(documents)}
    assert_same(PEERS_BY_NAME[name], told, qualified, read_receipt(receipt_with(1000)), rules_by_id)


def test_right_answers_pass() -> None:
    asserted("zen", ["money", "half"], ["half", "money"])
    asserted("medusa", [("money", 1, "900"), ("half", 1, "500")], ["half", "money"])


@pytest.mark.parametrize(
    ("name", "told", "what"),
    [
        pytest.param("zen", ["half"], "missing", id="a rule too few"),
        pytest.param("zen", ["half", "money", "other"], "too many", id="a rule too many"),
        pytest.param("zen", ["half", "half", "money"], "repeated 1", id="a rule twice"),
        pytest.param("medusa", [("half", 1, "500")], "missing", id="an amount too few"),
        pytest.param("medusa", [("half", 1, "501"), ("money", 1, "900")], "501", id="another amount"),
    ],
)
def test_wrong_answers_do_not(name: str, told: list[Any], what: str) -> None:
    with pytest.raises(AssertionError, match=what):
        asserted(name, told, ["half", "money"])
