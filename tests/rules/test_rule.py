"""A rule says in types what its document says in fields."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rules import Rule, read_rules
from rules.limitation import Period
from rules.pattern import AnythingBut, Equals, Prefix
from rules.requirement import MccRange
from rules.rule import Rule as RuleModel


def one(**patch: Any) -> Rule:
    (rule,) = read_rules([{"id": "r", "reward": {"type": "discount_percent", "value": 10}, **patch}])
    return rule


def item_rule(kind: str = "discount_percent", stamp: int = 0, **item: Any) -> Rule:
    requirement = {"item": item, "stamp": stamp}
    return one(requirement=requirement, reward={"type": kind, "value": 1})


ITEMS = [{"id": "a"}]
MIXES = [{"items": [{"id": "a"}]}]


def test_the_sample_rule_is_legal_and_comes_back_to_the_letter(sample_rule: dict[str, Any]) -> None:
    for data in ([sample_rule], json.dumps(sample_rule), {"discounts": [sample_rule]}):
        (rule,) = read_rules(data)
        assert rule.document == sample_rule


def test_the_sample_rule_is_read_field_by_field(sample_rule: dict[str, Any]) -> None:
    (rule,) = read_rules(sample_rule)
    requirement, limitation = rule.requirement, rule.limitation
    assert requirement.customer is not None
    assert requirement.store is not None
    assert limitation.discount_hours is not None
    assert rule.deleted_at == datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert requirement.currencies == (AnythingBut(("NOK",)),)
    assert requirement.store.mcc == ("5814",)
    assert requirement.store.mcc_ranges == (MccRange(start="5814", end="5815"),)
    assert limitation.discount_hours.hours == (Period(day="mon", start="10:00", end="20:00"),)  # type: ignore[arg-type]
    assert (limitation.discount_hours.hours[0].start, limitation.discount_hours.hours[0].end) == (600, 1200)
    assert requirement.item.mixes[0].items[1].group_id == "group_id 1"
    assert rule.reward.value == 10100
    assert rule.reward.values[0].value == 150


def test_patterns_are_listed_with_their_path_in_the_receipt(sample_rule: dict[str, Any]) -> None:
    (rule,) = read_rules(sample_rule)
    assert rule.requirement.customer is not None
    patterns = dict(rule.requirement.customer.patterns())
    assert patterns["company", "bussiness_name"] == (Equals("bussiness_name 1"),)
    assert patterns["marketing_consent", "email", "consent"] == (Equals("true"),)
    assert ("addresses",) not in patterns
    (address,) = rule.requirement.customer.addresses
    assert dict(address.patterns())["postal_code",] == (Equals("postal_code 1"),)
    assert rule.requirement.store is not None
    stores = dict(rule.requirement.store.patterns())
    assert stores["address", "country"] == (Equals("NO"),)
    assert ("mcc",) not in stores


def test_either_spelling_of_the_companys_name_is_the_one_of_the_api() -> None:
    rule = one(requirement={"customer": {"company": {"business_name": ["a"]}, "attributes": {"vip": [True], "x": []}}})
    assert rule.requirement.customer is not None
    assert rule.requirement.customer.patterns() == (
        (("company", "bussiness_name"), (Equals("a"),)),
        (("attributes", "vip"), (Equals("true"),)),
    )


def test_codes_are_padded_wherever_they_are_named() -> None:
    mcc = [742, "742", 742.0, {"anything-but": [763, "5"]}, {"prefix": "07"}]
    rule = one(requirement={"store": {"mcc": mcc}})
    assert rule.requirement.store is not None
    assert rule.requirement.store.mcc == ("0742", "0742", "0742", AnythingBut(("0763", "0005")), Prefix("07"))


@pytest.mark.parametrize("value", [12.1, 0.1, 33.333333333333336])
def test_a_percent_is_the_decimal_that_was_written(value: float) -> None:
    assert one(reward={"type": "discount_percent", "value": value}).reward.value == Decimal(repr(value))
    text = f'{{"id": "r", "reward": {{"type": "discount_percent", "value": {value!r}}}}}'
    assert read_rules(text)[0].reward.value == Decimal(repr(value))


def test_null_and_empty_fields_are_absent_but_stay_in_the_document() -> None:
    requirement = {"store": {"id": [], "address": {}}, "item": {"quantity": None}, "stamp": None, "customer": {}}
    written: dict[str, Any] = {
        "requirement": requirement,
        "active": None,
        "limitation": {"discount_hours": {"hours": []}},
    }
    rule = one(**written)
    assert rule.requirement == one().requirement
    assert rule.limitation.discount_hours is None
    assert rule.active
    assert rule.document["requirement"] == requirement


def test_the_document_is_a_copy() -> None:
    written: dict[str, Any] = {"id": "r", "reward": {"type": "discount_percent", "value": 10}}
    (rule,) = read_rules([written])
    written["reward"]["value"] = 20
    assert rule.document["reward"]["value"] == 10


def test_a_rule_that_was_not_read_from_a_document_has_none() -> None:
    rule = RuleModel.model_validate({"id": "r", "reward": {"type": "discount_percent", "value": 10}})
    assert rule.document == {}


@pytest.mark.parametrize(
    ("rule", "is_receipt_rule", "forms_sets", "is_flat"),
    [
        pytest.param(item_rule(), True, False, False, id="receipt rule"),
        pytest.param(item_rule(items=ITEMS), False, False, True, id="flat percent"),
        pytest.param(item_rule(items=ITEMS, quantity=3), False, False, True, id="flat percent from three"),
        pytest.param(item_rule("discount_amount", items=ITEMS, quantity=1), False, False, True, id="flat amount"),
        pytest.param(item_rule("discount_amount", items=ITEMS, quantity=2), False, True, False, id="amount per set"),
        pytest.param(item_rule("discount_item_quantity", items=ITEMS), False, True, False, id="free units"),
        pytest.param(item_rule("discount_item_percent", items=ITEMS), False, True, False, id="cheapest"),
        pytest.param(item_rule(mixes=MIXES), False, True, False, id="mixes"),
        pytest.param(item_rule(items=ITEMS, stamp=5), False, False, False, id="stamps"),
        pytest.param(item_rule("discount_debit", items=ITEMS), False, False, False, id="debit"),
    ],
)
def test_a_rule_knows_its_kind(rule: Rule, is_receipt_rule: bool, forms_sets: bool, is_flat: bool) -> None:
    assert (rule.is_receipt_rule, rule.forms_sets, rule.is_flat) == (is_receipt_rule, forms_sets, is_flat)


def test_a_rule_for_any_item_takes_what_is_left() -> None:
    assert item_rule(items=[{"id": "a"}, {"id": "ANY_ITEM"}]).takes_what_is_left
    assert not item_rule(items=[{"id": "*"}]).takes_what_is_left
