"""A full disk, and a PostgreSQL that hangs, restarts or takes no writes: each a real one, of the test's own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from rabatt.service.store import connect, probe
from rabatt.service.store.failures import AWAY, BUSY, FULL, READ_ONLY
from rabatt.service.store.migrate import migrate
from tests.rabatt.service.conftest import Service, new_url, running, settings_of
from tests.support.service import postgres
from tests.support.service.postgres import Server
from tests.support.service.trouble import (
    evaluate,
    is_live,
    logged,
    ready,
    said,
    store_receipt,
)
from tests.support.waiting import PATIENCE, until


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question finds out anew."""
    monkeypatch.setattr(probe, "FRESH_SECONDS", 0)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own, with so much room."""
    folder = Path("/tmp") / f"rabatt-small-{os.getpid()}"  # noqa: S108 - the server must reach it too
    folder.mkdir()
    mounted = subprocess.run(
        [shutil.which("mount") or "false", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    try:
        if mounted.returncode:
            pytest.skip("no file system can be mounted here")
        yield folder
    finally:
        if not mounted.returncode:
            subprocess.run([shutil.which("umount") or "false", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Leave no room."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def fills_up(service: Service, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A disk runs full and has room again."""
    assert said(store_receipt(service)) == ""
    filler = fill(folder)
    answers = iter(said(store_receipt(service, number, 100_000)) for number in range(1, 500))
    assert next(filter(None, answers)) == FULL.sentence
    assert logged(caplog, FULL)
    assert ready(service) == FULL.sentence
    is_live(service)
    filler.unlink()
    assert said(store_receipt(service, 1_000, 100_000)) == ""
    assert ready(service) == ""


@pytest.mark.long
def test_a_disk_that_is_full_under_sqlite(caplog: pytest.LogCaptureFixture) -> None:
    with small_disk(16) as folder:
        for service in running(new_url("sqlite", folder)):
            fills_up(service, folder, caplog)
            assert evaluate(service) == 200


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A PostgreSQL that nobody else uses."""
    if postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    server = Server()
    yield server
    server.signal(signal.SIGCONT)
    server.end()


@pytest.fixture
def on_own(own: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service on that, which waits for some seconds at most."""
    monkeypatch.setattr(connect, "PROBE_SECONDS", 1)
    yield from running(migrated(own.new_database()), database_seconds=5)


def migrated(url: str) -> str:
    """The URL of a database, which has the schema then."""
    store = connect.ServiceStore(settings_of(url).database.get_secret_value())
    migrate(store)
    store.close()
    return url


@pytest.mark.long
def test_a_disk_that_is_full_under_postgresql(own: Server, caplog: pytest.LogCaptureFixture) -> None:
    with small_disk(64) as folder:
        space = folder / "space"
        space.mkdir()
        if os.geteuid() == 0:
            shutil.chown(space, "nobody")
        with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            connection.execute("CREATE DATABASE small TABLESPACE small")
        for service in running(migrated(own.url("small"))):
            fills_up(service, folder, caplog)
            assert evaluate(service) == 200
        with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE small WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


@pytest.mark.long
def test_a_postgresql_that_is_read_only_serves_what_is_read(
    own: Server, on_own: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service = on_own
    assert said(store_receipt(service)) == ""

    def set_read_only(value: str) -> None:
        with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            connection.execute("SELECT pg_reload_conf()")

    set_read_only("on")
    try:
        until(lambda: said(store_receipt(service)) == READ_ONLY.sentence, "a receipt is not stored so")
        assert logged(caplog, READ_ONLY)
        until(lambda: ready(service) == READ_ONLY.sentence, "it is not ready so")
        assert evaluate(service) == 200
        is_live(service)
    finally:
        set_read_only("off")
    until(lambda: said(store_receipt(service)) == "", "a receipt is not stored so")
    until(lambda: ready(service) == "", "it is not ready so")


@pytest.mark.long
def test_a_postgresql_that_hangs_holds_up_nobody(own: Server, on_own: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service = on_own
    until(lambda: said(store_receipt(service)) == "", "a receipt is not stored so")
    until(lambda: ready(service) == "", "it is not ready so")
    # So long as a user has it.
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 1.75)
    own.signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(40) as many:
            asked = [many.submit(store_receipt, service, number) for number in range(30)]
            probes = [many.submit(ready, service) for _ in range(5)]
            is_live(service)
            # All are answered while it hangs.
            assert {probed.result(PATIENCE) for probed in probes} == {AWAY.sentence}
            assert {said(one.result(PATIENCE)) for one in asked} <= {AWAY.sentence, BUSY.sentence}
    finally:
        own.signal(signal.SIGCONT)
    until(lambda: said(store_receipt(service)) == "", "a receipt is not stored so")
    until(lambda: ready(service) == "", "it is not ready so")


@pytest.mark.long
def test_after_a_restart_of_postgresql_the_next_request_succeeds(own: Server, on_own: Service) -> None:
    service = on_own
    for number in range(3):
        with ExitStack() as taken:
            for _ in range(5):
                taken.enter_context(service.store.reading())
        own.restart()
        # At once, and not only when what was there of the pool is used up.
        assert said(store_receipt(service, number)) == ""
        until(lambda: ready(service) == "", "it is not ready so")
        assert evaluate(service) == 200
