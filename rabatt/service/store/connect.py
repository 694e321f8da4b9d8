"""The store: one way to SQLite and PostgreSQL, with blocking work kept off the event loop, and every wait bounded."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import inf
from threading import Lock
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, exc
from sqlalchemy.pool import QueuePool

from rabatt.service.store import sqlite
from rabatt.service.store.failures import BUSY, LASTING, Failure, Unavailable, failure_of

T = TypeVar("T")
# A probe shall answer before whoever asks it gives up.
PROBE_SECONDS = 1.0
# So long what a request met is said of the store, though what a probe tries succeeds.
TROUBLE_SECONDS = 10.0


class ServiceStore:
    """Connections to one database; `read` and `write` run a function in a thread, `reading` and `writing` here.

    `seconds` bounds each wait: for a turn and a connection together, for each statement, for a lock. None: no bound.
    `identity` is that of the store of another process, where this one shall have the same file.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 10,
        seconds: float | None = None,
        identity: sqlite.Identity | None = None,
    ) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        self.seconds = seconds
        # The bound parameters are customers' data: no error may carry them into a log.
        self._options: dict[str, Any] = {"hide_parameters": True, "poolclass": QueuePool, "max_overflow": 0}
        if seconds is not None:
            self._options["pool_timeout"] = seconds
        if self.is_sqlite:
            self._file = sqlite.File(url, identity)
            busy = sqlite.BUSY_SECONDS if seconds is None else seconds
            self.readers = self._of_file(connections, writes=False, busy_seconds=busy)
            # For what is looked up in place: it must never wait, neither until others let go of theirs nor for a lock.
            self.own_reader = self._of_file(1, writes=False, busy_seconds=0)
            self.writers = self._of_file(1, writes=True, busy_seconds=busy)
            self._prober = self._of_file(1, writes=True, busy_seconds=PROBE_SECONDS)
        else:
            self.readers = self.own_reader = self.writers = self._of_server(connections, seconds)
            self._prober = self._of_server(1, PROBE_SECONDS)
        # SQLite makes writers wait by polling, which lets some wait for seconds: here they stand in line instead.
        self._turn = Lock() if self.is_sqlite else None
        self._reading = anyio.CapacityLimiter(connections)
        self._writing = anyio.CapacityLimiter(1) if self.is_sqlite else self._reading
        # Whoever has a place in one of these has a thread.
        self._threads = anyio.CapacityLimiter(inf)
        self._turn_began_at = -inf
        self._trouble: tuple[Failure, float] | None = None

    def _of_file(self, connections: int, *, writes: bool, busy_seconds: float) -> Engine:
        url = self._file.url if self._file.is_another_process_s else self.url
        engine = create_engine(url, pool_size=connections, **self._options)
        sqlite.set_up(engine, self._file, writes=writes, busy_seconds=busy_seconds)
        return engine

    def _of_server(self, connections: int, seconds: float | None) -> Engine:
        from rabatt.service.store import postgresql  # noqa: PLC0415 - SQLite needs none of it

        self._connecting = postgresql.connecting
        options = self._options | {"pool_pre_ping": True, "connect_args": {"application_name": "rabatt"}}
        engine = create_engine(self.url, pool_size=connections, **options)
        postgresql.bound(engine, seconds)
        return engine

    @property
    def identity(self) -> sqlite.Identity | None:
        """Which file it is, for a process that shall have the same; None where it is none."""
        return self._file.identity if self.is_sqlite else None

    @contextmanager
    def reading(self, *, until: float | None = None, at_one_moment: bool = False) -> Iterator[Connection]:
        """A connection that only reads: each statement sees what is committed when it begins, or all what was at first.

        `until` bounds the wait for it, in the seconds of `time.monotonic`.
        """
        with self._noting(), self._connected(self.readers, until) as connection:
            if at_one_moment and self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            elif at_one_moment:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self, *, until: float | None = None) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, and undone by any exception."""
        with self._noting():
            with self.in_turn(self.seconds), self._connected(self.writers, until) as connection, connection.begin():
                yield connection
            self._trouble = None

    @contextmanager
    def probing(self) -> Iterator[Connection]:
        """The same on a connection that is kept for trying the store, and soon gives up."""
        until = time.monotonic() + PROBE_SECONDS
        with self.in_turn(PROBE_SECONDS), self._connected(self._prober, until) as connection, connection.begin():
            yield connection

    @contextmanager
    def in_turn(self, seconds: float | None) -> Iterator[None]:
        """Alone among those of this process that write, where the store takes one at a time; Unavailable in the end."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=-1 if seconds is None else seconds):
            raise Unavailable(BUSY)
        self._turn_began_at = time.monotonic()
        try:
            yield
        finally:
            self._turn.release()

    async def read(self, work: Callable[[Connection], T], *, at_one_moment: bool = False) -> T:
        """What the work returns, done in a thread."""

        def reading(until: float | None) -> AbstractContextManager[Connection]:
            return self.reading(until=until, at_one_moment=at_one_moment)

        return await self._in_thread(reading, work, self._reading)

    async def look_up(self, work: Callable[[Connection], T]) -> T:
        """What one indexed query returns: in place on SQLite, where handing it to a thread takes longer."""
        if not self.is_sqlite:
            return await self.read(work)
        try:
            with self._noting(), self.own_reader.connect() as connection:
                return work(connection)
        except exc.OperationalError as error:
            if failure_of(error) is not BUSY:
                raise
        # Another process has the whole file to itself for a while.
        return await self.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What the work returns, done in a thread and committed; nothing is kept of it where it raises."""

        def writing(until: float | None) -> AbstractContextManager[Connection]:
            return self.writing(until=until)

        return await self._in_thread(writing, work, self._writing)

    async def _in_thread(
        self,
        connected: Callable[[float | None], AbstractContextManager[Connection]],
        work: Callable[[Connection], T],
        places: anyio.CapacityLimiter,
    ) -> T:
        """What the work returns; Unavailable where no place for it is free in time."""
        until = None if self.seconds is None else time.monotonic() + self.seconds

        def worked() -> T:
            with connected(until) as connection:
                return work(connection)

        place = object()
        try:
            places.acquire_on_behalf_of_nowait(place)
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(self.seconds):
                    await places.acquire_on_behalf_of(place)
            except TimeoutError:
                raise Unavailable(BUSY) from None
        try:
            return await anyio.to_thread.run_sync(worked, limiter=self._threads)
        finally:
            places.release_on_behalf_of(place)

    @contextmanager
    def _connected(self, engine: Engine, until: float | None) -> Iterator[Connection]:
        if until is None and self.seconds is not None:
            until = time.monotonic() + self.seconds
        bounded = nullcontext() if self.is_sqlite or until is None else self._connecting(until)
        with bounded:
            connection = engine.connect()
        with connection:
            yield connection

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep in mind what the next request will meet too."""
        try:
            yield
        except (exc.SQLAlchemyError, Unavailable) as error:
            failure = failure_of(error)
            if failure in LASTING:
                self._trouble = failure, time.monotonic()
            raise

    def trouble(self) -> Failure | None:
        """What a request met a short while ago, if nothing was written since."""
        trouble = self._trouble
        return trouble[0] if trouble is not None and time.monotonic() - trouble[1] < TROUBLE_SECONDS else None

    def is_writing(self) -> bool:
        """Whether a request is writing alone, as they do by turns, and no longer than others wait for it."""
        if self._turn is None or not self._turn.locked():
            return False
        return time.monotonic() - self._turn_began_at < (inf if self.seconds is None else self.seconds)

    def close(self) -> None:
        """Let go of every connection."""
        for engine in (self.readers, self.own_reader, self.writers, self._prober):
            engine.dispose()


def unhurried(connection: Connection) -> AbstractContextManager[None]:
    """More time for each statement, for work that reads very much; within a transaction."""
    unbound: Callable[[], AbstractContextManager[None]] | None
    unbound = getattr(connection.connection.dbapi_connection, "unhurried", None)
    return nullcontext() if unbound is None else unbound()
