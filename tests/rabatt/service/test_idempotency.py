"""`Idempotency-Key`: whatever makes something makes it once, however often the same request comes."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from rabatt.service.clock import written
from rabatt.service.entry.idempotency import HEADER
from rabatt.service.store import kept_answers
from rabatt.service.store.kept_answers import IdempotencyKey, KeptAnswer, keep_answer, take_key
from rabatt.service.store.tables import credit_notes, grants, idempotency_keys, rules
from tests.rabatt.service.conftest import ACCOUNT, START, Service, new_url, running
from tests.support.open2b.receipts import NEW
from tests.support.service.claiming import CLAIMS, PURCHASE
from tests.support.service.noting import BODY
from tests.support.service.open2b import stocked
from tests.support.service.returning import TEN_PERCENT, bought, line, open_shop
from tests.support.waiting import PATIENCE

RULE = {"reward": {"type": "discount_amount", "value": 10}}
KEY = '"8e03978e-40d5-43e8-bc93-6894a57f9324"'
KEPT_FOR = timedelta(hours=24)


def post(service: Service, path: str, body: Any, key: str | None = KEY, **options: Any) -> Any:
    """The response to a call under a key; a path of another beginning than the account's is whole."""
    headers = {"authorization": f"Bearer {options.pop('token', None) or service.token()}"}
    if key is not None:
        headers[HEADER] = key
    whole = path if path.startswith("/") else f"/v1/accounts/{ACCOUNT}/{path}"
    return service.client.post(whole, json=body, headers=headers, **options)


def counted(service: Service, table: Any) -> int:
    with service.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def everything(service: Service) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but the kept answers."""
    with service.store.reading() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in rules.metadata.tables.items()
            if name != "idempotency_keys"
        }


NOTES = f"/v1/{ACCOUNT}/sales/creditnotes"
RECEIPT = {"receipt_id": "r2", "purchase_at": written(PURCHASE), "store": {"id": "s1"}, "items": [line(1, 100)]}


def a_claim(service: Service) -> tuple[str, Any]:
    receipt = service.call("POST", "discounts/available_for_receipt", {**RECEIPT, "customer_id": "c"}).json()
    claim = {name: receipt[name] for name in ("purchase_at", "customer_id", "discounts")}
    return CLAIMS, {**claim, "ref": "r2"}


def a_booking(service: Service) -> tuple[str, Any]:
    note = post(service, NOTES, BODY, None).json()
    return f"{NOTES}/{note['Guid']}/book", {"Timestamp": note["TimeStamp"]}


def an_open2b_receipt(service: Service) -> tuple[str, Any]:
    stocked(service)
    return "/api/v8/commerce.receipts.create", {"receipt": NEW}


MAKING: dict[str, Callable[[Service], tuple[str, Any]]] = {
    "a rule": lambda _: ("discounts/rules", RULE),
    "a rule with an id": lambda _: ("discounts/rules", {**RULE, "id": "own"}),
    "grants": lambda _: ("discounts/rules/ten/customers", {"grants": [{"customer_id": "d"}, {"customer_id": "d"}]}),
    "a claim": a_claim,
    "a receipt": lambda _: ("receipts", RECEIPT),
    "a return": lambda _: ("receipts/all/r1/returns", {"ref": "back", "items": [{"line_id": 1, "quantity": 1}]}),
    "a credit note": lambda _: (NOTES, BODY),
    "a booking": a_booking,
    "a receipt of Open2b's": an_open2b_receipt,
}


@pytest.fixture
def shop(service: Service) -> Service:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 2))
    return service


@pytest.mark.parametrize("what", MAKING)
def test_the_same_request_under_a_key_has_the_same_answer_and_no_further_effect(shop: Service, what: str) -> None:
    path, body = MAKING[what](shop)
    first = post(shop, path, body)
    assert first.status_code in {200, 201}, first.text
    before = everything(shop)
    shop.hands.at += timedelta(hours=1)
    for key in (KEY, KEY.strip('"')):
        again = post(shop, path, body, key)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        same = {"x-request-id"}
        assert {name: value for name, value in again.headers.items() if name not in same} == {
            name: value for name, value in first.headers.items() if name not in same
        }
    assert everything(shop) == before


def test_every_post_that_makes_something_takes_a_key(lone: Service) -> None:
    document = lone.client.get("/openapi.json").json()
    takes = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if any(parameter.get("name") == HEADER for parameter in operation.get("parameters", ()))
    }
    posts = {methods["post"]["operationId"]: path for path, methods in document["paths"].items() if "post" in methods}
    # These make nothing; a change or a deletion again is as good as once.
    without = {"available_for_receipt", *(f"open2b_{name}" for name in ("find", "get", "count", "update", "delete"))}
    assert takes == posts.keys() - without
    assert len(takes) == len(MAKING) - 1


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on an SQLite file."""
    yield from running(new_url("sqlite", tmp_path_factory.mktemp("keys")))


