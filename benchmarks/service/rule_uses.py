"""What was used of a rule that a million claims used: `python -m benchmarks.service.rule_uses [--claims N] [--record]`.

On SQLite, and on PostgreSQL where there is one: how long the migration takes that counts what claims used before it,
how long the answers take that say what was used, and how many claims of one rule eight writers book in a second, by how
many rows they count in. The claims are made by SQL in the schema before that migration.
"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import text

from rabatt.service import create_app
from rabatt.service.store import claims, rule_use
from rabatt.service.store.claim_request import DiscountUse, RefUse
from rabatt.service.store.claims import claim_or_repeat
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import migrate
from tests.rabatt.service.conftest import ACCOUNT, START, settings_of
from tests.rabatt.service.test_migrate import go
from tests.support.service import postgres
from tests.support.service.claiming import add_grants, add_rules, request, rule

BEFORE = "0003"
CUSTOMERS = 200_000
WRITERS = 8
SHARDS = (0, 1, 2, 4, 8, 16)
TURNS = 5
HISTORY = Path(__file__).parent / "history.jsonl"
CLAIMS = """
INSERT INTO claims (aid, ref, id, type, customer_id, purchase_at, request, answer, created_at, created_by)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :claims)
SELECT :aid, 'ref-' || n, 'claim-' || n, 'pos', 'c' || (n % :customers), 0, '{}', '{}', 0, 'benchmark' FROM numbers
"""
LINES = """
INSERT INTO claim_lines (aid, claim_id, grant_id, discount_id, customer_id, usage, amount, bonus, stamp)
SELECT aid, id, 'g', 'hot', customer_id, 1, 100, 0, 0 FROM claims
"""


def made(store: ServiceStore, number: int) -> float:
    """Return the seconds of the migration, of a database with so many claims of one rule."""
    migrate(store)
    go(store, command.downgrade, BEFORE)
    with store.writing() as connection:
        add_rules(connection, [rule("hot"), rule("other")])
        connection.execute(text(CLAIMS), {"claims": number, "aid": ACCOUNT, "customers": CUSTOMERS})
        connection.execute(text(LINES))
    started = time.perf_counter()
    migrate(store)
    seconds = time.perf_counter() - started
    if not store.is_sqlite:
        with store.writing() as connection:
            connection.execute(text("ANALYZE"))
    return seconds


def answers(url: str) -> Iterator[tuple[str, list[float]]]:
    """Yield the name of each answer, and the milliseconds of each call."""
    app = create_app(settings_of(url))
    with TestClient(app) as client:
        token = app.state.context.tokens.mint(
            ACCOUNT,
            "admin:discounts",
            subject="benchmark",
            customer_id=None,
            now=datetime.now(UTC),
            lifetime=timedelta(hours=1),
        )
        headers = {"authorization": f"Bearer {token}"}
        base = f"/v1/accounts/{ACCOUNT}/discounts/rules"

        calls: dict[str, Callable[[int], Any]] = {
            "rules with statistics": lambda _: client.get(f"{base}?statistics=true", headers=headers),
            "change of a used rule": lambda number: client.put(
                f"{base}/hot", headers=headers, json={"name": f"{number}"}
            ),
        }
        for name, call in calls.items():
            took = []
            for number in range(100):
                started = time.perf_counter()
                answer = call(number)
                took.append((time.perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.text
            yield name, took


def claims_a_second(store: ServiceStore, shards: int, seconds: float) -> float:
    """Return how many claims of one rule, of customers of their own, eight writers book in a second; 0: uncounted."""
    until = time.perf_counter() + seconds

    def work(writer: int) -> int:
        done = 0
        while time.perf_counter() < until:
            new_id = str(uuid4())
            use = DiscountUse("hot", (RefUse(f"grant-{writer}", 1, 1),))
            asked = request(new_id, f"writer-{writer}", use)
            with store.writing() as connection:
                claim_or_repeat(connection, ACCOUNT, asked, now=START, new_id=new_id, subject="benchmark")
            done += 1
        return done

    counted = rule_use.count_lines if shards else nothing
    with (
        patch.object(rule_use, "SHARDS", shards),
        patch.object(claims, "count_lines", counted),
        ThreadPoolExecutor(WRITERS) as threads,
    ):
        return sum(threads.map(work, range(WRITERS))) / seconds


def nothing(*_given: Any) -> None:
    """Count nothing."""


def safe_server() -> postgres.Server:
    """Return a PostgreSQL that waits for the disk with every commit, as one in production does."""
    server = postgres.server()
    options = f"-p {server.port} -h 127.0.0.1 -k {server.home} -c max_connections=200 -c fsync=on"
    server.run("pg_ctl", "-D", server.data, "-w", "-o", options, "-l", server.home / "log", "restart")
    return server


def measure(url: str, number: int, seconds: float) -> dict[str, Any]:
    """Return the figures of one store."""
    store = ServiceStore(settings_of(url).database.get_secret_value(), connections=WRITERS)
    row: dict[str, Any] = {"store": "sqlite" if store.is_sqlite else "postgresql", "claims": number}
    row["migration seconds"] = round(made(store, number), 1)
    with store.reading() as connection:
        assert rule_use.uses_of(connection, ACCOUNT, ["hot"])["hot"].usage == number
    for name, took in answers(url):
        row[f"{name}, p50 ms"] = round(median(took), 2)
        row[f"{name}, slowest ms"] = round(max(took), 2)
    with store.writing() as connection:
        add_grants(connection, [(f"grant-{writer}", "hot", f"writer-{writer}") for writer in range(WRITERS)])
    # By turns, so that what else the machine does meets all of them.
    turns: dict[int, list[float]] = {shards: [] for shards in SHARDS}
    for _ in range(TURNS):
        for shards, counted in turns.items():
            counted.append(claims_a_second(store, shards, seconds / TURNS))
    row["claims a second, by rows"] = {shards: round(median(counted)) for shards, counted in turns.items()}
    store.close()
    return row


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10, help="how long claims are booked, for each number of rows")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    rows = []
    with TemporaryDirectory() as folder:
        urls = [f"sqlite:///{folder}/rabatt.db"]
        if postgres.binaries() is not None:
            urls.append(safe_server().new_database())
        for url in urls:
            rows.append(measure(url, options.claims, options.seconds))
            print(json.dumps(rows[-1], indent=2), flush=True)
    if options.record:
        line = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "rule_uses": rows}
        with HISTORY.open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
