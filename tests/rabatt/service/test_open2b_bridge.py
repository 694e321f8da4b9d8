"""`available_for_receipt` takes a receipt of Open2b's as `get` answers it, and answers it in the same shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.open2b.receipts import exact
from tests.support.service.open2b import ask, created, stocked

TYPE = "application/vnd.open2b+json"
PATH = "discounts/available_for_receipt"


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with a catalogue, and three rules of which everyone is granted one and customer 4907 another."""
    stocked(service)
    for id, percent, customer in (("all", 10, "*"), ("own", 20, "4907"), ("other", 50, "4908")):
        reward = {"type": "discount_percent", "value": percent}
        assert service.call("POST", "discounts/rules", {"id": id, "name": id, "reward": reward}).status_code == 201
        assert service.call("POST", f"discounts/rules/{id}/customers", {"customers": [customer]}).status_code == 201
    return service


def asked(service: Service, content: str, query: str = "", kind: str = TYPE) -> Any:
    """The response to a receipt."""
    return service.call("POST", PATH + query, content=content, headers={"content-type": kind})


@pytest.mark.parametrize("kind", [TYPE, f"{TYPE}; charset=utf-8", TYPE.upper()])
def test_a_receipt_comes_back_with_the_discounts_of_its_customer(shop: Service, kind: str) -> None:
    id = created(shop, discounts=[])
    sent = ask(shop, "get", {"id": id}).text
    response = asked(shop, sent, kind=kind)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == TYPE
    assert response.headers["rabatt-optimal"] == "true"
    document = exact(response.content)
    before = exact(sent)
    assert list(document) == list(before)
    receipt, was = document["receipt"], before["receipt"]
    assert list(receipt) == [*was, "rabatt"]
    assert receipt.pop("rabatt") == {"discounts": receipt["discounts"], "terms": ""}
    # 168.99 less 10 % and less 20 %, by the piece.
    assert [str(each["value"]) for each in receipt["discounts"]] == ["16.890", "33.810"]
    assert str(receipt["subtotal"]) == "118.29"
    changed = {name for name in receipt if receipt[name] != was[name]}
    assert changed == {"discounts", "subtotal", "taxedSubtotal", "taxes", "taxAmount", "total", "taxedTotal"}


def test_an_answer_that_is_sent_again_gets_no_discount_twice(shop: Service) -> None:
    first = asked(shop, ask(shop, "get", {"id": created(shop)}).text)
    assert len(first.json()["receipt"]["discounts"]) == 4
    assert asked(shop, first.text).text == first.text


def test_a_receipt_of_nobody_gets_what_everyone_is_granted(shop: Service) -> None:
    sent = json.loads(ask(shop, "get", {"id": created(shop, discounts=[])}).content)["receipt"]
    response = asked(shop, json.dumps({**sent, "customer": None}))
    assert [each["value"] for each in response.json()["discounts"]] == [16.89]


def test_its_times_are_those_of_the_shop(shop: Service) -> None:
    hours = {"hours": [{"day": "wed", "start": "11:00", "end": "11:00"}], "timezone": "UTC"}
    changed = shop.call("PUT", "discounts/rules/all", {"limitation": {"discount_hours": hours}})
    assert changed.status_code == 200, changed.text
    # Noon in London's summer is eleven in UTC.
    for customer, created_at, discounts in ((None, "12:00:00", 1), (None, "11:00:00", 0)):
        sent = {
            "creationTime": f"2020-09-02 {created_at}",
            "items": [{"quantity": 1, "price": 5}],
            "customer": customer,
        }
        assert len(asked(shop, json.dumps(sent)).json()["discounts"]) == discounts


def test_what_is_no_such_receipt_is_refused_with_its_faults(shop: Service) -> None:
    response = asked(shop, '{"receipt": {"items": [{"price": "x", "quantity": 1}]}}')
    assert response.status_code == 422
    assert [fault["path"] for fault in response.json()["error"]["errors"]] == [
        "receipt.creationTime",
        "receipt.items[0].price",
    ]


def test_it_has_no_place_for_an_explanation(shop: Service) -> None:
    response = asked(shop, ask(shop, "get", {"id": created(shop)}).text, "?explain=true")
    assert response.status_code == 422
    assert response.json()["error"]["errors"][0]["path"] == "query.explain"


def test_too_many_lines_are_refused(tmp_path: Path) -> None:
    services: Iterator[Service] = running(new_url("sqlite", tmp_path), max_lines=2)
    for service in services:
        items = [{"quantity": 1, "price": 1}] * 3
        response = asked(service, json.dumps({"creationTime": "2020-01-01 00:00:00", "items": items}))
        assert response.status_code == 422
        assert response.json()["error"]["errors"][0]["sentence"] == "a receipt may have 2 lines here; this one has 3"
