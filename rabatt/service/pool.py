"""Processes for long work: each account gets its share of them, and what takes too long is ended with its process.

A thread would not do: it shares one interpreter with the event loop, and nothing can end it.
"""

import asyncio
import logging
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from multiprocessing import forkserver, get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from threading import Lock, Thread
from typing import Any, TypeAlias

import anyio
import anyio.to_thread

from rabatt.service.logs import traceback_of

# Called by a job when it has all that it needs of others: from then on its time counts.
Begin: TypeAlias = Callable[[], None]
Work: TypeAlias = Callable[[Any, Begin], Any]
# Makes what a process works with, in that process; it must be importable there.
MakeWork: TypeAlias = Callable[[], Work]

# Reading the rules of a large account, or waiting for the database, whose own limits are shorter.
PREPARING_SECONDS = 300
# How often those who wait look whether others are at their work or still making ready for it.
LOOK_SECONDS = 0.25
# A process that has loaded all of it forks for each new one: so one is there at once, and none has a copy of what is
# open here.
PROCESSES: ForkServerContext | SpawnContext = (
    get_context("forkserver") if "forkserver" in get_all_start_methods() else get_context("spawn")
)
STOPS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
log = logging.getLogger("rabatt.service")


class TookTooLong(Exception):
    """The job took longer than it may, and was ended."""


class NoTurn(Exception):
    """So much is waiting that the job's turn did not come in time."""


class WorkerEnded(Exception):
    """The process ended under the job, by no doing of ours: it may have run out of memory."""


class WorkerFailed(Exception):
    """A fault of ours in the job; the log has it."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The job has what it needs."""


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any


@dataclass(frozen=True, slots=True)
class _Failed:
    traceback: str


class Pool:
    """At most `size` processes, made when they are first needed.

    No account has all of them while there is more than one: whatever it sends, there is one for the others.
    """

    def __init__(self, make_work: MakeWork, *, size: int, seconds: float, patience: float) -> None:
        self._most = max(size - 1, 1)
        self._patience = patience
        self._idle = [_Worker(make_work, seconds) for _ in range(size)]
        self._workers = tuple(self._idle)
        self._running: Counter[str] = Counter()
        # By account, in the order in which their turns come.
        self._waiting: dict[str, deque[asyncio.Future[_Worker]]] = {}
        self._threads = anyio.CapacityLimiter(size)
        # Whatever way this process ends: it would wait for them for ever.
        Finalize(self, _end_all, (self._workers,), exitpriority=100)

    async def run(self, account: str, job: object, is_wanted: Callable[[], Awaitable[bool]] | None = None) -> Any:
        """What the job comes to; None where nobody wants it any more once its turn comes.

        TookTooLong, NoTurn, WorkerEnded and WorkerFailed say why it came to nothing.
        """
        worker = await self._turn(account)
        try:
            if is_wanted is not None and not await is_wanted():
                return None
            return await anyio.to_thread.run_sync(worker.run, account, job, limiter=self._threads)
        finally:
            self._let_go(account, worker)

    def close(self) -> None:
        """End all processes, whatever they are at."""
        _end_all(self._workers)

    async def _turn(self, account: str) -> "_Worker":
        if self._idle and self._running[account] < self._most:
            return self._take(account)
        turn: asyncio.Future[_Worker] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(turn)
        try:
            return await self._awaited(account, turn)
        except BaseException:
            if turn.done():
                # It came in the very moment in which it was given up.
                self._let_go(account, turn.result())
            else:
                self._withdraw(account, turn)
            raise

    async def _awaited(self, account: str, turn: "asyncio.Future[_Worker]") -> "_Worker":
        """The process of a turn; NoTurn once its patience is over, which does not end while others make ready."""
        patience = self._patience
        while patience > 0:
            piece = min(patience, LOOK_SECONDS)
            await asyncio.wait([turn], timeout=piece)
            if turn.done():
                return turn.result()
            # What one of the account's is reading now, all of them wait for, and none the longer for it.
            if not any(worker.prepares_for == account for worker in self._workers):
                patience -= piece
        raise NoTurn

    def _withdraw(self, account: str, turn: "asyncio.Future[_Worker]") -> None:
        turns = self._waiting[account]
        turns.remove(turn)
        if not turns:
            del self._waiting[account]

    def _take(self, account: str) -> "_Worker":
        """An idle process, rather one that knows the account's rules."""
        place = next((place for place, worker in enumerate(self._idle) if worker.account == account), 0)
        self._running[account] += 1
        return self._idle.pop(place)

    def _let_go(self, account: str, worker: "_Worker") -> None:
        self._running[account] -= 1
        if not self._running[account]:
            del self._running[account]
        self._idle.append(worker)
        for waiting in list(self._waiting):
            if not self._idle:
                return
            if self._running[waiting] < self._most:
                turns = self._waiting.pop(waiting)
                turns.popleft().set_result(self._take(waiting))
                if turns:
                    # Whose turn it was comes after all others.
                    self._waiting[waiting] = turns


