"""The schema: what the migrations make is what the tables say, on both stores, from any number of processes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.store.connect import Store
from service.store.migrate import is_up_to_date, migrate, newest
from service.store.tables import metadata
from tests.service.conftest import empty_url, settings_of


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return empty_url(request.param, tmp_path)


def store_at(url: str) -> Store:
    return Store(settings_of(url).database.get_secret_value())


def test_an_empty_database_is_brought_to_the_newest_schema_once(url: str) -> None:
    store = store_at(url)
    assert not is_up_to_date(store)
    assert migrate(store) == (None, newest())
    assert migrate(store) == (newest(), newest())
    assert is_up_to_date(store)
    store.close()


def test_the_migrations_make_what_the_tables_say(url: str) -> None:
    store = store_at(url)
    migrate(store)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    store.close()


def test_many_may_migrate_at_once(url: str) -> None:
    stores = [store_at(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(migrate, stores))
    assert sorted(ends, key=str) == [(newest(), newest())] * 3 + [(None, newest())]
    for store in stores:
        store.close()
