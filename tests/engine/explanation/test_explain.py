"""For every rule and line it is said what became of it, and for a near miss what would mend it."""

from typing import Any

import pytest

from tests.support.engine.given import FRIDAY, Document, evaluated, grant, line, mix, receipt_document, rule

BONUS = {"effect": "bonus"}
ALONE = {"discount_combination": 0}


def outcomes(rules: list[Document], *lines: Document, **fields: Any) -> dict[str, Document]:
    """What became of each rule, as data, without the sentences."""
    said = evaluated(rules, receipt_document(*lines, **fields)).explain().as_data()["rules"]
    return {outcome["rule_id"]: outcome for outcome in said}


def test_a_used_rule_says_what_it_gave_where() -> None:
    found = outcomes([rule("r", "percent", 10, "a")], line("a", 100, line_id=7), line("b", 50))["r"]
    assert found["outcome"] == "used"
    assert (found["amount"], found["bonus"], found["stamp"], found["lines"]) == (10, 0, 0, [7])


@pytest.mark.parametrize(
    ("loser", "winner", "by_discount", "by_bonus"),
    [
        pytest.param(rule("r", "amount", 7, limitation=ALONE), rule("w", "amount", 10), 3, 0, id="more discount"),
        pytest.param(
            rule("r", "percent", 7, reward=BONUS, limitation=ALONE),
            rule("w", "percent", 9, reward=BONUS),
            0,
            2,
            id="more bonus",
        ),
        pytest.param(rule("x", "amount", 10, limitation=ALONE), rule("r", "amount", 10), 0, 0, id="a lower id"),
    ],
)
def test_an_outvoted_rule_says_who_won_and_by_how_much(
    loser: Document, winner: Document, by_discount: int, by_bonus: int
) -> None:
    found = outcomes([loser, winner])[loser["id"]]
    assert found["outcome"] == "outvoted"
    assert (found["won"], found["by_discount"], found["by_bonus"]) == ([winner["id"]], by_discount, by_bonus)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule("r", "percent", 0.1)], id="less than an øre"),
        pytest.param([rule("r", "amount", 5, "ANY_ITEM"), rule("w", "percent", 100, "*")], id="nothing is left for it"),
        pytest.param([rule("r", "amount", 5, limitation={"discount_reward_usage": 0})], id="no rewards"),
    ],
)
def test_a_rule_that_has_nothing_to_give_says_so(rules: list[Document]) -> None:
    assert outcomes(rules)["r"]["outcome"] in {"gives_nothing", "outvoted"}


def test_a_debit_without_balance_gives_nothing() -> None:
    evaluation = evaluated(
        [rule("r", "debit", 5)], receipt_document(customer_id="c"), [grant(statistics={"debit_balance": 0})]
    )
    assert evaluation.explain().rules[0].outcome == "gives_nothing"


def test_one_rule_can_be_asked_for() -> None:
    evaluation = evaluated([rule("a"), rule("b")])
    assert [outcome.rule_id for outcome in evaluation.explain("b").rules] == ["b"]
    with pytest.raises(KeyError, match="unknown"):
        evaluation.explain("unknown")


def test_rules_come_by_id_and_lines_as_on_the_receipt() -> None:
    explanation = evaluated(
        [rule("b"), rule("a")], receipt_document(line("x", line_id=9), line("y", line_id=2))
    ).explain()
    assert [outcome.rule_id for outcome in explanation.rules] == ["a", "b"]
    assert [outcome.line_id for outcome in explanation.lines] == [9, 2]


@pytest.mark.parametrize(
    ("fields", "path", "sentence"),
    [
        ({"voided": True}, "items[0].voided", "Brød: takes no part, it is voided."),
        ({"is_return_item": True}, "items[0].is_return_item", "Brød: takes no part, it is a return."),
        (
            {"eligible_for_discount": False},
            "items[0].eligible_for_discount",
            "Brød: takes no part, it is not marked eligible_for_discount.",
        ),
        ({"quantity": 0}, "items[0].quantity", "Brød: takes no part, it has no quantity."),
        ({"gross_amount": 0}, "items[0].gross_amount", "Brød: takes no part, it costs nothing."),
        ({"description": None, "gross_amount": 0}, "items[0].gross_amount", "line 1: takes no part, it costs nothing."),
    ],
)
def test_a_line_that_takes_no_part_says_why(fields: Document, path: str, sentence: str) -> None:
    [said, _] = evaluated([rule()], receipt_document(line(**{"description": "Brød", **fields}), line())).explain().lines
    assert (said.takes_part, said.path, said.sentence) == (False, path, sentence)
    assert said.as_data()["path"] == path


def test_a_line_that_takes_part_says_what_it_got() -> None:
    rules = [rule("a", "amount", 5, "x"), rule("b", "percent", 10, "x"), rule("c", "percent", 1, "y", reward=BONUS)]
    said = evaluated(rules, receipt_document(line("x"), line("y"))).explain().as_data()["lines"]
    assert [entry["discounts"] for entry in said] == [{"a": 5, "b": 10}, {}]
    assert [entry["sentence"] for entry in said] == ["line 1: 5 from a, 10 from b.", "line 2: takes part, no discount."]


def test_explaining_changes_nothing() -> None:
    receipt = receipt_document(line("a"), purchase_at=FRIDAY)
    evaluation = evaluated([rule("a", limitation=ALONE), rule("b")], receipt)
    before = str(evaluation.receipt), str(receipt)
    assert evaluation.explain() == evaluation.explain()
    assert (str(evaluation.receipt), str(receipt)) == before


def test_a_till_tells_the_three_that_save_most_and_no_code() -> None:
    rules = [
        rule("code", "amount", 50, discount_code="TACO"),
        rule("unknown", "amount", 30, mixes=[mix("a"), mix("b")]),
        rule("bonus", "amount", 60, gross_amount=101, reward=BONUS),
        *[rule(f"r{saved}", "amount", saved, gross_amount=100 + saved) for saved in (10, 30, 20)],
    ]
    said = evaluated(rules).explain()
    assert [outcome.rule_id for outcome in said.near_misses] == ["bonus", "code", "r10", "r20", "r30", "unknown"]
    assert [outcome.rule_id for outcome in said.till_hints] == ["r30", "r20", "r10"]
    few = evaluated(rules[:3]).explain()
    assert [outcome.rule_id for outcome in few.till_hints] == ["bonus", "unknown"]
