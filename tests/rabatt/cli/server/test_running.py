"""The socket that the service listens on."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import typer
from pydantic import SecretStr

from rabatt.cli.server.running import listen
from rabatt.service import ServiceSettings
from tests.support.waiting import PATIENCE


def settings_of(port: int) -> ServiceSettings:
    """Settings with a port."""
    return ServiceSettings(database=SecretStr("sqlite:///never-made.db"), host="127.0.0.1", port=port)


@contextmanager
def bound() -> Iterator[socket.socket]:
    """The socket of another service that has an address, but does not listen yet."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        yield other


def test_of_two_that_start_at_once_on_one_port_the_later_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with bound() as other:
        port = other.getsockname()[1]
        with listen(settings_of(port)), pytest.raises(OSError, match="in use"):
            other.listen()
    with listen(settings_of(0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(typer.Exit) as ended:
            listen(settings_of(port))
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err.startswith(f"rabatt: cannot listen on 127.0.0.1, port {port}: Address already in ")


def test_clients_wait_until_the_service_is_ready() -> None:
    with listen(settings_of(0)) as listening, socket.create_connection(listening.getsockname(), PATIENCE) as client:
        client.sendall(b"early")
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(5) == b"early"
