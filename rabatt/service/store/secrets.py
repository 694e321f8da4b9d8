"""The random keys that all processes of one database share; made once, by whoever asks first."""

import secrets as random_source

from sqlalchemy import Connection, select

from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.tables import insert_into, secrets

EVALUATIONS = "evaluations"
KEY_BYTES = 32


def secret_of(store: ServiceStore, name: str) -> bytes:
    """The key of this name, the same for every process and after every start."""
    with store.reading() as connection:
        found = _find(connection, name)
    if found is None:
        row = {"name": name, "value": random_source.token_hex(KEY_BYTES)}
        with store.writing() as connection:
            # Another process may be as quick: one of the two is kept.
            connection.execute(insert_into(connection, secrets).on_conflict_do_nothing(), row)
            found = _find(connection, name)
        assert found is not None  # noqa: S101 - it was there, or is now
    return bytes.fromhex(found)


def _find(connection: Connection, name: str) -> str | None:
    found: str | None = connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one_or_none()
    return found
