"""Connections to PostgreSQL that never wait for ever: neither for a lock, nor for a server that is gone or hangs."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from math import ceil, inf
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

# What reads or compiles all rules of an account takes longer than anything else.
LONG_SECONDS = 120
# Locks are not held for longer than so many times the limit by a process that does nothing.
IDLE_TIMES = 6
# Where nothing else bounds it.
CONNECT_SECONDS = 10
# The server speaks first, which has more to say about it.
GRACE_SECONDS = 1
# A server that is gone for good is noticed also where nothing else bounds the wait.
VANISHED: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_connecting = threading.local()


_SET = """SELECT set_config('statement_timeout', %(most)s, %(is_local)s),
set_config('lock_timeout', %(most)s, %(is_local)s),
set_config('idle_in_transaction_session_timeout', %(idle)s, %(is_local)s)"""


class Bounded(psycopg.Connection[Any]):
    """A connection that is closed, with an OperationalError, where the server gives no answer for `seconds`.

    The server's own limit does not hold where the server does not run.
    """

    seconds: float = inf

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """What comes of the wait; psycopg calls this for whatever it sends."""
        until = min(time.monotonic() + self.seconds + GRACE_SECONDS, getattr(_connecting, "until", inf))
        if until == inf:
            return super().wait(gen, *arguments, **options)
        try:
            return super().wait(_watched(gen, until), *arguments, **options)
        except NoAnswer:
            self.close()
            raise

    def limit(self, seconds: float) -> None:
        """Let each statement, lock and answer take so long from now on."""
        self._set(seconds, is_local=False)
        self.commit()

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Within a transaction, more time for each statement and between them."""
        before = self.seconds
        if before >= LONG_SECONDS:
            yield
            return
        self._set(LONG_SECONDS, is_local=True)
        try:
            yield
        except BaseException:
            # The transaction is over, and what it set is with it.
            self.seconds = before
            raise
        self._set(before, is_local=True)

    def _set(self, seconds: float, *, is_local: bool) -> None:
        milliseconds = int(seconds * 1000)
        idle = IDLE_TIMES * milliseconds
        self.execute(_SET, {"most": str(milliseconds), "idle": str(idle), "is_local": is_local})
        self.seconds = seconds


class NoAnswer(psycopg.OperationalError):
    """The server gave no answer in time."""


def _watched(gen: Generator[Any, Any, Any], until: float) -> Generator[Any, Any, Any]:
    """The same steps, up to a time; psycopg takes one every tenth of a second while nothing comes."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise NoAnswer("no answer in time")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


@contextmanager
def connecting(until: float) -> Iterator[None]:
    """Bound all that is done in this thread to get a connection: trying one that is there, and making another."""
    before = getattr(_connecting, "until", inf)
    _connecting.until = until
    try:
        yield
    finally:
        _connecting.until = before


def bound(engine: Engine, seconds: float | None) -> None:
    """Bound every statement of an engine's connections by a number of seconds; None: not at all."""
    given = make_url(engine.url).query
    defaults = {name: value for name, value in VANISHED.items() if name not in given}

    @event.listens_for(engine, "do_connect")
    def on_connecting(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> Bounded:
        left = min(getattr(_connecting, "until", inf) - time.monotonic(), seconds or inf)
        if left <= 0:
            raise NoAnswer("no time is left to connect")
        timeout = CONNECT_SECONDS if left == inf else ceil(left)
        return Bounded.connect(*arguments, **{**defaults, **options, "connect_timeout": timeout})

    if seconds is not None:

        @event.listens_for(engine, "connect")
        def on_connect(connection: Bounded, _record: object) -> None:
            connection.limit(seconds)
