"""A balance pays what remains once the selection stands, the oldest grant first, each from the lines in order."""

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

CARD = rule("r", "debit", 150)


def paid(
    rules: list[Document], lines: list[Document], statistics: Document, *others: Document
) -> tuple[list[int], Document]:
    """What each line is paid, and the statistics of the card afterwards."""
    receipt = receipt_document(*lines, customer_id="c")
    evaluation = evaluated(rules, receipt, [grant(statistics=statistics), *others])
    refs = evaluation.receipt["discounts"][-1]["refs"] if evaluation.used else [{"statistics": {}}]
    return amounts_by_line(evaluation), refs[0]["statistics"]


@pytest.mark.parametrize(
    ("statistics", "lines", "left"),
    [
        pytest.param({}, [100, 50], 0, id="the value it starts with"),
        pytest.param({"amount": 120}, [20, 10], 0, id="less what was drawn"),
        pytest.param({"debit_balance": 60, "amount": 999}, [40, 20], 0, id="its balance"),
        pytest.param({"debit_balance": 500}, [200, 100], 200, id="what is left stays on the grant"),
    ],
)
def test_a_balance_is_drawn(statistics: Document, lines: list[int], left: int) -> None:
    given, after = paid([CARD], [line("a", 200), line("b", 100)], statistics)
    assert given == lines
    assert after["debit_balance"] == left


@pytest.mark.parametrize("statistics", [{"debit_balance": 0}, {"debit_balance": -50}, {"amount": 151}])
def test_an_empty_card_pays_nothing(statistics: Document) -> None:
    given, _ = paid([CARD], [line("a", 200)], statistics)
    assert given == [0]


def test_only_qualifying_goods_are_paid() -> None:
    given, _ = paid([rule("r", "debit", 150, "b")], [line("a", 200), line("b", 100)], {})
    assert given == [0, 100]


def test_a_debit_pays_what_discounts_leave_and_never_outvotes_one() -> None:
    percent = rule("p", "percent", 50)
    given, after = paid([CARD, percent], [line("a", 200)], {}, grant("other", "p"))
    assert given == [200]
    assert after["debit_balance"] == 50


@pytest.mark.parametrize(("most", "used"), [(0, {"p": 20}), (1, {"p": 20, "r": 150})])
def test_a_debit_is_limited_by_its_own_combination_only(most: int, used: dict[str, int]) -> None:
    limited = rule("r", "debit", 150, limitation={"discount_combination": most})
    receipt = receipt_document(line("a", 200), customer_id="c")
    evaluation = evaluated([limited, rule("p", "percent", 10)], receipt, [grant(), grant("other", "p")])
    assert amounts(evaluation) == used


def test_debits_are_drawn_by_rule_id() -> None:
    rules = [rule("b", "debit", 150), rule("a", "debit", 150)]
    receipt = receipt_document(line("a", 200), customer_id="c")
    assert amounts(evaluated(rules, receipt, [grant("1", "a"), grant("2", "b")])) == {"a": 150, "b": 50}


def test_a_grant_left_undrawn_has_no_ref() -> None:
    receipt = receipt_document(line("a", 100), customer_id="c")
    refs = evaluated([CARD], receipt, [grant("1"), grant("2")]).receipt["discounts"][0]["refs"]
    assert [ref["id"] for ref in refs] == ["1"]
