"""Clients that hang up, at every stage of a request and of its answer."""

import json
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tests.support.cli.serving import Served
from tests.support.cli.shop import receipt

ACCOUNT = "/v1/accounts/T12345678"
EVALUATE = f"{ACCOUNT}/discounts/available_for_receipt"
CUSTOMER = "c-1"
LIST = f"{ACCOUNT}/receipts/customers/{CUSTOMER}?limit=100"
GIVEN_UP_SECONDS = 0.05
# So closed, a socket sends a reset instead of its end.
RESET = struct.pack("ii", 1, 0)


def spelled(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A whole request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stock(service: Served, token: str, receipts: int = 20, length: int = 50_000) -> None:
    """Store receipts of a customer that are a large list together, each a little longer than this."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    for number in range(receipts):
        document = receipt(receipt_id=f"r-{number}", customer_id=CUSTOMER, note="x" * length)
        status, content = service.ask("POST", f"{ACCOUNT}/receipts", json.dumps(document), headers)
        assert status == 201, content


def ways_of(token: str) -> Mapping[str, Callable[[socket.socket], None]]:
    """What is done before hanging up, by the stage that it ends in."""
    body = json.dumps(receipt()).encode()
    evaluate = spelled("POST", EVALUATE, token, body)
    head = evaluate.index(b"\r\n\r\n") + 4
    long = json.dumps(receipt(items=[{**receipt()["items"][0], "line_id": line} for line in range(1, 300)])).encode()

    def during_the_answer(connection: socket.socket) -> None:
        connection.sendall(spelled("GET", LIST, token))
        connection.recv(1_000)

    def after_50_ms(connection: socket.socket) -> None:
        connection.sendall(spelled("POST", EVALUATE, token, long))
        connection.settimeout(GIVEN_UP_SECONDS)
        with suppress(TimeoutError):
            connection.recv(1_000)

    def with_the_second(connection: socket.socket) -> None:
        connection.sendall(evaluate)
        # Those before that hung up may still be worked on, as many as one token may have.
        assert connection.recv(65_536).startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 429 "))
        connection.sendall(evaluate)

    return {
        "after connecting": lambda _: None,
        "in the request line": lambda connection: connection.sendall(evaluate[:10]),
        "in the headers": lambda connection: connection.sendall(evaluate[: head - 20]),
        "before the body": lambda connection: connection.sendall(evaluate[:head]),
        "in the body": lambda connection: connection.sendall(evaluate[: head + 20]),
        "before the answer": lambda connection: connection.sendall(evaluate),
        "before three answers": lambda connection: connection.sendall(evaluate * 3),
        "before a large answer": lambda connection: connection.sendall(spelled("GET", LIST, token)),
        "during a large answer": during_the_answer,
        "after 50 ms": after_50_ms,
        "with the second request": with_the_second,
    }


def hang_up(service: Served, token: str, times: int) -> None:
    """Hang up so often at each stage, by turns with an end and with a reset."""
    for way in ways_of(token).values():
        for turn in range(times):
            with service.connect() as connection:
                way(connection)
                if turn % 2:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def open_files(service: Served) -> int:
    """How many files its process has open."""
    return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))


def open_sockets(service: Served) -> int:
    """How many of them are connections, or what it listens on."""
    files = list(Path(f"/proc/{service.process.pid}/fd").iterdir())
    return sum(file.readlink().name.startswith("socket:") for file in files if file.is_symlink())


def faults(service: Served) -> list[str]:
    """What the figures have of answers that were faults."""
    figures = service.get("/metrics")[1].splitlines()
    return [line for line in figures if line.startswith("rabatt_requests_total{") and 'status="5' in line]
