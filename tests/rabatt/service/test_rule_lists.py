"""Lists of rules: by page, state and time, with what was used of them, and as the public sees them."""

from datetime import timedelta
from typing import Any

import pytest

from rabatt.service.clock import written
from tests.rabatt.service.conftest import START, Service
from tests.support.service.lines import book_line

PATH = "discounts/rules"
PUBLIC = "discounts/public/rules"
REWARD = {"type": "discount_percent", "value": 10}
BEFORE, AFTER = written(START - timedelta(days=1)), written(START + timedelta(days=1))
OPEN = {"purchase_from": BEFORE, "purchase_to": AFTER}
ENDED = {"purchase_to": BEFORE}
LATER = {"purchase_from": AFTER}


def make(service: Service, rule_id: str, requirement: dict[str, Any] | None = None, **fields: Any) -> None:
    answer = service.call("POST", PATH, {"id": rule_id, "reward": REWARD, "requirement": requirement or {}, **fields})
    assert answer.status_code == 201, answer.text


def grant(service: Service, rule_id: str, customer_id: str = "*") -> str:
    answer = service.call("POST", f"{PATH}/{rule_id}/customers", {"customers": [customer_id]})
    assert answer.status_code == 201, answer.text
    ref_id = answer.json()["refs"][0]["id"]
    assert isinstance(ref_id, str)
    return ref_id


