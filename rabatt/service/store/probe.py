"""Whether the store does what the service needs: it answers, has the schema, and takes a write."""

import asyncio
import logging
import time
from concurrent.futures import Future
from math import inf
from secrets import randbelow
from threading import Lock, Thread

from rabatt.service.clock import ServiceClock
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.failures import AWAY, BUSY, OURS, SCHEMA, Failure, failure_of, said_by_driver
from rabatt.service.store.migrate import current, newest
from rabatt.service.store.tables import insert_into, probes

# How long what was found holds, however many ask.
FRESH_SECONDS = 1.0
# How long whoever asks waits at most.
ANSWER_SECONDS = 1.75
SLOTS = 1_000
log = logging.getLogger("rabatt.service")


class Probe:
    """Tries the store once at a time, in a thread and on a connection of its own, whatever else is taken."""

    def __init__(self, store: ServiceStore, clock: ServiceClock) -> None:
        self._store = store
        self._clock = clock
        # Processes that share a store do not wait for each other's row.
        self._slot = randbelow(SLOTS)
        self._lock = Lock()
        self._trying: Future[Failure | None] = Future()
        self._trying.set_result(None)
        self._began_at = -inf

    async def failure(self) -> Failure | None:
        """What is wrong with the store; None where nothing is. It is said within two seconds."""
        trying = asyncio.wrap_future(self._newest())
        # What takes longer goes on, and its end is what the next learn.
        done, _ = await asyncio.wait([trying], timeout=ANSWER_SECONDS)
        found = trying.result() if done else AWAY
        return found or self._store.trouble()

    def _newest(self) -> "Future[Failure | None]":
        """The trial that is under way, or that was made a moment ago, or a new one."""
        with self._lock:
            now = time.monotonic()
            if self._trying.done() and now - self._began_at >= FRESH_SECONDS:
                self._trying, self._began_at = Future(), now
                self._trying.set_running_or_notify_cancel()
                # A thread that the end of the process does not wait for.
                Thread(target=self._try, args=(self._trying,), name="rabatt-probe", daemon=True).start()
            return self._trying

    def _try(self, trying: "Future[Failure | None]") -> None:
        found: Failure | None = OURS
        try:
            found = self._tried()
        except Exception as error:
            found = failure_of(error)
            if found is BUSY and self._store.is_writing():
                found = None
            else:
                fields = {"failure": found.name, **said_by_driver(error)}
                trace = error if found is OURS else None
                log.error("the database cannot be used", exc_info=trace, extra={"fields": fields})  # noqa: TRY400
        finally:
            trying.set_result(found)

    def _tried(self) -> Failure | None:
        with self._store.probing() as connection:
            if current(connection) != newest():
                return SCHEMA
            written = insert_into(connection, probes).values(slot=self._slot, at=self._clock.now())
            written = written.on_conflict_do_update(index_elements=["slot"], set_={"at": written.excluded.at})
            connection.execute(written)
        return None
