"""Conditions and facts mean what the rules and receipts they come from mean."""

from typing import Any

import pytest

from benchmarks.peers.flat import Conditions, Part, conditions_of, facts_of, holds
from benchmarks.peers.shop import MOST_RULES, make_shop
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules

WINDOW = {"purchase_from": "2026-10-01T00:00:00Z", "purchase_to": "2026-10-31T23:00:00Z"}


def rule(limitation: dict[str, Any] | None = None, **requirement: Any) -> dict[str, Any]:
    return {"id": "r", "requirement": {**WINDOW, **requirement}, "limitation": limitation or {}}


@pytest.mark.parametrize("rules", [10, 100, 1_000])
def test_conditions_hold_for_exactly_the_rules_that_qualify(rules: int) -> None:
    shop = make_shop(rules)
    rule_set = compile_rules(read_rules(shop.rules))
    all_conditions = [conditions_of(rule) for rule in shop.rules]
    for receipt in shop.receipts:
        qualified = {one.rule.id for one in evaluate(rule_set, read_receipt(receipt)).trace.qualified}
        facts = facts_of(receipt)
        assert {conditions.rule_id for conditions in all_conditions if holds(conditions, facts)} == qualified


def test_a_shop_of_any_size_has_as_many_matches() -> None:
    matches = []
    for rules in (100, MOST_RULES):
        shop = make_shop(rules, receipts=10)
        all_conditions = [conditions_of(rule) for rule in shop.rules]
        facts = [facts_of(receipt) for receipt in shop.receipts]
        matches.append(sum(holds(conditions, one) for conditions in all_conditions for one in facts) / 10)
    assert matches[0] >= 3
    assert matches[1] <= 3 * matches[0]


def test_a_shop_runs_out_of_goods() -> None:
    with pytest.raises(ValueError, match="10001"):
        make_shop(MOST_RULES + 1)


def test_the_same_seed_gives_the_same_shop() -> None:
    assert make_shop(100) == make_shop(100)
    assert make_shop(100).receipts == make_shop(10).receipts
    assert make_shop(100, seed=1).rules != make_shop(100).rules


def test_a_rule_becomes_conditions() -> None:
    hours = {"hours": [{"day": "tue", "start": "09:00", "end": "10:30"}], "timezone": "Europe/Oslo"}
    written = rule(
        {"discount_hours": hours},
        item={"items": [{"id": "a"}, {"id": "b"}], "quantity": 3},
        store={"mcc_ranges": [{"start": "0742", "end": "5499"}]},
        gross_amount=5000,
    )
    assert conditions_of(written) == Conditions(
        rule_id="r",
        opens_at=1790812800,
        closes_at=1793487600,
        parts=(Part(("a", "b"), 3),),
        mcc=(742, 5499),
        minutes=(1440 + 540, 1440 + 630),
        least_gross=5000,
    )


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rule(discount_code="X"), id="a code"),
        pytest.param(rule(store={"name": ["X"]}), id="a store's name"),
        pytest.param(rule(customer={"status": ["active"]}), id="a customer's status"),
        pytest.param(rule({"discount_combination": 0}), id="a limitation"),
        pytest.param(rule(item={"items": [{"id": "a", "group_id": "b"}]}), id="item and group at once"),
        pytest.param(rule(item={"items": [{"id": "a"}, {"group_id": "b"}], "quantity": 2}), id="units counted twice"),
        pytest.param(
            rule(item={"mixes": [{"quantity": 1, "items": [{"id": "a"}]}, {"quantity": 2, "items": [{"id": "a"}]}]}),
            id="one item in two parts",
        ),
        pytest.param(
            rule({"discount_hours": {"hours": [{"day": "mon", "start": "22:00", "end": "02:00"}], "timezone": "UTC"}}),
            id="hours past midnight",
        ),
    ],
)
def test_what_has_no_place_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no condition|no key|do not add up|same unit"):
        conditions_of(written)
