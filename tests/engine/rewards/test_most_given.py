"""The most that one use of a rule can give: a row for each kind of reward, and what each shop gives is within it."""

from typing import Any

import pytest
from hypothesis import given

from engine import compile_rules, evaluate
from engine.rewards.most_given import MostGiven, most_given
from rules import read_grants, read_receipt, read_rules
from tests.support.shops import Shop
from tests.support.strategies import shops

UNITS = 1_000
APPLES = {"items": [{"id": "apple"}]}
MIXES = {"mixes": [{"items": [{"id": "apple"}], "quantity": 2}, {"items": [{"id": "pear"}]}]}


def most(reward: dict[str, Any], item: Any = None, stamp: int = 0, **limitation: Any) -> MostGiven:
    """What a rule gives at most on a receipt of a thousand units."""
    document = {"id": "d", "requirement": {"item": item, "stamp": stamp}, "reward": reward, "limitation": limitation}
    (rule,) = read_rules([document])
    return most_given(rule, UNITS)


def of(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": f"discount_{kind}", "value": value, **more}


@pytest.mark.parametrize(
    ("reward", "parts", "amount"),
    [
        pytest.param(of("amount", 100), {}, 100, id="an amount off the receipt, once"),
        pytest.param(of("amount", 100), {"discount_reward_usage": 7}, 100, id="however many rewards it may give"),
        pytest.param(of("amount", 100), {"discount_reward_usage": 0}, 0, id="none at all"),
        pytest.param(of("amount", 100), {"item": APPLES}, 100 * UNITS, id="an amount off each unit"),
        pytest.param(of("amount", 100), {"item": APPLES, "discount_reward_usage": 3}, 300, id="off three units"),
        pytest.param(
            of("amount", 100, values=[{"items": [{"id": "pear"}], "value": 250}]), {"item": APPLES}, 250 * UNITS,
            id="the largest of its values",
        ),
        pytest.param(
            {"type": "discount_amount", "values": [{"items": [{"id": "pear"}], "value": 5}]}, {"item": APPLES},
            5 * UNITS, id="values alone",
        ),
        pytest.param(of("amount", 100), {"item": {**APPLES, "quantity": 3}}, 33_300, id="off each set of three"),
        pytest.param(of("amount", 100), {"item": MIXES}, 33_300, id="off each set of mixes"),
        pytest.param(of("amount", 100), {"item": MIXES, "discount_reward_usage": 2}, 200, id="off two sets"),
        pytest.param(of("amount", 100), {"item": {**APPLES, "quantity": 1_001}}, 0, id="no set has so many units"),
        pytest.param(of("amount", 100), {"item": APPLES, "stamp": 4}, 100 * UNITS, id="off each unit that stamps buy"),
        pytest.param(of("percent", 10), {"item": APPLES}, None, id="a percent, which goods bound"),
        pytest.param(of("percent", 0), {}, 0, id="no percent"),
        pytest.param(of("item_percent", 10), {"item": APPLES}, None, id="a percent off the cheapest"),
        pytest.param(of("item_quantity", 1), {"item": {**APPLES, "quantity": 2}}, None, id="goods for nothing"),
        pytest.param(of("item_quantity", 0), {"item": {**APPLES, "quantity": 2}}, 0, id="no goods for nothing"),
        pytest.param(of("item_new_price", 0), {"item": APPLES}, None, id="a new price"),
        pytest.param(of("item_new_price", 5), {"item": APPLES, "discount_reward_usage": 0}, 0, id="for no unit"),
        pytest.param(of("mix_new_price", 5), {"item": MIXES}, None, id="a price for a mix"),
        pytest.param(of("debit", 100), {}, None, id="a balance, which its grant bounds"),
    ],
)  # fmt: skip
def test_what_each_kind_of_reward_gives_at_most(
    reward: dict[str, Any], parts: dict[str, Any], amount: int | None
) -> None:
    found = most(reward, **parts)
    assert (found.amount, found.bonus) == (amount, 0)
    if reward["type"] != "discount_debit":
        found = most({**reward, "effect": "bonus"}, **parts)
        assert (found.amount, found.bonus) == (0, amount)


@pytest.mark.parametrize(
    ("parts", "stamps"), [({}, 0), ({"stamp": 3}, 1), ({"stamp": 3, "item": APPLES}, UNITS), ({"item": APPLES}, 0)]
)
def test_what_a_purchase_earns_at_most(parts: dict[str, Any], stamps: int) -> None:
    assert most(of("amount", 100), **parts).stamp == stamps


@given(shops())
def test_no_shop_gives_more_than_the_most(shop: Shop) -> None:
    rules = read_rules(shop.rules)
    grants = None if shop.grants is None else read_grants(shop.grants, rules)
    evaluation = evaluate(compile_rules(rules), read_receipt(shop.receipt), grants)
    units = sum(line.units for line in evaluation.trace.basket.lines)
    for rule in rules:
        bounds = most_given(rule, units)
        for booking in evaluation.trace.bookings:
            for ref in booking.refs if booking.rule.id == rule.id else ():
                for name, bound in bounds._asdict().items():
                    assert bound is None or ref.get(name, 0) <= bound
