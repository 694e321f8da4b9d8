"""All that is wrong is said at once, whatever shape the documents came in."""

import json
from typing import Any

import pytest

from rules import Refused, read_grants, read_receipt, read_returned, read_rules
from rules.fault import MOST_FAULTS

HEAD = {"receipt_id": "r", "purchase_at": "2026-10-16T14:40:00Z", "store": {"id": "s"}}
RULE: dict[str, Any] = {"id": "r", "reward": {"type": "discount_percent", "value": 10}}


def paths(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [fault.path for fault in refusal.value.faults]


@pytest.mark.parametrize(
    "data",
    [
        [RULE],
        {"rules": [RULE], "page": 2},
        {"discounts": [RULE]},
        RULE,
        json.dumps([RULE]),
        b" " + json.dumps(RULE).encode(),
    ],
)
def test_rules_come_in_a_list_in_an_object_or_alone(data: Any) -> None:
    assert [rule.id for rule in read_rules(data)] == ["r"]


def test_no_rules_are_rules_too() -> None:
    assert read_rules([]) == ()
    assert read_grants({"grants": []}) == ()


@pytest.mark.parametrize(
    ("data", "path", "fragment"),
    [
        (7, "", "a list"),
        ("null", "", "a list"),
        ({"rule": [RULE]}, "", 'no "rules"'),
        ({"rules": RULE}, "rules", "a list is wanted"),
        ({"id": "r"}, "rules[0].reward", "missing"),
    ],
)
def test_rules_of_another_shape_are_refused(data: Any, path: str, fragment: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_rules(data)
    assert paths(refusal) == [path]
    assert fragment in refusal.value.faults[0].sentence


def test_a_receipt_is_an_object() -> None:
    with pytest.raises(Refused, match="a receipt is an object"):
        read_receipt("[]")


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([{"reward": {"value": float("nan")}}], "rules[0].reward.value"),
        ({"rules": [{"reward": {"value": float("nan")}}]}, "rules[0].reward.value"),
        ({"reward": {"value": float("nan")}}, "rules[0].reward.value"),
    ],
)
def test_what_is_not_json_has_the_path_of_its_rule(data: Any, path: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_rules(data)
    assert paths(refusal) == [path]


def test_every_fault_of_every_rule_is_said_at_once() -> None:
    rules = [
        {**RULE, "zzz": 1},
        RULE,
        {"id": "s", "reward": {"type": "discount_amount"}},
        {"id": "t", "reward": {"type": "discount_amount", "value": "5", "efect": "bonus"}},
    ]
    with pytest.raises(Refused) as refusal:
        read_rules(rules)
    assert paths(refusal) == [
        "rules[0].zzz",
        "rules[2].reward.value",
        "rules[3].reward.value",
        "rules[3].reward.efect",
        "rules[1].id",
    ]
    assert len(str(refusal.value).splitlines()) == 5


WINDOW = {"purchase_from": "2024-05-02T00:00:00Z", "purchase_to": "2024-05-01T00:00:00Z"}
TURNED = "rules[0].requirement.purchase_to"


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        pytest.param({"zzz": 1}, "rules[0].zzz", id="an unknown field"),
        pytest.param({"id": None}, "rules[0].id", id="a required field"),
        pytest.param({"id": 5}, "rules[0].id", id="a required field of the wrong type"),
        pytest.param({"reward": None}, "rules[0].reward", id="no reward"),
        pytest.param({"reward": 5}, "rules[0].reward", id="a reward that is none"),
        pytest.param({"reward": {"type": "x"}}, "rules[0].reward.type", id="an unknown reward"),
        pytest.param({"reward": {"value": 5}}, "rules[0].reward.type", id="a reward without type"),
        pytest.param({"reward": {"type": "discount_amount", "value": ""}}, "rules[0].reward.value", id="a value"),
        pytest.param({"links": [5]}, "rules[0].links[0]", id="a member of a list"),
        pytest.param(
            {"limitation": {"discount_hours": {"hours": [{"day": "mon", "start": "x", "end": "10:00"}]}}},
            "rules[0].limitation.discount_hours.hours[0].start",
            id="a required field of a member",
        ),
        pytest.param(
            {"limitation": {"discount_hours": {"hours": [{"start": "10:00", "end": "10:00"}]}}},
            "rules[0].limitation.discount_hours.hours[0].day",
            id="a member without a required field",
        ),
    ],
)
def test_faults_between_fields_are_found_beside_faults_of_fields(patch: dict[str, Any], path: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, "requirement": WINDOW, **patch}])
    assert paths(refusal) == [path, TURNED]


