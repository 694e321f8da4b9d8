"""Who is let in: every route, with every kind of token that must not open it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from rabatt.service import create_app
from rabatt.service.entry.access import OPEN_PATHS, SCOPES, check_every_route
from tests.rabatt.service.conftest import ACCOUNT, KEY, START, Service, new_url, running, settings_of
from tests.support.service.every_route import Operation, claims, guarded, operations, packed, signed, unsigned

OTHER_ACCOUNT = "T87654321"
OTHER_KEY = "another key, and no less long than the one of the service"
DEEP = "[" * 20_000


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Service]:
    """A service on SQLite: no one gets as far as the store."""
    yield from running(new_url("sqlite", tmp_path))


def status_of(door: Service, operation: Operation, authorization: str | None, **parameters: str) -> tuple[int, Any]:
    """The status and the code of the error."""
    headers = {} if authorization is None else {b"authorization": authorization.encode("latin-1")}
    body: dict[str, Any] | None = None if operation.method in {"GET", "DELETE"} else {}
    response = door.client.request(operation.method, operation.path(**parameters), headers=headers, json=body)
    content = response.json() if response.headers["content-type"] == "application/json" else {}
    return response.status_code, content.get("error", {}).get("code") if isinstance(content, dict) else None


NO_TOKENS: dict[str, str | None] = {
    "no header": None,
    "nothing in the header": "",
    "a word without a token": "Bearer",
    "a word and spaces": "Bearer    ",
    "another kind": "Basic dGlsbDpzZWNyZXQ=",
    "no token at all": "Bearer till-1",
    "three empty parts": "Bearer ..",
    "two tokens": "Bearer a.b.c d.e.f",
    "signs of another alphabet": "Bearer \xe6\xf8\xe5.\xe6.\xe5",
    "a header that is nested deeply": f"Bearer {packed(DEEP.encode())}.{packed(b'{}')}.{packed(b'x')}",
    "a header that is a list": f"Bearer {packed(b'[]')}.{packed(b'{}')}.{packed(b'x')}",
    "a header with a number beyond counting": f"Bearer {packed(b'9' * 5000)}.{packed(b'{}')}.{packed(b'x')}",
}

BAD_TOKENS: dict[str, Callable[[Operation], str]] = {
    "expired": lambda one: signed(claims(one.scopes, exp=int(START.timestamp()) - 1)),
    "expires now": lambda one: signed(claims(one.scopes, exp=int(START.timestamp()))),
    "not valid yet": lambda one: signed(claims(one.scopes, nbf=int(START.timestamp()) + 3600)),
    "another audience": lambda one: signed(claims(one.scopes, aud="simulation")),
    "other audiences": lambda one: signed(claims(one.scopes, aud=["simulation", "rabatt2"])),
    "another issuer": lambda one: signed(claims(one.scopes, iss="elsewhere")),
    "no algorithm": lambda one: unsigned(claims(one.scopes)),
    "no algorithm, in capitals": lambda one: unsigned(claims(one.scopes), "NONE"),
    "no algorithm, and something for a signature": lambda one: unsigned(claims(one.scopes), "none", b"signature"),
    "no signature": lambda one: unsigned(claims(one.scopes), "HS256"),
    "another key": lambda one: signed(claims(one.scopes), key=OTHER_KEY),
    "an empty key": lambda one: signed(claims(one.scopes), key=""),
    "another algorithm with the same key": lambda one: signed(claims(one.scopes), algorithm="HS512", digest="sha512"),
    "an algorithm that is a list": lambda one: signed(claims(one.scopes), header={"alg": ["HS256"]}),
    "a header that wants to be understood": lambda one: signed(
        claims(one.scopes), header={"alg": "HS256", "crit": ["x"], "x": 1}
    ),
    "a key that it brings along": lambda one: signed(
        claims(one.scopes),
        key=OTHER_KEY,
        header={"alg": "HS256", "jwk": {"kty": "oct", "k": packed(OTHER_KEY.encode())}},
    ),
    **{
        f"no {name}": lambda one, name=name: signed(claims(one.scopes, **{name: None}))  # type: ignore[misc]
        for name in ("exp", "aud", "iss", "sub", "aid", "scope")
    },
    "claims that are a list": lambda one: signed([claims(one.scopes)]),
    "an end in words": lambda one: signed(claims(one.scopes, exp="tomorrow")),
    "an end that is true": lambda one: signed(claims(one.scopes, exp=True)),
    "a beginning in words": lambda one: signed(claims(one.scopes, nbf="yesterday")),
    "a subject that is a number": lambda one: signed(claims(one.scopes, sub=7)),
    "a subject of nothing": lambda one: signed(claims(one.scopes, sub="")),
    "a subject with a NUL": lambda one: signed(claims(one.scopes, sub="till\0")),
    "an account that is a list": lambda one: signed(claims(one.scopes, aid=[ACCOUNT])),
    "scopes that are a list": lambda one: signed(claims(one.scopes, scope=sorted(one.scopes))),
    "a customer that is a number": lambda one: signed(claims(one.scopes, customer_id=7)),
}


@pytest.mark.parametrize("header", NO_TOKENS.values(), ids=NO_TOKENS)
def test_nothing_below_an_account_opens_without_a_token(door: Service, header: str | None) -> None:
    found = {one: status_of(door, one, header) for one in guarded(door.app)}
    assert found == dict.fromkeys(found, (401, "UNAUTHORIZED"))


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_nothing_below_an_account_opens_with_a_bad_token(door: Service, token: Callable[[Operation], str]) -> None:
    found = {one: status_of(door, one, f"Bearer {token(one)}") for one in guarded(door.app)}
    assert found == dict.fromkeys(found, (401, "UNAUTHORIZED"))


@pytest.mark.parametrize("aid", [OTHER_ACCOUNT, "P12345678", "T1234567", "T12345678%0A", "t12345678", "T1234567\u0668"])
def test_a_token_opens_no_other_account(door: Service, aid: str) -> None:
    found = {}
    for one in guarded(door.app):
        good = signed(claims(one.scopes))
        if one.names_account:
            found[one, "path"] = status_of(door, one, f"Bearer {good}", aid=aid)
            found[one, "token"] = status_of(door, one, f"Bearer {signed(claims(one.scopes, aid=aid))}")
        # An account that is none is none for whoever has a token for it.
        if aid not in {OTHER_ACCOUNT, "P12345678"}:
            found[one, "both"] = status_of(door, one, f"Bearer {signed(claims(one.scopes, aid=aid))}", aid=aid)
    assert found == dict.fromkeys(found, (403, "FORBIDDEN"))


def test_every_route_is_open_to_each_of_its_scopes_and_to_no_other(door: Service) -> None:
    for one in guarded(door.app):
        little = f"Bearer {signed(claims(SCOPES - one.scopes, customer_id='x'))}"
        assert status_of(door, one, little) == (403, "FORBIDDEN"), one
        for scope in one.scopes:
            enough = f"Bearer {signed(claims([scope], customer_id='x'))}"
            assert status_of(door, one, enough)[0] not in {401, 403, 500}, (one, scope)


def test_every_scope_of_a_route_is_known(door: Service) -> None:
    assert {scope for one in guarded(door.app) for scope in one.scopes} <= SCOPES
    assert all(one.scopes for one in guarded(door.app))


def test_a_customers_own_token_opens_that_customers_receipts_only(door: Service) -> None:
    own = [one for one in guarded(door.app) if "user:receipts" in one.scopes]
    assert all("customer_id" in one.parameters() for one in own)
    for one in own:
        mine = f"Bearer {signed(claims(['user:receipts'], customer_id='mine'))}"
        nobodys = f"Bearer {signed(claims(['user:receipts']))}"
        assert status_of(door, one, mine, customer_id="mine")[0] == 200
        for header, customer_id in ((mine, "yours"), (mine, "MINE"), (nobodys, "mine"), (nobodys, "None")):
            assert status_of(door, one, header, customer_id=customer_id) == (403, "FORBIDDEN"), customer_id


def test_only_what_tells_nothing_of_an_account_is_open(door: Service) -> None:
    assert {one.template for one in operations(door.app)} - {one.template for one in guarded(door.app)} == OPEN_PATHS
    assert not [one for one in operations(door.app) if one.template in OPEN_PATHS and one.scopes]


def test_a_route_that_asks_for_no_scope_is_not_served() -> None:
    router = APIRouter()

    @router.get("/v1/accounts/everything")
    def everything() -> None:
        """Nothing keeps anyone out."""

    with pytest.raises(AssertionError, match="everything asks for no scope"):
        check_every_route(router.routes)


def test_a_token_that_was_taken_is_not_taken_after_its_end(door: Service) -> None:
    for one in guarded(door.app):
        header = f"Bearer {signed(claims(one.scopes, customer_id='x', sub=one.template))}"
        door.hands.at = START
        assert status_of(door, one, header)[0] not in {401, 403}
        door.hands.at = START.replace(hour=14)
        assert status_of(door, one, header)[0] == 401


def test_an_audience_among_others_and_a_clock_that_is_a_little_ahead_are_taken(door: Service) -> None:
    token = signed(claims(["admin:discounts"], aud=["rabatt", "x"], nbf=int(START.timestamp()) + 30))
    assert door.context.tokens.principal(token, START).subject == "till-1"


def test_no_more_tokens_are_remembered_than_there_is_room_for(door: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rabatt.service.bearer_tokens.MOST_REMEMBERED", 2)
    for number in range(5):
        door.context.tokens.principal(signed(claims(["admin:discounts"], sub=f"till-{number}")), START)
    assert len(door.context.tokens._known) <= 2


def test_a_path_that_is_not_there_and_a_method_that_is_not_taken_are_said_in_the_same_shape(door: Service) -> None:
    missing = door.client.get("/v2/rules")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    refused = door.client.delete("/health/live")
    assert (refused.status_code, refused.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/health/live", "/v1/accounts/T12345678/discounts/rules", "/docs", "/nowhere"])
def test_every_answer_carries_its_id_and_is_taken_for_what_it_says_it_is(door: Service, path: str) -> None:
    headers = door.client.get(path, headers={"x-request-id": "till-7.42"}).headers
    assert (headers["x-request-id"], headers["x-content-type-options"]) == ("till-7.42", "nosniff")
    assert headers.get("cache-control") == ("no-store" if path.startswith("/v1/") else None)
    for unfit in ("", "a b", "x" * 65, "\xe6", 'a"b'):
        assert (
            len(door.client.get(path, headers={b"x-request-id": unfit.encode("latin-1")}).headers["x-request-id"]) == 36
        )


def test_no_other_site_is_told_that_it_may_ask(door: Service) -> None:
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    for one in guarded(door.app):
        for method in ("OPTIONS", one.method):
            answered = door.client.request(method, one.path(), headers=headers)
            assert not [name for name in answered.headers if name.startswith("access-control")]


@pytest.mark.parametrize("place", ["path", "query"])
def test_control_characters_in_a_path_or_query_are_refused(door: Service, place: str) -> None:
    for one in guarded(door.app):
        header = {"authorization": f"Bearer {signed(claims(one.scopes, customer_id='x'))}"}
        for sign in ("%00", "%0A", "%1F"):
            parameters = dict.fromkeys(one.parameters(), f"x{sign}x")
            if place == "path" and not parameters:
                continue
            path = one.path(**parameters) if place == "path" else f"{one.path()}?starting_after=x{sign}x&limit=1"
            body: dict[str, Any] | None = None if one.method in {"GET", "DELETE"} else {}
            answered = door.client.request(one.method, path, headers=header, json=body)
            # Some paths do not match a line feed, and a customer's own token does not even reach as far.
            assert answered.status_code in {403, 404, 422}, (one, sign)
            if answered.status_code == 422:
                assert answered.json()["error"]["errors"][0]["path"].startswith(place)


def test_the_service_starts_with_the_key_of_its_settings(tmp_path: Path) -> None:
    settings = settings_of(f"sqlite:///{tmp_path / 'x.db'}")
    with TestClient(create_app(settings)) as client:
        assert client.get("/health/ready").status_code == 200
    assert KEY not in str(settings.model_dump())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "receipts/customers/a/r0", 404, id="a path that there is not"),
        pytest.param("GET", "receipts/customers/a%2Fr0/r1", 404, id="one slash of two escaped"),
        pytest.param("GET", "receipts/customers/a/", 404, id="a slash at the end"),
        pytest.param("GET", "receipts/customers/a//r0?limit=1", 404, id="two slashes, and a query"),
        pytest.param("PUT", "receipts/all/a/b", 404, id="a receipt"),
        pytest.param("GET", "receipts/customers/a%2Fr0", 200, id="an id with a slash"),
        pytest.param("GET", "receipts/customers/a%2fr0?limit=1", 200, id="an id with a slash, and a query"),
    ],
)
def test_a_slash_that_is_not_escaped_is_of_no_id(door: Service, method: str, path: str, status: int) -> None:
    answer = door.call(method, path)
    assert answer.status_code == status
    if status == 404:
        assert "%2F" in answer.json()["error"]["message"]
