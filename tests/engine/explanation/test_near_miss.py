"""What a rule misses by little, and what that would save."""

from typing import Any

import pytest

from engine.explanation.near_miss import code_to_show
from tests.support.adversarial import exclusive_rules
from tests.support.engine.given import FRIDAY, Document, evaluated, grant, line, mix, receipt_document, rule

BONUS = {"effect": "bonus"}
ALONE = {"discount_combination": 0}
NO_DISCOUNT = "item_eligible_for_discount_no_discount"


def outcomes(rules: list[Document], *lines: Document, **fields: Any) -> dict[str, Document]:
    """What became of each rule, as data, without the sentences."""
    said = evaluated(rules, receipt_document(*lines, **fields)).explain().as_data()["rules"]
    return {outcome["rule_id"]: outcome for outcome in said}


def miss(written: Document, *lines: Document, **fields: Any) -> Document | None:
    found: Document | None = outcomes([written], *lines, **fields)["r"].get("near_miss")
    return found


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
        pytest.param(rule("r", "percent", 10, "b"), [line("a")], None, id="no part of it is there"),
        pytest.param(
            rule("r", "amount", 30, "x", mixes=[mix("a")]),
            [line("a")],
            {"missing_units": 1, "of": [{"id": "x"}]},
            id="the mix is there, the item is not",
        ),
        pytest.param(
            rule("r", "amount", 30, "x", mixes=[mix("a"), mix("b")]), [line("a")], None, id="an item and a mix"
        ),
        pytest.param(
            rule("r", "amount", 30, quantity=3, mixes=[mix("a"), mix("b")]), [line("a")], None, id="quantity and mix"
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
            rule("r", "amount", 30, mixes=[mix("a"), mix("x"), mix("y")]),
            [line("a")],
            {
                "missing_units": 2,
                "of": [{"id": "x"}, {"id": "y"}],
                "mixes": [{"missing_units": 1, "of": [{"id": "x"}]}, {"missing_units": 1, "of": [{"id": "y"}]}],
            },
            id="a unit of one of three mixes",
        ),
        pytest.param(rule("r", "amount", 30, mixes=[mix("x"), mix("y")]), [line("a")], None, id="no unit of any mix"),
        pytest.param(
            rule("r", "amount", 30, "a", "x", quantity=2, limitation={"blacklist": [{"id": "x"}]}),
            [line("a"), line("x", 10)],
            {"missing_units": 1, "of": [{"id": "a"}], "saves": 30},
            id="nothing that is on the blacklist, at no price of it",
        ),
        pytest.param(
            rule("r", "amount", 30, mixes=[mix("a")], quantity=3),
            [line("a")],
            {"missing_units": 2, "of": [{"id": "a"}], "saves": 90},
            id="a number of units of any mix",
        ),
        pytest.param(
            rule("r", "percent", 10, gross_amount=201), [line("a")], None, id="less than half of what is asked"
        ),
        pytest.param(
            rule("r", "percent", 10, gross_amount=200),
            [line("a")],
            {"missing_gross_amount": 100, "saves": 20},
            id="half of what is asked",
        ),
        pytest.param(
            rule("r", "percent", 10, "a", gross_amount=150),
            [line("a")],
            {"missing_gross_amount": 50, "saves": 10},
            id="the goods that are there, of a larger purchase",
        ),
        pytest.param(rule("r", "percent", 0, gross_amount=150), [line("a")], None, id="for nothing"),
        pytest.param(
            rule("r", "percent", 10, gross_amount=150, limitation={"discount_reward_usage": 0}),
            [line("a")],
            None,
            id="a rule that may give nothing",
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
            rule("r", "amount", 30, discount_code="TACO", fields={"private": True}), [line("a")], None, id="a secret"
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
        pytest.param(card(0), None, id="of none that it has yet"),
        pytest.param(card(0, items=[], kind="amount", value=4), None, id="of none on a visit card"),
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


def test_missing_stamps_are_as_new_as_the_newest_on_the_card() -> None:
    written = rule("r", "item_quantity", 1, "a", stamp=5, limitation={"stamp_expire_days": 30})
    stamps = [{"at": "2026-10-01T12:00:00Z", "count": 2}, {"at": "2026-08-01T12:00:00Z", "count": 9}]
    receipt = receipt_document(line("a", 10), customer_id="c")
    said = (
        evaluated([written], receipt, [grant(stamps=stamps, created_at=FRIDAY), grant("other")])
        .explain()
        .as_data()["rules"][0]
    )
    assert said["near_miss"] == {"missing_stamps": 3, "saves": 10}


def test_a_card_that_pays_misses_nothing() -> None:
    said = card(5)
    assert (said["outcome"], said["amount"], "near_miss" in said) == ("used", 10, False)


def test_nothing_is_advised_that_the_blacklist_names() -> None:
    listed = {"blacklist": [{"id": "x"}]}
    rules = [
        rule("one", "amount", 30, "x", mixes=[mix("a")], limitation=listed),
        rule("set", "amount", 30, mixes=[mix("a"), mix("x")], limitation=listed),
    ]
    assert not evaluated(rules, receipt_document(line("a"))).explain().near_misses


def test_what_lacks_of_several_mixes_is_said_mix_by_mix() -> None:
    written = rule("r", "amount", 30, mixes=[mix("a"), mix("bun"), mix("coffee", quantity=2)])
    (outcome,) = evaluated([written], receipt_document(line("a"))).explain().rules
    assert outcome.sentence == "r: add 1 of bun and 2 of coffee."


def hints(rules: list[Document], *lines: Document, **fields: Any) -> list[str]:
    """The rules of which a shopper is told what is missing."""
    said = evaluated(rules, receipt_document(*lines, **fields)).explain()
    return [outcome.rule_id for outcome in said.near_misses]


def test_a_code_that_changes_nothing_is_no_hint() -> None:
    code = rule("code", "amount", 30, discount_code="TACO", limitation=ALONE)
    assert hints([code]) == ["code"]
    assert hints([code, rule("better", "amount", 40)]) == []


def test_what_is_saved_is_the_difference_to_the_selection_of_now() -> None:
    code = rule("code", "amount", 30, discount_code="TACO", limitation=ALONE)
    found = outcomes([code, rule("now", "amount", 20)])["code"]["near_miss"]
    assert found == {"discount_code": "TACO", "saves": 10}


def test_all_rules_of_a_code_count_together() -> None:
    rules = [rule(rule_id, "amount", 10, discount_code="TACO") for rule_id in ("a", "b")]
    found = outcomes(rules)
    assert [found[rule_id]["near_miss"]["saves"] for rule_id in ("a", "b")] == [20, 20]


def test_a_rule_that_would_not_be_used_is_no_hint_though_another_gives_more() -> None:
    rules = [rule(rule_id, "amount", saved, "a", quantity=3) for rule_id, saved in (("low", 10), ("high", 20))]
    assert hints(rules, line("a", 100, 2)) == ["high"]


def test_a_gift_card_pays_and_saves_nothing() -> None:
    written = rule("r", "debit", 50, gross_amount=150)
    said = evaluated([written], receipt_document(customer_id="c"), [grant(statistics={"debit_balance": 50})]).explain()
    assert not said.near_misses


def test_added_goods_are_on_a_line_of_their_own_without_the_discount_of_the_line_they_are_like() -> None:
    there = line("a", 100, line_id=7, discount_lines=[{"amount": 90}])
    twice = rule("r", "percent", 50, "a", quantity=2, limitation={"discount_eligible": NO_DISCOUNT})
    assert hints([twice], there) == []
    assert miss(rule("r", "item_quantity", 1, "a", quantity=2), there) == {
        "missing_units": 1,
        "of": [{"id": "a"}],
        "saves": 10,
    }


def test_more_units_than_a_receipt_may_have_are_not_advised() -> None:
    wanted = rule("r", "item_quantity", 1, "a", quantity=1000)
    for most, expected in ((1000, True), (999, False)):
        assert bool(evaluated([wanted], max_units=most).explain().near_misses) is expected


def test_a_private_code_is_told_to_nobody() -> None:
    secret = rule("r", "amount", 30, discount_code="SECRET001", fields={"private": True})
    for shown in ([], ["secret001"]):
        said = evaluated([secret], receipt_document(discount_code=shown)).explain().as_data()
        assert "SECRET001" not in str(said)
        assert said["rules"][0]["wanted"] == "a private code"


def test_a_code_in_other_letters_is_told_how_to_be_written() -> None:
    written = rule("r", "amount", 30, discount_code="SPRING20")
    (said,) = evaluated([written], receipt_document(discount_code=["x", "spring20"])).explain().rules
    assert said.near_miss == {"discount_code": "SPRING20", "shown_as": "spring20", "saves": 30}
    assert said.sentence == "r: write the code spring20 as SPRING20 to save 30."


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("A", "A"),
        (["A", "B"], "A"),
        ([7], "7"),
        ([{"anything-but": ["A"]}, {"equals-ignore-case": "b"}], "b"),
        ([{"prefix": "VIP-"}, "A"], "VIP-"),
        ([{"suffix": "-VIP"}], "-VIP"),
        ([{"wildcard": "V*P"}], "VP"),
        ([{"exists": False}], None),
    ],
)
def test_the_code_to_show_is_one_that_the_pattern_accepts(wanted: Any, code: str | None) -> None:
    assert code_to_show(wanted) == code


