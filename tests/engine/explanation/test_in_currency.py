"""The sentences of outcomes with their amounts in a currency, while the amounts stay the numbers they are."""

import pytest

from engine.explanation.in_currency import line_in_money, rule_in_money
from engine.explanation.outcome import RuleOutcome
from tests.support.engine.given import evaluated, line, receipt_document, rule


@pytest.mark.parametrize(
    ("outcome", "currency", "sentence"),
    [
        (RuleOutcome("r", None, "used", amount=1000, lines=(1,)), "NOK", "r: gives 10.00 on line 1."),
        (RuleOutcome("r", None, "used", amount=1000, lines=(1,)), "JPY", "r: gives 1000 on line 1."),
        (RuleOutcome("r", None, "used", bonus=5), None, "r: gives a bonus of 0.05."),
        (
            RuleOutcome("r", None, "outvoted", won=("a",), by_discount=250, by_bonus=3),
            "NOK",
            "r: another selection gives 2.50 more discount (a).",
        ),
        (
            RuleOutcome("r", None, "rejected", path="requirement.gross_amount", wanted=500, saw=100),
            "NOK",
            "r: requirement.gross_amount wanted 5.00, saw 1.00.",
        ),
        (
            RuleOutcome("r", None, "rejected", path="requirement.net_amount", wanted=500, saw=None),
            "NOK",
            "r: requirement.net_amount wanted 5.00, saw nothing.",
        ),
        (
            RuleOutcome("r", None, "rejected", path="customer.age", wanted=500, saw=100),
            "NOK",
            "r: customer.age wanted 500, saw 100.",
        ),
        (
            RuleOutcome("r", None, "rejected", near_miss={"missing_units": 200, "of": [{"id": "a"}], "saves": 300}),
            "NOK",
            "r: add 200 of a to save 3.00.",
        ),
    ],
)
def test_money_reads_as_people_write_it_and_nothing_else_does(
    outcome: RuleOutcome, currency: str | None, sentence: str
) -> None:
    shown = rule_in_money(outcome, currency)
    assert shown.sentence == sentence
    assert shown == outcome


def test_a_line_says_its_discounts_in_the_currency() -> None:
    [of_line] = evaluated([rule()], receipt_document(line(gross=1000))).explain().lines
    shown = line_in_money(of_line, "NOK")
    assert "1.00" in shown.sentence
    assert "1.00" not in of_line.sentence
    assert shown == of_line
