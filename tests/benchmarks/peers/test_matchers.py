"""Each translation says what the conditions say, word by word; whether engines read it so is asserted by the run."""

import json

from benchmarks.peers.flat import Conditions, Part
from benchmarks.peers.matchers import (
    ZEN_COLUMNS,
    can_be_json_rules,
    json_logic,
    json_rule,
    rule_engine_text,
    zen_row,
    zen_table,
)

PLAIN = Conditions("plain", 100, 200, parts=(Part(("a", "g:b"), 1),))
FULL = Conditions(
    "full",
    100,
    200,
    parts=(Part(("a", "b"), 3), Part(("c",), 1)),
    ranges=(("minute", 60, 120), ("mcc", 5411, 5499)),
    lists=(("store", ("s1", "s2")), ("segment", ("club",))),
    least_gross=5000,
)


def test_a_rule_as_a_row_of_a_table() -> None:
    assert zen_row(PLAIN) == {
        **dict.fromkeys(ZEN_COLUMNS, ""),
        "_id": "plain",
        "at": "[100..200]",
        "goods": 'some(["a", "g:b"], # in keys)',
        "rule": '"plain"',
    }
    assert zen_row(FULL) == {
        "_id": "full",
        "at": "[100..200]",
        "minute": "[60..120]",
        "mcc": "[5411..5499]",
        "store": '"s1", "s2"',
        "chain": "",
        "segment": '"club"',
        "currency": "",
        "gross": ">= 5000",
        "goods": '(units["a"] ?? 0) + (units["b"] ?? 0) >= 3 and "c" in keys',
        "rule": '"full"',
    }


def test_a_table_has_a_column_for_each_cell_of_its_rows() -> None:
    table = zen_table([zen_row(PLAIN), zen_row(FULL)])
    (content,) = (node["content"] for node in table["nodes"] if node["type"] == "decisionTableNode")
    columns = [column["id"] for column in content["inputs"] + content["outputs"]]
    assert all(set(row) == {"_id", *columns} for row in content["rules"])
    assert content["hitPolicy"] == "collect"
    ends = {end for edge in table["edges"] for end in (edge["sourceId"], edge["targetId"])}
    assert ends == {node["id"] for node in table["nodes"]}


def test_a_rule_as_the_text_of_rule_engine() -> None:
    assert rule_engine_text(PLAIN) == 'at >= 100 and at <= 200 and ("a" in keys or "g:b" in keys)'
    assert rule_engine_text(FULL) == (
        "at >= 100 and at <= 200 and minute >= 60 and minute <= 120 and mcc >= 5411 and mcc <= 5499 "
        'and store in ["s1", "s2"] and segment in ["club"] and gross >= 5000 '
        'and $sum([units[key] for key in ["a", "b"] if key in keys]) >= 3 and ("c" in keys)'
    )


def test_a_rule_as_json_logic() -> None:
    assert json_logic(PLAIN) == {
        "and": [
            {"<=": [100, {"var": "at"}, 200]},
            {"or": [{"in": ["a", {"var": "keys"}]}, {"in": ["g:b", {"var": "keys"}]}]},
        ]
    }
    assert json_logic(FULL)["and"][3:] == [
        {"in": [{"var": "store"}, ["s1", "s2"]]},
        {"in": [{"var": "segment"}, ["club"]]},
        {">=": [{"var": "gross"}, 5000]},
        {">=": [{"+": [{"var": ["units.a", 0]}, {"var": ["units.b", 0]}]}, 3]},
        {"or": [{"in": ["c", {"var": "keys"}]}]},
    ]


def test_a_rule_of_json_rules_engine() -> None:
    two = Conditions("two", 100, 200, parts=(Part(("g:b",), 2), Part(("a", "c"), 1)), lists=(("chain", ("N",)),))
    assert json_rule(two) == {
        "conditions": {
            "all": [
                {"fact": "at", "operator": "greaterThanInclusive", "value": 100},
                {"fact": "at", "operator": "lessThanInclusive", "value": 200},
                {"fact": "chain", "operator": "in", "value": ["N"]},
                {"fact": "units", "operator": "greaterThanInclusive", "value": 2, "path": "$['g:b']"},
                {
                    "any": [
                        {"fact": "keys", "operator": "contains", "value": "a"},
                        {"fact": "keys", "operator": "contains", "value": "c"},
                    ]
                },
            ]
        },
        "event": {"type": "two"},
    }
    minimum = json_rule(Conditions("minimum", 1, 2, least_gross=5000))
    assert minimum["conditions"]["all"][2:] == [{"fact": "gross", "operator": "greaterThanInclusive", "value": 5000}]


def test_json_rules_engine_adds_nothing_up() -> None:
    assert can_be_json_rules(PLAIN)
    assert not can_be_json_rules(FULL)


def test_all_of_it_is_plain_data() -> None:
    for made in (zen_table([zen_row(FULL)]), json_logic(FULL), json_rule(PLAIN)):
        assert json.loads(json.dumps(made)) == made
