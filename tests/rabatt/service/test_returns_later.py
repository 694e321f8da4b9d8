"""What a shop grants, takes back and switches off after a purchase changes nothing in what its goods are worth."""

from datetime import timedelta
from typing import Any

import pytest

from rabatt.service.clock import written
from tests.rabatt.service.conftest import Service
from tests.support.service.claiming import check_sums
from tests.support.service.returning import (
    TEN_PERCENT,
    THREE_FOR_TWO,
    body,
    bought,
    line,
    open_shop,
    post,
    returned,
    usage,
)

HALF = {"id": "half", "reward": {"type": "discount_percent", "value": 50}}
TWO = (line(1, 1_000), line(2, 1_000))


def buy(service: Service, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A purchase of now, weeks before what comes next."""
    evaluated = bought(service, *lines, purchase_at=written(service.hands.now()), **fields)
    service.hands.at += timedelta(days=20)
    return evaluated


def back(service: Service, place: int = 1, **more: Any) -> tuple[int, list[Any]]:
    """The refund of a line whose purchase is evaluated anew, and what was undone."""
    entry = returned(service, f"back-{place}", (place, 1), policy="re_evaluate", **more)
    check_sums(service.store)
    return entry["refund_amount"], entry["discounts"]


def take(service: Service, rule_id: str, customer: str) -> None:
    answer = service.call("DELETE", f"discounts/rules/{rule_id}/customers", {"customers": [customer]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("everyone", [True, False])
def test_what_was_granted_since_is_no_discount_on_what_stays(service: Service, everyone: bool) -> None:
    buy(service, *TWO)
    open_shop(service, HALF, everyone=everyone)
    assert back(service) == (1_000, [])


@pytest.mark.parametrize("customer", ["*", "c"])
def test_what_was_taken_since_is_a_discount_on_what_stays(service: Service, customer: str) -> None:
    open_shop(service, HALF, everyone=customer == "*")
    assert buy(service, *TWO)["net_amount"] == 1_000
    take(service, "half", customer)
    refund, [undone] = back(service)
    assert (refund, undone["refs"][0]["usage"]) == (500, 0)


def test_what_was_taken_and_given_again_was_there_all_the_time(service: Service) -> None:
    open_shop(service, HALF)
    buy(service, *TWO)
    take(service, "half", "*")
    service.hands.at += timedelta(days=1)
    assert service.call("POST", "discounts/rules/half/customers", {"customers": ["*"]}).status_code == 201
    assert back(service)[0] == 500


def test_what_was_taken_before_is_no_discount(service: Service) -> None:
    open_shop(service, {**HALF, "requirement": {"item": {"items": [{"id": "item-2"}]}}}, everyone=False)
    take(service, "half", "c")
    assert "discounts" not in buy(service, *TWO)
    assert back(service) == (1_000, [])


@pytest.mark.parametrize("everyone", [True, False])
@pytest.mark.parametrize("claim_ref", ["", None])
def test_what_a_till_whose_clock_is_slow_was_given_was_there(
    service: Service, everyone: bool, claim_ref: str | None
) -> None:
    open_shop(service, HALF, everyone=everyone)
    early = written(service.hands.at - timedelta(minutes=5))
    assert bought(service, *TWO, purchase_at=early, claim_ref=claim_ref)["net_amount"] == 1_000
    assert back(service)[0] == 500


def test_a_purchase_without_a_customer_is_evaluated_with_what_everyone_had(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    assert buy(service, *TWO, customer_id=None)["net_amount"] == 1_800
    open_shop(service, HALF)
    assert back(service)[0] == 900


def test_a_rule_that_was_switched_off_since_is_a_discount_on_what_stays(service: Service) -> None:
    open_shop(service, HALF)
    buy(service, *TWO)
    changed = service.call("PUT", "discounts/rules/half", HALF | {"active": False})
    assert changed.status_code == 200, changed.text
    assert back(service)[0] == 500
    assert usage(service, "half") == (1, 500)


def test_discounts_that_were_added_to_a_receipt_are_taken_back_and_the_price_is_paid(service: Service) -> None:
    open_shop(service, THREE_FOR_TWO)
    lines = (line(1, 3_000), line(2, 2_000), line(3, 1_000))
    evaluated = bought(service, *lines, receipt_id="asked only", claim_ref=None)
    bought(service, *(part | {"eligible_for_discount": False} for part in lines), customer_id=None)
    added = {"customer_id": "c", "discounts": evaluated["discounts"]}
    assert service.call("PUT", "receipts/all/r1", added).status_code == 200
    assert usage(service, "three-for-two") == (1, 1_000)
    for place, refund, left in ((1, 3_000, (1, 1_000)), (3, 1_000, (1, 0)), (2, 2_000, (0, 0))):
        answer = post(service, body(f"back-{place}", (place, 1)))
        assert (answer.status_code, answer.json()["refund_amount"]) == (201, refund)
        assert usage(service, "three-for-two") == left
        check_sums(service.store)


@pytest.mark.parametrize("policy", [{}, ["re_evaluate"], "sometimes"])
def test_a_stored_policy_that_means_nothing_is_named(service: Service, policy: Any) -> None:
    booked = {"id": "x", "limitation": {"return_policy": policy}, "refs": [{"id": "g", "usage": 1, "amount": 0}]}
    bought(service, *TWO, discounts=[booked], claim_ref=None)
    answer = post(service, body("back", (1, 1)))
    assert answer.status_code == 422, answer.text
    [fault] = answer.json()["error"]["errors"]
    assert fault["path"] == "receipt.discounts[0].limitation.return_policy"
    assert fault["sentence"].endswith("is unknown; use one of as_paid, spread, re_evaluate")
