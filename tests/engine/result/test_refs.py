"""Used rules are booked under the grants that were used, with the statistics after the purchase."""

from uuid import NAMESPACE_OID, uuid5

import pytest

from tests.support.engine.given import Document, evaluated, grant, line, receipt_document, rule


@pytest.mark.parametrize(("customer", "name"), [("c", "r/c"), (None, "r/*")])
@pytest.mark.parametrize("grants", [None, [grant("all", customer_id="*", statistics={"usage": 9})]])
def test_where_everyone_may_the_ref_is_named_after_rule_and_customer(
    grants: list[Document] | None, customer: str | None, name: str
) -> None:
    evaluation = evaluated([rule()], receipt_document(customer_id=customer), grants)
    [ref] = evaluation.receipt["discounts"][0]["refs"]
    assert ref == {
        "id": str(uuid5(NAMESPACE_OID, name)),
        "usage": 1,
        "amount": 10,
        "items": [{"line_id": 1, "amount": 10}],
        "statistics": {"usage": 1, "amount": 10},
    }


def test_statistics_go_on_from_the_grants_own() -> None:
    before = {"usage": 2, "amount": 15, "bonus": 7}
    rules = [rule("r", reward={"effect": "bonus"})]
    [ref] = evaluated(rules, receipt_document(customer_id="c"), [grant(statistics=before)]).receipt["discounts"][0][
        "refs"
    ]
    assert ref == {
        "id": "mine",
        "usage": 1,
        "amount": 0,
        "bonus": 10,
        "items": [{"line_id": 1, "bonus": 10}],
        "statistics": {"usage": 3, "amount": 15, "bonus": 17},
    }


def test_a_card_that_only_earned_is_booked_without_use() -> None:
    card = rule("r", "item_quantity", 1, "a", stamp=5)
    receipt = receipt_document(line("a", 20, 2), customer_id="c")
    [ref] = evaluated([card], receipt, [grant(statistics={"usage": 1})]).receipt["discounts"][0]["refs"]
    assert ref == {
        "id": "mine",
        "usage": 0,
        "amount": 0,
        "stamp": 2,
        "items": [],
        "units": [{"line_id": 1, "from": 1, "to": 2, "stamp": 1}],
        "statistics": {"usage": 1, "amount": 0, "stamp": 2},
    }


def test_lines_that_get_nothing_are_left_out() -> None:
    evaluation = evaluated([rule("r", "percent", 1)], receipt_document(line("a", 10), line("b", 100)))
    assert evaluation.receipt["discounts"][0]["refs"][0]["items"] == [{"line_id": 2, "amount": 1}]


def test_rules_are_booked_in_the_order_of_their_ids() -> None:
    evaluation = evaluated([rule("c"), rule("a", "percent", 5, "*"), rule("b", "amount", 3)])
    assert [booked["id"] for booked in evaluation.receipt["discounts"]] == ["a", "b", "c"]
