"""Bodies that are too long, too slow, or no JSON that anyone could mean: refused, and never a fault of the service."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from rabatt.service.bodies.read_body import Body, read_bytes, read_model
from rabatt.service.context import Context
from rabatt.service.problems import Problem
from rabatt.service.store.tables import credit_notes, insert_into
from rules import Refused
from tests.rabatt.service.conftest import ACCOUNT, START, Service, new_url, running
from tests.support.open2b.receipts import NEW
from tests.support.service.every_route import SHAPED, Operation, claims, guarded, signed
from tests.support.service.noting import call
from tests.support.service.open2b import PATH, created, done, stocked

MOST = 10_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \n\t ",
    "null": b"null",
    "a number": b"7",
    "text": b'"receipt"',
    "a list": b"[]",
    "a list of nothing": b"[null]",
    "an object that does not end": b'{"a": ',
    "two objects": b"{}{}",
    "words": b"receipt=7",
    "a form": b"------x\r\nContent-Disposition: form-data",
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number past the range of a double": b'{"a": 1e999}',
    "a whole number of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "nested deeply": b"[" * 5000,
    "objects nested deeply": b'{"a":' * 1500 + b"1" + b"}" * 1500,
    "nested as deeply as can be": b'{"a":' * 199 + b"1" + b"}" * 199,
    "a key that is there twice": b'{"a": 1, "a": 2}',
    "a key that is there twice below": b'{"items": [{"id": "1", "id": "2"}]}',
    "bytes that are no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "half a character": b'{"a": "\\ud800"}',
    "half a character for a key": b'{"\\udfff": 1}',
    "NUL between": b'{"a"\x00: 1}',
    "an empty key": b'{"": 1}',
    "a long key": b'{"' + b"k" * 9000 + b'": 1}',
    "very many values": b"[" + b"[]," * 3000 + b"[]]",
}
VALUES: dict[str, str] = {
    "null": "null",
    "true": "true",
    "a fraction": "0.5",
    "below nothing": "-1",
    "a number that no store takes": "99999999999999999999",
    "a number of 400 digits": "9" * 400,
    "a number past the range of a double": "1e999",
    "NaN": "NaN",
    "nothing": '""',
    "NUL": '"x\\u0000x"',
    "a line feed": '"x\\nx"',
    "half a character": '"x\\ud800"',
    "a character past the first plane": '"\\ud83d\\ude00"',
    "long text": json.dumps("x" * 5000),
    "SQL": '"x\'; DROP TABLE rules; --"',
    "a path": '"../../../etc/passwd"',
    "a list": "[]",
    "a list of lists": "[[[]]]",
    "a list with NUL": '["\\u0000"]',
    "an object": "{}",
    "an object with NUL": '{"\\u0000": "\\u0000"}',
    "a time without an offset": '"2026-11-21T12:00:00"',
    "a time before all": '"0000-00-00T00:00:00Z"',
    "a time at the end of all": '"9999-12-31T23:59:59-23:59"',
}


RECEIPT = {
    "receipt_id": "x",
    "purchase_at": "2026-11-21T12:00:00+01:00",
    "store": {"id": "s"},
    "currency": "NOK",
    "items": [{"id": "mug", "quantity": 1, "gross_amount": 100, "eligible_for_discount": True}],
}
USED = [{"id": "x", "refs": [{"id": "g", "amount": 10, "usage": 1, "bonus": 0, "stamp": 0}]}]
NOTE = {
    "Date": "2026-11-21",
    "Currency": "DKK",
    "ContactGuid": "728c4d5c-0f3e-444b-b336-f0a4639f0c52",
    "PaymentConditionNumberOfDays": 8,
    "ExternalReference": "x",
    "ProductLines": [
        {"LineType": "Text", "Description": "x"},
        {"Description": "mug", "Quantity": 1.5, "BaseAmountValue": 80, "Discount": 10, "AccountNumber": 1000},
    ],
}
OPEN2B: dict[str, dict[str, Any]] = {
    "find": {
        "conditions": {"ids": [1], "fromNumber": "1", "fromIssueDate": "2020-01-01", "address": "x", "labels": [1]},
        "fields": ["number"],
        "order": ["-total"],
        "limit": 5,
    },
    "get": {"id": 1, "fields": ["number"]},
    "count": {"conditions": {"status": ["Open"], "toUpdateTime": "2020-01-01 00:00:00", "after": 1}},
    "create": {"receipt": {**NEW, "labels": [1]}},
    "update": {
        "id": 1,
        "receipt": {"items": [{"id": 1, "price": 25.5}], "sellingAddress": {"city": "x"}, "taxArea": 7},
    },
    "delete": {"ids": [9_999]},
}
# Everything that is read from bodies, by method and path below an account.
DOCUMENTS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "discounts/rules"): {
        "id": "x",
        "name": "X",
        "requirement": {"item": {"items": [{"id": "mug"}]}, "purchase_from": "2026-01-01T00:00:00Z"},
        "reward": {"type": "discount_percent", "value": 10},
        "limitation": {"discount_repeat_usage": 3},
        "metadata": {"a": "b"},
    },
    ("PUT", "discounts/rules/{did}"): {"name": "Y", "metadata": {"a": "c"}},
    ("POST", "discounts/rules/{did}/customers"): {
        "customers": ["*"],
        "grants": [
            {
                "customer_id": "c",
                "id": "g",
                "created_at": "2026-01-01T00:00:00Z",
                "statistics": {"usage": 1, "amount": 1},
            }
        ],
    },
    ("DELETE", "discounts/rules/{did}/customers"): {"customers": ["nobody"]},
    ("POST", "discounts/available_for_receipt"): {
        **RECEIPT,
        "customer": {"token": {"value": "v", "type": "card"}},
        "discount_codes": ["A"],
    },
    ("POST", "discounts/available_for_receipt/claims"): {
        "purchase_at": "2026-11-21T12:00:00Z",
        "customer_id": "c",
        "ref": "x",
        "type": "pos",
        "discounts": USED,
    },
    ("POST", "receipts"): RECEIPT,
    ("PUT", "receipts/all/{receipt_id}"): {"customer_id": "c", "discounts": USED},
    ("PUT", "discounts/customers/{customer_id}/tokens"): {"value": "v", "type": "card"},
    ("DELETE", "discounts/customers/{customer_id}/tokens"): {"value": "w"},
    ("POST", "receipts/all/{receipt_id}/returns"): {
        "ref": "x",
        "items": [{"line_id": 1, "quantity": 1}],
        "policy": "spread",
    },
    ("POST", "sales/creditnotes"): NOTE,
    ("PUT", "sales/creditnotes/{guid}"): {**NOTE, "Timestamp": "0000000000000001"},
    ("DELETE", "sales/creditnotes/{guid}"): {"Timestamp": "0000000000000001"},
    ("POST", "sales/creditnotes/{guid}/book"): {"Number": None, "Timestamp": "0000000000000001"},
    **{("POST", f"{PATH}{method}"): body for method, body in OPEN2B.items()},
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that takes small bodies only."""
    yield from running(new_url(request.param, tmp_path_factory.mktemp("small")), max_body_bytes=MOST)