def load_ahead(module: str) -> None:
    """Begin to load what the processes need, in the one that they are forked from; this returns at once."""
    if PROCESSES.get_start_method() == "forkserver":
        PROCESSES.set_forkserver_preload([module])
        forkserver.ensure_running()


def _end_all(workers: Iterable["_Worker"]) -> None:
    for worker in workers:
        worker.end()


class _Worker:
    """One process and the connection to it; `account` is whose work it did last."""

    def __init__(self, make_work: MakeWork, seconds: float) -> None:
        self._make_work = make_work
        self._seconds = seconds
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._is_closed = False
        self._lock = Lock()
        self.account: str | None = None
        self.prepares_for: str | None = None

    def run(self, account: str, job: object) -> Any:
        """What the job comes to, waited for here."""
        was_there = self._connection is not None
        try:
            return self._done(account, job)
        except WorkerEnded:
            # One that ended since the last job has begun nothing of this one.
            if not was_there or self.prepares_for is None:
                raise
            return self._done(account, job)
        finally:
            self.prepares_for = None

    def _done(self, account: str, job: object) -> Any:
        self.prepares_for = account
        try:
            connection = self._connection or self._start()
            self.account = account
            connection.send(job)
            until = time.monotonic() + PREPARING_SECONDS
            while connection.poll(max(until - time.monotonic(), 0)):
                message: _Prepared | _Done | _Failed = connection.recv()
                match message:
                    case _Prepared():
                        self.prepares_for = None
                        until = time.monotonic() + self._seconds
                    case _Done(result):
                        return result
                    case _Failed(traceback):
                        log.error("a fault of the service", extra={"fields": {"traceback": traceback}})
                        raise WorkerFailed
        except (EOFError, OSError):
            self._reset()
            raise WorkerEnded from None
        self._reset()
        raise TookTooLong

    def _start(self) -> Connection:
        ours, theirs = PROCESSES.Pipe()
        # A daemon: it never outlives this process, whatever ends that.
        process = PROCESSES.Process(target=serve, args=(theirs, self._make_work), name="rabatt-evaluator", daemon=True)
        with self._lock:
            if self._is_closed:
                raise EOFError
            process.start()
            self._process, self._connection = process, ours
        theirs.close()
        return ours

    def _reset(self) -> None:
        """End the process; the next job gets a new one."""
        with self._lock:
            process, connection = self._process, self._connection
            self._process = self._connection = self.account = None
            if process is not None and connection is not None:
                process.kill()
                process.join()
                process.close()
                connection.close()

    def end(self) -> None:
        """End the process for good; a thread that waits for its job learns so."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()
                self._process.join()


def _end_with_parent() -> None:
    """End this process with the one that gives it work, also in the middle of a job that nobody waits for any more."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def serve(connection: Connection, make_work: MakeWork) -> None:
    """Do one job after another, until the process that asks is gone."""
    # What stops the service reaches all its processes at once, and those that asked are still to be answered.
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    work = make_work()
    while True:
        try:
            job = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer: object = _Done(work(job, lambda: connection.send(_Prepared())))
        except Exception as error:  # noqa: BLE001 - sent to whoever asked, who logs it
            answer = _Failed("".join(traceback_of(error)))
        try:
            connection.send(answer)
        except OSError:
            return
