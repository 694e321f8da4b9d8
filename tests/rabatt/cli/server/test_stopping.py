"""A service that is told to stop ends by itself, whatever still runs in it."""

import json
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.cli.serving import ADDRESS, quiet
from tests.support.places import ROOT
from tests.support.processes import started
from tests.support.waiting import PATIENCE


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["thread", "loop", "task"])
def test_what_never_ends_is_cut_off(where: str, number: int) -> None:
    command = [sys.executable, "-m", "tests.support.cli.stuck"]
    with started(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=quiet()) as process:
        assert process.stderr
        found = ADDRESS.search(process.stderr.readline())
        assert found
        with socket.create_connection(("127.0.0.1", int(found[2])), timeout=PATIENCE) as connection:
            connection.sendall(f"GET /{where} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert process.stderr.readline() == "stuck\n"
            process.send_signal(number)
            # What never ends by itself would take for ever.
            assert process.wait(PATIENCE) == 0
            answer = connection.recv(65_536)
        told = [json.loads(line) for line in process.stderr.read().splitlines()]
    # The request is given up a second before the end, unless nothing is done any more.
    assert answer.startswith(b"" if where == "loop" else b"HTTP/1.1 503 ")
    cut_off = [line["level"] for line in told if "20 seconds after the signal to stop" in line["message"]]
    assert cut_off == ([] if where == "task" else ["error"])
