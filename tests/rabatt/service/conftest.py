"""A service for tests: on SQLite and on PostgreSQL, with a clock that tests set."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from rabatt.service import ServiceSettings, create_app
from rabatt.service.clock import ServiceClock
from rabatt.service.context import Context
from rabatt.service.store import connect, probe
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import migrate
from tests.support.service import postgres
from tests.support.service.told import ToldSettings

ACCOUNT = "T12345678"
KEY = "a key that is long enough for the tests of the service"
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# No test shall fail because the machine is busy.
PATIENT = {"database_seconds": 120, "evaluation_seconds": 120}
ALL_SCOPES = "admin:discounts admin:receipts admin:creditnotes public:discounts"


@dataclass
class Hands:
    """A clock whose hands are set by the test."""

    at: datetime = START

    def now(self) -> datetime:
        """The time that was set; every look moves it on by a microsecond, so that no two things happen at once."""
        self.at += timedelta(microseconds=1)
        return self.at


@dataclass
class Service:
    """A running application, a client that bears a token, and what is behind it."""

    app: FastAPI
    client: TestClient
    hands: Hands
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.context = self.app.state.context

    @property
    def store(self) -> ServiceStore:
        """The store behind the service."""
        return self.context.store

    def token(self, scope: str = ALL_SCOPES, *, account: str = ACCOUNT, customer_id: str | None = None) -> str:
        """A token for one hour from now."""
        return self.context.tokens.mint(
            account,
            scope,
            subject="till-1",
            customer_id=customer_id,
            now=self.hands.at,
            lifetime=timedelta(hours=1),
        )

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **options: Any) -> Any:
        """The response to a call below the test account."""
        headers = {"authorization": f"Bearer {token or self.token()}"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return self.client.request(method, f"/v1/accounts/{ACCOUNT}/{path}", headers=headers, **options)


def empty_url(kind: str, folder: Path) -> str:
    """The URL of an empty database of a kind."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'rabatt.db'}"
    if postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    return postgres.server().new_database()


@cache
def template(kind: str) -> str | bytes:
    """A database of a kind with the schema and nothing in it: the content of its file, or its name."""
    with TemporaryDirectory() as folder:
        url = empty_url(kind, Path(folder))
        store = ServiceStore(settings_of(url).database.get_secret_value())
        migrate(store)
        store.close()
        return (Path(folder) / "rabatt.db").read_bytes() if kind == "sqlite" else url.rpartition("/")[2]


def new_url(kind: str, folder: Path) -> str:
    """The URL of a database of a kind that has the schema, and nothing in it."""
    copied = template(kind)
    if isinstance(copied, str):
        return postgres.server().new_database(copied)
    url = empty_url(kind, folder)
    (folder / "rabatt.db").write_bytes(copied)
    return url


# Where what is asked is how a store locks, counts and migrates, both are tried each time; elsewhere the second is left
# to `make test-long`.
BOTH_STORES = ("claim_", "credit_note_races", "migrate", "return_races")


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    names = tuple(f"test_{name}" for name in BOTH_STORES)
    if "[postgresql" in item.name and not item.path.name.startswith(names):
        item.add_marker("long")


@pytest.fixture(autouse=True)
def _patient_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No store is in trouble, and no trouble is over, because the machine is busy."""
    monkeypatch.setattr(connect, "PROBE_SECONDS", 120)
    monkeypatch.setattr(connect, "TROUBLE_SECONDS", 600)
    monkeypatch.setattr(probe, "ANSWER_SECONDS", 120)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of either kind that has the schema, and nothing in it."""
    return new_url(request.param, tmp_path)


def settings_of(url: str, **changes: Any) -> ServiceSettings:
    """Settings that nothing outside the test has a say in."""
    return ToldSettings(database=SecretStr(url), key=SecretStr(KEY), **PATIENT | changes)


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """A service on a database with nothing in it."""
    yield from running(url)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service for what never comes as far as the store."""
    yield from running(new_url("sqlite", tmp_path_factory.mktemp("door")))


@pytest.fixture
def store(url: str) -> Iterator[ServiceStore]:
    """A store by itself, with connections for all who race for it."""
    store = ServiceStore(settings_of(url).database.get_secret_value(), connections=25)
    yield store
    store.close()


def running(url: str, **changes: Any) -> Iterator[Service]:
    """A service on a database, until the test is done with it."""
    hands = Hands()
    app = create_app(settings_of(url, **changes), ServiceClock(now=hands.now))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(app, client, hands)