def with_bodies(service: Service) -> list[Operation]:
    """Everything that reads a body."""
    paths = service.app.openapi()["paths"]
    return [one for one in guarded(service.app) if "requestBody" in paths[one.template][one.method.lower()]]


def send(service: Service, one: Operation, content: Any, **headers: str) -> Any:
    """The response to a body, sent by someone who may send it."""
    headers = {"authorization": f"Bearer {signed(claims(one.scopes, customer_id='x'))}", **headers}
    return service.client.request(one.method, one.path(), content=content, headers=headers)


def test_some_routes_read_bodies(small: Service) -> None:
    assert with_bodies(small)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_document_is_refused_with_its_faults(small: Service, body: bytes) -> None:
    for one in with_bodies(small):
        answered = send(small, one, body)
        assert answered.status_code in ({404, 422} if one.parameters() else {422}), one
        assert answered.json()["error"]["code"] in {"INVALID", "NOT_FOUND"}, one


def good(one: Operation) -> dict[str, Any]:
    """A document that the operation takes."""
    return DOCUMENTS[one.method, re.sub(r"^/v1/(accounts/)?{\w+}/", "", one.template)]


def stand(service: Service) -> None:
    """A rule, grants of it, receipts of nobody and a draft, for what is sent afterwards; they may be there already."""
    stocked(service)
    if not done(service, "count", {})["count"]:
        assert created(service) == 1
    for path in ("discounts/rules", "discounts/rules/{did}/customers", "receipts"):
        answered = service.call("POST", path.replace("{did}", "x"), DOCUMENTS["POST", path])
        assert answered.status_code in {201, 409}, answered.text
    draft = {"aid": ACCOUNT, "guid": SHAPED["guid"], "version": 1, "document": call(service, "POST", "", NOTE).text}
    made = {"created_at": START, "created_by": "x", "updated_at": START, "updated_by": "x"}
    with service.store.writing() as connection:
        connection.execute(insert_into(connection, credit_notes).values(**draft, **made).on_conflict_do_nothing())


def spoilt(document: Any, value: str) -> Iterator[str]:
    """The document's JSON with the value in each of its places by turns."""
    if isinstance(document, dict):
        for name, member in document.items():
            rest = "".join(
                f"{json.dumps(other)}: {json.dumps(document[other])}, " for other in document if other != name
            )
            for inner in (value, *spoilt(member, value)):
                yield f"{{{rest}{json.dumps(name)}: {inner}}}"
    elif isinstance(document, list):
        for member in document:
            yield from (f"[{inner}]" for inner in (value, *spoilt(member, value)))


def test_a_document_of_each_kind_is_taken(service: Service) -> None:
    stand(service)
    for one in with_bodies(service):
        answered = send(service, one, json.dumps(good(one)))
        # What the till wants to use may be used up: good JSON that conflicts with what is stored.
        assert answered.status_code in {200, 201, 409}, (one, answered.text)


