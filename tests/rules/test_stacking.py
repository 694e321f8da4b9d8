"""Percents that together make an item free are said, at the rule with the smallest id."""

from typing import Any

import pytest

from rules import read_rules
from rules.lint import lint

FROM_MAY = {"purchase_from": "2024-05-01T00:00:00Z"}
TO_APRIL = {"purchase_to": "2024-04-30T00:00:00Z"}
A, B = {"items": [{"id": "a"}]}, {"items": [{"id": "b"}]}
STAR, G = {"items": [{"id": "*"}]}, {"items": [{"group_id": "g"}]}
A_OF_G, B_OF_G, ALL_OF_G = ({"items": [{"id": item, "group_id": "g"}]} for item in ("a", "b", "*"))


def rule(name: str, value: Any, item: Any = None, **patch: Any) -> dict[str, Any]:
    requirement = {"item": item, **patch.pop("requirement", {})}
    reward = {"type": "discount_percent", "value": value, **patch.pop("reward", {})}
    return {"id": name, "requirement": requirement, "reward": reward, "limitation": patch}


def stacked(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    findings = lint(read_rules(list(rules)))
    return [(finding.rule_id, finding.sentence) for finding in findings if finding.path == "reward.value"]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param((rule("y", 60, A), rule("x", 40.5, A)), id="the same item"),
        pytest.param((rule("y", 60, A), rule("x", 40)), id="an item and the receipt"),
        pytest.param((rule("y", 60, STAR), rule("x", 40)), id="all items and the receipt"),
        pytest.param((rule("y", 60, A), rule("x", 40, {"items": [{"id": "b"}, {"id": "a"}]})), id="one of two items"),
        pytest.param((rule("y", 60, A_OF_G), rule("x", 40, A)), id="an item of a group, and the item"),
        pytest.param((rule("y", 60, G), rule("x", 40, A_OF_G)), id="an item of a group, and the group"),
        pytest.param((rule("y", 60, G), rule("x", 40, ALL_OF_G)), id="all of a group, and the group"),
        pytest.param((rule("y", 60, A, discount_combination=1), rule("x", 40, A)), id="one other is allowed"),
        pytest.param((rule("y", 60, A, requirement=FROM_MAY), rule("x", 40, A)), id="windows that overlap"),
    ],
)
def test_percents_on_one_item_that_add_up_to_all_are_named_once(rules: tuple[dict[str, Any], ...]) -> None:
    ((rule_id, sentence),) = stacked(*rules)
    assert rule_id == "x"
    assert "rules x, y take" in sentence


def test_the_same_rules_are_named_once_for_all_their_items() -> None:
    both = {"items": [{"id": "a"}, {"id": "b"}]}
    assert len(stacked(rule("x", 60, both), rule("y", 40, both))) == 1


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param((rule("x", 60, A), rule("y", 39, A)), id="less than all"),
        pytest.param((rule("x", 60, A), rule("y", 40, B)), id="different items"),
        pytest.param((rule("x", 60, A), rule("y", 40, G)), id="an item that may not be of the group"),
        pytest.param((rule("x", 60, A_OF_G), rule("y", 40, B_OF_G)), id="two items of one group"),
        pytest.param((rule("x", 60, A, discount_combination=0), rule("y", 40, A)), id="alone"),
        pytest.param(
            (rule("x", 40, A, discount_combination=1), rule("y", 30, A), rule("z", 30, A)), id="one of two others"
        ),
        pytest.param(
            (rule("x", 60, A, requirement=FROM_MAY), rule("y", 40, A, requirement=TO_APRIL)), id="never at once"
        ),
        pytest.param((rule("x", 60, A, reward={"base": "net"}), rule("y", 40, A)), id="of what is left"),
        pytest.param((rule("x", 60, A, reward={"effect": "bonus"}), rule("y", 40, A)), id="a bonus"),
        pytest.param((rule("x", 60, {"items": [{"id": "ANY_ITEM"}]}), rule("y", 40, A)), id="what others left"),
        pytest.param(
            (rule("x", 60, A, discount_eligible="receipt_no_discount"), rule("y", 40, A)), id="not beside discounts"
        ),
        pytest.param(
            (rule("x", None, A, reward={"values": [{"items": [{"id": "a"}], "value": 60}]}), rule("y", 40, A)),
            id="values",
        ),
    ],
)
def test_what_cannot_make_an_item_free_is_left_alone(rules: tuple[dict[str, Any], ...]) -> None:
    assert stacked(*rules) == []
