"""What is legal but will surprise the shop is said, rule by rule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules import read_rules
from rules.lint import Finding, lint

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def rule(name: str = "r", value: Any = 10, kind: str = "discount_percent", **patch: Any) -> dict[str, Any]:
    reward = {"type": kind, "value": value, **patch.pop("reward", {})}
    return {"id": name, "reward": reward, **patch}


def limited(name: str = "r", **limitation: Any) -> dict[str, Any]:
    return rule(name, limitation=limitation)


def requires(**requirement: Any) -> dict[str, Any]:
    return rule(requirement=requirement)


def found(*rules: dict[str, Any], at: datetime | None = None) -> list[tuple[str, str]]:
    return [(finding.path, finding.sentence) for finding in lint(read_rules(list(rules)), at)]


def deactivates(name: str, other: str) -> dict[str, Any]:
    return limited(name, discount_activation=[{"type": "deactivate_if_discount_active", "value": other}])


HOURS = {"hours": [{"day": "mon", "start": "10:00", "end": "11:00"}]}
ITEMS = {"items": [{"id": "a"}]}
MIXES = {"mixes": [{"quantity": 2, "items": [{"id": "a"}]}, {"reward_eligible": False, "items": [{"id": "b"}]}]}
CODE = "requirement.discount_code"


@pytest.mark.parametrize(
    ("written", "path", "fragment"),
    [
        pytest.param(
            limited(discount_hours=HOURS), "limitation.discount_hours.timezone", "read as UTC", id="hours without zone"
        ),
        pytest.param(
            limited(discount_hours={"timezone": "UTC"}),
            "limitation.discount_hours.hours",
            "limits nothing",
            id="no hours",
        ),
        pytest.param(rule(value=0), "reward.value", "gives nothing", id="a reward of nothing"),
        pytest.param(
            limited(discount_reward_usage=0), "limitation.discount_reward_usage", "gives nothing", id="no rewards"
        ),
        pytest.param(
            limited(discount_repeat_usage=0), "limitation.discount_repeat_usage", "used up", id="used up from the start"
        ),
        pytest.param(
            requires(item={"mixes": [{"reward_eligible": False, "items": [{"id": "b"}]}]}),
            "requirement.item.mixes",
            "no mix is reward_eligible",
            id="mixes that reward nothing",
        ),
        pytest.param(rule(value=100), "reward.value", "every unit free", id="all of it off"),
        pytest.param(
            rule(value=0, kind="discount_item_new_price", requirement={"item": ITEMS}),
            "reward.value",
            "a new price of 0",
            id="a new price of nothing",
        ),
        pytest.param(
            rule(value=3, kind="discount_item_quantity", requirement={"item": {**ITEMS, "quantity": 3}}),
            "reward.value",
            "every rewarded unit",
            id="3 of 3 free",
        ),
        pytest.param(
            rule(value=2, kind="discount_item_quantity", requirement={"item": MIXES}),
            "reward.value",
            "every rewarded unit",
            id="the whole mix free",
        ),
        pytest.param(limited(blacklist=[{"id": "*"}]), "limitation.blacklist", "no receipt", id="everything left out"),
        pytest.param(
            rule(requirement={"item": ITEMS}, limitation={"blacklist": [{"id": "a"}]}),
            "requirement.item.items",
            "on the blacklist",
            id="what is asked for is left out",
        ),
        pytest.param(
            rule(requirement={"item": MIXES}, limitation={"blacklist": [{"id": "b"}]}),
            "requirement.item.mixes[1].items",
            "on the blacklist",
            id="a mix that is left out",
        ),
        pytest.param(
            requires(gross_amount=100, net_amount=200),
            "requirement.gross_amount",
            "asks for more",
            id="net above gross",
        ),
        pytest.param(
            requires(customer={"attributes": {"visits": [{"numeric": [">", 5, "<", 5]}]}}),
            "requirement.customer.attributes.visits[0]",
            "no number passes",
            id="more and less than five",
        ),
        pytest.param(
            requires(customer={"date_of_birth": ["x", {"age": ["<", 18, ">=", 18]}]}),
            "requirement.customer.date_of_birth[1]",
            "no number passes",
            id="a child of full age",
        ),
        pytest.param(
            requires(store={"name": [{"birthday": {"days_after": 1}}]}),
            "requirement.store.name[0]",
            "nothing matches",
            id="the birthday of a store",
        ),
        pytest.param(
            requires(customer={"addresses": [{"country": [{"age": [">", 1]}]}]}),
            "requirement.customer.addresses[0].country[0]",
            "nothing matches",
            id="the age of a country",
        ),
        pytest.param(limited(stamp_expire_days=3), "limitation.stamp_expire_days", "no stamps", id="days of no stamps"),
        pytest.param(
            limited(return_policy="spread"), "limitation.return_policy", "the same as as_paid", id="spread without sets"
        ),
        pytest.param(
            rule(kind="discount_debit", limitation={"return_policy": "as_paid"}),
            "limitation.return_policy",
            "before any money",
            id="a policy for a balance",
        ),
        pytest.param(requires(discount_code=" TACO"), CODE, "space", id="a code with a space"),
        pytest.param(requires(discount_code=""), CODE, "empty", id="an empty code"),
        pytest.param(
            deactivates("r", "s"), "limitation.discount_activation[0].value", 'no rule "s"', id="waits for nobody"
        ),
    ],
)
def test_a_suspect_place_is_found_alone(written: dict[str, Any], path: str, fragment: str) -> None:
    ((place, sentence),) = found(written)
    assert place == path
    assert fragment in sentence


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rule(), id="a plain percent"),
        pytest.param(limited(discount_hours={**HOURS, "timezone": "Europe/Oslo"}), id="hours with their zone"),
        pytest.param(rule(value=500, reward={"effect": "bonus"}), id="a bonus of more than all"),
        pytest.param(
            rule(value=1, kind="discount_item_quantity", requirement={"item": ITEMS, "stamp": 5}), id="the sixth free"
        ),
        pytest.param(
            rule(value=1, kind="discount_item_quantity", requirement={"item": {**ITEMS, "quantity": 3}}),
            id="one of three free",
        ),
        pytest.param(rule(value=5, kind="discount_item_new_price", requirement={"item": ITEMS}), id="a new price"),
        pytest.param(
            rule(requirement={"item": MIXES}, limitation={"blacklist": [{"id": "c"}]}), id="another blacklist"
        ),
        pytest.param(requires(gross_amount=100, net_amount=100), id="net not above gross"),
        pytest.param(requires(discount_code="TACO", currencies=["NOK"]), id="a code and a currency"),
        pytest.param(
            requires(customer={"attributes": {"visits": [{"numeric": [">", 5, "<", 6]}, {"numeric": ["=", 5]}]}}),
            id="comparisons that some number passes",
        ),
    ],
)
def test_what_is_usual_is_left_alone(written: dict[str, Any]) -> None:
    assert found(written, at=NOW) == []


def test_a_window_that_is_over_is_found_where_a_time_is_given() -> None:
    over = requires(purchase_to="2024-04-30T23:59:59Z")
    assert [path for path, _ in found(over, at=NOW)] == ["requirement.purchase_to"]
    assert found(over) == []
    assert found({**over, "active": False}, at=NOW) == []


def test_two_rules_that_deactivate_each_other_are_both_named() -> None:
    rules = read_rules([deactivates("a", "b"), deactivates("b", "a"), deactivates("c", "a")])
    findings = lint(rules)
    assert [finding.rule_id for finding in findings] == ["a", "b"]
    assert '"b" deactivate each other' in findings[0].sentence


def test_a_finding_is_a_line_and_plain_data() -> None:
    finding = Finding("reward.value", "is odd", "r")
    assert str(finding) == "r: reward.value: is odd"
    assert finding.as_data() == {"path": "reward.value", "sentence": "is odd", "rule_id": "r"}
