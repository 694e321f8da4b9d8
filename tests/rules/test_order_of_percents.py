"""Percents whose ids decide what is paid are said, with what the engine gives in either order."""

from typing import Any

import pytest

from rules import read_rules
from rules.lint import Finding, lint
from tests.support.engine.given import amounts, evaluated, line, receipt_document, rule

NET = {"base": "net"}


def found(*rules: dict[str, Any]) -> list[Finding]:
    return [finding for finding in lint(read_rules(list(rules))) if finding.path == "reward.base"]


def given(*rules: dict[str, Any]) -> int:
    """Return what the rules take off 100.00 in all."""
    receipt = receipt_document(line("x", 10_000))
    return sum(amounts(evaluated(list(rules), receipt)).values())


@pytest.mark.parametrize(
    ("gross", "net"),
    [
        pytest.param("a", "b", id="the gross one first"),
        pytest.param("b", "a", id="the net one first"),
    ],
)
def test_what_is_said_is_what_the_engine_gives(gross: str, net: str) -> None:
    rules = [rule(gross, "percent", 10, "x"), rule(net, "percent", 20, "y", "x", reward=NET)]
    turned = [rule(net, "percent", 10, "x"), rule(gross, "percent", 20, "y", "x", reward=NET)]
    (finding,) = found(*rules)
    assert finding.rule_id == net
    assert f'that of "{gross}" is of the price' in finding.sentence
    assert f"take {given(*rules)} together, and {given(*turned)} if" in finding.sentence
    assert {given(*rules), given(*turned)} == {2800, 3000}


def test_percents_of_the_receipt_are_ordered_by_their_ids_too() -> None:
    rules = [rule("a", "percent", 10), rule("b", "percent", 12.5, reward=NET)]
    (finding,) = found(*rules)
    assert finding.rule_id == "b"
    assert f"of 10000 they take {given(*rules)} together, and 2250 if" in finding.sentence


def test_an_item_of_a_group_meets_the_rules_of_the_group() -> None:
    of_item = rule("a", item={"items": [{"id": "x", "group_id": "cones"}]})
    of_group = rule("b", "percent", 10, "g:cones", reward=NET)
    assert [finding.rule_id for finding in found(of_item, of_group)] == ["b"]


def test_a_percent_of_the_net_price_is_said_once() -> None:
    rules = [rule(name, "percent", 10, "x", "y") for name in "ab"]
    rules += [rule("c", "percent", 20, "x", "y", reward=NET), rule("d", "percent", 5, "*")]
    assert [finding.rule_id for finding in found(*rules)] == ["c"]


def test_of_many_percents_each_is_compared_with_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.order_of_percents.MOST_COMPARED", 1)
    over = rule("a", "percent", 10, "x", purchase_to="2024-01-01T00:00:00Z")
    net = rule("c", "percent", 20, "x", reward=NET, purchase_from="2024-02-01T00:00:00Z")
    assert found(over, rule("b", "percent", 10, "x"), net) == []
    assert [finding.rule_id for finding in found(rule("b", "percent", 10, "x"), net)] == ["c"]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule("a", "percent", 10, "x"), rule("b", "percent", 20, "x")], id="both of gross"),
        pytest.param(
            [rule("a", "percent", 10, "x", reward=NET), rule("b", "percent", 20, "x", reward=NET)], id="both of net"
        ),
        pytest.param([rule("a", "percent", 10, "x"), rule("b", "percent", 20, "y", reward=NET)], id="other goods"),
        pytest.param(
            [rule("a", "percent", 10, "x"), rule("b", "percent", 20, reward=NET)], id="goods before the receipt"
        ),
        pytest.param(
            [rule("a", "percent", 10, "x"), rule("b", "percent", 20, "ANY_ITEM", reward=NET)], id="what others left"
        ),
        pytest.param(
            [rule("a", "percent", 10, "x"), rule("b", "percent", 20, "x", reward={**NET, "effect": "bonus"})],
            id="a bonus",
        ),
        pytest.param(
            [
                rule("a", "percent", 10, "x"),
                rule("b", "percent", 20, "x", reward=NET, limitation={"discount_combination": 0}),
            ],
            id="never together",
        ),
        pytest.param(
            [
                rule("a", "percent", 10, "x", purchase_from="2024-02-01T00:00:00Z"),
                rule("b", "percent", 20, "x", reward=NET, purchase_to="2024-01-01T00:00:00Z"),
            ],
            id="never at once",
        ),
        pytest.param(
            [rule("a", "percent", 99.5, "x"), rule("b", "percent", 10, "x", reward=NET, fields={"active": False})],
            id="switched off",
        ),
        pytest.param(
            [rule("a", "percent", 99.5, "x"), rule("b", "percent", 0, "x", reward=NET)], id="a percent of nothing"
        ),
        pytest.param(
            [rule("a", "amount", 500, "x"), rule("b", "percent", 10, "x", reward=NET)], id="money, which comes after"
        ),
    ],
)
def test_percents_that_the_ids_do_not_order_are_left_alone(rules: list[dict[str, Any]]) -> None:
    assert found(*rules) == []


def test_no_more_is_taken_than_there_is() -> None:
    rules = [rule("a", "percent", 60, "x", reward=NET), rule("b", "percent", 99, "x")]
    (finding,) = found(*rules)
    assert given(*rules) == 10_000
    assert "take 10000 together, and 9960 if" in finding.sentence
