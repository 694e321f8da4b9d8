"""Receipts: stored once with every field, and listed by customer, newest first."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import event

from rabatt.service.clock import written
from tests.rabatt.service.conftest import ACCOUNT, Service, new_url, running
from tests.support.service.answers import paths
from tests.support.shops import Shop
from tests.support.strategies import shops

SERVER_FIELDS = ("id", "created_at", "created_by", "updated_at")
OTHER = "P87654321"
NUMBERS = count()


def a_receipt(receipt_id: str = "r1", **fields: Any) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "purchase_at": "2026-11-20T18:30:00+01:00",
        "store": {"id": "s1"},
        "items": [{"id": "milk", "line_id": 1, "quantity": 2, "gross_amount": 4990}],
        **fields,
    }


def post(service: Service, receipt: dict[str, Any], **options: Any) -> Any:
    return service.call("POST", "receipts", receipt, **options)


def stored(service: Service, receipt: dict[str, Any]) -> dict[str, Any]:
    answer = post(service, receipt)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def searched(service: Service, receipt_id: str, **parameters: str) -> list[dict[str, Any]]:
    answer = service.call("GET", "receipts/search", params={"receipt_id": receipt_id, **parameters})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["receipts"]
    return found


def listing(service: Service, customer_id: str, **options: Any) -> Any:
    return service.call("GET", f"receipts/customers/{customer_id}", **options)


def pages(service: Service, customer_id: str, limit: int) -> Iterator[list[dict[str, Any]]]:
    parameters = {"limit": str(limit)}
    while True:
        answer = listing(service, customer_id, params=parameters)
        assert answer.status_code == 200, answer.text
        yield answer.json()["receipts"]
        if "starting_after" not in answer.json():
            return
        parameters["starting_after"] = answer.json()["starting_after"]


def test_a_receipt_comes_back_with_every_field_in_its_order(service: Service) -> None:
    sent = a_receipt(
        till={"zone": [None, {"b": 1, "a": 12.5}], "": "\x00 ø 🛒"},
        customer_id="kari",
        net_amount_dwh="49.90",
        items=[{"quantity": 1.25, "scale_item": True, "gross_amount": 10**15, "colour": "red"}],
        share=0.1,
        tiny=1.5e-7,
        many=12345678901234567890,
        comment=None,
    )
    answer = stored(service, sent)
    own = {name: answer.pop(name) for name in SERVER_FIELDS}
    assert json.dumps(answer) == json.dumps(sent)
    at = written(service.hands.at)
    assert own == {"id": own["id"], "created_at": at, "created_by": "till-1", "updated_at": at}
    assert searched(service, "r1") == [{**own, **sent}]
    assert listing(service, "kari").json() == {"receipts": [{**own, **sent}]}


def test_what_the_server_alone_says_is_ignored(service: Service) -> None:
    claimed = dict.fromkeys((*SERVER_FIELDS, "deleted_at", "deleted_by"), "2020-01-01T00:00:00Z")
    answer = stored(service, {**claimed, **a_receipt()})
    assert not {*claimed.values()} & {value for value in answer.values() if isinstance(value, str)}
    assert "deleted_at" not in answer


def test_the_same_receipt_again_gives_the_same_bytes(service: Service) -> None:
    sent = a_receipt(customer_id="kari")
    first = post(service, sent)
    again = [sent, dict(reversed(sent.items())), first.json()]
    for one in again:
        answer = post(service, one)
        assert (answer.status_code, answer.content) == (201, first.content)
    assert len(listing(service, "kari").json()["receipts"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"customer_id": "kari"}, id="another customer"),
        pytest.param({"gross_amount": 1}, id="another amount"),
        pytest.param({"is_changed": True}, id="true where there was 1"),
        pytest.param({"store": {"id": "s1", "name": "Bergen"}}, id="more of its store"),
    ],
)
def test_another_receipt_of_the_same_id_is_refused(service: Service, change: dict[str, Any]) -> None:
    first = stored(service, a_receipt(customer_id="ola", is_changed=False))
    answer = post(service, a_receipt(**{"customer_id": "ola", "is_changed": False, **change}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RECEIPT_EXISTS")
    assert searched(service, "r1") == [first]
    assert listing(service, "kari").json() == {"receipts": []}


def test_one_is_not_true(service: Service) -> None:
    stored(service, a_receipt(flag=1))
    assert post(service, a_receipt(flag=True)).status_code == 409


def test_accounts_do_not_share_receipts(service: Service) -> None:
    stored(service, a_receipt(customer_id="kari"))
    headers = {"authorization": f"Bearer {service.token(account=OTHER)}"}
    theirs = f"/v1/accounts/{OTHER}/receipts"
    assert service.client.get(f"{theirs}/search", params={"receipt_id": "r1"}, headers=headers).json() == {
        "receipts": []
    }
    assert service.client.get(f"{theirs}/customers/kari", headers=headers).json() == {"receipts": []}
    update = {"customer_id": "kari"}
    assert service.client.put(f"{theirs}/all/r1", json=update, headers=headers).status_code == 404
    other = a_receipt(gross_amount=1)
    assert service.client.post(theirs, json=other, headers=headers).status_code == 201


def test_every_fault_is_named(service: Service) -> None:
    answer = post(
        service,
        {
            "receipt_id": "a\x00b",
            "customer_id": " kari",
            "purchase_at": "2026-11-20T18:30:00",
            "store": {},
            "items": [{"gross_amount": "4990"}],
        },
    )
    assert sorted(paths(answer)) == ["customer_id", "items[0].gross_amount", "purchase_at", "receipt_id", "store.id"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        pytest.param({"receipt_id": ""}, "receipt_id", id="a receipt has an id"),
        pytest.param({"receipt_id": 7}, "receipt_id", id="an id is text"),
        pytest.param({"receipt_id": "r\n"}, "receipt_id", id="an id has no line feed"),
        pytest.param({"receipt_id": "r" * 256}, "receipt_id", id="an id has 255 characters at most"),
        pytest.param({"customer_id": ""}, "customer_id", id="no customer is left out, or null"),
        pytest.param({"customer_id": "kari "}, "customer_id", id="no space at the end of a customer's id"),
        pytest.param({"customer_id": "*"}, "customer_id", id="everyone is no customer"),
        pytest.param({"customer_id": "k" * 256}, "customer_id", id="a customer's id has 255 characters at most"),
    ],
)
def test_an_id_that_cannot_be_one_is_refused(service: Service, fields: dict[str, Any], path: str) -> None:
    assert paths(post(service, a_receipt(**fields))) == [path]


@pytest.mark.parametrize("customer_id", ["k" * 255, "kåre 🛒", "club/7", "100 %"])
def test_a_customer_is_found_by_any_good_id(service: Service, customer_id: str) -> None:
    answer = stored(service, a_receipt(customer_id=customer_id))
    listed = service.client.get(
        f"/v1/accounts/{ACCOUNT}/receipts/customers/{quoted(customer_id)}",
        headers={"authorization": f"Bearer {service.token()}"},
    )
    assert listed.json() == {"receipts": [answer]}


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_a_receipt_has_only_so_many_lines(url: str) -> None:
    for service in running(url, max_lines=2):
        lines = [{"id": "milk"}] * 3
        assert post(service, a_receipt(items=lines[:2])).status_code == 201
        assert paths(post(service, a_receipt("r2", items=lines))) == ["items"]
        assert sorted(paths(post(service, a_receipt("r3", items=lines, store={})))) == ["items", "store.id"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"receipt_id": NaN}', b"\xff", b'"\\ud800"'])
def test_what_is_no_receipt_is_refused(service: Service, body: bytes) -> None:
    assert service.call("POST", "receipts", content=body).status_code == 422


def test_a_page_holds_the_newest_first(service: Service) -> None:
    times = ["2026-11-20T18:30:00+01:00", "2026-11-20T18:00:00Z", "2026-11-20T13:15:00-05:00", "2026-11-19T23:59:59Z"]
    for number, purchase_at in enumerate(times):
        stored(service, a_receipt(str(number), purchase_at=purchase_at, customer_id="kari"))
        stored(service, a_receipt(f"other {number}", purchase_at=purchase_at, customer_id="ola"))
    listed = listing(service, "kari").json()
    assert [receipt["receipt_id"] for receipt in listed["receipts"]] == ["2", "1", "0", "3"]
    assert "starting_after" not in listed


@pytest.mark.parametrize("limit", [1, 7, 24, 25, 100])
def test_pages_hold_every_receipt_once_even_where_many_were_bought_at_once(service: Service, limit: int) -> None:
    for number in range(25):
        purchase_at = f"2026-11-{20 - number % 3}T12:00:00Z"
        stored(service, a_receipt(str(number), purchase_at=purchase_at, customer_id="kari"))
    found = list(pages(service, "kari", limit))
    assert [len(page) for page in found] == [limit] * (25 // limit) + ([25 % limit] if 25 % limit else [])
    flat = [receipt for page in found for receipt in page]
    order = sorted(flat, key=lambda receipt: (receipt["purchase_at"], receipt["id"]), reverse=True)
    assert flat == order
    assert {receipt["receipt_id"] for receipt in flat} == {str(number) for number in range(25)}


def test_ten_receipts_are_a_page(service: Service) -> None:
    for number in range(11):
        stored(service, a_receipt(str(number), customer_id="kari"))
        expected = min(number + 1, 10)
        listed = listing(service, "kari").json()
        assert len(listed["receipts"]) == expected
        assert ("starting_after" in listed) == (number == 10)
    assert listed["starting_after"] == listed["receipts"][-1]["id"]


def test_a_customer_without_receipts_has_an_empty_list(service: Service) -> None:
    stored(service, a_receipt())
    answer = listing(service, "kari")
    assert (answer.status_code, answer.json()) == (200, {"receipts": []})


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "101"}, "query.limit"),
        ({"limit": "ten"}, "query.limit"),
        ({"starting_after": "11111111-2222-4333-8444-555555555555"}, "query.starting_after"),
        ({"starting_after": ""}, "query.starting_after"),
        ({"starting_after": "a\x00b"}, "query.starting_after"),
    ],
)
def test_a_bad_parameter_is_refused(service: Service, parameters: dict[str, str], path: str) -> None:
    assert paths(listing(service, "kari", params=parameters)) == [path]


def test_a_customers_token_sees_its_own_receipts_only(service: Service) -> None:
    mine = stored(service, a_receipt("1", customer_id="kari"))
    theirs = stored(service, a_receipt("2", customer_id="ola"))
    token = service.token("user:receipts", customer_id="kari")
    assert listing(service, "kari", token=token).json() == {"receipts": [mine]}
    assert listing(service, "ola", token=token).status_code == 403
    assert listing(service, "kari", token=service.token("user:receipts")).status_code == 403
    # Nor does it learn which ids others' receipts have.
    unknown = listing(service, "kari", token=token, params={"starting_after": mine["id"][:-1] + "x"})
    others = listing(service, "kari", token=token, params={"starting_after": theirs["id"]})
    assert unknown.status_code == 422
    assert (others.status_code, others.content) == (unknown.status_code, unknown.content)


def test_a_receipt_is_searched_by_its_own_id(service: Service) -> None:
    one = stored(service, a_receipt("no 7/2026"))
    stored(service, a_receipt("r2"))
    assert searched(service, "no 7/2026") == [one]
    assert searched(service, "no 7/2026", store_id="s1") == [one]
    assert searched(service, "no 7/2026", store_id="s2") == []
    assert searched(service, "7") == []
    assert paths(service.call("GET", "receipts/search")) == ["query.receipt_id"]
    assert paths(service.call("GET", "receipts/search", params={"receipt_id": "\x00"})) == ["query.receipt_id"]


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("write:receipts", {"POST", "PUT"}),
        ("read:receipts", {"GET", "SEARCH"}),
        ("user:receipts", {"GET"}),
        ("admin:receipts", {"POST", "PUT", "GET", "SEARCH"}),
        ("admin:discounts public:discounts", set()),
    ],
)
def test_each_scope_reaches_so_far(service: Service, scope: str, allowed: set[str]) -> None:
    token = service.token(scope, customer_id="kari")
    answers = {
        "POST": post(service, a_receipt(), token=token),
        "PUT": service.call("PUT", "receipts/all/unknown", {"customer_id": "kari"}, token=token),
        "GET": listing(service, "kari", token=token),
        "SEARCH": service.call("GET", "receipts/search", params={"receipt_id": "r1"}, token=token),
    }
    assert {name for name, answer in answers.items() if answer.status_code != 403} == allowed


def test_the_same_receipt_at_once_is_stored_once(service: Service) -> None:
    sent = a_receipt(customer_id="kari")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: post(service, sent), range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(listing(service, "kari").json()["receipts"]) == 1


def test_of_different_receipts_at_once_one_is_stored(service: Service) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: post(service, a_receipt(number=number)), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert [answer.json() for answer in answers if answer.status_code == 201] == searched(service, "r1")


@settings(
    max_examples=settings().max_examples // 2,
    # One service for all examples: each stores a receipt of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(shop=shops())
def test_any_receipt_comes_back_equal(service: Service, shop: Shop) -> None:
    sent = {**shop.receipt, "receipt_id": f"r{next(NUMBERS)}"}
    answer = stored(service, sent)
    assert searched(service, sent["receipt_id"]) == [answer]
    for name in SERVER_FIELDS:
        del answer[name]
    assert json.dumps(answer) == json.dumps(sent)


def test_what_is_listed_or_searched_is_found_by_an_index(tmp_path: Path) -> None:
    """In the order of the index, so that a page costs the same however many receipts there are."""
    for service in running(new_url("sqlite", tmp_path)):
        first = stored(service, a_receipt(customer_id="kari"))
        asked: list[tuple[str, Any]] = []

        @event.listens_for(service.store.readers, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, query: str, values: Any, *_: Any, asked: Any = asked) -> None:
            asked.append((query, values))

        listing(service, "kari", params={"starting_after": first["id"]})
        searched(service, "r1")
        selects = [(query, values) for query, values in asked if query.startswith("SELECT")]
        assert len(selects) == 3
        with service.store.reading() as connection:
            for query, values in selects:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
                assert [step[3].split(" INDEX ")[0] for step in plan] == ["SEARCH receipts USING"]