def test_where_a_search_took_all_steps_none_are_left_for_hints() -> None:
    shop = exclusive_rules(0)
    rules = [*shop.rules, rule("code", "amount", 10**6, discount_code="TACO")]
    assert "code" in {outcome.rule_id for outcome in evaluated(rules, shop.receipt).explain().near_misses}
    cut_short = evaluated(rules, shop.receipt, max_steps=1)
    assert not cut_short.optimal
    assert "code" not in {outcome.rule_id for outcome in cut_short.explain().near_misses}


def test_hints_never_make_an_explanation_too_much_work() -> None:
    rules = [rule(f"r{number:03}", "percent", 1, discount_code="TACO") for number in range(200)]
    work = evaluated(rules).work
    said = evaluated(rules, max_work=5000).explain()
    assert work < 2500
    assert said.work <= 5000
    for max_work in (None, 10**6):
        assert evaluated(rules, max_work=max_work).explain().near_misses


def test_what_many_rules_lack_is_evaluated_once() -> None:
    def work(codes: list[str]) -> int:
        return (
            evaluated([rule(f"r{place:02}", "amount", 1, discount_code=code) for place, code in enumerate(codes)])
            .explain()
            .work
        )

    assert work(["TACO"] * 20) * 2 < work([f"TACO{place}" for place in range(20)])
