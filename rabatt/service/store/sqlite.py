"""Connections to an SQLite file: how they are set up, and that the file stays the one that it was."""

import os
import sqlite3
import time
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event, make_url

from rabatt.service.store.failures import MOVED, Unavailable

# Where nothing else bounds it.
BUSY_SECONDS = 30.0
# The device of a file and its number there, which no name has a part in.
Identity: TypeAlias = tuple[int, int]


class File:
    """The file of a database.

    What is written to a file that has lost its name is gone, and one that takes its place beside the log of the first
    is damaged by it: then nothing is served any more.
    """

    def __init__(self, url: str, identity: Identity | None = None) -> None:
        # The name as it is now, wherever the process goes.
        self.path = Path(make_url(url).database or "").absolute()
        # Given where another process has opened it first.
        self._identity = identity
        self.is_another_process_s = identity is not None

    @property
    def identity(self) -> Identity | None:
        """Which file it is; None where there is none yet."""
        self.opened()
        return self._identity

    @property
    def url(self) -> str:
        """The URL of the file as it is; never of a new one, beside which SQLite would drop the log of the first."""
        return f"sqlite:///file:{quote(str(self.path))}?mode=rw&uri=true"

    def check(self) -> None:
        """Unavailable where the name leads to another file than the one that was opened first, or to none."""
        if self._identity is not None and self._identity != self._found():
            raise Unavailable(MOVED)

    def opened(self) -> None:
        """Take the file for the one to stay with, if it is the first."""
        if self._identity is None:
            self._identity = self._found()

    def _found(self) -> Identity | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116 - half the time of Path.stat, with every receipt
        except OSError:
            return None
        return found.st_dev, found.st_ino


def set_up(engine: Engine, file: File, *, writes: bool, busy_seconds: float) -> None:
    """WAL, every commit on disk before it is acknowledged, foreign keys, and transactions begun when they should be."""

    @event.listens_for(engine, "do_connect")
    def on_connecting(*_: object) -> None:
        file.check()

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin a transaction by itself, and too late.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={int(busy_seconds * 1000)}",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'OFF' if writes else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        if not file.is_another_process_s:
            _use_wal(connection, busy_seconds)
        file.opened()

    @event.listens_for(engine, "checkout")
    def on_checkout(*_: object) -> None:
        file.check()

    if writes:

        @event.listens_for(engine, "begin")
        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Set the journal mode of the file, once; where others set it at the same time, SQLite fails instead of waiting."""
    until = time.monotonic() + busy_seconds
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
