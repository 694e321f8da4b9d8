"""What was used of a rule that a million claims used: `python -m benchmarks.service.rule_uses [--claims N] [--record]`.

On SQLite, and on PostgreSQL where there is one: how long the migration takes that counts what claims used before it,
how long the answers take that say what was used, and how many claims of one rule eight writers book in a second, by how
many rows they count in. The claims are made by SQL in the schema before that migration.
"""

from argparse import ArgumentParser, Namespace
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from alembic import command
from fastapi.testclient import TestClient
from sqlalchemy import text

from benchmarks.measure import by_turns, say, timed
from benchmarks.page import table
from benchmarks.record import Benchmark, Data
from benchmarks.service.shop import token
from benchmarks.workload import SEED
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
WRITERS = 8
SHARDS = (0, 1, 2, 4, 8, 16)
TURNS, CALLS = 5, 100
CLAIMS = """
INSERT INTO claims (aid, ref, id, type, customer_id, purchase_at, request, answer, created_at, created_by)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :claims)
SELECT :aid, 'ref-' || n, 'claim-' || n, 'pos', 'c' || (n % 200000), 0, '{}', '{}', 0, 'benchmark' FROM numbers
"""
LINES = """
INSERT INTO claim_lines (aid, claim_id, grant_id, discount_id, customer_id, usage, amount, bonus, stamp)
SELECT aid, id, 'g', 'hot', customer_id, 1, 100, 0, 0 FROM claims
"""


def migration_seconds(store: ServiceStore, number: int) -> float:
    """Return how long the migration takes of a database with so many claims of one rule, which is left behind."""
    migrate(store)
    with store.writing() as connection:
        add_rules(connection, [rule("hot"), rule("other")])
    go(store, command.downgrade, BEFORE)
    with store.writing() as connection:
        connection.execute(text(CLAIMS), {"claims": number, "aid": ACCOUNT})
        connection.execute(text(LINES))
    _, seconds = timed(lambda: migrate(store))
    if not store.is_sqlite:
        with store.writing() as connection:
            connection.execute(text("ANALYZE"))
    return seconds


def answers(url: str) -> Data:
    """Return what the answers that say what was used take in milliseconds, typical and slowest."""
    app = create_app(settings_of(url))
    row: Data = {}
    with TestClient(app) as client:
        client.headers["authorization"] = f"Bearer {token(app.state.context.tokens, ACCOUNT, 'admin:discounts')}"
        rules = f"/v1/accounts/{ACCOUNT}/discounts/rules"
        calls: dict[str, Any] = {
            "rules with statistics": lambda _: client.get(f"{rules}?statistics=true"),
            "change of a used rule": lambda number: client.put(f"{rules}/hot", json={"name": f"{number}"}),
        }
        for name, call in calls.items():
            taken = []
            for number in range(CALLS):
                started = perf_counter()
                answer = call(number)
                taken.append((perf_counter() - started) * 1000)
                assert answer.status_code == 200, answer.text
            row |= {f"{name}, p50 ms": median(taken), f"{name}, slowest ms": max(taken)}
    return row


def claims_a_second(store: ServiceStore, shards: int, seconds: float) -> float:
    """Return how many claims of one rule, of customers of their own, eight writers book in a second; 0: uncounted."""
    until = perf_counter() + seconds

    def work(writer: int) -> int:
        done = 0
        while perf_counter() < until:
            new_id = str(uuid4())
            use = DiscountUse("hot", (RefUse(f"grant-{writer}", 1, 1),))
            asked = request(new_id, f"writer-{writer}", use)
            with store.writing() as connection:
                claim_or_repeat(connection, ACCOUNT, asked, now=START, new_id=new_id, subject="benchmark")
            done += 1
        return done

    counted = rule_use.count_lines if shards else (lambda *_: None)
    with (
        patch.object(rule_use, "SHARDS", shards),
        patch.object(claims, "count_lines", counted),
        ThreadPoolExecutor(WRITERS) as threads,
    ):
        return sum(threads.map(work, range(WRITERS))) / seconds


def durable_server() -> postgres.Server:
    """Return a PostgreSQL that waits for the disk with every commit, as one in production does."""
    server = postgres.server()
    options = f"-p {server.port} -h 127.0.0.1 -k {server.home} -c max_connections=200 -c fsync=on"
    server.run("pg_ctl", "-D", server.data, "-w", "-o", options, "-l", server.home / "log", "restart")
    return server


def row_of(url: str, number: int, seconds: float) -> Data:
    """Return the figures of one store."""
    store = ServiceStore(settings_of(url).database.get_secret_value(), connections=WRITERS)
    row: Data = {"store": "sqlite" if store.is_sqlite else "postgresql", "claims": number}
    say(row["store"])
    row["migration seconds"] = migration_seconds(store, number)
    with store.reading() as connection:
        assert rule_use.uses_of(connection, ACCOUNT, ["hot"])["hot"].usage == number
    row |= answers(url)
    with store.writing() as connection:
        add_grants(connection, [(f"grant-{writer}", "hot", f"writer-{writer}") for writer in range(WRITERS)])
    # By turns, so that what else the machine does meets all of them.
    sides = {f"{shards}": partial(claims_a_second, store, shards, seconds / TURNS) for shards in SHARDS}
    turns = list(by_turns(sides, TURNS))
    row |= {f"claims a second, {name} rows": round(median(one[name] for one in turns)) for name in sides}
    store.close()
    return row


def measure(asked: Namespace) -> Data:
    """Return the figures of both stores, as far as they are here."""
    with TemporaryDirectory() as folder:
        urls = [f"sqlite:///{folder}/rabatt.db"]
        if postgres.binaries() is not None:
            urls.append(durable_server().new_database())
        return {"rule_uses": [row_of(url, asked.claims, asked.seconds) for url in urls]}


def tables(data: Data) -> list[str]:
    """Return the figures of each store."""
    rows = data["rule_uses"]
    return table(
        "|> ".join(["", *(row["store"] for row in rows)]), ([name, *(row[name] for row in rows)] for name in rows[0])
    )


BENCHMARK = Benchmark(Path(__file__).parent / "rule_uses.jsonl", SEED, tables)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.service.rule_uses", description="What was used of a rule.")
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10, help="how long claims are booked, for each number of rows")
    BENCHMARK.main(parser, measure)


if __name__ == "__main__":
    main()
