"""`rabatt serve` as a process of its own."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from tests.support.cli.shop import environment, ready
from tests.support.processes import children_of, started
from tests.support.waiting import PATIENCE, until

# The command as it was installed, beside the interpreter of the tests.
INSTALLED = str(Path(sys.executable).with_name("rabatt"))
# The same without an extra module.
WITHOUT = "import sys; sys.modules[{!r}] = None; from rabatt.__main__ import main; main()"
ADDRESS = re.compile(r"^rabatt: serving on http://(.*):(\d+)$", re.MULTILINE)
# No request is given up because the machine is busy, unless a test says so.
PATIENT = {
    "RABATT_DATABASE_SECONDS": "120",
    "RABATT_EVALUATION_SECONDS": "120",
    "RABATT_MAX_BODY_SECONDS": "600",
    "RABATT_MAX_ANSWER_SECONDS": "600",
}


def quiet(**variables: str) -> dict[str, str]:
    """An environment in which nothing but these variables chooses a setting."""
    plain = {name: value for name, value in environment().items() if not name.startswith("RABATT_")}
    return {**plain, **variables}


@dataclass
class Served:
    """A service that runs: its process, its port, and what it has said on standard error so far."""

    process: subprocess.Popen[str]
    port: int
    said: list[str]

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """The status and the content of a path."""
        return self.ask("GET", path, None, headers)

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        """The status and the content of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            response: HTTPResponse = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def ready(self) -> str:
        """What it says when it is ready, which on a busy machine may be after it has said that the store is away."""
        content = ""

        def is_ready() -> bool:
            nonlocal content
            status, content = self.get("/health/ready")
            return status == 200

        until(is_ready, "it is not ready")
        return content

    def workers(self) -> set[int]:
        """The processes that serve, where there are several."""
        found = set()
        for child in children_of(self.process.pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.add(child)
        return found

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code after a signal; what it said is complete then."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        assert self.process.stderr
        self.said.append(self.process.stderr.read())
        return code

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the log; once it has stopped."""
        return [json.loads(line) for line in "".join(self.said).splitlines() if line.startswith("{")]


@contextmanager
def served(folder: Path, *arguments: str, without: str | None = None, **variables: str) -> Iterator[Served]:
    """A service that was started in a folder, on a port of its own, and ends with the test."""
    command = [INSTALLED] if without is None else [sys.executable, "-c", WITHOUT.format(without)]
    command += ["serve", "--port", "0", *arguments]
    with started(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=quiet(**PATIENT | variables),
    ) as process:
        assert process.stderr
        said: list[str] = []
        while not said or not ADDRESS.search(said[-1]):
            line = process.stderr.readline()
            assert line, f"it ended: {said}"
            said.append(line)
        found = ADDRESS.search(said[-1])
        assert found
        yield Served(process, int(found[2]), said)


def token(folder: Path, subject: str = "rabatt token", **variables: str) -> str:
    """What `rabatt token` prints in a folder, for whom it names."""
    scopes = ("--scope", "admin:discounts", "--scope", "admin:receipts")
    arguments = ["token", "--account", "T12345678", "--subject", subject, *scopes]
    done = ready().run(arguments, folder, b"", quiet(**variables))
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()
