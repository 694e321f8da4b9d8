"""Stamp cards: so many stamps buy one reward, for the cheapest units, and what was earned is on the card."""

from typing import Any

import pytest

from tests.support.engine.given import Document, amounts_by_line, evaluated, grant, line, receipt_document, rule

BONUS = {"effect": "bonus"}


def card(kind: str = "item_quantity", value: float = 1, stamp: int = 5, **more: Any) -> Document:
    return rule("r", kind, value, "a", stamp=stamp, **more)


def after(written: Document, quantity: int, stamps: int, **grants: Any) -> tuple[int, int, int]:
    """The amount, the stamps earned and those live after a purchase of so many units at 10 each."""
    held = [grant(statistics={"stamp": stamps}, **grants)]
    receipt = receipt_document(line("a", 10 * quantity, quantity), customer_id="c")
    [ref] = evaluated([written], receipt, held).receipt["discounts"][0]["refs"]
    return ref["amount"], ref["stamp"], ref["statistics"]["stamp"]


@pytest.mark.parametrize(
    ("written", "quantity", "stamps", "result"),
    [
        pytest.param(card(), 1, 4, (0, 1, 5), id="the fifth is earned"),
        pytest.param(card(), 1, 5, (10, 0, 0), id="the sixth is free"),
        pytest.param(card(), 2, 4, (10, 1, 0), id="earned and spent in one purchase"),
        pytest.param(card(), 12, 0, (20, 10, 0), id="two rewards"),
        pytest.param(card(), 6, 0, (10, 5, 0), id="six at once"),
        pytest.param(card(), 1, 17, (10, 0, 12), id="more stamps than units to reward"),
        pytest.param(card(value=2), 2, 5, (20, 0, 0), id="two free at a time"),
        pytest.param(card(value=2), 1, 9, (0, 1, 10), id="two free at a time, one there"),
        pytest.param(card(value=0), 9, 0, (0, 9, 9), id="none free"),
        pytest.param(card("percent", 50), 1, 5, (5, 0, 0), id="half price"),
        pytest.param(card("amount", 3), 1, 5, (3, 0, 0), id="an amount"),
        pytest.param(card("item_new_price", 1), 1, 5, (9, 0, 0), id="a new price"),
        pytest.param(card(limitation={"discount_reward_usage": 1}), 12, 0, (10, 11, 6), id="one reward at most"),
        pytest.param(card(limitation={"discount_reward_usage": 0}), 12, 0, (0, 12, 12), id="no reward, yet stamps"),
    ],
)
def test_stamps_buy_rewards(written: Document, quantity: int, stamps: int, result: tuple[int, int, int]) -> None:
    assert after(written, quantity, stamps) == result


def test_the_cheapest_units_are_rewarded_the_earlier_of_equals() -> None:
    lines = [line("a", 60, 2), line("a", 20), line("a", 20), line("b", 5)]
    evaluation = evaluated([card(stamp=1)], receipt_document(*lines, customer_id="c"), [grant()])
    assert amounts_by_line(evaluation) == [0, 20, 20, 0]


@pytest.mark.parametrize(
    ("days", "live"),
    [
        pytest.param(-1, [("2026-01-01T00:00:00Z", 2), ("2026-10-15T14:40:00Z", 3)], id="for ever"),
        pytest.param(1, [("2026-10-15T14:40:00Z", 3)], id="24 hours to the second"),
        pytest.param(0, [], id="at once"),
    ],
)
def test_stamps_with_times_expire(days: int, live: list[tuple[str, int]]) -> None:
    stamps = [{"at": "2026-10-15T14:40:00Z", "count": 3}, {"at": "2026-01-01T00:00:00Z", "count": 2}]
    written = card(stamp=10, limitation={"stamp_expire_days": days})
    receipt = receipt_document(line("a"), customer_id="c")
    [ref] = evaluated([written], receipt, [grant(stamps=stamps, statistics={"stamp": 99})]).receipt["discounts"][0][
        "refs"
    ]
    assert [(entry["at"], entry["count"]) for entry in ref["stamps"]] == [*live, (receipt["purchase_at"], 1)]
    assert ref["statistics"]["stamp"] == sum(count for _, count in live) + 1


def test_the_oldest_stamps_are_spent_first_and_those_just_earned_last() -> None:
    stamps = [{"at": "2026-10-02T00:00:00Z", "count": 2}, {"at": "2026-10-01T00:00:00Z", "count": 1}]
    receipt = receipt_document(line("a", 20, 2), customer_id="c")
    spend_two = evaluated([card(stamp=2)], receipt, [grant(stamps=stamps)])
    [ref] = spend_two.receipt["discounts"][0]["refs"]
    assert (ref["usage"], ref["stamp"]) == (1, 1)
    assert [entry["count"] for entry in ref["stamps"]] == [1, 1]
    spend_all = evaluated([card(stamp=4)], receipt, [grant(stamps=stamps)])
    assert spend_all.receipt["discounts"][0]["refs"][0]["stamps"] == []


def test_two_bonus_cards_do_not_reward_the_same_unit() -> None:
    cards = [card("percent", 10, 1, reward=BONUS) | {"id": name} for name in ("x", "y")]
    grants = [grant("1", "x", statistics={"stamp": 1}), grant("2", "y", statistics={"stamp": 1})]
    used = evaluated(cards, receipt_document(line("a", 100, 2), customer_id="c"), grants).used
    assert [(use.rule_id, use.bonus, use.rewarded_units) for use in used] == [
        ("x", 5, {1: ((0, 1),)}),
        ("y", 5, {1: ((1, 2),)}),
    ]


def test_a_unit_in_a_set_earns_stamps_and_is_not_rewarded() -> None:
    rules = [card(stamp=1), rule("set", "amount", 90, "a", quantity=2)]
    evaluation = evaluated(rules, receipt_document(line("a", 100, 2), customer_id="c"), [grant(), grant("s", "set")])
    assert [(use.rule_id, use.amount) for use in evaluation.used] == [("set", 90)]
    assert evaluation.receipt["discounts"][0]["refs"][0]["stamp"] == 2
