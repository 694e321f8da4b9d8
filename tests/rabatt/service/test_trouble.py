"""A database in trouble, each trouble a real one: what is answered, what ready says, and that it is soon over."""

import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from rabatt.service.store import connect, probe
from rabatt.service.store.failures import BUSY, FULL, MOVED, OURS, READ_ONLY, SCHEMA, SLOW
from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.service.rows import put_rules
from tests.support.service.trouble import (
    EVALUATE,
    RECEIPT,
    evaluate,
    is_live,
    logged,
    ready,
    said,
    store_receipt,
)
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question finds out anew."""
    monkeypatch.setattr(probe, "FRESH_SECONDS", 0)


@pytest.fixture
def on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service on a file, which waits for a second at most."""
    monkeypatch.setattr(connect, "PROBE_SECONDS", 1)
    yield from running(new_url("sqlite", tmp_path), database_seconds=1)


def on_writer(service: Service, pragma: str) -> None:
    """Say something to the connection that writes."""
    with closing(service.store.writers.raw_connection()) as connection:
        connection.cursor().execute(f"PRAGMA {pragma}")


def test_an_sqlite_file_that_may_not_grow_is_full(on_sqlite: Service, caplog: pytest.LogCaptureFixture) -> None:
    service = on_sqlite
    with service.store.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    on_writer(service, f"max_page_count={pages}")
    assert [said(store_receipt(service, number, 20_000)) for number in range(3)][-1] == FULL.sentence
    assert logged(caplog, FULL)
    assert ready(service) == FULL.sentence
    assert evaluate(service) == 200
    is_live(service)
    on_writer(service, f"max_page_count={2**30}")
    assert said(store_receipt(service, 9, 20_000)) == ""
    assert ready(service) == ""


