"""Rules share their equal parts, and are still what their documents say."""

from typing import Any

import pytest

from rules import Rule, compact, read_rules
from rules.pattern import Equals


def written(rule_id: str = "r", **requirement: Any) -> dict[str, Any]:
    item = {"items": [{"id": "a"}, {"group_id": "g"}]}
    reward = {"type": "discount_percent", "value": 12.5}
    return {"id": rule_id, "requirement": {"item": item, **requirement}, "reward": reward}


CUSTOMER = {"status": ["vip", {"prefix": "v"}], "attributes": {"x": [1]}, "addresses": [{"country": ["NO"]}]}


def test_a_rule_is_what_pydantic_alone_would_make_of_it() -> None:
    document = written(customer=CUSTOMER, purchase_from="2026-10-01T00:00:00Z", gross_amount=100_000)
    [read] = read_rules([document])
    plain = Rule.model_validate(document)
    assert read.model_dump() == plain.model_dump()
    assert read.model_dump(exclude_unset=True) == plain.model_dump(exclude_unset=True)
    assert read.model_fields_set == plain.model_fields_set
    assert repr(read) == repr(plain)
    assert read.document == document


def test_equal_parts_of_rules_are_one_object() -> None:
    first, second = read_rules([written("a", customer=CUSTOMER), written("b", customer=CUSTOMER)])
    assert first.requirement.item is second.requirement.item
    assert first.reward is second.reward
    assert first.limitation is second.limitation
    assert first.requirement.customer is not None
    assert second.requirement.customer is not None
    assert first.requirement.customer.addresses is second.requirement.customer.addresses
    assert first.metadata is not second.metadata


def test_percents_that_are_equal_and_written_differently_stay_apart() -> None:
    rules = '{"id": "%s", "reward": {"type": "discount_percent", "value": %s}}'
    first, second = read_rules(f"[{rules % ('a', '5.0')}, {rules % ('b', '5.00')}]")
    assert (str(first.reward.value), str(second.reward.value)) == ("5.0", "5.00")


def test_what_is_remembered_of_rare_parts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "MOST_PARTS", 3)
    documents = [written(str(number), discount_code=f"code {number}") for number in range(20)]
    read = read_rules(documents)
    assert [rule.requirement.discount_code for rule in read] == [(Equals(f"code {number}"),) for number in range(20)]
    assert [rule.document for rule in read] == documents


def test_a_rule_cannot_be_changed() -> None:
    [read] = read_rules([written()])
    with pytest.raises(ValueError, match="frozen"):
        setattr(read, "id", "other")  # noqa: B010 - the type checker knows that it is frozen
