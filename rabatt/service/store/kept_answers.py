"""Answers that are kept under the caller's key, in the transaction of what they answer: both are there, or neither."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update

from rabatt.service.store.tables import idempotency_keys, insert_into

# Each one that comes takes so many with it that are over: what is kept never grows beyond what is sent meanwhile.
MOST_DROPPED = 20


class KeyIsUsed(Exception):
    """The key was sent with another request."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key: of whom, and a digest of the request that it was sent with."""

    aid: str
    subject: str
    key: str
    request: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer to the byte; `headers` is a JSON list of names and values."""

    status: int
    headers: str
    body: str


def take_key(connection: Connection, key: IdempotencyKey, *, now: datetime, kept_for: timedelta) -> KeptAnswer | None:
    """The answer to the same request before; None where this is the first one, and the key is taken for it.

    Whoever sends the same key at the same time waits for the end of the transaction. KeyIsUsed where the key was sent
    with another request and is kept still.
    """
    table = idempotency_keys
    own = {"aid": key.aid, "subject": key.subject, "key": key.key}
    taken = insert_into(connection, table).values(**own, request=key.request, created_at=now)
    taken = taken.on_conflict_do_update(
        index_elements=list(own),
        set_={"request": key.request, "created_at": now, "status": None, "headers": None, "body": None},
        where=table.c.created_at < now - kept_for,
    ).returning(table.c.key)
    if connection.execute(taken).one_or_none() is not None:
        _drop_some(connection, now - kept_for)
        return None
    row = connection.execute(select(table).where(*_the_key(key))).one()
    if row.request != key.request:
        raise KeyIsUsed
    return KeptAnswer(row.status, row.headers, row.body)


def keep_answer(connection: Connection, key: IdempotencyKey, answer: KeptAnswer) -> None:
    """Keep the answer under the key that this transaction has taken."""
    values = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    connection.execute(update(idempotency_keys).where(*_the_key(key)).values(**values))


def _drop_some(connection: Connection, before: datetime) -> None:
    """Drop some of the oldest that are over, those aside that others hold."""
    table = idempotency_keys
    columns = (table.c.aid, table.c.subject, table.c.key)
    over = select(*columns).where(table.c.created_at < before).order_by(table.c.created_at).limit(MOST_DROPPED)
    keys = [tuple(row) for row in connection.execute(over.with_for_update(skip_locked=True))]
    if keys:
        connection.execute(delete(table).where(tuple_(*columns).in_(keys)))


def _the_key(key: IdempotencyKey) -> tuple[ColumnElement[bool], ...]:
    table = idempotency_keys.c
    return table.aid == key.aid, table.subject == key.subject, table.key == key.key