def test_an_sqlite_store_that_takes_no_writes_is_read_only(
    on_sqlite: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service = on_sqlite
    on_writer(service, "query_only=ON")
    assert said(store_receipt(service)) == READ_ONLY.sentence
    assert logged(caplog, READ_ONLY)
    assert ready(service) == READ_ONLY.sentence
    assert evaluate(service) == 200
    on_writer(service, "query_only=OFF")
    assert said(store_receipt(service)) == ""
    assert ready(service) == ""


def test_what_a_request_met_is_forgotten_after_a_while(on_sqlite: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    on_writer(on_sqlite, "query_only=ON")
    store_receipt(on_sqlite)
    monkeypatch.setattr(connect, "TROUBLE_SECONDS", 0)
    assert ready(on_sqlite) == ""


def test_while_another_process_writes_sqlite_is_busy(on_sqlite: Service) -> None:
    service = on_sqlite
    path = service.store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert said(store_receipt(service)) == BUSY.sentence
        assert ready(service) == BUSY.sentence
        assert evaluate(service) == 200
    assert said(store_receipt(service)) == ""
    assert ready(service) == ""


def test_a_file_that_another_process_has_to_itself_holds_up_nothing_but_what_needs_it(on_sqlite: Service) -> None:
    service = on_sqlite
    path = service.store.url.removeprefix("sqlite:///")
    # Readers of a log are kept out while it is taken away.
    service.store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE accounts SET version = version")
        other.execute("COMMIT")
        with ThreadPoolExecutor(1) as tills:
            answer = tills.submit(service.call, "POST", EVALUATE, RECEIPT)
            is_live(service)
            assert said(answer.result(PATIENCE)) == BUSY.sentence
    assert evaluate(service) == 200


def test_one_long_write_is_no_failure_of_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in running(new_url("sqlite", tmp_path)):
        with monkeypatch.context() as soon, service.store.writing():
            soon.setattr(connect, "PROBE_SECONDS", 0.1)
            assert ready(service) == ""
        with service.store.writing():
            service.store._turn_began_at -= 121
            monkeypatch.setattr(connect, "PROBE_SECONDS", 0.1)
            assert ready(service) == BUSY.sentence


def test_who_waits_in_line_for_too_long_is_told_so(on_sqlite: Service) -> None:
    with on_sqlite.store.writing():
        assert said(store_receipt(on_sqlite)) == BUSY.sentence
    assert said(store_receipt(on_sqlite)) == ""


@pytest.mark.parametrize("way", ["moved", "replaced", "removed"])
def test_a_file_that_is_another_than_it_was_is_used_no_more(on_sqlite: Service, way: str, tmp_path: Path) -> None:
    service = on_sqlite
    path = Path(service.store.url.removeprefix("sqlite:///"))
    assert said(store_receipt(service)) == ""
    kept = tmp_path / "kept.db"
    path.rename(kept)
    if way == "replaced":
        shutil.copy(kept, path)
    if way == "removed":
        kept.unlink()
    for _ in range(2):
        assert said(store_receipt(service, 1)) == MOVED.sentence
        assert said(service.call("POST", EVALUATE, RECEIPT)) == MOVED.sentence
        assert ready(service) == MOVED.sentence
    is_live(service)
    assert path.exists() == (way == "replaced")


def test_the_store_is_tried_once_however_many_ask(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "FRESH_SECONDS", PATIENCE)
    tries: list[str] = []

    @event.listens_for(service.store._prober, "commit")
    def on_commit(_connection: object) -> None:
        tries.append("once")

    with ThreadPoolExecutor(20) as many:
        assert set(many.map(lambda _: ready(service), range(60))) == {""}
    assert tries == ["once"]


def test_ready_waits_for_no_connection_of_others(tmp_path: Path) -> None:
    for service in running(new_url("postgresql", tmp_path), connections=2, database_seconds=1), with_sqlite(tmp_path):
        for one in service:
            with ExitStack() as taken:
                for _ in range(2):
                    taken.enter_context(one.store.reading())
                assert ready(one) == ""
                if not one.store.is_sqlite:
                    assert said(store_receipt(one)) == BUSY.sentence
            assert said(store_receipt(one)) == ""


def with_sqlite(folder: Path) -> Iterator[Service]:
    yield from running(new_url("sqlite", folder), connections=2, database_seconds=1)


def test_a_statement_and_a_lock_take_no_longer_than_they_may(tmp_path: Path) -> None:
    for service in running(new_url("postgresql", tmp_path), database_seconds=1):
        with service.store.writing() as connection:
            put_rules(connection, [{"id": "r", "reward": {"type": "discount_percent", "value": 5}}])
        with psycopg.connect(service.store.url.replace("+psycopg", "")) as other:
            other.execute("SELECT 1 FROM rules FOR UPDATE")
            answer = service.call("PUT", "discounts/rules/r", {"active": False})
            assert said(answer) in {BUSY.sentence, SLOW.sentence}
            other.execute("LOCK rules")
            assert said(service.call("GET", "discounts/rules/r")) in {BUSY.sentence, SLOW.sentence}
        assert service.call("PUT", "discounts/rules/r", {"active": False}).status_code == 200
        with service.store.reading() as connection:
            shown = {
                name: connection.execute(text(f"SHOW {name}")).scalar()
                for name in ("statement_timeout", "lock_timeout")
            }
            assert shown == {"statement_timeout": "1s", "lock_timeout": "1s"}
            with connect.unhurried(connection):
                assert connection.execute(text("SHOW statement_timeout")).scalar() == "2min"
                # Longer than any other statement may take.
                connection.execute(text("SELECT pg_sleep(2.5)"))
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "1s"
        with service.store.reading() as connection:
            assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "6s"


def test_a_table_that_is_not_there_is_the_schema(service: Service) -> None:
    with service.store.writing() as connection:
        connection.execute(text("DROP TABLE rule_uses"))
    with service.store.writing() as connection:
        put_rules(connection, [{"id": "r", "reward": {"type": "discount_percent", "value": 5}}])
    assert said(service.call("PUT", "discounts/rules/r", {"active": False})) == SCHEMA.sentence


FULL_TRIGGER = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON receipts EXECUTE FUNCTION full_disk();
"""


def test_what_postgresql_calls_a_full_disk_is_called_that(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for service in running(new_url("postgresql", tmp_path)):
        with psycopg.connect(service.store.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(FULL_TRIGGER)
            assert said(store_receipt(service)) == FULL.sentence
            assert logged(caplog, FULL)
            assert ready(service) == FULL.sentence
            assert evaluate(service) == 200
            connection.execute("DROP TRIGGER full_disk ON receipts")
        assert said(store_receipt(service)) == ""
        assert ready(service) == ""


def test_a_fault_of_ours_in_the_trial_is_not_ready_and_told_with_its_lines(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(probe, "newest", fail)
    assert ready(service) == OURS.sentence
    [record] = [record for record in caplog.records if record.exc_info]
    assert "RuntimeError" in str(record.exc_info)
