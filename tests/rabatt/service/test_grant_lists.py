"""Grants over HTTP: listed by rule and by customer, with what was used of them."""

from collections.abc import Iterator

import pytest

from engine.grants.wallet import everyones_grant_id
from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.service.giving import KINDS, PATH, derive, give, held, take, with_rules

NEW = {"at": "2026-11-20T00:00:00Z", "count": 2}


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with one rule of each kind."""
    return with_rules(service)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The same for what never comes as far as the store."""
    yield from map(with_rules, running(new_url("sqlite", tmp_path_factory.mktemp("door"))))


def test_grants_of_a_rule_are_listed_the_newest_first(shop: Service) -> None:
    for number in range(4):
        give(shop, "percent", f"C{number}")
    derive(shop, "percent", "C9", usage=1)
    listed = shop.call("GET", f"{PATH}/percent/customers?limit=3").json()
    assert [ref["customer_id"] for ref in listed] == ["C3", "C2", "C1"]
    take(shop, "percent", "C1")
    after = f"{PATH}/percent/customers?starting_after={listed[-1]['id']}"
    assert [ref["customer_id"] for ref in shop.call("GET", after).json()] == ["C0"]
    assert shop.call("GET", f"{PATH}/bonus/customers?starting_after={listed[-1]['id']}").status_code == 422


def test_a_customer_has_his_own_grants_and_his_part_in_everyones(shop: Service) -> None:
    give(shop, "percent", "*")
    give(shop, "stamps", "*")
    give(shop, "bonus", "C2", "*")
    give(shop, "debit", "C1")
    give(shop, "debit", grants=[{"customer_id": "C1", "id": "older", "created_at": "2026-11-01T12:00:00Z"}])
    part = derive(shop, "stamps", "C1", usage=2, amount=50, stamps='[{"at": "2026-11-20T00:00:00Z", "count": 2}]')
    refs = held(shop, "C1")
    assert list(refs) == ["stamps", "debit", "bonus", "percent"]
    assert [ref["id"] == "older" for ref in refs["debit"]] == [True, False]
    statistics = {"usage": 2, "amount": 50, "stamp": 2}
    assert refs["stamps"] == [
        {
            "id": part,
            "customer_id": "C1",
            "created_at": "2026-11-21T12:00:00.000000Z",
            "statistics": statistics,
            "stamps": [NEW],
        }
    ]
    (unused,) = refs["percent"]
    assert (unused["id"], unused["customer_id"]) == (everyones_grant_id("percent", "C1"), "C1")
    assert unused["statistics"] == {"usage": 0, "amount": 0}
    assert refs["bonus"][0]["statistics"] == {"usage": 0, "amount": 0, "bonus": 0}
    assert [ref["id"] for ref in held(shop, "C2")["bonus"]] != [everyones_grant_id("bonus", "C2")]


def test_a_part_in_everyones_grant_goes_with_it_and_is_no_grant_of_ones_own(shop: Service) -> None:
    give(shop, "percent", "*")
    part = derive(shop, "percent", "C1", usage=3)
    (own,) = give(shop, "percent", "C1")
    assert own["statistics"]["usage"] == 0
    assert held(shop, "C1")["percent"][0]["id"] == own["id"]
    take(shop, "percent", "C1")
    assert held(shop, "C1")["percent"][0]["id"] == part
    take(shop, "percent", "*")
    assert held(shop, "C1") == {}
    give(shop, "percent", "*")
    assert held(shop, "C1")["percent"][0]["statistics"]["usage"] == 3


def test_a_customers_rules_come_by_page_and_state(shop: Service) -> None:
    for rule_id in KINDS:
        give(shop, rule_id, "C1")
    assert list(held(shop, "C1", "limit=2")) == ["stamps", "debit"]
    assert list(held(shop, "C1", "starting_after=debit")) == ["bonus", "percent"]
    shop.call("PUT", f"{PATH}/debit", {"active": False})
    shop.call("DELETE", f"{PATH}/bonus")
    assert list(held(shop, "C1")) == ["stamps", "debit", "percent"]
    assert list(held(shop, "C1", "state=inactive")) == ["debit"]
    assert list(held(shop, "C1", "state=available")) == ["stamps", "percent"]
    assert list(held(shop, "C1", "state=deleted")) == ["bonus"]
    assert shop.call("GET", "discounts/customers/C1/rules?starting_after=other").status_code == 422


@pytest.mark.parametrize("customer_id", ["a/b", "å ö", "a%b", "..", "a?b=c", "*a", "rules"])
def test_a_customers_id_may_be_nearly_any_text(shop: Service, customer_id: str) -> None:
    give(shop, "percent", customer_id)
    quoted = "".join(f"%{byte:02X}" for byte in customer_id.encode())
    assert list(held(shop, quoted)) == ["percent"]


@pytest.mark.parametrize("quoted", ["*", "%20a", "a%20", "%00", "a%1Fb", "a" * 256])
def test_what_is_no_customer_is_refused(door: Service, quoted: str) -> None:
    answer = door.call("GET", f"discounts/customers/{quoted}/rules")
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == ["path.customer_id"]


@pytest.mark.parametrize(
    ("method", "path", "scope", "status"),
    [
        ("POST", f"{PATH}/percent/customers", "read:discounts", 403),
        ("POST", f"{PATH}/percent/customers", "write:discounts", 201),
        ("DELETE", f"{PATH}/percent/customers", "read:discounts", 403),
        ("GET", f"{PATH}/percent/customers", "write:discounts", 403),
        ("GET", f"{PATH}/percent/customers", "read:discounts", 200),
        ("GET", "discounts/customers/C1/rules", "public:discounts", 403),
        ("GET", "discounts/customers/C1/rules", "read:discounts", 200),
    ],
)
def test_grants_are_written_and_read_under_their_scopes(
    shop: Service, method: str, path: str, scope: str, status: int
) -> None:
    body = None if method == "GET" else {"customers": ["C1"]}
    assert shop.call(method, path, body, token=shop.token(scope)).status_code == status
