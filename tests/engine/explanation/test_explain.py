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


def miss(written: Document, *lines: Document, **fields: Any) -> Document | None:
    found: Document | None = outcomes([written], *lines, **fields)["r"].get("near_miss")
    return found


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


@pytest.mark.parametrize(
    ("written", "lines", "expected"),
    [
        pytest.param(
            rule("r", "item_quantity", 1, "a", quantity=3),
            [line("a", 100, 2)],
            {"missing_units": 1, "of": [{"id": "a"}], "saves": 50},
            id="one more of three",
        ),
        pytest.param(
            rule("r", "amount", 30, "a", quantity=3),
            [line("a", 100), line("a", 20)],
            {"missing_units": 1, "of": [{"id": "a"}], "saves": 30},
            id="as the cheapest there",
        ),
        pytest.param(
            rule("r", "percent", 10, "b"), [line("a")], {"missing_units": 1, "of": [{"id": "b"}]}, id="none of it yet"
        ),
        pytest.param(
            rule("r", "percent", 10, "b", quantity=2),
            [line("a")],
            {"missing_units": 2, "of": [{"id": "b"}]},
            id="two of it",
        ),
        pytest.param(
            rule("r", "percent", 10, quantity=2),
            [line("a")],
            {"missing_units": 1, "of": [{"id": "*"}], "saves": 20},
            id="one more of anything",
        ),
        pytest.param(
            rule("r", "amount", 30, mixes=[mix("a"), mix("b", quantity=2)]),
            [line("a"), line("b", 50)],
            {"missing_units": 1, "of": [{"id": "b"}], "saves": 30},
            id="one more of a mix",
        ),
        pytest.param(
            rule("r", "amount", 30, mixes=[mix("a"), mix("b")]),
            [line("a")],
            {"missing_units": 1, "of": [{"id": "b"}]},
            id="a mix that nothing matches yet",
        ),
        pytest.param(
            rule("r", "amount", 30, mixes=[mix("x"), mix("y")]),
            [line("a")],
            {
                "missing_units": 2,
                "of": [{"id": "x"}, {"id": "y"}],
                "mixes": [{"missing_units": 1, "of": [{"id": "x"}]}, {"missing_units": 1, "of": [{"id": "y"}]}],
            },
            id="no unit of any mix",
        ),
        pytest.param(
            rule("r", "amount", 30, "a", "x", limitation={"blacklist": [{"id": "x"}]}),
            [line("b")],
            {"missing_units": 1, "of": [{"id": "a"}]},
            id="nothing that is on the blacklist",
        ),
        pytest.param(
            rule("r", "amount", 30, mixes=[mix("a")], quantity=3),
            [line("a")],
            {"missing_units": 2, "of": [{"id": "a"}]},
            id="a number of units of any mix",
        ),
        pytest.param(
            rule("r", "percent", 10, gross_amount=150),
            [line("a")],
            {"missing_gross_amount": 50, "saves": 15},
            id="a larger purchase",
        ),
        pytest.param(
            rule("r", "percent", 10, net_amount=150, reward=BONUS),
            [line("a", discount_lines=[{"amount": 20}])],
            {"missing_net_amount": 70, "saves_bonus": 17},
            id="a larger purchase after discounts",
        ),
        pytest.param(
            rule("r", "amount", 30, discount_code="TACO"),
            [line("a")],
            {"discount_code": "TACO", "saves": 30},
            id="a code",
        ),
        pytest.param(
            rule("r", "amount", 30, "a", quantity=2, discount_code="TACO"), [line("a")], None, id="two things amiss"
        ),
        pytest.param(
            rule("r", "amount", 30, gross_amount=150, discount_code="TACO"), [line("a")], None, id="two facts"
        ),
        pytest.param(rule("r", "amount", 30, store_ids=["x"]), [line("a")], None, id="another store"),
        pytest.param(rule("r", "amount", 30, fields={"active": False}), [line("a")], None, id="a limitation"),
        pytest.param(
            rule("r", "amount", 30, "a", limitation={"blacklist": [{"id": "a"}]}), [line("a")], None, id="black list"
        ),
    ],
)
def test_a_near_miss_says_what_is_missing_and_what_it_saves(
    written: Document, lines: list[Document], expected: Document | None
) -> None:
    assert miss(written, *lines) == expected


def test_near_misses_can_be_listed() -> None:
    explanation = evaluated([rule("a"), rule("b", gross_amount=150), rule("c", store_ids=["x"])]).explain()
    assert [outcome.rule_id for outcome in explanation.near_misses] == ["b"]


def card(stamps: int, quantity: int = 1, **more: Any) -> Document:
    """What is said of a stamp card that asks for five."""
    written = rule(
        "r", more.pop("kind", "item_quantity"), more.pop("value", 1), *more.pop("items", ["a"]), stamp=5, **more
    )
    receipt = receipt_document(line("a", 10 * quantity, quantity), customer_id="c")
    said: Document = (
        evaluated([written], receipt, [grant(statistics={"stamp": stamps})]).explain().as_data()["rules"][0]
    )
    return said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(card(3), {"missing_stamps": 2, "saves": 10}, id="two more"),
        pytest.param(card(3, reward=BONUS), {"missing_stamps": 2, "saves_bonus": 10}, id="for a bonus"),
        pytest.param(
            card(3, items=[], kind="amount", value=4), {"missing_stamps": 2, "saves": 4}, id="of a visit card"
        ),
        pytest.param(
            card(3, items=[], kind="percent", value=50), {"missing_stamps": 2, "saves": 5}, id="of one for a percent"
        ),
        pytest.param(card(6, items=[], kind="amount", value=0), None, id="of a full one that gives nothing"),
        pytest.param(card(3, value=2), None, id="a reward of more units than there are"),
        pytest.param(card(3, value=0), None, id="a card that gives nothing"),
        pytest.param(card(9, limitation={"discount_reward_usage": 0}), None, id="a full card that may not be used"),
        pytest.param(
            card(9, items=[], kind="amount", value=4, limitation={"discount_reward_usage": 0}),
            None,
            id="a full visit card",
        ),
    ],
)
def test_a_card_that_only_earns_says_how_many_stamps_it_lacks(said: Document, expected: Document | None) -> None:
    assert said["outcome"] == "stamped"
    assert said.get("near_miss") == expected


def test_a_card_that_pays_misses_nothing() -> None:
    said = card(5)
    assert (said["outcome"], said["amount"], "near_miss" in said) == ("used", 10, False)


def test_explaining_changes_nothing() -> None:
    receipt = receipt_document(line("a"), purchase_at=FRIDAY)
    evaluation = evaluated([rule("a", limitation=ALONE), rule("b")], receipt)
    before = str(evaluation.receipt), str(receipt)
    assert evaluation.explain() == evaluation.explain()
    assert (str(evaluation.receipt), str(receipt)) == before


def test_nothing_is_advised_that_the_blacklist_names() -> None:
    listed = {"blacklist": [{"id": "x"}]}
    rules = [
        rule("one", "amount", 30, "x", limitation=listed),
        rule("set", "amount", 30, mixes=[mix("x"), mix("x")], limitation=listed),
    ]
    assert not evaluated(rules, receipt_document(line("a"))).explain().near_misses


def test_what_lacks_of_several_mixes_is_said_mix_by_mix() -> None:
    written = rule("r", "amount", 30, mixes=[mix("bun"), mix("coffee", quantity=2)])
    (outcome,) = evaluated([written], receipt_document(line("a"))).explain().rules
    assert outcome.sentence == "r: add 1 of bun and 2 of coffee."
