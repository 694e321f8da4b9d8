"""Clients that are slow or want all for themselves: the others are served, and none stays for ever."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rabatt.service.entry.door import LONGEST_HEAD
from tests.support.cli.hang_ups import EVALUATE, LIST, open_sockets, spelled, stock
from tests.support.cli.serving import Served, served, token
from tests.support.cli.shop import receipt
from tests.support.waiting import PATIENCE, until

BODY = json.dumps(receipt()).encode()


def status_of(answer: bytes) -> int:
    """The status of an answer, 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def answered(connection: socket.socket) -> bytes:
    """An answer of which all is read; what there is of it where the connection ends."""
    content = b""
    while b"\r\n\r\n" not in content and (piece := connection.recv(65_536)):
        content += piece
    head, _, body = content.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length and (piece := connection.recv(65_536)):
        body += piece
    return head + b"\r\n\r\n" + body


def asked(service: Served, request: bytes) -> bytes:
    """The answer to a request on a connection of its own."""
    with service.connect() as connection:
        connection.sendall(request)
        return answered(connection)


def readable(connections: list[socket.socket]) -> list[socket.socket]:
    """Those that something has come in on, now."""
    return select.select(connections, [], [], 0)[0]


def unread(service: Served) -> socket.socket:
    """A connection that takes little before it is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(PATIENCE)
    connection.connect(("127.0.0.1", service.port))
    return connection


def test_slow_bodies_of_one_token_keep_no_other_till_from_being_served(tmp_path: Path) -> None:
    with served(tmp_path, RABATT_MAX_REQUESTS="8", RABATT_ADDRESS_SHARE="100") as service, ExitStack() as open_now:
        greedy, other = (token(tmp_path, name) for name in ("greedy", "other"))
        whole = spelled("POST", EVALUATE, greedy, BODY)
        slow = [open_now.enter_context(service.connect()) for _ in range(10)]
        for connection in slow:
            connection.sendall(whole[:-10])
        # A quarter of eight wait for the rest; the others are told why they may not.
        until(lambda: len(readable(slow)) >= 8)
        refused = readable(slow)
        answers = [answered(connection) for connection in refused]
        assert [status_of(answer) for answer in answers] == [429] * 8
        assert all(b"with this token, of which 2 are the most" in answer for answer in answers)
        assert all(b"retry-after: 1\r\n" in answer for answer in answers)
        for _ in range(3):
            assert status_of(asked(service, spelled("POST", EVALUATE, other, BODY))) == 200
        for connection in set(slow) - set(refused):
            connection.sendall(whole[-10:])
            assert status_of(answered(connection)) == 200
        assert service.stop() == 0


@pytest.mark.long
def test_answers_that_nobody_reads_are_bounded_and_ended(tmp_path: Path) -> None:
    variables = {"RABATT_MAX_UNREAD_BYTES": str(20 << 20), "RABATT_MAX_ANSWER_SECONDS": "15"}
    with served(tmp_path, **variables) as service, ExitStack() as open_now:
        greedy, other = (token(tmp_path, name) for name in ("greedy", "other"))
        # More than the system takes for a connection, which is some megabytes.
        stock(service, greedy, 100, 80_000)
        list_of = {name: spelled("GET", LIST, name) for name in (greedy, other)}
        assert len(asked(service, list_of[greedy])) >= 8_000_000
        before = open_sockets(service)
        lists = [open_now.enter_context(unread(service)) for _ in range(6)]
        for connection in lists:
            connection.sendall(list_of[greedy])
        # One is let through, however large it is.
        assert {status_of(connection.recv(100)) for connection in lists} == {200, 429}
        assert status_of(asked(service, spelled("POST", EVALUATE, other, BODY))) == 200
        until(lambda: open_sockets(service) <= before, "connections are left")
        assert status_of(asked(service, list_of[greedy])) == 200
        assert service.stop() == 0
    told = [line["message"] for line in service.lines() if line["level"] == "warning"]
    assert set(told) == {"a client did not read its answer in time"}


@pytest.mark.long
def test_connections_wait_while_there_are_as_many_as_there_may_be(tmp_path: Path) -> None:
    ask = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    with served(tmp_path, RABATT_MAX_CLIENTS="4", RABATT_ADDRESS_SHARE="100") as service, ExitStack() as open_now:
        idle = [open_now.enter_context(service.connect()) for _ in range(4)]
        for connection in idle:
            connection.sendall(ask)
            assert status_of(answered(connection)) == 200
        waiting = open_now.enter_context(service.connect())
        waiting.sendall(ask)
        assert select.select([waiting], [], [], 1) == ([], [], [])
        idle[0].close()
        assert status_of(answered(waiting)) == 200
        assert service.stop() == 0


@pytest.mark.long
@pytest.mark.parametrize("proxies", ["", "127.0.0.0/8"])
def test_one_address_has_its_share_of_the_connections_unless_it_is_a_proxy_of_ours(
    tmp_path: Path, proxies: str
) -> None:
    variables = {"RABATT_MAX_CLIENTS": "4", "RABATT_PROXIES": proxies}
    with served(tmp_path, **variables) as service, ExitStack() as open_now:
        for _ in range(2):
            connection = open_now.enter_context(service.connect())
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert status_of(answered(connection)) == 200
        third = open_now.enter_context(service.connect())
        if proxies:
            third.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = answered(third)
        assert status_of(answer) == (200 if proxies else 429)
        assert (b"connections at once from this address, of which 2 are the most" in answer) == (not proxies)


@pytest.fixture(scope="module", params=[None, "httptools"], ids=["httptools", "h11"])
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that parses requests with httptools, and one that has only h11."""
    folder = tmp_path_factory.mktemp("service")
    # What a body has that nobody says anything of.
    with served(folder, without=request.param, RABATT_MAX_BODY_SECONDS="30") as service:
        yield service


