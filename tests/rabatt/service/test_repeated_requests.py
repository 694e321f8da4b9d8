"""What was sent before is known again by what it means, on every route that knows a repeated request."""

from typing import Any

import pytest

from tests.rabatt.service.conftest import Service
from tests.rabatt.service.test_receipts import a_receipt, post, stored
from tests.support.service.answers import refusal
from tests.support.service.claiming import CLAIMS
from tests.support.service.returning import TEN_PERCENT, body, bought, line, open_shop
from tests.support.service.returning import post as post_return

SENT = a_receipt(
    purchase_at="2026-11-20T16:40:00+02:00",
    items=[{"id": "milk", "line_id": 1, "quantity": 2, "gross_amount": 4990, "tax_percent": 25}],
)
LINE = SENT["items"][0]


@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param({"items": [{**LINE, "quantity": 2.0}]}, id="2.0 for 2"),
        pytest.param({"items": [{**LINE, "gross_amount": 4990.0, "tax_percent": 25.0}]}, id="whole amounts"),
        pytest.param({"purchase_at": "2026-11-20T14:40:00Z"}, id="the same instant"),
        pytest.param({"customer_id": None, "currency": None}, id="null for what is absent"),
        pytest.param({"items": [{**LINE, "discount_lines": None}]}, id="null on a line"),
        pytest.param({"discounts": [], "customer": {}}, id="empty for what is absent"),
        pytest.param({"items": [{**LINE, "groups": [], "metadata": {"season": None}}]}, id="empty on a line"),
    ],
)
def test_a_receipt_that_means_the_same_is_the_same(service: Service, spelled: dict[str, Any]) -> None:
    first = post(service, SENT)
    again = post(service, {**SENT, **spelled})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


def test_a_receipt_that_means_something_else_is_another(service: Service) -> None:
    stored(service, SENT)
    for other in (
        {"purchase_at": "2026-11-20T16:40:00Z"},
        {"items": [{**LINE, "quantity": 2.5}]},
        {"customer_id": "c"},
        {"items": [{**LINE, "groups": [{"id": "dairy"}]}]},
    ):
        assert refusal(post(service, {**SENT, **other})) == (409, "RECEIPT_EXISTS")


def test_an_update_that_means_the_same_is_the_same(service: Service) -> None:
    stored(service, SENT)
    added = {"id": "coupon", "amount": 5, "purchase_at": "2026-11-20T16:40:00+02:00"}
    spelled = {"amount": 5.0, "purchase_at": "2026-11-20T14:40:00Z", "id": "coupon", "name": None}
    updates = [{"customer_id": "c", "discounts": [one]} for one in (added, spelled)]
    first, again = [service.call("PUT", "receipts/all/r1", update) for update in updates]
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    other = {"customer_id": "c", "discounts": [{**added, "amount": 6}]}
    assert refusal(service.call("PUT", "receipts/all/r1", other)) == (409, "RECEIPT_IS_UPDATED")


def test_an_update_of_no_discounts_may_say_null(service: Service) -> None:
    stored(service, SENT)
    updates: list[dict[str, Any]] = [{"discounts": None}, {}, {"discounts": []}]
    answers = [service.call("PUT", "receipts/all/r1", {"customer_id": "c", **update}) for update in updates]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert "discounts" not in answers[0].json()


def test_a_return_that_means_the_same_is_the_same(service: Service) -> None:
    bought(service, line(1, 1_000, 4))
    first = post_return(service, body("back", (1, 2)))
    again = post_return(service, body("back", (1, 2.0), policy=None, claim_ref=None))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)


def test_a_rule_that_means_the_same_is_the_same(service: Service) -> None:
    rule = {**TEN_PERCENT, "requirement": {"purchase_from": "2026-11-20T16:40:00+02:00"}}
    spelled = {
        "id": "ten",
        "name": None,
        "reward": {"type": "discount_percent", "value": 10.0},
        "requirement": {"purchase_from": "2026-11-20T14:40:00Z", "store_ids": []},
        "limitation": {},
    }
    first, again = [service.call("POST", "discounts/rules", one) for one in (rule, spelled)]
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    other = {**spelled, "limitation": {"discount_repeat_usage": 0}}
    assert service.call("POST", "discounts/rules", other).status_code == 409


def test_a_grant_that_means_the_same_is_the_same(service: Service) -> None:
    open_shop(service, TEN_PERCENT, everyone=False)
    grant = {"id": "g", "customer_id": "kim", "created_at": "2026-11-20T16:40:00+02:00", "statistics": {"usage": 2}}
    spelled = {**grant, "created_at": "2026-11-20T14:40:00Z", "statistics": {"usage": 2.0}, "stamps": None}
    for one in (grant, spelled):
        assert service.call("POST", "discounts/rules/ten/customers", {"grants": [one]}).status_code == 201
    other = {**grant, "statistics": {"usage": 3}}
    assert service.call("POST", "discounts/rules/ten/customers", {"grants": [other]}).status_code == 409


def test_a_claim_that_means_the_same_is_the_same(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    [used] = bought(service, line(1, 1_000), claim_ref=None)["discounts"]
    [ref] = used["refs"]
    claim = {"ref": "r1", "customer_id": "c", "purchase_at": "2026-11-20T16:40:00+02:00", "discounts": [used]}
    spelled = {
        **claim,
        "purchase_at": "2026-11-20T14:40:00Z",
        "discounts": [{"id": "ten", "refs": [{"id": ref["id"], "usage": 1.0, "amount": 100.0, "bonus": None}]}],
    }
    first, again = [service.call("POST", CLAIMS, one) for one in (claim, spelled)]
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
