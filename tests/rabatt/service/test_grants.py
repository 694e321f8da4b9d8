"""Grants over HTTP: given once, moved in with what was used, and taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.tables import grants, rules
from tests.rabatt.service.conftest import ACCOUNT, Service, new_url, running
from tests.support.service.giving import PATH, derive, give, held, take, with_rules
from tests.support.service.rows import version


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with one rule of each kind."""
    return with_rules(service)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The same for what never comes as far as the store."""
    yield from map(with_rules, running(new_url("sqlite", tmp_path_factory.mktemp("door"))))


def is_granted_to_everyone(service: Service, rule_id: str) -> bool:
    with service.store.reading() as connection:
        column = select(rules.c.granted_to_everyone).where(rules.c.aid == ACCOUNT, rules.c.id == rule_id)
        return bool(connection.execute(column).scalar_one())


def test_a_customer_is_given_a_rule_once(shop: Service) -> None:
    (ref,) = give(shop, "percent", "C1", "C1")
    assert ref == {
        "id": ref["id"],
        "customer_id": "C1",
        "created_at": ref["created_at"],
        "created_by": "till-1",
        "statistics": {"usage": 0, "amount": 0},
    }
    assert give(shop, "percent", "C1") == [ref]
    assert give(shop, "percent", "C2", "C1")[0] == ref
    assert len(shop.call("GET", f"{PATH}/percent/customers").json()) == 2


def test_a_customer_is_given_a_rule_once_by_many_at_once(shop: Service) -> None:
    body = {"customers": ["C1", "*"]}
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(partial(shop.call, "POST", f"{PATH}/percent/customers"), [body] * 24))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(shop.call("GET", f"{PATH}/percent/customers").json()) == 2


def test_the_answer_is_the_rule_with_the_grants(shop: Service) -> None:
    answer = shop.call("POST", f"{PATH}/bonus/customers", {"customers": ["C1"]}).json()
    refs = answer.pop("refs")
    assert answer == shop.call("GET", f"{PATH}/bonus").json()
    assert refs[0]["statistics"] == {"usage": 0, "amount": 0, "bonus": 0}


CARD = {"customer_id": "C1", "id": "card", "created_at": "2026-11-01T12:00:00+01:00"}
CARD_AT = "2026-11-01T11:00:00.000000Z"
OLD, NEW = {"at": "2026-10-01T00:00:00Z", "count": 3}, {"at": "2026-11-20T00:00:00Z", "count": 2}
OLDER, NEWER = {**OLD, "at": "2026-10-01T00:00:00.000000Z"}, {**NEW, "at": "2026-11-20T00:00:00.000000Z"}


@pytest.mark.parametrize(
    ("rule_id", "entry", "wanted"),
    [
        pytest.param(
            "percent",
            {"statistics": {"usage": 2, "amount": 500, "bonus": 7}},
            {"statistics": {"usage": 2, "amount": 500}},
            id="what was used of a discount",
        ),
        pytest.param(
            "bonus",
            {"statistics": {"usage": 2, "amount": 0, "bonus": 7}},
            {"statistics": {"usage": 2, "amount": 0, "bonus": 7}},
            id="what was used of a bonus",
        ),
        pytest.param(
            "debit", {}, {"statistics": {"usage": 0, "amount": 0, "debit_balance": 10_000}}, id="a new gift card"
        ),
        pytest.param(
            "debit",
            {"statistics": {"usage": 1, "amount": 4_000}},
            {"statistics": {"usage": 1, "amount": 4_000, "debit_balance": 6_000}},
            id="a gift card of which some was used",
        ),
        pytest.param(
            "debit",
            {"statistics": {"amount": 12_000}},
            {"statistics": {"usage": 0, "amount": 12_000, "debit_balance": 0}},
            id="a gift card of which too much was used",
        ),
        pytest.param(
            "debit",
            {"statistics": {"debit_balance": 25_000}},
            {"statistics": {"usage": 0, "amount": 0, "debit_balance": 25_000}},
            id="a gift card with its balance",
        ),
        pytest.param(
            "stamps", {}, {"statistics": {"usage": 0, "amount": 0, "stamp": 0}, "stamps": []}, id="a new stamp card"
        ),
        pytest.param(
            "stamps",
            {"statistics": {"stamp": 4}},
            {"statistics": {"usage": 0, "amount": 0, "stamp": 4}, "stamps": [{"at": CARD_AT, "count": 4}]},
            id="stamps without times",
        ),
        pytest.param(
            "stamps",
            {"statistics": {"stamp": 9}, "stamps": [NEW, OLD]},
            {"statistics": {"usage": 0, "amount": 0, "stamp": 2}, "stamps": [NEWER]},
            id="stamps with times, some of them too old",
        ),
    ],
)
def test_a_card_is_moved_in_with_what_was_used_of_it(
    shop: Service, rule_id: str, entry: dict[str, Any], wanted: dict[str, Any]
) -> None:
    (ref,) = give(shop, rule_id, grants=[{**CARD, **entry}])
    assert ref == {
        "id": "card",
        "customer_id": "C1",
        "created_at": CARD_AT,
        "created_by": "till-1",
        "statistics": wanted["statistics"],
        **({"stamps": wanted["stamps"]} if "stamps" in wanted else {}),
    }
    assert held(shop, "C1") == {rule_id: [{name: ref[name] for name in ref if name != "created_by"}]}


def test_stamps_are_kept_oldest_first(shop: Service) -> None:
    give(shop, "stamps", grants=[{**CARD, "stamps": [NEW, OLD]}])
    shop.call("PUT", f"{PATH}/stamps", {"limitation": {"stamp_expire_days": None}})
    assert held(shop, "C1")["stamps"][0]["stamps"] == [OLDER, NEWER]


def test_a_card_with_an_id_is_moved_in_once_even_when_it_was_used_since(shop: Service) -> None:
    entry = {**CARD, "statistics": {"amount": 500}}
    give(shop, "debit", grants=[entry])
    with shop.store.writing() as connection:
        connection.execute(update(grants).where(grants.c.id == "card").values(usage=1, amount=700, debit_balance=9_300))
    same_time = {"customer_id": "C1", "statistics": {"amount": 500}, "id": "card", "created_at": CARD_AT}
    for again in (entry, {**same_time, "created_by": "someone"}):
        (ref,) = give(shop, "debit", grants=[again])
        assert ref["statistics"] == {"usage": 1, "amount": 700, "debit_balance": 9_300}
    take(shop, "debit", "C1")
    assert give(shop, "debit", grants=[entry]) == []


@pytest.mark.parametrize(
    ("rule_id", "entry"),
    [
        pytest.param("debit", {**CARD, "statistics": {"amount": 501}}, id="another amount"),
        pytest.param("debit", {**CARD, "customer_id": "C2", "statistics": {"amount": 500}}, id="another customer"),
        pytest.param("percent", {**CARD, "statistics": {"amount": 500}}, id="another rule"),
    ],
)
def test_the_id_of_another_grant_is_a_conflict(shop: Service, rule_id: str, entry: dict[str, Any]) -> None:
    give(shop, "debit", grants=[{**CARD, "statistics": {"amount": 500}}])
    others = [{"customer_id": "C3"}, entry]
    answer = shop.call("POST", f"{PATH}/{rule_id}/customers", {"grants": others})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert held(shop, "C3") == {}


def test_one_card_for_two_rules_at_once_goes_to_one_of_them(shop: Service) -> None:
    call = partial(shop.call, "POST", body={"grants": [CARD]})
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, [f"{PATH}/percent/customers", f"{PATH}/bonus/customers"] * 8))
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert len(held(shop, "C1")) == 1


def test_a_customer_may_be_given_a_rule_again(shop: Service) -> None:
    first, second = give(shop, "debit", "C1", grants=[{"customer_id": "C1"}, {"customer_id": "C1"}])
    assert first["id"] != second["id"]
    assert len(give(shop, "debit", grants=[{"customer_id": "C1"}])) == 3


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param({}, [""], id="nobody"),
        pytest.param({"customers": [], "grants": []}, [""], id="empty lists"),
        pytest.param({"customers": ["C"] * 1001}, ["customers"], id="too many customers"),
        pytest.param({"customers": ["C"] * 600, "grants": [{"customer_id": "C"}] * 401}, [""], id="too many in all"),
        pytest.param({"customers": ["C1", " C2", "", 5]}, ["customers[1]", "customers[2]", "customers[3]"], id="ids"),
        pytest.param({"customers": "C1"}, ["customers"], id="no list"),
        pytest.param({"customer": ["C1"]}, ["customer"], id="an unknown field"),
        pytest.param(["C1"], [""], id="no object"),
        pytest.param({"grants": [{}]}, ["grants[0].customer_id"], id="a grant to nobody"),
        pytest.param(
            {"grants": [{"customer_id": "C1", "created_at": "2026-11-01"}]}, ["grants[0].created_at"], id="no time"
        ),
        pytest.param(
            {"grants": [{"customer_id": "C1", "created_at": "0001-01-01T00:00:00+14:00"}]},
            ["grants[0].created_at"],
            id="a time beyond the calendar",
        ),
        pytest.param(
            {"grants": [{"customer_id": "C1", "statistics": {"usage": -1, "amount": 0.5, "uses": 1}}]},
            ["grants[0].statistics.amount", "grants[0].statistics.usage", "grants[0].statistics.uses"],
            id="statistics",
        ),
        pytest.param(
            {"grants": [{"customer_id": "C1", "statistics": {"stamp": 1, "debit_balance": 1}, "stamps": [OLD]}]},
            ["grants[0].stamps", "grants[0].statistics.debit_balance", "grants[0].statistics.stamp"],
            id="what the rule has no room for",
        ),
        pytest.param({"grants": [CARD, CARD]}, ["grants[1].id"], id="one id twice"),
        pytest.param(
            {"grants": [{"customer_id": "C1", "id": everyones_grant_id("percent", "C1")}]},
            ["grants[0].id"],
            id="the id of a part in everyone's grant",
        ),
    ],
)
def test_a_body_with_faults_gives_nothing(door: Service, body: Any, wanted: list[str]) -> None:
    answer = door.call("POST", f"{PATH}/percent/customers", body)
    assert answer.status_code == 422
    assert sorted(fault["path"] for fault in answer.json()["error"]["errors"]) == wanted
    assert door.call("GET", f"{PATH}/percent/customers").json() == []


def test_a_thousand_customers_are_given_a_rule_in_one_call(shop: Service) -> None:
    names = [f"C{number}" for number in range(1_000)]
    assert {ref["customer_id"] for ref in give(shop, "stamps", *names)} == set(names)
    assert sorted(take(shop, "stamps", *names)) == sorted(names)


def test_everyone_is_given_a_rule_once_and_the_rule_says_so(shop: Service) -> None:
    before = version(shop)
    (ref,) = give(shop, "percent", "*")
    assert ref["customer_id"] == "*"
    assert is_granted_to_everyone(shop, "percent")
    assert version(shop) > before
    assert give(shop, "percent", "*", "C1")[0] == ref
    second = shop.call("POST", f"{PATH}/percent/customers", {"grants": [{"customer_id": "*"}]})
    assert (second.status_code, second.json()["error"]["code"]) == (409, "EVERYONE_IS_GRANTED")
    assert take(shop, "percent", "*") == ["*"]
    assert not is_granted_to_everyone(shop, "percent")
    entry = {"customer_id": "*", "id": "moved", "statistics": {"usage": 5, "amount": 5}}
    for _twice in range(2):
        (moved,) = give(shop, "percent", grants=[entry])
        assert (moved["id"], moved["statistics"]) == ("moved", {"usage": 0, "amount": 0})
    assert is_granted_to_everyone(shop, "percent")


def test_a_grant_to_a_customer_leaves_the_version_as_it_is(shop: Service) -> None:
    before = version(shop)
    give(shop, "percent", "C1")
    take(shop, "percent", "C1")
    assert version(shop) == before


def test_a_grant_is_taken_once_and_can_be_given_anew(shop: Service) -> None:
    give(shop, "percent", "C1", "C2", "*")
    give(shop, "percent", grants=[{"customer_id": "C1"}])
    assert sorted(take(shop, "percent", "C1", "C1", "C9")) == ["C1", "C1"]
    assert take(shop, "percent", "C1") == []
    assert is_granted_to_everyone(shop, "percent")
    assert {ref["customer_id"] for ref in shop.call("GET", f"{PATH}/percent/customers").json()} == {"C2", "*"}
    (anew,) = give(shop, "percent", "C1")
    assert anew["statistics"] == {"usage": 0, "amount": 0}


def test_a_deleted_rule_is_given_no_more_but_can_be_taken(shop: Service) -> None:
    give(shop, "percent", "C1", "*")
    shop.call("DELETE", f"{PATH}/percent")
    answer = shop.call("POST", f"{PATH}/percent/customers", {"customers": ["C1"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RULE_IS_DELETED")
    assert held(shop, "C1") == {}
    assert sorted(take(shop, "percent", "C1", "*")) == ["*", "C1"]


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_grants_of_an_unknown_rule_are_not_found(shop: Service, method: str) -> None:
    body = None if method == "GET" else {"customers": ["C1", "*"]}
    assert shop.call(method, f"{PATH}/other/customers", body).status_code == 404


def test_many_writers_at_once_wait_for_each_other_and_never_for_ever(shop: Service) -> None:
    def write(number: int) -> int:
        random = Random(number)
        rule_id = random.choice(["percent", "stamps"])
        customers = random.sample(["*", "C1", "C2", "C3"], 3)
        path = f"{PATH}/{rule_id}"
        entries = [{"customer_id": one, "id": f"card-{number % 5}-{one}"} for one in customers]
        match random.choice(["change", "give", "move in", "take", "derive"]):
            case "change":
                answer = shop.call("PUT", path, {"name": str(number)})
            case "give":
                answer = shop.call("POST", f"{path}/customers", {"customers": customers})
            case "move in":
                answer = shop.call("POST", f"{path}/customers", {"grants": entries})
            case "take":
                answer = shop.call("DELETE", f"{path}/customers", {"customers": customers})
            case _:
                answer = None
                derive(shop, rule_id, f"C{number}")
        return answer.status_code if answer is not None else 200

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(write, range(160))) <= {200, 201, 409}
    everyones = select(func.count()).where(grants.c.customer_id == "*", grants.c.deleted_at.is_(None))
    for rule_id in ("percent", "stamps"):
        with shop.store.reading() as connection:
            live = connection.execute(everyones.where(grants.c.discount_id == rule_id)).scalar_one()
        assert live == int(is_granted_to_everyone(shop, rule_id))
