"""The store: one way to SQLite and PostgreSQL, with blocking work kept off the event loop."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

T = TypeVar("T")
BUSY_SECONDS = 30


class Store:
    """Connections to one database; `read` and `write` run a function in a thread, `reading` and `writing` here."""

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        # The bound parameters are customers' data: no error may carry them into a log.
        options: dict[str, Any] = {"hide_parameters": True, "poolclass": QueuePool, "max_overflow": 0}
        if self.is_sqlite:
            self.readers = create_engine(url, pool_size=connections, **options)
            # For what is looked up in place: it must never wait until others let go of theirs.
            self.own_reader = create_engine(url, pool_size=1, **options)
            self.writers = create_engine(url, pool_size=1, **options)
            _set_up_sqlite(self.readers, writes=False)
            _set_up_sqlite(self.own_reader, writes=False)
            _set_up_sqlite(self.writers, writes=True)
        else:
            options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10, "application_name": "rabatt"}}
            self.readers = self.own_reader = self.writers = create_engine(url, pool_size=connections, **options)
        # SQLite makes writers wait by polling, which lets some wait for seconds: here they stand in line instead.
        self._turn = Lock() if self.is_sqlite else None
        self._reading = anyio.CapacityLimiter(connections)
        self._writing = anyio.CapacityLimiter(1) if self.is_sqlite else self._reading

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads: each statement sees what is committed when it begins."""
        with self.readers.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, and undone by any exception."""
        if self._turn is None:
            with self.writers.begin() as connection:
                yield connection
            return
        with self._turn, self.writers.begin() as connection:
            yield connection

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What the work returns, done in a thread."""
        return await anyio.to_thread.run_sync(self._read, work, limiter=self._reading)

    async def look_up(self, work: Callable[[Connection], T]) -> T:
        """What one indexed query returns: in place on SQLite, where handing it to a thread takes longer."""
        if not self.is_sqlite:
            return await self.read(work)
        with self.own_reader.connect() as connection:
            return work(connection)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What the work returns, done in a thread and committed; nothing is kept of it where it raises."""
        return await anyio.to_thread.run_sync(self._write, work, limiter=self._writing)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self.reading() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self.writing() as connection:
            return work(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.readers.dispose()
        self.own_reader.dispose()
        self.writers.dispose()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Set the journal mode of the file, once; where others set it at the same time, SQLite fails instead of waiting."""
    until = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _set_up_sqlite(engine: Engine, *, writes: bool) -> None:
    """WAL, every commit on disk before it is acknowledged, foreign keys, and transactions begun when they should be."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin a transaction by itself, and too late.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'OFF' if writes else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        _use_wal(connection)

    if writes:

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
