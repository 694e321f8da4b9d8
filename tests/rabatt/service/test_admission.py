"""Who is let in, who is told to come again, and what each holds meanwhile."""

from collections.abc import Iterable
from typing import Any

import anyio
import pytest
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from rabatt.service.client_addresses import client_of, networks_of
from rabatt.service.clock import ServiceClock
from rabatt.service.entry.admission import ALL, VISIT, Admission, Pot, Visit
from rabatt.service.entry.door import LONGEST_HEAD, PIECE, Door, head_of
from rabatt.service.metrics import Metrics
from rabatt.service.problems import Problem
from rabatt.service.settings import MEGABYTE
from tests.rabatt.service.conftest import START, settings_of

URL = "sqlite:///never-made.db"
A, B = ("token", "a"), ("token", "b")


def admission_of(**changes: Any) -> Admission:
    return Admission(settings_of(URL, **{"max_requests": 8, "token_share": 25, **changes}))


def enter(admission: Admission, subject: str, account: str = "T1", host: str = "192.0.2.1", *, body: bool) -> Visit:
    """A request of a token that is let in."""
    visit = admission.visit(host, "", has_body=body)
    try:
        visit.identify(account, subject, None)
    except Problem:
        visit.left()
        raise
    return visit


def enter_all(admission: Admission, subjects: Iterable[str], *, body: bool) -> list[Visit]:
    return [enter(admission, subject, body=body) for subject in subjects]


def test_each_holder_has_its_share_and_what_it_gives_back_is_there_again() -> None:
    pot = Pot(4, {"token": 50})
    for _ in range(2):
        assert pot.exceeded([ALL, A]) is None
        pot.take([ALL, A])
    assert pot.exceeded([ALL, A]) == A
    assert pot.exceeded([ALL, B]) is None
    pot.take([ALL, B], 2)
    assert pot.exceeded([ALL, B]) == ALL
    pot.give([ALL, A], 2)
    pot.give([ALL, B], 2)
    assert pot.held == {}


def test_one_thing_is_let_through_however_large_it_is() -> None:
    pot = Pot(100, {"token": 10})
    assert pot.exceeded([ALL, A], 1_000) is None
    pot.take([ALL, A], 1_000)
    assert pot.exceeded([ALL, B]) == ALL


def test_a_share_is_never_nothing() -> None:
    assert Pot(1, {"token": 1}).limits == {"all": 1, "token": 1}


def test_one_token_leaves_room_for_others_while_its_bodies_arrive() -> None:
    admission = admission_of(address_share=100)
    enter_all(admission, ["a", "a"], body=True)
    with pytest.raises(Problem, match="requests at once with this token, of which 2 are the most") as raised:
        enter(admission, "a", body=True)
    assert (raised.value.status, raised.value.headers) == (429, {"Retry-After": "1"})
    enter_all(admission, ["b", "b"], body=True)
    # Of the same account, which has its half.
    with pytest.raises(Problem, match="of this account, of which 4 are the most"):
        enter(admission, "c", body=True)
    enter(admission, "c", "T2", body=True)


def test_one_address_leaves_room_for_others() -> None:
    admission = admission_of(account_share=100)
    enter_all(admission, "aabb", body=False)
    with pytest.raises(Problem, match="from this address, of which 4 are the most"):
        enter(admission, "c", body=False)
    enter(admission, "c", host="192.0.2.2", body=False)


def test_bodies_that_arrive_take_no_place_of_what_is_worked_on() -> None:
    admission = admission_of(account_share=100, address_share=100)
    arriving = enter_all(admission, "aabbccdd", body=True)
    with pytest.raises(Problem, match="too many requests at once") as raised:
        enter(admission, "e", body=True)
    assert raised.value.status == 503
    working = enter_all(admission, "eeff", body=False)
    arriving[0].arrived()
    arriving[0].arrived()
    enter(admission, "g", body=True)
    working += enter_all(admission, "ga", body=False)
    # The one whose body came last finds its token's places taken, and keeps the one that it has.
    with pytest.raises(Problem, match="with this token"):
        arriving[1].arrived()
    for visit in (*arriving, *working):
        visit.left()
        visit.left()
    assert admission.working.held == {}
    assert set(admission.arriving.held.values()) == {1}


def test_an_answer_that_is_read_slowly_holds_its_bytes_and_no_place() -> None:
    admission = admission_of(max_unread_bytes=8 * MEGABYTE, max_requests=1)
    slow = enter(admission, "a", body=False)
    slow.check_answer(MEGABYTE)
    slow.answers(MEGABYTE)
    again = enter(admission, "a", body=False)
    again.check_answer(MEGABYTE)
    with pytest.raises(Problem, match="bytes of answers that are not read yet with this token") as raised:
        again.check_answer(MEGABYTE + 1)
    assert raised.value.status == 429
    slow.left()
    again.check_answer(MEGABYTE + 1)
    again.left()
    assert admission.unread.held == admission.working.held == {}