def ids(service: Service, query: str = "", path: str = PATH) -> list[str]:
    answer = service.call("GET", f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    return [rule["id"] for rule in answer.json()]


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with a rule in every state."""
    make(service, "open", OPEN)
    make(service, "ever")
    make(service, "held")
    make(service, "off", OPEN, active=False)
    make(service, "later", LATER)
    make(service, "ended", ENDED)
    make(service, "gone")
    make(service, "taken")
    grant(service, "held", "C1")
    for rule_id in ("off", "later", "ended", "gone", "taken"):
        grant(service, rule_id)
    service.call("DELETE", f"{PATH}/gone")
    service.call("DELETE", f"{PATH}/taken/customers", {"customers": ["*"]})
    return service


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("all", ["taken", "ended", "later", "off", "held", "ever", "open"]),
        ("active", ["taken", "held", "ever", "open"]),
        ("available", ["held"]),
        ("scheduled", ["later"]),
        ("completed", ["ended"]),
        ("inactive", ["off"]),
        ("deleted", ["gone"]),
    ],
)
def test_a_state_has_the_rules_that_are_in_it(shop: Service, state: str, wanted: list[str]) -> None:
    assert ids(shop, f"state={state}") == wanted


def test_states_follow_the_clock(shop: Service) -> None:
    shop.hands.at += timedelta(days=2)
    assert ids(shop, "state=active") == ["taken", "later", "held", "ever"]
    assert ids(shop, "state=completed") == ["ended", "open"]
    assert ids(shop, "state=scheduled") == []


def test_pages_follow_each_other_the_newest_first(service: Service) -> None:
    names = [f"r{number}" for number in range(12)]
    for name in names:
        make(service, name)
    assert ids(service) == names[:1:-1]
    assert ids(service, "limit=100") == names[::-1]
    assert ids(service, "limit=5&starting_after=r5") == names[4::-1]
    assert ids(service, "starting_after=r0") == []
    service.call("DELETE", f"{PATH}/r5")
    assert ids(service, "limit=5&starting_after=r5") == names[4::-1]


def test_rules_made_at_one_time_are_in_the_order_of_their_ids(service: Service) -> None:
    for name in ("b", "d", "a", "c"):
        service.hands.at = START
        make(service, name)
    assert ids(service, "limit=2") == ["d", "c"]
    assert ids(service, "limit=2&starting_after=c") == ["b", "a"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=ten", "query.limit"),
        ("starting_after=other", "query.starting_after"),
        ("starting_after=%00", "query.starting_after"),
        ("starting_after=", "query.starting_after"),
        ("state=old", "query.state"),
        ("since_datetime=2026-11-21", "query.since_datetime"),
        ("since_datetime=2026-11-21T12:00:00", "query.since_datetime"),
        ("statistics=often", "query.statistics"),
    ],
)
def test_a_query_with_a_fault_is_refused_with_its_place(door: Service, query: str, path: str) -> None:
    answer = door.call("GET", f"{PATH}?{query}")
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["error"]["errors"]] == [path]


def test_since_leaves_out_what_was_neither_made_changed_nor_deleted_from_then_on(service: Service) -> None:
    for name in ("same", "changed", "gone"):
        make(service, name)
    service.hands.at += timedelta(hours=1)
    since = f"since_datetime={written(service.hands.at)}"
    assert ids(service, since) == []
    service.call("PUT", f"{PATH}/changed", {"name": "Ny"})
    service.call("DELETE", f"{PATH}/gone")
    make(service, "new")
    assert ids(service, since) == ["new", "changed"]
    assert ids(service, f"{since}&state=deleted") == ["gone"]
    changed = service.call("GET", f"{PATH}/changed").json()["updated_at"]
    assert ids(service, f"since_datetime={changed}") == ["new", "changed"]
    assert ids(service, "since_datetime=0001-01-01T00:00:00%2B14:00") == ["new", "changed", "same"]


def test_statistics_add_up_what_was_not_cancelled(service: Service) -> None:
    make(service, "used")
    make(service, "unused")
    for customer_id in ("C1", "C1", "C2", None):
        book_line(service, "used", customer_id, amount=10**14, bonus=5)
    book_line(service, "used", "C3", is_cancelled=True)
    book_line(service, "unused", "C3", is_cancelled=True)
    answer = service.call("GET", f"{PATH}?statistics=true").json()
    assert {rule["id"]: rule["statistics"] for rule in answer} == {
        "used": {"usage": 4, "amount": 4 * 10**14, "bonus": 20, "customers": 2},
        "unused": {"usage": 0, "amount": 0, "bonus": 0, "customers": 0},
    }
    assert "statistics" not in service.call("GET", PATH).json()[0]


@pytest.mark.parametrize(
    ("requirement", "fields", "is_seen"),
    [
        pytest.param({}, {}, True, id="without a window"),
        pytest.param(OPEN, {}, True, id="in its window"),
        pytest.param(LATER, {}, False, id="before its window"),
        pytest.param(LATER, {"visible_from": BEFORE}, True, id="before its window, to be seen already"),
        pytest.param(OPEN, {"visible_from": AFTER}, False, id="in its window, not to be seen yet"),
        pytest.param(ENDED, {}, False, id="after its end"),
        pytest.param({}, {"private": True}, False, id="private"),
        pytest.param({}, {"active": False}, False, id="switched off"),
    ],
)
def test_the_public_sees_what_everyone_is_granted_and_may_see_by_now(
    service: Service, requirement: dict[str, Any], fields: dict[str, Any], is_seen: bool
) -> None:
    make(service, "r", requirement, **fields)
    assert ids(service, path=PUBLIC) == []
    grant(service, "r", "C1")
    assert ids(service, path=PUBLIC) == []
    grant(service, "r")
    assert ids(service, path=PUBLIC) == (["r"] if is_seen else [])
    service.call("DELETE", f"{PATH}/r/customers", {"customers": ["*"]})
    assert ids(service, path=PUBLIC) == []


def test_a_deleted_rule_is_not_public(service: Service) -> None:
    make(service, "r")
    grant(service, "r")
    service.call("DELETE", f"{PATH}/r")
    assert ids(service, path=PUBLIC) == []


def test_the_public_is_not_told_who_wrote_a_rule_nor_what_is_marked_as_not_public(service: Service) -> None:
    make(service, "r", metadata={"a": 1, "dintero:exclude:public:b": 2, "c": {"dintero:exclude:public:d": 3}})
    ref_id = grant(service, "r")
    answer = service.call("GET", PUBLIC, token=service.token("public:discounts"))
    (rule,) = answer.json()
    assert rule == {
        "id": "r",
        "reward": REWARD,
        "requirement": {},
        "metadata": {"a": 1, "c": {"dintero:exclude:public:d": 3}},
        "type": "receipt",
        "active": True,
        "private": False,
        "created_at": "2026-11-21T12:00:00.000002Z",
        "updated_at": "2026-11-21T12:00:00.000002Z",
        "ref_id": ref_id,
    }


def test_pages_of_public_rules_start_after_a_grant_or_a_rule(service: Service) -> None:
    refs = {}
    for name in ("a", "b", "c"):
        make(service, name)
        refs[name] = grant(service, name)
    assert ids(service, "limit=2", PUBLIC) == ["c", "b"]
    assert ids(service, f"starting_after={refs['b']}", PUBLIC) == ids(service, "starting_after=b", PUBLIC) == ["a"]
    assert service.call("GET", f"{PUBLIC}?starting_after=other").status_code == 422


@pytest.mark.parametrize("scope", ["read:discounts", "write:discounts"])
def test_public_rules_have_a_scope_of_their_own(service: Service, scope: str) -> None:
    assert service.call("GET", PUBLIC, token=service.token(scope)).status_code == 403


def test_lists_have_the_rules_of_their_account_only(service: Service) -> None:
    make(service, "r")
    grant(service, "r")
    headers = {"authorization": f"Bearer {service.token(account='P99999999')}"}
    for path in (PATH, PUBLIC, "discounts/customers/C1/rules"):
        assert service.client.get(f"/v1/accounts/P99999999/{path}", headers=headers).json() == []
    started = f"/v1/accounts/P99999999/{PATH}?starting_after=r"
    assert service.client.get(started, headers=headers).status_code == 422