def head_of(kind: str, length: int) -> bytes:
    """The head of a request that is so long."""
    start, end = b"GET /health/live%s HTTP/1.1\r\nHost: x\r\n", b"\r\n"
    if kind == "a long path":
        return start % (b"?" + b"x" * (length - len(start % b"?" + end))) + end
    if kind == "a long header":
        return start % b"" + b"X: " + b"x" * (length - len(start % b"" + b"X: \r\n" + end)) + b"\r\n" + end
    many = b"X: 1\r\n" * ((length - len(start % b"" + end)) // 6 - 2)
    return start % b"" + many + b"X: " + b"x" * (length - len(start % b"" + many + b"X: \r\n" + end)) + b"\r\n" + end


@pytest.mark.parametrize("pieces", [1, 7], ids=["at once", "in pieces"])
@pytest.mark.parametrize("kind", ["a long path", "a long header", "many headers"])
def test_a_head_may_be_as_long_as_is_said_and_no_longer(either: Served, kind: str, pieces: int) -> None:
    for length, status in ((LONGEST_HEAD, 200), (LONGEST_HEAD + 1, 431), (5 * LONGEST_HEAD, 431)):
        head = head_of(kind, length)
        assert len(head) == length
        with either.connect() as connection:
            size = -(-length // pieces)
            for at in range(0, length, size):
                connection.sendall(head[at : at + size])
            answer = answered(connection)
            assert status_of(answer) == status, answer[:200]
            if status == 200:
                # The next one is counted from its own beginning.
                connection.sendall(head)
                assert status_of(answered(connection)) == 200
                continue
            content = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert content["error"]["code"] == "REQUEST_HEADER_FIELDS_TOO_LARGE"
            assert b"x-request-id: " in answer
            assert b"connection: close" in answer
            assert connection.recv(1) == b""


def test_what_is_no_request_is_told_so_in_the_shape_of_all_errors(either: Served) -> None:
    answer = asked(either, b"HELLO\r\n\r\n")
    assert status_of(answer) == 400
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "BAD_REQUEST"
    assert b"x-request-id: " in answer


@pytest.mark.long
def test_no_connection_stays_whose_request_does_not_come(either: Served) -> None:
    live = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as open_now:
        folder = Path(f"/proc/{either.process.pid}/cwd").resolve()
        command = Path(f"/proc/{either.process.pid}/cmdline").read_text()
        refused = spelled("POST", EVALUATE, "no token", BODY)[:-10]
        dribble = b"GET /health/live HTTP/1.1\r\nX: " + b"x" * 10_000
        said = {"nothing": b"", "half a head": dribble, "a second head": live + dribble, "the rest": refused}
        said["empty lines"] = live + b"\r\n\r\n"
        said["a body"] = spelled("POST", EVALUATE, token(folder, "till"), BODY)[:-10]
        connections = {open_now.enter_context(either.connect()): name for name in said for _ in range(20)}
        left = {}
        for connection, name in connections.items():
            parted = {"half a head": 400, "empty lines": len(live)}.get(name, len(said[name]))
            connection.sendall(said[name][:parted])
            left[connection] = said[name][parted:]
            if name == "empty lines":
                assert status_of(answered(connection)) == 200
                connection.sendall(left.pop(connection))
                left[connection] = b""
        ended: dict[socket.socket, bytes] = dict.fromkeys(connections, b"")
        given_up = time.monotonic() + PATIENCE
        while left and time.monotonic() < given_up:
            for connection in select.select(list(left), [], [], 1)[0]:
                try:
                    piece = connection.recv(65_536)
                except ConnectionError:
                    piece = b""
                ended[connection] += piece
                if not piece:
                    del left[connection]
            for connection, rest in left.items():
                # One sign a second: a client that is always about to send the rest.
                if connections[connection] == "half a head" and rest and not ended[connection]:
                    connection.sendall(rest[:1])
                    left[connection] = rest[1:]
        assert left == {}
        statuses = {
            (connections[connection], tuple(int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]))
            for connection, answer in ended.items()
        }
        assert statuses == {
            ("nothing", ()),
            ("half a head", (408,)),
            ("a second head", (200, 408)),
            ("the rest", (401,)),
            ("a body", (408,)),
            # The one parser overlooks them, and the other does not.
            ("empty lines", (400,) if "httptools" in command else (408,)),
        }
    assert either.get("/health/live")[0] == 200
