"""Bringing a database to the schema of this version, and telling whether it is there."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from rabatt.service.store.connect import ServiceStore

# Any number: all processes of the same version ask PostgreSQL for the same lock.
MIGRATION_LOCK = 7_246_228


@lru_cache(maxsize=1)
def newest() -> str | None:
    """The revision that this version works with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision that a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_up_to_date(store: ServiceStore) -> bool:
    """Whether the database has the schema that this version works with."""
    with store.reading() as connection:
        return current(connection) == newest()


def migrate(store: ServiceStore) -> tuple[str | None, str | None]:
    """Bring the database to the newest schema; the revisions before and after. Many processes may call it at once."""
    with store.writing() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        before = current(connection)
        if before == newest():
            return before, before
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, current(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
