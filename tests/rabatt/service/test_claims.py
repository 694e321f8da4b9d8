"""Claims over HTTP: what is booked, what is refused and why, and what a cancelled purchase gives back."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from rabatt.service.store.tables import claim_lines
from tests.rabatt.service.conftest import START, Service
from tests.support.service.claiming import (
    CLAIMS,
    ONCE,
    PURCHASE,
    add_grants,
    add_rules,
    body,
    check_sums,
    claim,
    grant_row,
    open_shop,
    problems,
    ref,
    results,
    rule,
)

# By more than a till's clock may be off.
LATER = written(PURCHASE + timedelta(minutes=10, seconds=1))


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules and grants of every kind."""
    open_shop(service)
    return service


def test_a_claim_is_answered_as_it_was_booked_and_can_be_looked_up(shop: Service) -> None:
    what = body("r1", ("once", [ref("once-c")]), ("points", [ref("points-c", amount=0, bonus=5)]), type="web")
    response = shop.call("POST", CLAIMS, what)
    assert response.status_code == 201
    answer = response.json()
    assert answer == {
        "purchase_at": "2026-11-21T11:00:00.000000Z",
        "customer_id": "c",
        "discounts": [
            {"id": "once", "refs": [{"id": "once-c", "amount": 10, "usage": 1}]},
            {"id": "points", "refs": [{"id": "points-c", "amount": 0, "usage": 1, "bonus": 5}]},
        ],
        "ref": "r1",
        "type": "web",
        "id": answer["id"],
        "created_at": answer["created_at"],
        "created_by": "till-1",
    }
    assert shop.call("GET", f"{CLAIMS}/{answer['id']}").content == response.content
    booked = [grant_row(shop.store, grant_id) for grant_id in ("once-c", "points-c")]
    assert [(grant.usage, grant.amount, grant.bonus) for grant in booked] == [(1, 10, 0), (1, 0, 5)]
    assert check_sums(shop.store, debit=100) == 1


def test_a_type_is_pos_unless_it_is_said(shop: Service) -> None:
    what = body("r1", ("plain", [ref("plain-c")]))
    del what["type"]
    assert claim(shop, what)["type"] == "pos"


def test_the_same_claim_again_has_the_same_answer_to_the_byte_and_no_further_effect(shop: Service) -> None:
    what = body("r1", ("plain", [ref("plain-c", stamp=0)]))
    first = shop.call("POST", CLAIMS, what)
    of_the_result = ref("plain-c", items=[], bonus=None) | {"amount": 10.0}
    discounts = [{"id": "plain", "name": "Ten off", "refs": [of_the_result]}]
    spelt_otherwise = what | {"purchase_at": "2026-11-21T12:00:00+01:00", "discounts": discounts}
    again = shop.call("POST", CLAIMS, spelt_otherwise)
    assert (again.status_code, again.content) == (201, first.content)
    assert grant_row(shop.store, "plain-c").usage == 1
    assert results(shop) == {"booked": 1, "repeated": 1}


def test_a_purchase_that_only_earned_stamps_is_no_use(shop: Service) -> None:
    with shop.store.writing() as connection:
        add_rules(
            connection, [rule("card", limitation=ONCE, requirement={"stamp": 3, "item": {"items": [{"id": "*"}]}})]
        )
        add_grants(connection, [("card-c", "card", "c")], usage=0)
    claim(shop, body("r1", ("card", [ref("card-c", stamp=3, usage=0, amount=0)])))
    claim(shop, body("r2", ("card", [ref("card-c")])))
    claim(shop, body("r3", ("card", [ref("card-c", stamp=1, usage=0, amount=0)])))
    assert [each["limit"] for each in problems(shop, body("r4", ("card", [ref("card-c")])))] == [
        "limitation.discount_repeat_usage"
    ]


def test_what_everyone_is_granted_is_counted_for_each_customer(shop: Service) -> None:
    for customer in ("c", "d"):
        own = everyones_grant_id("all", customer)
        claim(shop, body(f"{customer}1", ("all", [ref(own)]), customer_id=customer))
        found = problems(shop, body(f"{customer}2", ("all", [ref(own)]), customer_id=customer))
        assert [(each["limit"], each["grant_id"]) for each in found] == [("limitation.discount_repeat_usage", own)]
        row = grant_row(shop.store, own)
        assert (row.customer_id, row.discount_id, row.is_derived, row.usage) == (customer, "all", True, 1)


