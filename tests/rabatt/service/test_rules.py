"""Rules over HTTP: kept as they were sent, made once, changed within bounds, and marked as deleted."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service, running
from tests.support.service.answers import paths
from tests.support.service.lines import book_line
from tests.support.service.rows import version

PATH = "discounts/rules"
REWARD = {"type": "discount_percent", "value": 10}
RULE: dict[str, Any] = {"id": "r", "name": "Spar", "reward": REWARD}
WINDOW = {"purchase_from": "2026-11-01T00:00:00Z", "purchase_to": "2026-11-30T00:00:00Z"}


def post(service: Service, rule: dict[str, Any]) -> Any:
    answer = service.call("POST", PATH, rule)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_rule_comes_back_as_it_was_sent_with_what_the_service_says_of_it(service: Service) -> None:
    made = post(service, {**RULE, "metadata": {"a": None, "b": []}})
    assert made == {
        **RULE,
        "metadata": {"a": None, "b": []},
        "type": "receipt",
        "active": True,
        "private": False,
        "created_at": "2026-11-21T12:00:00.000002Z",
        "created_by": "till-1",
        "updated_at": "2026-11-21T12:00:00.000002Z",
        "updated_by": "till-1",
    }
    assert service.call("GET", f"{PATH}/r").json() == made
    assert service.call("GET", PATH).json() == [made]


def test_a_rule_with_items_is_of_type_item(service: Service) -> None:
    assert post(service, {**RULE, "requirement": {"item": {"items": [{"id": "a"}]}}})["type"] == "item"


def test_numbers_keep_their_digits(service: Service) -> None:
    sent = (
        '{"id": "r", "reward": {"type": "discount_percent", "value": 12.50}, "metadata": '
        '{"long": 0.1234567890123456789012345, "whole": 1234567890123456789012, "tiny": 1e-300, "nul": "\\u0000"}}'
    )
    headers = {"content-type": "application/json"}
    assert service.call("POST", PATH, content=sent, headers=headers).status_code == 201
    text = service.call("GET", f"{PATH}/r").text
    assert '"value":12.50' in text
    exact = json.loads(text, parse_float=Decimal)
    assert exact["metadata"] == json.loads(sent, parse_float=Decimal)["metadata"]


def test_what_only_the_service_says_is_passed_over(service: Service) -> None:
    others = {"created_by": 5, "deleted_at": "2020-01-01T00:00:00Z", "refs": [{}], "type": "none", "statistics": 1}
    made = post(service, {**RULE, **others})
    assert (made["created_by"], made["type"]) == ("till-1", "receipt")
    assert not {"deleted_at", "refs", "statistics"} & set(made)


@pytest.mark.parametrize("given", [{}, {"id": None}], ids=["no id", "null for an id"])
def test_a_rule_without_an_id_is_given_one(service: Service, given: dict[str, Any]) -> None:
    made = [post(service, {"reward": REWARD, **given}) for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]
    assert service.call("GET", f"{PATH}/{made[0]['id']}").json() == made[0]


def test_the_same_rule_again_is_made_once_whatever_the_order_of_its_fields(service: Service) -> None:
    first = service.call("POST", PATH, RULE)
    again = service.call("POST", PATH, dict(reversed(RULE.items())))
    assert (again.status_code, again.content) == (201, first.content)
    assert len(service.call("GET", PATH).json()) == 1


def test_the_same_rule_many_times_at_once_is_made_once(service: Service) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(partial(service.call, "POST", PATH), [RULE] * 24))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(service.call("GET", PATH).json()) == 1


def test_an_id_that_is_taken_is_a_conflict(service: Service) -> None:
    post(service, RULE)
    other = service.call("POST", PATH, {**RULE, "name": "Annet"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "CONFLICT")
    service.call("DELETE", f"{PATH}/r")
    gone = service.call("POST", PATH, RULE)
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "RULE_IS_DELETED")


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        pytest.param({}, ["reward"], id="nothing in it"),
        pytest.param([], [""], id="no object"),
        pytest.param({"rules": [RULE]}, ["reward", "rules"], id="a list of rules in an object"),
        pytest.param({**RULE, "nmae": "x"}, ["nmae"], id="an unknown field"),
        pytest.param({"id": 5, "reward": {"type": "discount_percent", "value": 101}}, ["id", "reward.value"], id="two"),
        pytest.param({**RULE, "id": "a/b"}, ["id"], id="an id that is two parts of a path"),
        pytest.param({**RULE, "id": ".."}, ["id"], id="an id that is the folder above"),
        pytest.param({**RULE, "id": " a"}, ["id"], id="an id with a space before it"),
        pytest.param({**RULE, "id": "a\0"}, ["id"], id="an id with NUL"),
        pytest.param({**RULE, "id": "a\n"}, ["id"], id="an id with a line feed after it"),
        pytest.param({**RULE, "id": "a" * 256}, ["id"], id="a long id"),
        pytest.param({**RULE, "id": ""}, ["id"], id="an empty id"),
        pytest.param(
            {**RULE, "requirement": {"purchase_from": "2026-01-02T00:00:00Z", "purchase_to": "2026-01-01T00:00:00Z"}},
            ["requirement.purchase_to"],
            id="a window that closes before it opens",
        ),
    ],
)
def test_a_rule_with_faults_is_refused_with_all_of_them(door: Service, rule: Any, wanted: list[str]) -> None:
    answer = door.call("POST", PATH, rule)
    assert answer.status_code == 422
    assert sorted(paths(answer)) == wanted
    assert door.call("GET", PATH).json() == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("{", "", id="half a document"),
        pytest.param('{"id": "r", "id": "s"}', "", id="a field twice"),
        pytest.param('{"reward": {"type": "discount_percent", "value": 1e400}}', "reward.value", id="a vast number"),
        pytest.param('{"reward": {"type": "discount_percent", "value": NaN}}', "", id="no number"),
        pytest.param('{"reward": {}, "name": "\\ud800"}', "name", id="half a character"),
        pytest.param('{"metadata":' * 300 + "1" + "}" * 300, "metadata", id="very deep"),
    ],
)
def test_what_is_not_json_is_refused(door: Service, text: str, path: str) -> None:
    answer = door.call("POST", PATH, content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, paths(answer)) == (422, [path])


def test_a_window_at_the_ends_of_the_calendar_is_kept(service: Service) -> None:
    window = {"purchase_from": "0001-01-01T00:00:00+14:00", "purchase_to": "9999-12-31T23:59:59-12:00"}
    assert post(service, {**RULE, "requirement": window})["requirement"] == window
    assert [rule["id"] for rule in service.call("GET", f"{PATH}?state=active").json()] == ["r"]


@pytest.fixture
def narrow(url: str) -> Iterator[Service]:
    """A service with room for two rules, and for short bodies."""
    yield from running(url, max_rules=2, max_body_bytes=1024)


def test_an_account_has_no_more_rules_than_it_may(narrow: Service) -> None:
    post(narrow, RULE)
    post(narrow, {**RULE, "id": "s"})
    full = narrow.call("POST", PATH, {**RULE, "id": "t"})
    assert (full.status_code, full.json()["error"]["code"]) == (409, "TOO_MANY_RULES")
    post(narrow, RULE)
    for _twice in range(2):
        narrow.call("DELETE", f"{PATH}/s")
    post(narrow, {**RULE, "id": "t"})
    assert narrow.call("POST", PATH, {**RULE, "id": "u"}).status_code == 409


def test_a_rule_does_not_grow_without_end(narrow: Service) -> None:
    post(narrow, RULE)
    for name in "ab":
        last = narrow.call("PUT", f"{PATH}/r", {"metadata": {name: "x" * 600}})
    assert (last.status_code, paths(last)) == (422, [""])
    assert narrow.call("POST", PATH, {**RULE, "description": "x" * 1100}).status_code == 413


def test_a_patch_replaces_merges_and_removes(service: Service) -> None:
    made = post(service, {**RULE, "receipt_text": "Mai", "requirement": WINDOW, "metadata": {"a": 1.50, "b": {"c": 1}}})
    patch = {"name": "Ny", "receipt_text": None, "requirement": {"stamp": 2}, "metadata": {"b": {"d": 2}, "x": None}}
    changed = service.call("PUT", f"{PATH}/r", patch)
    assert changed.status_code == 200
    expected = {**made, "name": "Ny", "requirement": {**WINDOW, "stamp": 2}}
    expected |= {"metadata": {"a": 1.5, "b": {"c": 1, "d": 2}}}
    del expected["receipt_text"]
    assert changed.json() == {**expected, "updated_at": changed.json()["updated_at"]}
    assert changed.json()["updated_at"] > made["updated_at"]
    assert service.call("GET", f"{PATH}/r").json() == changed.json()


def test_a_patch_that_changes_nothing_writes_nothing(service: Service) -> None:
    made = post(service, RULE)
    same = {"id": "r", "name": "Spar", "updated_by": "someone", "type": "item", "limitation": None}
    assert service.call("PUT", f"{PATH}/r", same).json() == made


@pytest.mark.parametrize(
    ("patch", "wanted"),
    [
        pytest.param({"id": "s"}, ["id"], id="another id"),
        pytest.param({"id": None}, ["id"], id="no id"),
        pytest.param(
            {"reward": {"value": 101}, "foo": 1}, ["foo", "reward.value"], id="faults of what would come of it"
        ),
        pytest.param({"reward": None}, ["reward"], id="what is needed taken away"),
        pytest.param(["name"], [""], id="no object"),
    ],
)
def test_a_patch_with_faults_changes_nothing(service: Service, patch: Any, wanted: list[str]) -> None:
    made = post(service, RULE)
    before = version(service)
    answer = service.call("PUT", f"{PATH}/r", patch)
    assert answer.status_code == 422
    assert sorted(paths(answer)) == wanted
    assert service.call("GET", f"{PATH}/r").json() == made
    assert version(service) == before


TO, FROM = "requirement.purchase_to", "requirement.purchase_from"


@pytest.mark.parametrize(
    ("requirement", "patch", "wanted"),
    [
        pytest.param(WINDOW, {"name": "Ny", "active": False}, None, id="texts and the switch"),
        pytest.param(WINDOW, {"requirement": {"purchase_to": "2026-12-01T00:00:00Z"}}, None, id="a later end"),
        pytest.param(WINDOW, {"requirement": {"purchase_to": "2026-11-30T01:00:00+01:00"}}, None, id="the same end"),
        pytest.param(WINDOW, {"requirement": {"purchase_to": None}}, None, id="no end any more"),
        pytest.param(WINDOW, {"requirement": {"purchase_to": "2026-11-29T00:00:00Z"}}, [TO], id="an earlier end"),
        pytest.param({}, {"requirement": {"purchase_to": "2030-01-01T00:00:00Z"}}, [TO], id="an end where was none"),
        pytest.param(WINDOW, {"requirement": {"purchase_from": "2026-10-01T00:00:00Z"}}, [FROM], id="another start"),
        pytest.param(WINDOW, {"requirement": None}, [FROM], id="no start any more"),
        pytest.param(WINDOW, {"reward": {"value": 10.0}}, None, id="the same percent"),
        pytest.param(WINDOW, {"reward": {"value": 11}}, ["reward"], id="another percent"),
        pytest.param(
            WINDOW,
            {"reward": {"base": "net"}, "requirement": {"purchase_from": None, "purchase_to": "2026-11-02T00:00:00Z"}},
            [FROM, TO, "reward"],
            id="all that is restricted",
        ),
    ],
)
def test_a_used_rule_keeps_its_start_and_its_reward_and_ends_no_earlier(
    service: Service, requirement: dict[str, Any], patch: dict[str, Any], wanted: list[str] | None
) -> None:
    post(service, {**RULE, "requirement": requirement})
    post(service, {**RULE, "id": "unused", "requirement": requirement})
    book_line(service, "r")
    book_line(service, "unused", is_cancelled=True)
    answer = service.call("PUT", f"{PATH}/r", patch)
    if wanted is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RULE_IS_USED")
        assert paths(answer, 409) == wanted
    assert service.call("PUT", f"{PATH}/unused", patch).status_code == 200


def test_a_deleted_rule_is_marked_and_changes_no_more(service: Service) -> None:
    made = post(service, RULE)
    gone = service.call("DELETE", f"{PATH}/r")
    assert gone.status_code == 200
    assert gone.json() == {**made, "deleted_at": gone.json()["deleted_at"], "deleted_by": "till-1"}
    assert service.call("DELETE", f"{PATH}/r").content == gone.content
    assert service.call("GET", f"{PATH}/r").json() == gone.json()
    changed = service.call("PUT", f"{PATH}/r", {"name": "Ny"})
    assert (changed.status_code, changed.json()["error"]["code"]) == (409, "RULE_IS_DELETED")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_rule_of_nobody_or_of_another_account_is_not_found(service: Service, method: str) -> None:
    post(service, RULE)
    body = {"name": "Ny"} if method == "PUT" else None
    assert service.call(method, f"{PATH}/other", body).status_code == 404
    headers = {"authorization": f"Bearer {service.token(account='P99999999')}"}
    other = service.client.request(method, f"/v1/accounts/P99999999/{PATH}/r", headers=headers, json=body)
    assert other.status_code == 404


def test_every_change_raises_the_version_and_only_changes_do(service: Service) -> None:
    versions = [version(service)]
    for method, path, body in [
        ("POST", PATH, RULE),
        ("PUT", f"{PATH}/r", {"name": "Ny"}),
        ("DELETE", f"{PATH}/r", None),
    ]:
        service.call(method, path, body)
        versions.append(version(service))
    assert versions == [0, 1, 2, 3]
    for method, path, body in [("POST", PATH, RULE), ("PUT", f"{PATH}/r", {}), ("DELETE", f"{PATH}/other", None)]:
        assert service.call(method, path, body).status_code in {404, 409}
    assert version(service) == 3


@pytest.mark.parametrize(
    ("method", "scope", "status"),
    [
        ("POST", "read:discounts", 403),
        ("POST", "write:discounts:/available_for_receipt", 403),
        ("POST", "write:discounts", 201),
        ("GET", "write:discounts", 403),
        ("GET", "public:discounts", 403),
        ("GET", "read:discounts", 200),
        ("GET", "admin:discounts", 200),
    ],
)
def test_rules_are_written_and_read_under_their_scopes(service: Service, method: str, scope: str, status: int) -> None:
    body = RULE if method == "POST" else None
    assert service.call(method, PATH, body, token=service.token(scope)).status_code == status
