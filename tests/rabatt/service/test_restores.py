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
from rabatt.service.rule_sets import AccountRules, RuleSets
from rabatt.service.store import changes, tables
from rabatt.service.store.changes import REMEMBERED, RuleChange, change_of, changes_since, newest_known, raise_version
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.customer_grants import CustomerGrants, customer_grants
from rabatt.service.store.failures import BEING_RESTORED, Unavailable
from tests.rabatt.service.conftest import ACCOUNT, KEY, START, Service, new_url, running, settings_of
from tests.support.cli.serving import served
from tests.support.service import postgres
from tests.support.service.rows import change_rule, put_grants, put_rules, version_of

RULES = "discounts/rules"
EVALUATE = "discounts/available_for_receipt"
RECEIPT = {
    "receipt_id": "1",
    "store": {"id": "s"},
    "purchase_at": "2026-11-21T12:00:00Z",
    "currency": "NOK",
    "items": [{"id": "apple", "gross_amount": 1000, "quantity": 1, "eligible_for_discount": True}],
}


def percent(value: int, rule_id: str = "r") -> dict[str, Any]:
    return {"id": rule_id, "reward": {"type": "discount_percent", "value": value}}


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


class Shop:
    """A database of one account, and what a plain model says of its rules: the document of each, and whose it is."""

    def __init__(self, path: Path) -> None:
        self.store = ServiceStore(f"sqlite:///{path}")
        self.path = path
        self.rules: dict[str, tuple[int, bool]] = {}
        self.number = 0

    def change(self, random: Random) -> None:
        """Make, change, give, take or delete a rule, or raise the version for nothing."""
        rule_id = f"r{random.randrange(8)}"
        there = self.rules.get(rule_id)
        with self.store.writing() as connection:
            is_row = connection.execute(select(tables.rules.c.id).where(tables.rules.c.id == rule_id)).first()
            if is_row is None:
                value = random.randrange(1, 100)
                put_rules(connection, [percent(value, rule_id)])
                self.rules[rule_id] = value, False
            elif there is None:
                raise_version(connection, ACCOUNT)
            elif random.random() < 0.3:
                change_rule(connection, rule_id, granted_to_everyone=not there[1])
                self.rules[rule_id] = there[0], not there[1]
            elif random.random() < 0.2:
                change_rule(connection, rule_id, deleted_at=START)
                del self.rules[rule_id]
            else:
                value = random.randrange(1, 100)
                change_rule(connection, rule_id, document=json.dumps(percent(value, rule_id)))
                self.rules[rule_id] = value, there[1]

    def dump(self) -> tuple[sqlite3.Connection, dict[str, tuple[int, bool]]]:
        """All that is in it now."""
        copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.backup(copy)
        return copy, dict(self.rules)

    def restore(self, dump: tuple[sqlite3.Connection, dict[str, tuple[int, bool]]]) -> None:
        """All of it as it was."""
        with closing(sqlite3.connect(self.path)) as connection:
            dump[0].backup(connection)
        self.rules = dict(dump[1])

    def seen(self, sets: RuleSets) -> AccountRules:
        """The rules as a process that remembers others has them, which are those of the model."""
        with self.store.reading(at_one_moment=True) as connection:
            known = sets.current(connection, ACCOUNT)
            assert (known.change, known.version) == (change_of(connection, ACCOUNT), version_of(connection))
        documents = {rule.id: rule.rule.document for rule in known.rule_set.rules}
        assert documents == {rule_id: percent(value, rule_id) for rule_id, (value, _) in self.rules.items()}
        assert set(known.granted_to_everyone) == {rule_id for rule_id, (_, given) in self.rules.items() if given}
        return known


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


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[tuple[Shop, Shop]]:
    """A shop of many rules, and a replica of it that lacks the last change."""
    new_url("sqlite", tmp_path)
    shutil.copy(tmp_path / "rabatt.db", tmp_path / "other.db")
    shop, replica = Shop(tmp_path / "rabatt.db"), Shop(tmp_path / "other.db")
    with shop.store.writing() as connection:
        put_rules(connection, [percent(5, f"r{number}") for number in range(300)])
    shop.rules = {f"r{number}": (5, False) for number in range(300)}
    replica.restore(shop.dump())
    with shop.store.writing() as connection:
        change_rule(connection, "r7", document=json.dumps(percent(9, "r7")))
    shop.rules["r7"] = 9, False
    yield shop, replica
    shop.store.close()
    replica.store.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the rules whose documents were read, from now on."""
    ids: list[str] = []
    read_some = rule_sets._read

    def counted(some: list[RuleChange]) -> Any:
        ids.extend(change.rule_id for change in some)
        return read_some(some)

    monkeypatch.setattr(rule_sets, "_read", counted)
    return ids


def test_replicas_that_are_asked_by_turns_are_read_once(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, replica = lagging
    sets = RuleSets()
    newer = shop.seen(sets)
    assert len(read) == 300
    # The older state was never seen: what differs from the newer one is read, and no more.
    older = replica.seen(sets)
    assert read[300:] == ["r7"]
    for _ in range(5):
        assert shop.seen(sets) is newer
        assert replica.seen(sets) is older
    assert len(read) == 301


def test_a_change_is_read_alone_also_after_a_restore(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, replica = lagging
    sets = RuleSets()
    shop.seen(sets)
    read.clear()
    shop.restore(replica.dump())
    shop.seen(sets)
    assert read == ["r7"]
    with shop.store.writing() as connection:
        change_rule(connection, "r8", document=json.dumps(percent(1, "r8")))
    shop.rules["r8"] = 1, False
    shop.seen(sets)
    assert read == ["r7", "r8"]


def test_of_many_changes_at_once_each_rule_is_read_once(lagging: tuple[Shop, Shop], read: list[str]) -> None:
    shop, _ = lagging
    sets = RuleSets()
    shop.seen(sets)
    read.clear()
    for value in range(10, 20):
        with shop.store.writing() as connection:
            change_rule(connection, "r8", document=json.dumps(percent(value, "r8")))
    shop.rules["r8"] = 19, False
    shop.seen(sets)
    assert read == ["r8"]


def test_only_so_many_changes_are_remembered_by_name(
    lagging: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _ = lagging
    monkeypatch.setattr(changes, "REMEMBERED", 5)
    first = shop.seen(RuleSets()).last
    for number in range(1, 8):
        with shop.store.writing() as connection:
            raise_version(connection, ACCOUNT)
            assert (newest_known(connection, ACCOUNT, [first]) == first) == (number < 5)
            assert (changes_since(connection, ACCOUNT, first) is not None) == (number < 5)
    with shop.store.reading() as connection:
        versions = connection.execute(select(tables.rule_changes.c.version)).scalars().all()
    assert sorted(versions) == list(range(5, 10))


def test_states_of_which_nothing_is_shared_are_not_kept(
    lagging: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, replica = lagging
    monkeypatch.setattr(rule_sets, "MOST_CHANGES", 0)
    sets = RuleSets()
    newer = shop.seen(sets)
    replica.seen(sets)
    assert sets.known(ACCOUNT, newer.change) is None
    monkeypatch.setattr(rule_sets, "MOST_CHANGES", 2_000)
    newer = shop.seen(sets)
    replica.seen(sets)
    assert sets.known(ACCOUNT, newer.change) is newer


def test_no_more_states_are_kept_than_replicas_would_show(lagging: tuple[Shop, Shop]) -> None:
    shop, _ = lagging
    sets = RuleSets()
    seen = []
    for value in range(rule_sets.MOST_STATES + 2):
        with shop.store.writing() as connection:
            change_rule(connection, "r8", document=json.dumps(percent(value + 1, "r8")))
        shop.rules["r8"] = value + 1, False
        seen.append(shop.seen(sets))
        # Whoever is asked for again and again stays.
        assert sets.known(ACCOUNT, seen[0].change) is seen[0]
    kept = [state for state in seen if sets.known(ACCOUNT, state.change) is state]
    assert kept == [seen[0], *seen[-rule_sets.MOST_STATES + 1 :]]


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
