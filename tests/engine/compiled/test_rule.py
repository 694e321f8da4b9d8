"""A rule is compiled once: its step, its turn, its percents as whole numbers."""

from decimal import Decimal
from typing import Any

import pytest

from engine import compile_rules, evaluate
from engine.compiled import rule as compile  # noqa: A004 - the module
from engine.compiled.rule import Step
from rules import Refused, read_receipt, read_rules
from tests.support.engine.given import Document, compiled, mix, rule, rule_set


@pytest.mark.parametrize(
    ("written", "step"),
    [
        (rule("r", "percent", 10, "a"), Step.FLAT),
        (rule("r", "amount", 10, "a"), Step.FLAT),
        (rule("r", "amount", 10, "a", quantity=2), Step.SETS),
        (rule("r", "percent", 10, "a", quantity=2), Step.FLAT),
        (rule("r", "item_quantity", 1, "a"), Step.SETS),
        (rule("r", "item_percent", 1, "a"), Step.SETS),
        (rule("r", "percent", 10, mixes=[mix("a")]), Step.SETS),
        (rule("r", "percent", 10, "a", stamp=2), Step.STAMPS),
        (rule("r", "percent", 10, mixes=[mix("a")], stamp=2), Step.STAMPS),
        (rule("r", "percent", 10), Step.RECEIPT),
        (rule("r", "percent", 10, stamp=2), Step.RECEIPT),
        (rule("r", "debit", 10, "a"), Step.DEBIT),
        (rule("r", "debit", 10), Step.DEBIT),
    ],
)
def test_a_rule_has_its_step(written: Document, step: Step) -> None:
    assert compiled(written).step is step


def test_rules_have_their_turns() -> None:
    bonus = {"effect": "bonus"}
    in_turn = [
        rule("h", "item_quantity", 1, "a"),
        rule("z", "item_percent", 1, "a"),
        rule("f", "amount", 1, "a", stamp=1),
        rule("y", "item_new_price", 1, "a"),
        rule("d", "percent", 1, "a"),
        rule("x", "percent", 1, "a"),
        rule("c", "amount", 1, "a"),
        rule("b", "item_new_price", 1, "ANY_ITEM"),
        rule("e", "percent", 1),
        rule("a", "amount", 1),
        rule("0", "percent", 1, mixes=[mix("a")], reward=bonus),
        rule("1", "percent", 1, reward=bonus),
    ]
    by_turn = sorted(rule_set(*reversed(in_turn)).rules, key=lambda compiled_rule: compiled_rule.turn)
    assert [found.id for found in by_turn] == [written["id"] for written in in_turn]


@pytest.mark.parametrize(
    ("value", "others", "numerator", "denominator"),
    [(10, [], 10, 100), (12.5, [], 125, 1_000), (10, [0.25], 1_000, 10_000), (33.3, [50], 333, 1_000)],
)
def test_percents_are_whole_numbers_over_one_denominator(
    value: float, others: list[float], numerator: int, denominator: int
) -> None:
    values = [{"items": [{"id": "a"}], "value": other} for other in others]
    found = compiled(rule("r", "percent", value, "a", reward={"values": values}))
    assert (found.value, found.denominator) == (numerator, denominator)
    assert [Decimal(other) * 100 / denominator for _, other in found.values] == [
        Decimal(str(other)) for other in others
    ]


@pytest.mark.parametrize(("value", "written"), [(10, 10), (10.0, 10), (12.5, 12.5)])
def test_a_percent_is_written_as_a_whole_number_where_it_is_one(value: float, written: float) -> None:
    found = compiled(rule("r", "percent", value, "a"))
    assert repr(found.percent_written[found.value or 0]) == repr(written)


def test_a_percent_longer_than_a_double_is_written_as_the_nearest_one() -> None:
    text = '[{"id": "r", "reward": {"type": "discount_percent", "value": 33.33333333333333333333}}]'
    (found,) = compile_rules(read_rules(text)).rules
    assert Decimal(found.value or 0) * 100 / found.denominator == Decimal("33.33333333333333333333")
    assert repr(found.percent_written[found.value or 0]) == "33.333333333333336"


@pytest.mark.parametrize(
    ("limit", "most"), [({"discount_reward_usage": -1}, None), ({}, None), ({"discount_reward_usage": 0}, 0)]
)
def test_minus_one_is_no_limit(limit: Document, most: int | None) -> None:
    assert compiled(rule(limitation=limit)).most_rewards == most


def test_rules_of_one_id_are_refused_even_from_two_documents() -> None:
    with pytest.raises(Refused) as refused:
        compile_rules([*read_rules([rule("x"), rule("y")]), *read_rules([rule("x")])])
    assert [fault.path for fault in refused.value.faults] == ["rules[id=x].id"]


def test_rules_may_come_from_a_generator() -> None:
    assert len(compile_rules(found for found in read_rules([rule("x"), rule("y")]))) == 2


def test_equal_parts_of_rules_are_one_object() -> None:
    parts: Document = {"store_ids": ["s"], "purchase_from": "2026-10-01T00:00:00Z", "customer": {"status": ["vip"]}}
    first, second = rule_set(rule("a", "percent", 10, "x", **parts), rule("b", "percent", 10, "x", **parts)).rules
    assert first.checks is second.checks
    assert first.items is second.items
    assert first.percent_written is second.percent_written


@pytest.mark.plain
def test_what_is_remembered_of_rare_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile, "_MOST_REMEMBERED", 2)
    rules = rule_set(
        *(rule(f"{number}", "percent", 10, f"i{number}", discount_code=f"c{number}") for number in range(9))
    )
    assert [found.checks[0].wanted for found in rules.rules] == [f"c{number}" for number in range(9)]


@pytest.mark.parametrize("nothing", [None, [], {}, {"": None}, {"a": None, "b": None}])
def test_an_object_of_nothing_is_a_list_of_nothing(nothing: Any) -> None:
    item = {"items": [{"id": "apple"}], "mixes": nothing, "quantity": 3}
    rule = {
        "id": "r",
        "requirement": {"item": item, "customer": {"addresses": nothing, "gender": nothing}, "store_ids": nothing},
        "reward": {"type": "discount_percent", "value": 10, "values": nothing},
        "limitation": {"blacklist": nothing, "discount_activation": nothing},
    }
    line = {"line_id": 1, "id": "apple", "quantity": 2, "gross_amount": 200, "eligible_for_discount": True}
    receipt = {"receipt_id": "t", "purchase_at": "2026-11-12T12:00:00+01:00", "store": {"id": "s"}, "items": [line]}
    evaluation = evaluate(compile_rules(read_rules([rule])), read_receipt(receipt))
    [outcome] = evaluation.explain().rules
    assert outcome.near_miss == {"missing_units": 1, "of": [{"id": "apple"}], "saves": 30}