def test_without_a_key_each_request_makes_a_rule_of_its_own(shop: Service) -> None:
    ids = {post(shop, "discounts/rules", RULE, key).json()["id"] for key in (None, None, KEY, KEY, "other", '"third"')}
    assert len(ids) == 5
    assert counted(shop, idempotency_keys) == 3


def test_another_request_under_a_key_is_refused(shop: Service) -> None:
    post(shop, "discounts/rules", RULE)
    for path, body in (("discounts/rules", {**RULE, "name": "x"}), ("receipts", RECEIPT)):
        refused = post(shop, path, body)
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert (error["code"], error["errors"][0]["path"]) == ("KEY_IS_USED", f"header.{HEADER}")
    assert counted(shop, rules) == 2
    # It is the bytes that count.
    headers = {"authorization": f"Bearer {shop.token()}", HEADER: KEY, "content-type": "application/json"}
    spaced = json.dumps(RULE, indent=1)
    assert (
        shop.client.post(f"/v1/accounts/{ACCOUNT}/discounts/rules", content=spaced, headers=headers).status_code == 422
    )


def test_a_key_is_that_of_one_account_and_one_subject(service: Service) -> None:
    first = post(service, "discounts/rules", RULE)
    other = "P87654321"
    elsewhere = post(service, f"/v1/accounts/{other}/discounts/rules", RULE, token=service.token(account=other))
    somebody = service.context.tokens.mint(
        ACCOUNT, "admin:discounts", subject="till-2", customer_id=None, now=START, lifetime=timedelta(hours=1)
    )
    beside = post(service, "discounts/rules", RULE, token=somebody)
    assert len({answer.json()["id"] for answer in (first, elsewhere, beside)}) == 3


@pytest.mark.parametrize(
    "key",
    ["", '""', '"', "a b", '"a', 'a"', '"a"b"', "a\\b", '"a\\"b"', "x" * 256, f'"{"x" * 256}"', "caf\u00e9", "a\tb"],
)
def test_a_key_that_is_none_is_refused(lone: Service, key: str) -> None:
    headers = {b"authorization": f"Bearer {lone.token()}".encode(), HEADER.encode(): key.encode("latin-1")}
    refused = lone.client.post(f"/v1/accounts/{ACCOUNT}/discounts/rules", json=RULE, headers=headers)
    assert refused.status_code == 422, key
    (fault,) = refused.json()["error"]["errors"]
    assert fault["path"] == f"header.{HEADER}"


def test_a_key_is_given_once(lone: Service) -> None:
    headers = [("authorization", f"Bearer {lone.token()}"), (HEADER, "a"), (HEADER, "a")]
    refused = lone.client.post(f"/v1/accounts/{ACCOUNT}/discounts/rules", json=RULE, headers=headers)
    assert refused.status_code == 422
    assert "more than once" in refused.text


@pytest.mark.parametrize("key", ["x" * 255, '" a b "', "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"])
def test_a_key_is_any_text_that_a_header_takes(lone: Service, key: str) -> None:
    assert post(lone, "discounts/rules", RULE, key).content == post(lone, "discounts/rules", RULE, key).content


def test_what_fails_is_not_kept(shop: Service) -> None:
    path, body = "discounts/rules/later/customers", {"customers": ["c"]}
    assert post(shop, path, body).status_code == 404
    assert post(shop, path, {"customers": []}).status_code == 422
    assert counted(shop, idempotency_keys) == 0
    assert post(shop, "discounts/rules", {**RULE, "id": "later"}, None).status_code == 201
    assert post(shop, path, body).status_code == 201
    assert counted(shop, idempotency_keys) == 1


def test_a_token_that_does_not_reach_so_far_is_told_no_kept_answer(shop: Service) -> None:
    post(shop, "discounts/rules", RULE)
    assert post(shop, "discounts/rules", RULE, token=shop.token("read:discounts")).status_code == 403


