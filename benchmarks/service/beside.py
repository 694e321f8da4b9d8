"""What one account's worst receipts cost another: `python -m benchmarks.service.beside [--seconds N] [--record]`.

The installed command, one process, SQLite. A till of one account sends small receipts at an even pace: alone, and then
beside four connections of another account, which send the worst receipts that are allowed as fast as they are answered.
The client takes the time, from when a receipt was due, so that waiting counts.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter, sleep

from benchmarks.service.load import SERVICE, free_port, serving
from benchmarks.service.shop import KEY, settings_of
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import migrate
from tests.support.service.rows import put_rules
from tests.support.worst_requests import WORST, WorstRequest

TILL = "T00000001"
PACE_SECONDS = 0.02
CONNECTIONS = 4
HISTORY = Path(__file__).parent / "beside.jsonl"
RULE = {
    "id": "ten",
    "requirement": {"item": {"items": [{"id": "apple"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}
LINE = {"line_id": 1, "id": "apple", "gross_amount": 1000, "eligible_for_discount": True}
RECEIPT = {"receipt_id": "r", "purchase_at": "2026-11-21T12:00:00+01:00", "store": {"id": "s"}, "items": [LINE]}


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds that the till's receipts took, and how the other account's requests were answered meanwhile."""

    beside: str
    receipts: int
    p50: float
    p99: float
    worst: float
    answers: dict[str, int]


class Client:
    """One connection of an account."""

    def __init__(self, port: int, account: str, token: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self.path = f"/v1/accounts/{account}/discounts/available_for_receipt"
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, body: bytes, *, explain: bool = False) -> int:
        """Return the status of the answer to a receipt."""
        self.connection.request("POST", self.path + ("?explain=true" if explain else ""), body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def paced(till: Client, seconds: float) -> list[float]:
    """Return the milliseconds of each of the till's receipts, the shortest first."""
    body = json.dumps(RECEIPT).encode()
    taken = []
    began = due = perf_counter()
    while due < began + seconds:
        sleep(max(due - perf_counter(), 0))
        if till.ask(body) != 200:
            raise SystemExit("the till was not answered")
        taken.append((perf_counter() - due) * 1000)
        due += PACE_SECONDS
    return sorted(taken)


def row_of(beside: str, taken: list[float], answers: dict[str, int]) -> Row:
    """Return what is said of a measurement."""
    at = [round(taken[int(share * (len(taken) - 1))], 1) for share in (0.5, 0.99, 1)]
    return Row(beside, len(taken), at[0], at[1], at[2], answers)


@contextmanager
def beside(clients: list[Client], one: WorstRequest) -> Iterator[dict[str, int]]:
    """Send a request over and over on each connection meanwhile; yields how often it was answered how."""
    stopped = Event()
    answers: dict[str, int] = {}

    def send(client: Client) -> None:
        while not stopped.is_set():
            status = str(client.ask(one.body, explain=one.explain))
            answers[status] = answers.get(status, 0) + 1

    # The rules are read before anything is timed.
    clients[0].ask(one.body, explain=one.explain)
    with ThreadPoolExecutor(len(clients)) as threads:
        sending = [threads.submit(send, client) for client in clients]
        try:
            yield answers
        finally:
            stopped.set()
            for each in sending:
                each.result()


def measure(seconds: float, names: list[str]) -> Iterator[Row]:
    """Yield the rows, the till alone first."""
    with TemporaryDirectory() as home:
        folder = Path(home)
        port = free_port()
        settings = settings_of(folder, port)
        store = ServiceStore(settings.database.get_secret_value())
        migrate(store)
        worst = {f"T1{number:07}": WORST[each]() for number, each in enumerate(names)}
        with store.writing() as connection:
            put_rules(connection, [RULE], everyones=["ten"], aid=TILL)
            for account, one in worst.items():
                put_rules(connection, one.rules, everyones=[rule["id"] for rule in one.rules], aid=account)
        store.close()
        tokens = Tokens(settings)
        lifetime = timedelta(hours=2)

        def client(account: str) -> Client:
            now = datetime.now(UTC)
            token = tokens.mint(
                account, "admin:discounts", subject="benchmark", customer_id=None, now=now, lifetime=lifetime
            )
            return Client(port, account, token)

        variables = {
            "RABATT_DATABASE": settings.database.get_secret_value(),
            "RABATT_KEY": KEY,
            "RABATT_LOG_LEVEL": "warning",
        }
        with serving(SERVICE, folder, port, variables, None):
            till = client(TILL)
            paced(till, 1)
            yield row_of("nothing", paced(till, seconds), {})
            for name, (account, one) in zip(names, worst.items(), strict=True):
                with beside([client(account) for _ in range(CONNECTIONS)], one) as answers:
                    taken = paced(till, seconds)
                yield row_of(name.replace("_", " "), taken, answers)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("names", nargs="*", default=list(WORST))
    options = parser.parse_args()
    print("| beside | receipts | p50 ms | p99 ms | worst ms | answers to the other account |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    rows = []
    for row in measure(options.seconds, options.names):
        rows.append(row)
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(row.answers.items()))
        print(f"| {row.beside} | {row.receipts} | {row.p50} | {row.p99} | {row.worst} | {answers} |", flush=True)
    if options.record:
        line = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "rows": [asdict(row) for row in rows]}
        with HISTORY.open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
