"""Claims that are refused: each limit, each ref that names nothing, and each fault of the body is told."""

from datetime import timedelta
from typing import Any

import pytest

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from tests.rabatt.service.conftest import Service
from tests.support.service.claiming import (
    PURCHASE,
    add_grants,
    body,
    check_sums,
    claim,
    grant_row,
    open_shop,
    problems,
    ref,
    results,
)

LATER = written(PURCHASE + timedelta(seconds=1))


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules and grants of every kind."""
    open_shop(service)
    return service


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"customer_id": "d"}, id="customer"),
        pytest.param({"purchase_at": LATER}, id="time of purchase"),
        pytest.param({"type": "web"}, id="type"),
        pytest.param({"discounts": [{"id": "plain", "refs": [ref("plain-c", amount=11)]}]}, id="amount"),
        pytest.param({"discounts": [{"id": "plain", "refs": [ref("plain-c", stamp=1)]}]}, id="stamps"),
        pytest.param({"discounts": [{"id": "once", "refs": [ref("once-c")]}]}, id="discount"),
    ],
)
def test_another_claim_under_the_same_ref_is_refused(shop: Service, change: dict[str, Any]) -> None:
    what = body("r1", ("plain", [ref("plain-c")]))
    claim(shop, what)
    assert claim(shop, what | change, 409)["error"]["code"] == "CLAIM_DIFFERS"
    assert check_sums(shop.store, debit=100) == 1
    assert results(shop)["differs"] == 1


def test_every_limit_that_is_reached_is_named_and_nothing_is_booked(shop: Service) -> None:
    claim(shop, body("r1", ("once", [ref("once-c")]), ("debit", [ref("debit-c", amount=60)])))
    what = body(
        "r2",
        ("stamps", [ref("stamps-c", stamp=2)]),
        ("plain", [ref("plain-c")]),
        ("once", [ref("once-c")]),
        ("debit", [ref("debit-c", amount=41), ref("debit-new", amount=100)]),
    )
    response = claim(shop, what, 409)["error"]
    assert response["code"] == "LIMIT_REACHED"
    found = [
        (each["path"], each["limit"], each["discount_id"], each["grant_id"], each["most"], each["used"])
        for each in response["errors"]
    ]
    assert found == [
        ("discounts[0].refs[0]", "requirement.stamp", "stamps", "stamps-c", 0, None),
        ("discounts[2].refs[0]", "limitation.discount_repeat_usage", "once", "once-c", 1, 1),
        ("discounts[3].refs[0]", "debit_balance", "debit", "debit-c", 100, 60),
    ]
    assert all("evaluate the receipt again" in each["sentence"] for each in response["errors"])
    assert grant_row(shop.store, "plain-c").usage == 0
    assert check_sums(shop.store, debit=100) == 1
    assert results(shop) == {"booked": 1, "limit": 1}
    # What was refused has left no trace: its ref is free.
    claim(shop, body("r2", ("plain", [ref("plain-c")])))


def test_a_balance_is_drawn_to_nothing_and_no_further(shop: Service) -> None:
    claim(shop, body("r1", ("debit", [ref("debit-c", amount=100), ref("debit-new", amount=99)])))
    assert [grant_row(shop.store, name).debit_balance for name in ("debit-c", "debit-new")] == [0, None]
    found = problems(shop, body("r2", ("debit", [ref("debit-c", amount=1), ref("debit-new", amount=1)])))
    assert [each["path"] for each in found] == ["discounts[0].refs[0]"]


def test_nothing_may_be_drawn_from_a_balance_that_is_more_than_used_up(shop: Service) -> None:
    with shop.store.writing() as connection:
        add_grants(connection, [("debit-over", "debit", "c")], amount=150)
    claim(shop, body("r1", ("debit", [ref("debit-over", amount=0)])))
    assert [each["limit"] for each in problems(shop, body("r2", ("debit", [ref("debit-over", amount=1)])))] == [
        "debit_balance"
    ]


def test_no_counter_goes_beyond_what_an_evaluation_can_read(shop: Service) -> None:
    with shop.store.writing() as connection:
        add_grants(connection, [("plain-full", "plain", "c")], amount=10**15, bonus=10**15, usage=10**15)
        add_grants(connection, [("points-full", "points", "c")], bonus=10**15)
    what = body("r2", ("plain", [ref("plain-full", amount=1)]), ("points", [ref("points-full", amount=0, bonus=1)]))
    found = problems(shop, what)
    assert [each["limit"] for each in found] == ["statistics.usage", "statistics.amount", "statistics.bonus"]


def test_every_rule_and_grant_that_is_not_there_is_named(shop: Service) -> None:
    what = body(
        "r1",
        ("unknown", [ref("plain-c")]),
        ("plain", [ref("plain-d"), ref("once-c"), ref("nobody's"), ref(everyones_grant_id("plain", "c"))]),
        ("all", [ref("all-star"), ref(everyones_grant_id("all", "d"))]),
        ("debit", [ref(everyones_grant_id("debit", "c")), ref("debit-c")]),
    )
    paths = [
        "discounts[0].id",
        *(f"discounts[1].refs[{place}].id" for place in range(4)),
        *(f"discounts[2].refs[{place}].id" for place in range(2)),
        "discounts[3].refs[0].id",
    ]
    assert [each["path"] for each in problems(shop, what, 422)] == paths
    nobody = body("r2", ("plain", [ref("plain-c")]), customer_id=None)
    assert [each["path"] for each in problems(shop, nobody, 422)] == ["discounts[0].refs[0].id"]
    assert check_sums(shop.store, debit=100) == 0
    assert results(shop) == {"refused": 2}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"discounts": []}, "discounts", id="no discounts"),
        pytest.param({"discounts": [{"id": "plain", "refs": []}]}, "discounts[0].refs", id="no refs"),
        pytest.param({"discounts": [{"id": "plain", "refs": [ref("plain-c")]}] * 1_001}, "discounts", id="too many"),
        pytest.param({"ref": None}, "ref", id="no ref"),
        pytest.param({"ref": "a\u0000"}, "ref", id="ref with NUL"),
        pytest.param({"ref": "x" * 256}, "ref", id="ref too long"),
        pytest.param({"type": "x" * 65}, "type", id="type too long"),
        pytest.param({"customer_id": "*"}, "customer_id", id="everyone as customer"),
        pytest.param({"purchase_at": "2026-11-21T11:00:00"}, "purchase_at", id="time without offset"),
        pytest.param({"discount": 1}, "discount", id="unknown field"),
    ],
)
def test_what_is_no_claim_is_refused(shop: Service, change: dict[str, Any], path: str) -> None:
    assert path in [each["path"] for each in problems(shop, body("r1", ("plain", [ref("plain-c")])) | change, 422)]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"amount": -1}, "amount", id="negative amount"),
        pytest.param({"amount": 10**15 + 1}, "amount", id="amount too large"),
        pytest.param({"amount": 0.5}, "amount", id="half an øre"),
        pytest.param({"usage": 1_001}, "usage", id="usage too large"),
        pytest.param({"stamp": 1_000_001}, "stamp", id="too many stamps"),
        pytest.param({"statistics": {"stamp": -1}}, "statistics.stamp", id="negative stamps left"),
        pytest.param({"id": ""}, "id", id="no id"),
    ],
)
def test_a_ref_out_of_bounds_is_refused(shop: Service, change: dict[str, Any], path: str) -> None:
    found = problems(shop, body("r1", ("plain", [ref("plain-c") | change])), 422)
    assert [each["path"] for each in found] == [f"discounts[0].refs[0].{path}"]


def test_a_grant_is_claimed_once_in_a_claim(shop: Service) -> None:
    what = body("r1", ("plain", [ref("plain-c"), ref("plain-c")]), ("once", [ref("plain-c")]))
    assert [each["path"] for each in problems(shop, what, 422)] == [
        "discounts[0].refs[1].id",
        "discounts[1].refs[0].id",
    ]
