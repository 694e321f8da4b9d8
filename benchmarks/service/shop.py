"""A service to measure: its database with the rules of accounts, the server, and clients with a token."""

import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from pydantic import SecretStr

from benchmarks.measure import ROOT
from benchmarks.workload import Document, Knobs, Workload, make_workload
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.settings import ServiceSettings
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import migrate
from tests.rabatt.service.conftest import ACCOUNT
from tests.support.processes import started
from tests.support.service.claiming import add_grants
from tests.support.service.rows import put_rules
from tests.support.waiting import PATIENCE, until

KEY = "the key of the benchmark, on loopback only"
CUSTOMERS = 500
# Coupons of each customer, next to what everyone is granted.
GRANTS = 5
# The interpreter that serves: that of an environment with the compiled engine, where it is named.
PYTHON = os.environ.get("RABATT_BENCH_PYTHON", sys.executable)
# The installed command, not one of the applications of `benchmarks.service.app`.
SERVICE = "rabatt serve"


@dataclass(frozen=True, slots=True)
class Client:
    """One connection of an account, which may do what the scope allows."""

    connection: HTTPConnection
    base: str
    headers: dict[str, str]

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        self.connection.request("POST", self.base + path, body, self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()


class Shop:
    """A service on SQLite in a folder, at a free port of loopback; to be closed."""

    def __init__(self, folder: Path) -> None:
        """Make an empty database."""
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"sqlite:///{folder / 'shop.db'}"
        self._tokens = Tokens(ServiceSettings(database=SecretStr(self.url), key=SecretStr(KEY)))
        self.store = ServiceStore(self.url)
        migrate(self.store)
        self._connections: list[HTTPConnection] = []

    def close(self) -> None:
        """Close the store and the connections of all clients."""
        for connection in self._connections:
            connection.close()
        self.store.close()

    def put(self, account: str, rules: list[Document]) -> None:
        """Store rules of an account, granted to everyone."""
        with self.store.writing() as connection:
            put_rules(connection, rules, everyones=[rule["id"] for rule in rules], aid=account)

    def fill(self, rules: int) -> Workload:
        """Store the workload with so many rules and customers with grants; return it, its receipts being theirs."""
        workload = make_workload(Knobs(rules))
        for number, receipt in enumerate(workload.receipts):
            receipt["customer_id"] = customer(number)
        self.put(ACCOUNT, workload.rules)
        coupons = [rule["id"] for rule in workload.rules[:GRANTS]]
        everyone = [customer(number) for number in range(CUSTOMERS)]
        with self.store.writing() as connection:
            add_grants(connection, [(f"{rule_id}/{who}", rule_id, who) for who in everyone for rule_id in coupons])
        return workload

    def token(self, account: str, scope: str) -> str:
        """Return a token of two hours."""
        return token(self._tokens, account, scope)

    def client(self, account: str, scope: str) -> Client:
        """Return a connection that is opened with the first request."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token(account, scope)}"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self._connections.append(connection)
        return Client(connection, f"/v1/accounts/{account}/discounts/available_for_receipt", headers)

    @contextmanager
    def serving(self, application: str = SERVICE, core: str | None = "0") -> Iterator[int]:
        """Yield the process of a server, once it answers: as a user starts it or an app, on one core or any."""
        call = [str(Path(PYTHON).with_name("rabatt")), "serve"]
        if application != SERVICE:
            call = [PYTHON, "-P", "-m", "benchmarks.service.app", application]
        own = {"RABATT_DATABASE": self.url, "RABATT_KEY": KEY, "RABATT_PORT": str(self.port)}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        variables = {**os.environ, **own, "RABATT_LOG_LEVEL": "warning", "PYTHONPATH": path}
        call = call if core is None else ["taskset", "-c", core, *call]
        with started(call, cwd=self.folder, env=variables) as process:
            until(lambda: process.poll() is not None or self._answers(), "it does not answer")
            yield process.pid
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def sending(
    clients: Sequence[Client], path: str, bodies: Callable[[], Iterator[bytes]], pause: float = 0
) -> Iterator[Counter[int]]:
    """Send one body after another on each connection meanwhile; yields how many were answered by which status."""
    stopped = Event()
    answers: Counter[int] = Counter()

    def send(client: Client) -> None:
        for body in bodies():
            if stopped.wait(pause):
                return
            answers[client.post(path, body)[0]] += 1

    with ThreadPoolExecutor(len(clients)) as threads:
        running = [threads.submit(send, client) for client in clients]
        try:
            yield answers
        finally:
            stopped.set()
            for each in running:
                each.result()


def token(tokens: Tokens, account: str, scope: str) -> str:
    """Return a token of two hours for what the scope allows in an account."""
    given: dict[str, Any] = {"subject": "benchmark", "customer_id": None, "lifetime": timedelta(hours=2)}
    return tokens.mint(account, scope, now=datetime.now(UTC), **given)


def customer(number: int) -> str:
    """Return the id of a customer."""
    return f"C{number % CUSTOMERS:06}"


def claims_of(rule_id: str) -> Iterator[bytes]:
    """Yield the bodies of claims of one coupon, without end."""
    return map(partial(claim_of, rule_id), count())


def claim_of(rule_id: str, number: int) -> bytes:
    """Return the body of a claim of one coupon, which no other number repeats."""
    who = customer(number)
    refs = [{"id": f"{rule_id}/{who}", "amount": 100, "usage": 1}]
    discounts = [{"id": rule_id, "refs": refs}]
    purchase = {"purchase_at": "2026-10-16T16:40:00+02:00", "customer_id": who}
    return json.dumps({**purchase, "discounts": discounts, "ref": f"{rule_id}-{number}"}).encode()
