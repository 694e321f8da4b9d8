"""Flat rewards go to each qualifying unit, to the best of them where they are limited."""

import pytest

from tests.support.engine.given import Document, amounts, amounts_by_line, evaluated, line, receipt_document, rule

BONUS = {"effect": "bonus"}
TILL: Document = {"discount_lines": [{"amount": 40, "discount_id": "till"}]}


@pytest.mark.parametrize(
    ("written", "lines", "given"),
    [
        pytest.param(rule("r", "percent", 12.5, "*"), [line("a", 99)], [12], id="12.375 half up"),
        pytest.param(rule("r", "percent", 0.5, "*"), [line("a", 99)], [0], id="less than half an øre"),
        pytest.param(rule("r", "amount", 30, "*"), [line("a", 100, 4)], [100], id="no unit goes below 0"),
        pytest.param(rule("r", "amount", 20, "*"), [line("a", 100, 4), line("b", 0)], [80, 0], id="off each unit"),
        pytest.param(rule("r", "item_new_price", 20, "*"), [line("a", 100, 4), line("b", 19)], [20, 0], id="new price"),
        pytest.param(rule("r", "percent", 50, "*"), [line("a", 100, **TILL)], [50], id="of the price"),
        pytest.param(
            rule("r", "percent", 50, "*", reward={"base": "net"}), [line("a", 100, **TILL)], [30], id="of what is left"
        ),
        pytest.param(rule("r", "percent", 80, "*"), [line("a", 100, **TILL)], [60], id="no more than is left"),
        pytest.param(
            rule(
                "r",
                "percent",
                None,
                "*",
                reward={"values": [{"items": [{"id": "a"}], "value": 10}, {"items": [{"group_id": "g"}], "value": 50}]},
            ),
            [line("a", 100, 1, "g"), line("b", 100, 1, "g"), line("c", 100)],
            [10, 50, 0],
            id="the first entry that matches, none where none does",
        ),
        pytest.param(
            rule("r", "amount", 7, "*", reward={"values": [{"items": [{"id": "a"}], "value": 1}]}),
            [line("a", 100, 2), line("b", 100)],
            [2, 7],
            id="the rule's own value for the rest",
        ),
    ],
)
def test_a_flat_reward_gives(written: Document, lines: list[Document], given: list[int]) -> None:
    assert amounts_by_line(evaluated([written], receipt_document(*lines))) == given


@pytest.mark.parametrize(
    ("most", "given"),
    [
        (0, [0, 0, 0]),
        (1, [0, 0, 9]),
        (2, [0, 8, 9]),
        (3, [5, 8, 9]),
        (9, [10, 8, 9]),
        (-1, [10, 8, 9]),
    ],
)
def test_limited_rewards_go_to_the_units_that_give_most(most: int, given: list[int]) -> None:
    limited = rule("r", "percent", 10, "*", limitation={"discount_reward_usage": most})
    lines = [line("a", 100, 2), line("b", 80), line("c", 90)]
    assert amounts_by_line(evaluated([limited], receipt_document(*lines))) == given


def test_of_units_that_give_alike_the_earlier_are_rewarded() -> None:
    limited = rule("r", "amount", 10, "*", limitation={"discount_reward_usage": 2})
    assert amounts_by_line(evaluated([limited], receipt_document(line("a"), line("b"), line("c")))) == [10, 10, 0]


@pytest.mark.parametrize(
    ("written", "given"),
    [
        pytest.param(rule("r", "percent", 250, "*", reward=BONUS), 250, id="more than the price"),
        pytest.param(rule("r", "percent", 10, "*", reward={**BONUS, "base": "net"}), 6, id="of what is left"),
        pytest.param(rule("r", "amount", 500, "*", reward=BONUS), 500, id="money is not limited by what is left"),
        pytest.param(rule("r", "item_new_price", 10, "*", reward=BONUS), 50, id="what is left above the new price"),
    ],
)
def test_a_bonus_moves_no_price(written: Document, given: int) -> None:
    evaluation = evaluated([written], receipt_document(line("a", 100, **TILL), net_amount=60))
    assert amounts(evaluation) == {"r": given}
    assert evaluation.receipt["total_bonus"] == given
    assert evaluation.receipt["net_amount"] == 60
    assert "is_changed" not in evaluation.receipt