@pytest.mark.long
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_no_value_in_any_place_of_a_document_ends_in_a_fault_of_the_service(small: Service, value: str) -> None:
    stand(small)
    for one in with_bodies(small):
        for body in spoilt(good(one), value):
            answered = send(small, one, body)
            assert answered.status_code < 500, (one, body)


@pytest.mark.parametrize("lie", [None, "10", "0", "abc", "9" * 5000])
@pytest.mark.parametrize("chunked", [True, False], ids=["in chunks", "at once"])
def test_a_body_that_is_too_long_is_refused_whatever_its_header_says(
    small: Service, lie: str | None, *, chunked: bool
) -> None:
    long = b'{"a": "' + b"x" * MOST + b'"}'
    for one in with_bodies(small):
        content = iter([long[:100], long[100:]]) if chunked else long
        answered = send(small, one, content, **({} if lie is None else {"content-length": lie}))
        assert (answered.status_code, answered.json()["error"]["code"]) == (413, "TOO_LARGE"), one
        assert answered.headers["connection"] == "close"


def test_a_body_that_says_it_is_too_long_is_refused_unread(small: Service) -> None:
    for one in with_bodies(small):
        assert send(small, one, b"{}", **{"content-length": str(MOST + 1)}).status_code == 413
        assert send(small, one, b"{}" + b" " * (MOST - 2)).status_code != 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"content-type": "text/plain"}, 415, id="text"),
        pytest.param({"content-type": "application/x-www-form-urlencoded"}, 415, id="a form"),
        pytest.param({"content-type": "multipart/form-data; boundary=x"}, 415, id="parts"),
        pytest.param({"content-type": ""}, 415, id="nothing"),
        pytest.param({"content-encoding": "gzip"}, 415, id="packed"),
        pytest.param({"content-type": "application/json; charset=utf-8"}, 422, id="JSON with a character set"),
        pytest.param({"content-type": "APPLICATION/JSON"}, 422, id="JSON in capitals"),
        pytest.param({"content-type": "application/merge-patch+json"}, 422, id="a kind of JSON"),
        pytest.param({"content-encoding": "identity"}, 422, id="as it is"),
        pytest.param({}, 422, id="without a type"),
    ],
)
def test_what_does_not_say_that_it_is_json_is_not_read(small: Service, headers: dict[str, str], status: int) -> None:
    for one in with_bodies(small):
        assert send(small, one, b"[", **headers).status_code == status, one


def test_nothing_is_read_of_whoever_may_not_send_it(small: Service) -> None:
    for one in with_bodies(small):
        headers = {"authorization": f"Bearer {signed(claims())}", "content-type": "text/plain"}
        for content in (b"x" * (MOST + 1), b"["):
            assert small.client.request(one.method, one.path(), content=content, headers=headers).status_code == 403


def request_of(context: Context, *messages: Message) -> Request:
    """A request whose body comes in these pieces, and then never goes on."""
    left = list(messages)

    class App:
        class state:  # noqa: N801 - as Starlette names it
            pass

    App.state.context = context  # type: ignore[attr-defined]

    async def receive() -> Message:
        if not left:
            await anyio.sleep_forever()
        return left.pop(0)

    return Request({"type": "http", "method": "POST", "headers": [], "app": App}, receive)


def test_a_body_that_does_not_arrive_in_time_is_given_up(tmp_path: Path) -> None:
    for service in running(f"sqlite:///{tmp_path / 'x.db'}", max_body_seconds=1):
        request = request_of(service.context, {"type": "http.request", "body": b"{", "more_body": True})
        with pytest.raises(Problem) as raised:
            anyio.run(read_bytes, request)
        assert (raised.value.status, raised.value.code) == (408, "TIMEOUT")


class Parcel(Body):
    """A body for the test."""

    weight: int


@pytest.mark.parametrize(
    ("data", "path"),
    [
        pytest.param([], "", id="a list"),
        pytest.param({"weight": "7"}, "weight", id="text for a number"),
        pytest.param({"weight": True}, "weight", id="true for a number"),
        pytest.param({"weight": 7.0}, "weight", id="a fraction for a number"),
        pytest.param({"weight": 7, "wieght": 7}, "wieght", id="a misspelt field"),
        pytest.param({}, "weight", id="a missing field"),
    ],
)
def test_a_body_is_taken_to_the_letter(data: object, path: str) -> None:
    with pytest.raises(Refused) as raised:
        read_model(Parcel, data)
    assert path in {fault.path for fault in raised.value.faults}
    assert read_model(Parcel, {"weight": 7}).weight == 7


@pytest.mark.parametrize(
    ("query", "path", "nearest"),
    [
        ("limit=5.0", "query.limit", None),
        ("limit=%205", "query.limit", None),
        ("limit=1_0", "query.limit", None),
        ("limit=1&limit=2", "query.limit", None),
        ("stat=active", "query.stat", "state"),
    ],
)
def test_a_query_that_is_not_what_it_must_be_is_refused(
    service: Service, query: str, path: str, nearest: str | None
) -> None:
    answer = service.call("GET", f"discounts/rules?{query}")
    assert answer.status_code == 422, answer.text
    [fault] = answer.json()["error"]["errors"]
    assert (fault["path"], fault["nearest"]) == (path, nearest)