@pytest.mark.parametrize(
    ("host", "forwarded", "proxies", "client"),
    [
        pytest.param("192.0.2.1", "198.51.100.7", "", "192.0.2.1", id="what nobody vouches for is not believed"),
        pytest.param("10.0.0.1", "198.51.100.7", "10.0.0.0/8", "198.51.100.7", id="behind a proxy"),
        pytest.param("10.0.0.1", "1.1.1.1, 198.51.100.7", "10.0.0.1", "198.51.100.7", id="the last before it"),
        pytest.param("10.0.0.1", "198.51.100.7, 10.0.0.2", "10.0.0.0/8", "198.51.100.7", id="behind two"),
        pytest.param("192.0.2.1", "198.51.100.7", "10.0.0.0/8", "192.0.2.1", id="past the proxy"),
        pytest.param("10.0.0.1", "", "10.0.0.0/8", None, id="the proxy itself"),
        pytest.param("10.0.0.1", "unknown", "10.0.0.0/8", None, id="no address"),
        pytest.param(None, "", "", None, id="a socket of this machine"),
        pytest.param("2001:db8:1:2:3::4", "", "", "2001:db8:1:2::/64", id="IPv6 by its network"),
        pytest.param("::ffff:192.0.2.1", "", "", "192.0.2.1", id="IPv4 as IPv6 spells it"),
        pytest.param("::ffff:10.0.0.1", "198.51.100.7", "10.0.0.0/8", "198.51.100.7", id="a proxy so spelled"),
    ],
)
def test_who_a_client_is(host: str | None, forwarded: str, proxies: str, client: str | None) -> None:
    assert client_of(host, forwarded, networks_of(proxies)) == client


def test_proxies_are_addresses_and_networks() -> None:
    assert settings_of(URL, proxies="10.0.0.0/8, 2001:db8::1").proxies == "10.0.0.0/8, 2001:db8::1"
    with pytest.raises(ValidationError, match="write addresses and networks as"):
        settings_of(URL, proxies="proxy.example")


def scope_of(path: str = "/v1/x", **changes: Any) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "headers": [], "client": ("192.0.2.1", 1), **changes}


async def nothing_more() -> Message:
    return {"type": "http.disconnect"}


async def through(door: Door, scope: dict[str, Any], receive: Receive = nothing_more) -> list[Message]:
    """What comes out of a door."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await door(scope, receive, send)
    return sent


def door_of(app: Any, admission: Admission) -> Door:
    return Door(app, metrics=Metrics(), clock=ServiceClock(now=lambda: START), admission=admission)


def test_a_large_answer_goes_out_in_pieces_and_is_counted_until_the_last_is_taken() -> None:
    admission = admission_of(max_unread_bytes=MEGABYTE)
    body = bytes(range(256)) * 1_024
    held: list[int] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        scope[VISIT].identify("T1", "a", None)
        await send({"type": "http.response.start", "status": 200, "headers": []})

        await send({"type": "http.response.body", "body": body})
        held.append(admission.unread.held["all",])

    start, *pieces = anyio.run(through, door_of(app, admission), scope_of())
    assert start["status"] == 200
    assert {len(piece["body"]) for piece in pieces} == {PIECE}
    assert [piece["more_body"] for piece in pieces] == [True, True, True, False]
    assert b"".join(piece["body"] for piece in pieces) == body
    assert held == [len(body)]
    assert admission.unread.held == {}


def test_an_answer_that_is_too_much_is_replaced_by_one_that_says_so() -> None:
    admission = admission_of(max_unread_bytes=MEGABYTE)
    admission.unread.take([("token", "T1", "a", None)], MEGABYTE // 4)

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        scope[VISIT].identify("T1", "a", None)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * (PIECE + 1)})

    start, body = anyio.run(through, door_of(app, admission), scope_of())
    assert start["status"] == 429
    assert (b"retry-after", b"1") in start["headers"]
    assert b"bytes of answers that are not read yet with this token" in body["body"]

    async def small(scope: Scope, _receive: Receive, send: Send) -> None:
        scope[VISIT].identify("T1", "a", None)
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * PIECE})

    # What a claim is answered is never refused: it is booked by then.
    assert anyio.run(through, door_of(small, admission), scope_of())[0]["status"] == 201


def test_a_body_is_worked_on_when_its_last_piece_is_here() -> None:
    admission = admission_of()
    pieces: list[Message] = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.request", "body": b"x", "more_body": False},
    ]
    seen: list[tuple[bool, bool]] = []

    async def receive() -> Message:
        return pieces.pop(0)

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            seen.append((bool(admission.arriving.held), bool(admission.working.held)))
            await receive()
        seen.append((bool(admission.arriving.held), bool(admission.working.held)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    anyio.run(through, door_of(app, admission), scope_of(headers=[(b"content-length", b"2")]), receive)
    assert seen == [(True, False), (True, False), (False, True)]
    assert admission.arriving.held == admission.working.held == {}


def test_a_request_that_is_cut_off_as_the_service_stops_is_told_so() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise anyio.get_cancelled_exc_class()

    start, _ = anyio.run(through, door_of(app, admission_of()), scope_of())
    assert start["status"] == 503


@pytest.mark.parametrize("over", [0, 1])
def test_a_head_is_measured_as_it_is_sent(over: int) -> None:
    query, path = b"a=b", b"/v1/%20"
    lines = b"GET /v1/%20?a=b HTTP/1.1\r\nhost: x\r\nx: \r\n\r\n"
    filling = b"x" * (LONGEST_HEAD + over - len(lines))
    headers = [(b"host", b"x"), (b"x", filling)]
    scope = scope_of("/v1/ ", raw_path=path, query_string=query, headers=headers)
    assert head_of(scope).length == LONGEST_HEAD + over

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    assert anyio.run(through, door_of(app, admission_of()), scope)[0]["status"] == (431 if over else 200)
