"""Within a selection every rule gives all it can, in the order of its step."""

from typing import Any

import pytest

from engine import Settings
from engine.basket.basket_state import first_state
from engine.rewards.award import Awarder
from tests.support.engine.given import Document, amounts, amounts_by_line, evaluated, line, mix, receipt_document, rule

BONUS = {"effect": "bonus"}
UNREDUCED: Document = {"discount_eligible": "item_eligible_for_discount_no_discount"}
ALL_UNREDUCED: Document = {"discount_eligible": "receipt_no_discount"}


def any_item(rule_id: str, percent: float = 10, **more: Any) -> Document:
    return rule(rule_id, "percent", percent, "ANY_ITEM", **more)


@pytest.mark.parametrize(
    ("rules", "given"),
    [
        pytest.param(
            [rule("a", "percent", 50, "*", reward={"base": "net"}), rule("b", "item_new_price", 60, "*")],
            {"a": 30, "b": 40},
            id="a new price before a percent",
        ),
        pytest.param(
            [rule("a", "amount", 20, "*"), rule("b", "percent", 50, "*", reward={"base": "net"})],
            {"a": 20, "b": 50},
            id="a percent before an amount",
        ),
        pytest.param(
            [rule("a", "percent", 50, reward={"base": "net"}), rule("b", "amount", 20, "*")],
            {"a": 40, "b": 20},
            id="an item rule before a receipt rule",
        ),
        pytest.param(
            [rule("a", "percent", 50, "*", reward={"base": "net"}), rule("b", "amount", 20, mixes=[mix("a")])],
            {"a": 40, "b": 20},
            id="sets before flat",
        ),
        pytest.param(
            [any_item("a"), rule("b", "amount", 5, "*")],
            {"a": 10},
            id="any item stands back, and then gives more alone",
        ),
        pytest.param([any_item("a", 1), rule("b", "amount", 5, "*")], {"b": 5}, id="any item skips discounted lines"),
        pytest.param([any_item("a"), any_item("b")], {"a": 10}, id="any item skips what another gave"),
        pytest.param([any_item("a"), rule("b", "amount", 5)], {"a": 10, "b": 5}, id="receipt rules mark no line"),
        pytest.param(
            [any_item("a"), any_item("b", reward=BONUS)], {"a": 10, "b": 10}, id="bonuses see only each other for it"
        ),
        pytest.param(
            [any_item("a", reward=BONUS), any_item("b", reward=BONUS)], {"a": 10}, id="bonuses skip what bonuses gave"
        ),
        pytest.param(
            [rule("a", "amount", 20, "*"), rule("b", "percent", 10, reward={**BONUS, "base": "net"})],
            {"a": 20, "b": 8},
            id="a bonus's net is what is left",
        ),
        pytest.param(
            [rule("a", "amount", 20, "*"), rule("b", "percent", 10, "*", reward=BONUS, limitation=UNREDUCED)],
            {"a": 20},
            id="a bonus sees discounts",
        ),
        pytest.param(
            [rule("a", "percent", 5, "*", reward=BONUS), rule("b", "percent", 10, reward=BONUS, limitation=UNREDUCED)],
            {"a": 5, "b": 10},
            id="and no bonuses",
        ),
    ],
)
def test_rules_give_in_their_turn(rules: list[Document], given: dict[str, int]) -> None:
    assert amounts(evaluated(rules)) == given


@pytest.mark.parametrize(
    ("limited", "given"),
    [
        pytest.param(rule("z", "percent", 10, "*", limitation=UNREDUCED), {"set": 60, "z": 10}, id="lines without"),
        pytest.param(rule("z", "percent", 10, limitation=ALL_UNREDUCED), {"set": 60}, id="no line at all"),
        pytest.param(rule("z", "percent", 10, "*", quantity=2, limitation=UNREDUCED), {"set": 60}, id="too few left"),
        pytest.param(
            rule("z", "percent", 10, "*", stamp=1, limitation=UNREDUCED), {"set": 60, "z": 10}, id="a stamp card"
        ),
    ],
)
def test_what_still_qualifies_is_asked_again(limited: Document, given: dict[str, int]) -> None:
    sets = rule("set", "amount", 60, "a", quantity=2)
    assert amounts(evaluated([sets, limited], receipt_document(line("a", 200, 2), line("b", 100)))) == given


def test_mixes_of_a_stamp_card_are_asked_again() -> None:
    card = rule("z", "percent", 100, mixes=[mix("a"), mix("b")], stamp=1, limitation=UNREDUCED)
    sets = rule("set", "amount", 60, "a", quantity=2)
    lines = [line("a", 200, 2), line("b", 100), line("b", 100)]
    assert amounts(evaluated([card], receipt_document(*lines))) == {"z": 200}
    assert amounts(evaluated([card, {**sets, "limitation": {}}], receipt_document(*lines))) == {"z": 200}


def test_units_of_lines_that_any_item_skips_still_count() -> None:
    counted = rule("any", "percent", 10, "ANY_ITEM", quantity=3)
    flat = rule("flat", "percent", 50, "a")
    evaluation = evaluated([counted, flat], receipt_document(line("a", 200, 2), line("b", 100)))
    assert amounts_by_line(evaluation) == [100, 10]


def test_a_discount_takes_no_unit_below_nothing() -> None:
    rules = [rule(str(number), "amount", 30, "*") for number in range(4)]
    evaluation = evaluated(rules)
    assert amounts(evaluation) == {"0": 30, "1": 30, "2": 30, "3": 10}
    assert evaluation.receipt["items"][0]["net_amount"] == 0


def test_a_rule_that_forms_sets_takes_them_beside_others_or_not_at_all() -> None:
    evaluation = evaluated(
        [rule("pair", "amount", 5, mixes=[mix("a"), mix("b")])], receipt_document(line("a"), line("b"))
    )
    [pair], basket = evaluation.trace.qualified, evaluation.trace.basket
    awarder = Awarder(basket, Settings(), first_state(basket))
    with pytest.raises(ValueError, match="pair forms sets"):
        awarder.take_turn(pair, awarder.first)