def test_an_answer_is_kept_for_so_long_and_dropped_with_those_that_come(shop: Service) -> None:
    first = post(shop, "discounts/rules", RULE).json()["id"]
    for number in range(30):
        post(shop, "discounts/rules", RULE, f"old-{number}")
    shop.hands.at += KEPT_FOR - timedelta(minutes=1)
    assert post(shop, "discounts/rules", RULE).json()["id"] == first
    shop.hands.at += timedelta(minutes=2)
    again = post(shop, "discounts/rules", RULE).json()["id"]
    assert again != first
    assert post(shop, "discounts/rules", RULE).json()["id"] == again
    # 31 were kept: this one took its own place, and 20 with it that were over.
    assert counted(shop, idempotency_keys) == 31 - kept_answers.MOST_DROPPED
    post(shop, "discounts/rules", RULE, "one-more")
    assert counted(shop, idempotency_keys) == 2


def test_how_long_is_a_setting(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = new_url("sqlite", tmp_path_factory.mktemp("kept"))
    for service in running(url, idempotency_hours=168):
        first = post(service, "discounts/rules", RULE).json()["id"]
        service.hands.at += timedelta(hours=167)
        assert post(service, "discounts/rules", RULE).json()["id"] == first


def test_a_claim_that_was_cancelled_since_is_answered_as_it_was(shop: Service) -> None:
    path, body = a_claim(shop)
    first = post(shop, path, body)
    shop.call("DELETE", f"{CLAIMS}/{first.json()['id']}")
    assert post(shop, path, body).content == first.content
    assert post(shop, path, body, None).json()["error"]["code"] == "CLAIM_CANCELLED"


WRITERS = 8


@pytest.mark.parametrize("what", ["a rule", "grants", "a credit note"])
def test_many_who_send_one_request_at_once_make_one_thing(shop: Service, what: str) -> None:
    path, body = MAKING[what](shop)
    tables = {"a rule": rules, "grants": grants, "a credit note": credit_notes}
    before = counted(shop, tables[what])
    together = Barrier(WRITERS)

    def send(_writer: int) -> Any:
        together.wait(PATIENCE)
        return post(shop, path, body)

    with ThreadPoolExecutor(WRITERS) as threads:
        answers = list(threads.map(send, range(WRITERS)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert counted(shop, tables[what]) == before + (2 if what == "grants" else 1)


def test_of_two_requests_under_one_key_at_once_one_is_refused(shop: Service) -> None:
    together = Barrier(WRITERS)

    def send(writer: int) -> int:
        together.wait(PATIENCE)
        return int(post(shop, "discounts/rules", {**RULE, "name": f"{writer % 2}"}).status_code)

    with ThreadPoolExecutor(WRITERS) as threads:
        statuses = list(threads.map(send, range(WRITERS)))
    assert sorted(statuses) == [201] * (WRITERS // 2) + [422] * (WRITERS // 2)
    assert counted(shop, rules) == 2


def test_whoever_comes_second_waits_and_goes_on_where_the_first_one_fails(service: Service) -> None:
    key = IdempotencyKey(ACCOUNT, "till-1", "k", "digest")

    def take() -> KeptAnswer | None:
        with service.store.writing() as connection:
            kept = take_key(connection, key, now=START, kept_for=KEPT_FOR)
            if kept is None:
                keep_answer(connection, key, KeptAnswer(201, "[]", "second"))
            return kept

    def fail(threads: ThreadPoolExecutor) -> Future[KeptAnswer | None]:
        waiting: Future[KeptAnswer | None]
        with suppress(ZeroDivisionError), service.store.writing() as connection:
            assert take_key(connection, key, now=START, kept_for=KEPT_FOR) is None
            keep_answer(connection, key, KeptAnswer(201, "[]", "first"))
            waiting = threads.submit(take)
            time.sleep(0.2)
            assert not waiting.done()
            raise ZeroDivisionError
        return waiting

    with ThreadPoolExecutor(1) as threads:
        waiting = fail(threads)
        assert waiting.result(PATIENCE) is None
    assert take() == KeptAnswer(201, "[]", "second")


def test_the_same_subject_may_send_a_key_again_once_it_is_over_whatever_it_was_for(service: Service) -> None:
    post(service, "discounts/rules", RULE)
    with service.store.writing() as connection:
        connection.execute(update(idempotency_keys).values(created_at=START - 2 * KEPT_FOR))
    assert post(service, "discounts/rules", {**RULE, "name": "another"}).status_code == 201