def test_a_faulty_field_is_not_blamed_twice() -> None:
    faulty = {
        "id": "r",
        "requirement": {"item": {"items": [5]}},
        "reward": {"type": "discount_item_quantity", "value": "1"},
    }
    with pytest.raises(Refused) as refusal:
        read_rules([faulty])
    assert paths(refusal) == ["rules[0].requirement.item.items[0]", "rules[0].reward.value"]


def test_a_pattern_that_is_faulty_leaves_the_others_to_be_checked() -> None:
    store = {"id": [{"prefx": "a"}], "mcc": ["abc"], "mcc_ranges": [{"start": 2, "end": 1}, 5]}
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, "requirement": {"store": store}}])
    assert paths(refusal) == [
        f"rules[0].requirement.store.{path}" for path in ("id[0].prefx", "mcc[0]", "mcc_ranges[1]", "mcc_ranges[0]")
    ]


def test_a_rule_past_mending_still_has_its_own_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.repair.ROUNDS", 1)
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, "id": 5, "requirement": WINDOW}])
    assert paths(refusal) == ["rules[0].id"]


MORE = "… and more: mend these first, nothing else was checked"


def test_of_a_rule_with_thousands_of_faults_the_first_are_said() -> None:
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, "requirement": {"store_ids": [5] * 20_000}}, 5])
    assert paths(refusal) == [*(f"rules[0].requirement.store_ids[{place}]" for place in range(MOST_FAULTS)), ""]
    assert refusal.value.faults[-1].sentence == MORE


@pytest.mark.parametrize("read", [read_rules, read_grants, read_returned])
def test_reading_stops_when_all_is_wrong(read: Any) -> None:
    with pytest.raises(Refused) as refusal:
        read([5] * (MOST_FAULTS + 10))
    assert len(refusal.value.faults) == MOST_FAULTS + 1
    assert refusal.value.faults[-1].sentence == MORE


def test_more_faults_are_said_to_those_who_ask() -> None:
    with pytest.raises(Refused) as refusal:
        read_rules([5] * 300, most_faults=250)
    assert len(refusal.value.faults) == 251


def test_of_faults_between_fields_no_more_are_looked_for_than_are_said() -> None:
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, "requirement": {"item": {"items": [{}] * 1_000}}}])
    assert len(refusal.value.faults) == MOST_FAULTS + 1
    assert refusal.value.faults[-1].sentence == MORE


def test_lines_with_one_id_are_counted() -> None:
    with pytest.raises(Refused) as refusal:
        read_receipt({**HEAD, "items": [{"line_id": 1}] * 10_000})
    assert len(refusal.value.faults) == MOST_FAULTS + 1
    assert refusal.value.faults[-1].sentence == "… and 9899 more"


def test_all_faults_of_all_grants_are_said_at_once() -> None:
    grant = {"id": "g", "discount_id": "r", "customer_id": "c"}
    with pytest.raises(Refused) as refusal:
        read_grants([grant, {**grant, "created_at": "x"}, grant])
    assert paths(refusal) == ["grants[1].created_at", "grants[1].id", "grants[2].id"]


def test_all_faults_of_a_receipt_are_said_at_once() -> None:
    receipt = {
        "receipt_id": 5,
        "store": {"id": "s", "phone_number": 5},
        "items": [{"line_id": 1, "gross_amount": 0.5}, {"line_id": 1.0, "unit": 5}, "x", {"line_id": True}],
    }
    with pytest.raises(Refused) as refusal:
        read_receipt(receipt)
    assert sorted(paths(refusal)) == [
        "items[0].gross_amount",
        "items[1].line_id",
        "items[1].unit",
        "items[2]",
        "items[3].line_id",
        "purchase_at",
        "receipt_id",
        "store.phone_number",
    ]


def test_suggestions_end_before_they_cost_seconds() -> None:
    with pytest.raises(Refused) as refusal:
        read_rules([{**RULE, **{f"requirement{number}": 1 for number in range(4000)}}])
    offered = [fault for fault in refusal.value.faults if fault.nearest]
    assert len(refusal.value.faults) == MOST_FAULTS + 1
    assert refusal.value.faults[-1].sentence == "… and 3900 more"
    assert len(offered) == MOST_FAULTS
