"""Two worlds: which rules each has, and which of them may give something else."""

from typing import Any

import pytest

from rabatt.simulation.worlds import make_worlds
from rules import Refused, Rule, read_rules


def rule(rule_id: str, **parts: Any) -> Rule:
    """Ten percent off everything, unless said otherwise."""
    return read_rules([{"id": rule_id, "reward": {"type": "discount_percent", "value": 10}, **parts}])[0]


def off_in(world: Any) -> list[str]:
    return [compiled.id for compiled in world.rules if not compiled.rule.active]


def faults(*call: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        make_worlds(*call)
    return [str(fault) for fault in refused.value.faults]


def test_both_rule_sets_know_all_ids_and_switch_off_what_their_world_lacks() -> None:
    worlds = make_worlds([rule("a"), rule("b"), rule("c")], [rule("b", name="new"), rule("d")], ["a"])
    assert dict(worlds.status) == {"a": "removed", "b": "replaced", "c": "unchanged", "d": "added"}
    assert off_in(worlds.baseline) == ["d"]
    assert off_in(worlds.scenario) == ["a"]
    assert len(worlds.baseline) == len(worlds.scenario) == 4
    assert [compiled.id for compiled in worlds.drafted] == ["b", "d"]
    assert worlds.changed == {"a", "b", "d"}


@pytest.mark.parametrize("more", [{"description": None}, {"limitation": {}}, {"active": True}, {"type": "item"}])
def test_what_is_as_good_as_left_out_is_no_change(more: dict[str, Any]) -> None:
    assert make_worlds([rule("a")], [rule("a", **more)], []).status == {"a": "unchanged"}
    assert make_worlds([rule("a", **more)], [rule("a")], []).status == {"a": "unchanged"}


@pytest.mark.parametrize(
    "other", [{"active": False}, {"requirement": {"stamp": 0}}, {"name": ""}, {"metadata": {"a": 0}}]
)
def test_any_other_word_is_a_change(other: dict[str, Any]) -> None:
    assert make_worlds([rule("a")], [rule("a", **other)], []).status == {"a": "replaced"}


def test_each_world_has_campaigns_of_its_own() -> None:
    worlds = make_worlds([rule("a", campaign_id="autumn"), rule("b")], [rule("a", campaign_id="winter")], [])
    assert worlds.campaigns == ({"a": "autumn", "b": None}, {"a": "winter", "b": None})


def test_a_draft_that_says_what_is_there_already_changes_nothing() -> None:
    worlds = make_worlds([rule("a")], [rule("a")], [])
    assert worlds.status == {"a": "unchanged"}
    assert not worlds.changed
    assert not worlds.drafted


def test_rules_that_a_changed_one_switches_off_may_change() -> None:
    gives_way = {"discount_activation": [{"type": "deactivate_if_discount_active", "value": "new"}]}
    worlds = make_worlds([rule("a", limitation=gives_way), rule("b")], [rule("new")], [])
    assert worlds.changed == {"a", "new"}


def test_only_limits_stamps_and_balances_have_a_history() -> None:
    item = {"items": [{"id": "x"}]}
    worlds = make_worlds(
        [
            rule("once", limitation={"discount_repeat_usage": 1}),
            rule("never", limitation={"discount_repeat_usage": 0}),
            rule("card", requirement={"stamp": 5, "item": item}),
            rule("gift", reward={"type": "discount_debit", "value": 100}, requirement={"item": item}),
            rule("plain"),
        ],
        [],
        [],
    )
    assert worlds.with_history == {"once", "card", "gift"}


def test_a_draft_that_is_switched_off_is_looked_at_for_no_near_misses() -> None:
    assert make_worlds([], [rule("a", active=False)], []).drafted == []


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(([rule("a")], [], ["b"]), ['without: there is no rule "b" to take out'], id="unknown"),
        pytest.param(
            ([rule("summer-2026")], [], ["sumer-2026"]),
            ['without: there is no rule "sumer-2026" to take out; did you mean "summer-2026"?'],
            id="misspelt",
        ),
        pytest.param(
            ([rule("a")], [rule("a", name="x")], ["a"]),
            ['without: the draft has the rule "a" too; either replace it or take it out'],
            id="replaced and taken out",
        ),
        pytest.param(
            ([], [rule("a"), rule("a")], []),
            ["draft[id=a].id: two rules have this id; give each its own"],
            id="twice in the draft",
        ),
    ],
)
def test_what_makes_no_world(call: Any, expected: list[str]) -> None:
    assert faults(*call) == expected
