"""Rewards to the whole receipt are laid over the lines that can take discounts."""

import pytest

from tests.support.engine.given import (
    Document,
    amounts,
    amounts_by_line,
    evaluated,
    grant,
    line,
    receipt_document,
    rule,
)

BONUS = {"effect": "bonus"}


@pytest.mark.parametrize(
    ("written", "lines", "given"),
    [
        pytest.param(rule("r", "amount", 100), [line("a", 200), line("b", 100)], [67, 33], id="once, in proportion"),
        pytest.param(rule("r", "amount", 500), [line("a", 200), line("b", 100)], [200, 100], id="what there is"),
        pytest.param(rule("r", "percent", 10), [line("a", 205), line("b", 104)], [21, 10], id="a percent by line"),
        pytest.param(
            rule("r", "percent", 10, reward={"values": [{"items": [{"id": "a"}], "value": 50}]}),
            [line("a", 200), line("b", 100)],
            [100, 10],
            id="percents by line",
        ),
        pytest.param(
            rule("r", "percent", 10, limitation={"discount_reward_usage": 1}),
            [line("a", 200), line("b", 100)],
            [20, 10],
            id="one reward is the whole receipt",
        ),
        pytest.param(rule("r", "amount", 9, limitation={"discount_reward_usage": 0}), [line()], [0], id="no reward"),
        pytest.param(
            rule("r", "amount", 100),
            [line("a", 200), line("b", 100, discount_lines=[{"amount": 100}])],
            [100, 0],
            id="by what remains",
        ),
        pytest.param(rule("r", "amount", 1), [line("a", 200), line("b", 100)], [1, 0], id="too little for every line"),
    ],
)
def test_a_receipt_rule_gives(written: Document, lines: list[Document], given: list[int]) -> None:
    assert amounts_by_line(evaluated([written], receipt_document(*lines))) == given


def test_percents_come_before_amounts() -> None:
    rules = [rule("a", "amount", 50), rule("b", "percent", 100, reward={"base": "net"})]
    assert amounts(evaluated(rules)) == {"b": 100}


@pytest.mark.parametrize(
    ("brought", "shares"),
    [
        pytest.param(0, [100, 50], id="over what remains"),
        pytest.param(100, [150], id="nothing where nothing remains"),
    ],
)
def test_a_bonus_of_money_is_laid_over_what_remains(brought: int, shares: list[int]) -> None:
    lines = [line("a", 200), line("b", 100, discount_lines=[{"amount": brought}])]
    evaluation = evaluated([rule("r", "amount", 150, reward=BONUS)], receipt_document(*lines))
    laid = [entry["bonus"] for written in evaluation.receipt["items"] for entry in written.get("bonus_lines", [])]
    assert laid == shares


def test_a_bonus_of_nothing_is_no_bonus() -> None:
    evaluation = evaluated([rule("r", "amount", 0, reward=BONUS)])
    assert amounts(evaluation) == {}


def test_a_bonus_of_money_is_laid_over_prices_where_nothing_remains() -> None:
    rules = [rule("free", "percent", 100), rule("r", "amount", 150, reward=BONUS)]
    evaluation = evaluated(rules, receipt_document(line("a", 200), line("b", 100)))
    assert [written["bonus_lines"][0]["bonus"] for written in evaluation.receipt["items"]] == [100, 50]


@pytest.mark.parametrize(
    ("stamps", "used", "live"),
    [(1, False, 2), (2, True, 0), (3, True, 1)],
)
def test_a_visit_card_pays_when_it_is_full(stamps: int, used: bool, live: int) -> None:
    grants = [grant(statistics={"stamp": stamps})]
    evaluation = evaluated([rule("r", "amount", 10, stamp=2)], receipt_document(customer_id="c"), grants)
    [ref] = evaluation.receipt["discounts"][0]["refs"]
    assert bool(evaluation.used) is used
    assert (ref["usage"], ref["statistics"]["stamp"]) == (int(used), live)


def test_a_full_visit_card_is_kept_where_nothing_remains() -> None:
    lines = [line("a", 100, discount_lines=[{"amount": 100}])]
    full = [grant(statistics={"stamp": 2})]
    discount = evaluated([rule("r", "amount", 10, stamp=2)], receipt_document(*lines, customer_id="c"), full)
    bonus = evaluated([rule("r", "amount", 10, stamp=2, reward=BONUS)], receipt_document(*lines, customer_id="c"), full)
    assert (amounts(discount), amounts(bonus)) == ({}, {"r": 10})
