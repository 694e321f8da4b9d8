"""A restore takes rules back: every process goes by those that the store has then, whatever it had in memory."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import anyio
import pytest
from sqlalchemy import Connection, delete, insert, select, update

from rabatt.service import rule_sets
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.evaluation import answer as evaluation
from rabatt.service.rule_sets import RuleSets
from rabatt.service.store import changes, tables
from rabatt.service.store.changes import REMEMBERED
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.customer_grants import CustomerGrants, customer_grants
from rabatt.service.store.failures import BEING_RESTORED, Unavailable
from tests.rabatt.service.conftest import ACCOUNT, KEY, Service, new_url, running, settings_of
from tests.support.cli.serving import served
from tests.support.service import postgres
from tests.support.service.rows import change_rule, put_grants, put_rules
from tests.support.service.rule_states import Shop, percent

RULES = "discounts/rules"
EVALUATE = "discounts/available_for_receipt"
RECEIPT = {
    "receipt_id": "1",
    "store": {"id": "s"},
    "purchase_at": "2026-11-21T12:00:00Z",
    "currency": "NOK",
    "items": [{"id": "apple", "gross_amount": 1000, "quantity": 1, "eligible_for_discount": True}],
}


class Database:
    """A database that is dumped and restored with the tools of its kind, while others are connected to it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def dump(self) -> Path:
        """A file with all that is in it now."""
        to = self.folder / f"{uuid4().hex}.dump"
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self._path)) as connection, closing(sqlite3.connect(to)) as copy:
                connection.backup(copy)
        else:
            postgres.server().run("pg_dump", "--format=custom", f"--file={to}", self.url)
        return to

    def restore(self, dump: Path) -> None:
        """All of it as it was."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(dump)) as copy, closing(sqlite3.connect(self._path)) as connection:
                copy.backup(connection)
        else:
            options = ("--clean", "--if-exists", "--single-transaction", f"--dbname={self.url}")
            postgres.server().run("pg_restore", *options, dump)

    @property
    def _path(self) -> str:
        return self.url.removeprefix("sqlite:///")


@pytest.fixture
def database(url: str, tmp_path: Path) -> Database:
    return Database(url, tmp_path if url.startswith("sqlite") else postgres.server().home)


@pytest.fixture
def two(url: str) -> Iterator[tuple[Service, Service]]:
    """Two services on one database, as two processes are."""
    for one in running(url):
        for other in running(url):
            yield one, other


def amounts(answer: dict[str, Any]) -> dict[str, int]:
    """What each rule takes off."""
    return {found["id"]: sum(ref["amount"] for ref in found["refs"]) for found in answer.get("discounts") or ()}


def discount(service: Service) -> int:
    """What the rules take off."""
    answer = service.call("POST", EVALUATE, RECEIPT)
    assert answer.status_code == 200, answer.text
    return sum(amounts(answer.json()).values())


def test_after_a_restore_all_go_by_the_rules_that_are_there(database: Database, two: tuple[Service, Service]) -> None:
    one, other = two
    assert one.call("POST", RULES, percent(10)).status_code == 201
    assert one.call("POST", f"{RULES}/r/customers", {"customers": ["*"]}).status_code == 201
    assert [discount(service) for service in two] == [100, 100]
    dump = database.dump()
    assert one.call("PUT", f"{RULES}/r", {"active": False}).status_code == 200
    assert one.call("POST", RULES, percent(50, "s")).status_code == 201
    assert one.call("POST", f"{RULES}/s/customers", {"customers": ["*"]}).status_code == 201
    assert [discount(service) for service in two] == [500, 500]

    database.restore(dump)
    assert [discount(service) for service in two] == [100, 100]
    assert one.call("GET", f"{RULES}/s").status_code == 404

    # As many changes as were undone, of others.
    for rule_id, value in (("t", 3), ("u", 4)):
        assert other.call("POST", RULES, percent(value, rule_id)).status_code == 201
    assert other.call("POST", f"{RULES}/t/customers", {"customers": ["*"]}).status_code == 201
    assert [discount(service) for service in two] == [discount(service) for service in running(database.url)] * 2
    answers = [service.call("POST", EVALUATE, RECEIPT) for service in two]
    assert len({answer.content for answer in answers}) == 1
    assert {discount_["id"] for discount_ in answers[0].json()["discounts"]} == {"r", "t"}
    database.restore(dump)
    assert [discount(service) for service in two] == [100, 100]


def test_headers_tell_two_histories_apart_which_have_as_many_changes(database: Database) -> None:
    for service in running(database.url):
        dump = database.dump()
        seen = []
        for value in (10, 20):
            service.call("POST", RULES, percent(value))
            headers = service.call("POST", EVALUATE, RECEIPT).headers
            seen.append((headers["rabatt-rules-version"], headers["rabatt-rules-change"]))
            database.restore(dump)
        assert [version for version, _ in seen] == ["1", "1"]
        assert len({change for _, change in seen}) == 2
        headers = service.call("POST", EVALUATE, RECEIPT).headers
        assert (headers["rabatt-rules-version"], headers["rabatt-rules-change"]) == ("0", "")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_run_go_by_what_was_restored(kind: str, tmp_path: Path) -> None:
    url = new_url(kind, tmp_path)
    database = Database(url, tmp_path if kind == "sqlite" else postgres.server().home)
    variables = {"RABATT_DATABASE": url, "RABATT_KEY": KEY}
    store = ServiceStore(settings_of(url).database.get_secret_value())
    now, lifetime = datetime.now(UTC), timedelta(hours=1)
    token = Tokens(settings_of(url)).mint(
        ACCOUNT, "admin:discounts", subject="till", customer_id=None, now=now, lifetime=lifetime
    )
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    with served(tmp_path, **variables) as one, served(tmp_path, **variables) as other:

        def discounts() -> list[int]:
            path = f"/v1/accounts/{ACCOUNT}/{EVALUATE}"
            answers = [place.ask("POST", path, json.dumps(RECEIPT), headers) for place in (one, other)]
            assert [status for status, _ in answers] == [200, 200]
            return [sum(amounts(json.loads(text)).values()) for _, text in answers]

        with store.writing() as connection:
            put_rules(connection, [percent(10)], everyones=["r"])
        assert discounts() == [100, 100]
        dump = database.dump()
        for value in (30, 40):
            with store.writing() as connection:
                change_rule(connection, "r", document=json.dumps(percent(value)))
            assert discounts() == [value * 10] * 2
            database.restore(dump)
            assert discounts() == [100, 100]
    store.close()


@pytest.mark.parametrize("most_changes", [0, 2, 2_000])
@pytest.mark.parametrize("remembered", [3, REMEMBERED])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_whatever_is_restored_a_process_has_the_rules_of_the_store_that_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, remembered: int, most_changes: int
) -> None:
    monkeypatch.setattr(rule_sets, "MOST_CHANGES", most_changes)
    monkeypatch.setattr(changes, "REMEMBERED", remembered)
    random = Random(seed)
    new_url("sqlite", tmp_path)
    shutil.copy(tmp_path / "rabatt.db", tmp_path / "other.db")
    # The second one is a replica that lags, or whatever else shows another state.
    shops = [Shop(tmp_path / "rabatt.db"), Shop(tmp_path / "other.db")]
    processes = [RuleSets() for _ in range(3)]
    dumps = [shops[0].dump()]
    for _step in range(150):
        shop = random.choice(shops)
        match random.choice(["change", "change", "change", "dump", "restore", "see", "see", "see", "see"]):
            case "change":
                shop.change(random)
            case "dump":
                dumps.append(shop.dump())
            case "restore":
                shop.restore(random.choice(dumps))
            case _:
                shop.seen(random.choice(processes))
    for shop in shops:
        for process in processes:
            shop.seen(process)
        shop.store.close()


def test_rules_that_are_not_all_there_are_none(service: Service) -> None:
    """Where tables are filled one by one, an account is there before its rules."""
    with service.store.writing() as connection:
        put_rules(connection, [percent(10)], everyones=["r"])
        rows = connection.execute(select(tables.rules)).mappings().all()
        connection.execute(delete(tables.rules))
    for _ in range(2):
        answer = service.call("POST", EVALUATE, RECEIPT)
        assert (answer.status_code, answer.json()["error"]["message"]) == (503, BEING_RESTORED.sentence)
    with service.store.writing() as connection:
        connection.execute(insert(tables.rules), [dict(row) for row in rows])
    assert discount(service) == 100


def test_a_receipt_is_evaluated_by_the_rules_of_the_moment_that_its_wallet_is_of(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the wallet and the reading of the rules, another till changes both."""
    with service.store.writing() as connection:
        put_rules(connection, [percent(10), percent(1, "own")], everyones=["r"])
    looked: list[str] = []
    look = customer_grants

    def then_changed(connection: Connection, *which: Any) -> CustomerGrants:
        wallet = look(connection, *which)
        if not looked:
            other = ServiceStore(service.store.url)
            with other.writing() as writing:
                change_rule(writing, "r", document=json.dumps(percent(20)))
                put_grants(writing, [{"id": "g", "discount_id": "own", "customer_id": "c"}])
            other.close()
        looked.append(wallet.change)
        return wallet

    monkeypatch.setattr(evaluation, "customer_grants", then_changed)
    answer = service.call("POST", EVALUATE, RECEIPT | {"customer_id": "c"})
    assert amounts(answer.json()) == {"r": 200, "own": 10}
    assert answer.headers["rabatt-rules-change"] == looked[-1] != looked[0]
    assert len(looked) == 2


def test_who_waits_for_rules_that_cannot_be_read_is_told_with_the_first(service: Service) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [percent(10)], everyones=["r"])
        connection.execute(update(tables.accounts).values(rule_count=2))
    sets = RuleSets()
    reads: list[int] = []

    def look(connection: Connection) -> CustomerGrants:
        reads.append(1)
        return customer_grants(connection, ACCOUNT, None)

    async def ask() -> None:
        async def one() -> None:
            with pytest.raises(Unavailable) as why:
                await sets.newest(service.store, ACCOUNT, CustomerGrants("unknown", (), ()), look)
            assert why.value.failure is BEING_RESTORED

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(one)

    anyio.run(ask)
    assert len(reads) == 1
    # Who comes later tries again.
    anyio.run(ask)
    assert len(reads) == 2
