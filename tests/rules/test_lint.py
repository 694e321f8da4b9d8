"""What is legal but will surprise the shop is said, rule by rule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine import compile_rules, evaluate
from rules import read_receipt, read_rules
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
NOK_ITEMS = {"item": ITEMS, "currencies": ["NOK"]}
BUY_AND_GET = {
    "mixes": [{"reward_eligible": False, "items": [{"group_id": "cones"}]}, {"items": [{"group_id": "cones"}]}]
}
AN_ITEM_OF_THE_GROUP = {
    "mixes": [
        {"items": [{"id": "a", "group_id": "g"}]},
        {"reward_eligible": False, "items": [{"id": "b"}, {"group_id": "g"}]},
    ]
}
TWO_OF_A_GROUP = {
    "mixes": [
        {"items": [{"id": "a", "group_id": "g"}]},
        {"reward_eligible": False, "items": [{"id": "b", "group_id": "g"}]},
    ]
}


@pytest.mark.parametrize(
    ("written", "path", "fragment"),
    [
        pytest.param(
            limited(discount_hours=HOURS), "limitation.discount_hours.timezone", "read as UTC", id="hours without zone"
        ),
        pytest.param(
            limited(discount_hours={"timezone": "UTC"}),
            "limitation.discount_hours.hours",
            "does nothing",
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
            rule(value=0, kind="discount_item_new_price", requirement=NOK_ITEMS),
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
            requires(gross_amount=100, net_amount=200, currencies=["NOK"]),
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
            rule(kind="discount_debit", requirement={"currencies": ["NOK"]}, limitation={"return_policy": "as_paid"}),
            "limitation.return_policy",
            "before any money",
            id="a policy for a balance",
        ),
        pytest.param(
            requires(discount_code=["TACO", {"numeric": [">", 5, "<", 5]}]),
            "requirement.discount_code[1]",
            "no number passes",
            id="a code of no number",
        ),
        pytest.param(
            rule(value=100, requirement={"item": BUY_AND_GET}),
            "requirement.item.mixes[1].items",
            "the dearest of them are rewarded",
            id="buy and get over one group",
        ),
        pytest.param(
            rule(value=50, kind="discount_item_percent", requirement={"item": AN_ITEM_OF_THE_GROUP}),
            "requirement.item.mixes[0].items",
            "the dearest of them are rewarded",
            id="buy from a group, get one of its items",
        ),
        pytest.param(
            requires(item={**ITEMS, **MIXES}), "requirement.item.items", "only asked for", id="items beside mixes"
        ),
        pytest.param(
            limited(discount_reward_usage=1),
            "limitation.discount_reward_usage",
            "discount_repeat_usage",
            id="a limit of rewards on the receipt",
        ),
        pytest.param(
            rule(
                kind="discount_debit",
                requirement={"item": ITEMS, "currencies": ["NOK"]},
                limitation={"discount_reward_usage": 3},
            ),
            "limitation.discount_reward_usage",
            "a balance is drawn once",
            id="a limit of rewards of a balance",
        ),
        pytest.param(
            rule(value=500, kind="discount_item_new_price", reward={"base": "net"}, requirement=NOK_ITEMS),
            "reward.base",
            "whatever the base",
            id="a new price of the net",
        ),
        pytest.param(
            rule(value=5000, kind="discount_amount"),
            "requirement.currencies",
            "reward.value is money, and the rule holds in every currency: 5000 of the smallest unit is 50.00 kroner",
            id="money in any currency",
        ),
        pytest.param(
            rule(kind="discount_debit"),
            "requirement.currencies",
            "reward.value is money",
            id="a balance of any currency",
        ),
        pytest.param(
            {
                "id": "r",
                "reward": {"type": "discount_amount", "values": [{"items": [{"id": "a"}], "value": 105}]},
                "requirement": {"item": ITEMS},
            },
            "requirement.currencies",
            "reward.values[0].value is money, and the rule holds in every currency: 105 of the smallest unit is 1.05",
            id="money by item in any currency",
        ),
        pytest.param(
            requires(net_amount=100), "requirement.currencies", "requirement.net_amount is money", id="a least amount"
        ),
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
        pytest.param(rule(value=5, kind="discount_item_new_price", requirement=NOK_ITEMS), id="a new price"),
        pytest.param(
            rule(requirement={"item": MIXES}, limitation={"blacklist": [{"id": "c"}]}), id="another blacklist"
        ),
        pytest.param(requires(gross_amount=100, net_amount=100, currencies=["NOK"]), id="net not above gross"),
        pytest.param(
            rule(
                requirement={"customer": {"date_of_birth": [{"birthday": {"days_after": 1}}]}},
                limitation={"discount_hours": {"timezone": "Europe/Oslo"}},
            ),
            id="a zone that birthdays are read in",
        ),
        pytest.param(
            rule(
                requirement={"customer": {"attributes": {"born": [{"age": [">=", 67]}]}}},
                limitation={"discount_hours": {"timezone": "Europe/Oslo"}},
            ),
            id="a zone that ages are read in",
        ),
        pytest.param(requires(discount_code=" TACO"), id="blanks around a code, which are no part of it"),
        pytest.param(
            rule(value=500, kind="discount_amount", requirement={"item": BUY_AND_GET, "currencies": ["NOK"]}),
            id="an amount off a set of one group, whichever units get it",
        ),
        pytest.param(rule(requirement={"item": TWO_OF_A_GROUP}), id="two items of one group"),
        pytest.param(rule(requirement={"item": BUY_AND_GET, "stamp": 3}), id="stamps, which reward the cheapest"),
        pytest.param(
            rule(requirement={"item": ITEMS}, limitation={"discount_reward_usage": 1}), id="a limit of rewarded units"
        ),
        pytest.param(rule(requirement={"item": ITEMS}, reward={"base": "net"}), id="a percent of the net price"),
        pytest.param(requires(gross_amount=0), id="no amount"),
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


def of_items(name: str, value: float, *items: str, **reward: Any) -> dict[str, Any]:
    return rule(name, value, reward=reward, requirement={"item": {"items": [{"id": item} for item in items]}})


def given(*rules: dict[str, Any], **prices: int) -> int:
    """What the rules take off in all, of lines that cost so much."""
    items = [
        {"id": name.rstrip("0123456789"), "gross_amount": price, "eligible_for_discount": True}
        for name, price in prices.items()
    ]
    for item in items:
        item["groups"] = [{"id": "cones"}]
    receipt = {"receipt_id": "1", "purchase_at": "2024-05-03T12:00:00Z", "store": {"id": "s"}, "items": items}
    total: int = evaluate(compile_rules(read_rules(list(rules))), read_receipt(receipt)).receipt["total_discount"]
    return total


def test_the_numbers_of_buy_and_get_are_those_of_the_engine() -> None:
    cones = {"cone1": 400, "cone2": 300, "cone3": 200, "cone4": 100}
    both = rule(value=100, requirement={"item": BUY_AND_GET})
    quantity = {"item": {"items": [{"group_id": "cones"}], "quantity": 2}}
    better = rule(value=1, kind="discount_item_quantity", requirement=quantity)
    ((_, sentence),) = found(both)
    assert f"takes off 400 and 300, {given(both, **cones)} in all" in sentence
    assert f"takes off 300 and 100, {given(better, **cones)} in all" in sentence
    assert found(better) == []


def test_the_numbers_of_items_beside_mixes_are_those_of_the_engine() -> None:
    mixes = {"mixes": [{"items": [{"id": "bun"}]}]}
    beside = rule(requirement={"item": {"items": [{"id": "coffee"}], **mixes}})
    ((_, sentence),) = found(beside)
    meant = given(of_items("r", 10, "coffee", "bun"), coffee=300, bun=200)
    assert f"takes off {given(beside, coffee=300, bun=200)}, not {meant};" in sentence