def test_without_a_customer_only_the_line_is_written(shop: Service) -> None:
    nobody = everyones_grant_id("all", None)
    for number in range(2):
        what = body(f"r{number}", ("all", [ref(nobody)]), customer_id=None)
        assert claim(shop, what)["customer_id"] is None
    assert grant_row(shop.store, nobody) is None
    with shop.store.reading() as connection:
        lines = connection.execute(select(claim_lines)).all()
    assert [(line.grant_id, line.customer_id, line.usage) for line in lines] == [(nobody, None, 1)] * 2
    found = problems(shop, body("r3", ("never", [ref(everyones_grant_id("never", None))]), customer_id=None))
    assert [each["limit"] for each in found] == ["limitation.discount_repeat_usage"]


def test_what_was_deleted_after_the_purchase_is_still_taken(shop: Service) -> None:
    with shop.store.writing() as connection:
        add_rules(connection, [rule("gone")], deleted_at=PURCHASE)
        add_grants(connection, [("gone-c", "gone", "c")])
        add_grants(connection, [("plain-gone", "plain", "c")], deleted_at=PURCHASE)
        add_rules(connection, [rule("all-gone")])
        add_grants(connection, [("star-gone", "all-gone", "*")], deleted_at=PURCHASE)
    own = everyones_grant_id("all-gone", "c")
    what = body("r1", ("gone", [ref("gone-c")]), ("plain", [ref("plain-gone")]), ("all-gone", [ref(own)]))
    claim(shop, what)
    found = problems(shop, {**what, "ref": "r2", "purchase_at": LATER}, 422)
    assert [each["path"] for each in found] == [
        "discounts[0].id",
        "discounts[1].refs[0].id",
        "discounts[2].refs[0].id",
    ]


def test_a_cancelled_claim_gives_its_uses_back_once(shop: Service) -> None:
    what = body("r1", ("once", [ref("once-c")]), ("debit", [ref("debit-c", amount=60), ref("debit-new", amount=7)]))
    claim_id = claim(shop, what)["id"]
    answers = [shop.call("DELETE", f"{CLAIMS}/{claim_id}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["deleted_by"] == "till-1"
    assert answers[0].json()["deleted_at"] > written(START)
    assert shop.call("GET", f"{CLAIMS}/{claim_id}").content == answers[0].content
    assert [grant_row(shop.store, name).debit_balance for name in ("debit-c", "debit-new")] == [100, None]
    assert check_sums(shop.store, debit=100) == 0
    assert claim(shop, what, 409)["error"]["code"] == "CLAIM_CANCELLED"
    assert results(shop) == {"booked": 1, "cancelled": 1, "refused": 1}
    claim(shop, what | {"ref": "r2"})


def test_claims_cancelled_in_parallel_are_given_back_once(shop: Service) -> None:
    claim_id = claim(shop, body("r1", ("plain", [ref("plain-c")])))["id"]
    claim(shop, body("r2", ("plain", [ref("plain-c")])))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: shop.call("DELETE", f"{CLAIMS}/{claim_id}"), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert grant_row(shop.store, "plain-c").usage == 1


def test_an_anonymous_claim_is_cancelled_too(shop: Service) -> None:
    claim_id = claim(shop, body("r1", ("all", [ref(everyones_grant_id("all", None))]), customer_id=None))["id"]
    assert "deleted_at" in shop.call("DELETE", f"{CLAIMS}/{claim_id}").json()
    assert check_sums(shop.store, debit=100) == 0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_claim_that_is_not_there_is_not_found(shop: Service, method: str) -> None:
    assert shop.call(method, f"{CLAIMS}/nothing").status_code == 404


def test_a_claim_of_more_refs_than_a_statement_takes_is_booked_whole(shop: Service) -> None:
    names = [f"many-{number:04}" for number in range(1_000)]
    with shop.store.writing() as connection:
        add_grants(connection, [(name, "plain", "c") for name in names])
    claim(shop, body("r1", ("plain", [ref(name) for name in names])))
    assert check_sums(shop.store, debit=100) == 1
    assert grant_row(shop.store, names[-1]).usage == 1


def test_the_document_describes_the_body_without_dangling_references(shop: Service) -> None:
    operation = shop.app.openapi()["paths"]["/v1/accounts/{aid}/" + CLAIMS]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in json.dumps(schema)
    assert schema["properties"]["discounts"]["items"]["properties"]["refs"]["maxItems"] == 1_000
