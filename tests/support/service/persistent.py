"""A client that sends each request until it is answered, whatever becomes of the service meanwhile."""

import http.client
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.rabatt.service.conftest import ACCOUNT
from tests.support.waiting import PATIENCE


@dataclass
class Persistent:
    """Works at one thing over and over until it is told to stop, and counts the statuses of its answers."""

    port: int
    token: str
    stop: Event
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    results: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0

    def once(self, connection: http.client.HTTPConnection) -> None:
        """What is done over and over."""
        raise NotImplementedError

    def work(self) -> None:
        """Do it until it is time to stop."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            while not self.stop.is_set():
                self.once(connection)
        finally:
            connection.close()

    def send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **more: str
    ) -> tuple[int, bytes]:
        """The answer to a request, however often it takes to get it; `path` is below the account's, or whole.

        `more` are headers, their dashes written as low lines.
        """
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        content = None if body is None else json.dumps(body)
        whole = path if path.startswith("/") else f"/v1/accounts/{ACCOUNT}/{path}"
        given_up = time.monotonic() + PATIENCE
        while True:
            try:
                connection.request(method, whole, content, headers)
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                connection.close()
                assert time.monotonic() < given_up
                continue
            self.results[response.status] += 1
            return response.status, answer
