"""What is wrong with the database, by what its driver says: one table for both stores.

All but OURS is no fault of the request or of this code: nothing was stored, and the same request may succeed later.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import exc

AGAIN = "send the request again"


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong: a name for the log, and a sentence for whoever asks or looks after the service."""

    name: str
    sentence: str


OURS = Failure("ours", "something went wrong here; the request may be sent again")
AWAY = Failure("away", f"the database does not answer; {AGAIN}")
SLOW = Failure("slow", f"the database took too long; {AGAIN}")
BUSY = Failure("busy", f"the database has too much to do at once; {AGAIN}")
FULL = Failure("disk_full", f"the disk of the database is full; make room on it, and {AGAIN}")
READ_ONLY = Failure("read_only", f"the database is read-only; let it take writes, and {AGAIN}")
NO_RESOURCES = Failure("no_resources", f"the database has no memory or connections left; {AGAIN}")
REFUSED = Failure("refused", f"the database refuses the service's user; give it access, and {AGAIN}")
SCHEMA = Failure("schema", "the database has another schema than this version works with; run: rabatt migrate")
DAMAGED = Failure("damaged", f"the database is damaged; restore a backup, and {AGAIN}")
BROKEN = Failure("broken", f"the disk of the database fails; look after it, and {AGAIN}")
MOVED = Failure("moved", "the file of the database was moved or replaced; stop the service before, and start it anew")
BEING_RESTORED = Failure(
    "being_restored",
    "the database has not as many rules of the account as it says: it is being restored, or was changed by hand "
    f"(accounts.rule_count); {AGAIN}",
)

LASTING = frozenset({FULL, READ_ONLY, DAMAGED, BROKEN, MOVED})
"""Those that the next request will meet too."""


class Unavailable(Exception):
    """The store cannot be used, for a reason that no driver raised."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.name)
        self.failure = failure


# By SQLSTATE, or by its first two signs, which are its class. What is not named of a class is as the class is.
SQLSTATES: Mapping[str, Failure] = MappingProxyType(
    {
        "00": OURS,  # success
        "01": OURS,  # a warning
        "02": OURS,  # no data
        "03": OURS,  # statement not yet complete
        "08": AWAY,  # the connection
        "09": OURS,  # a trigger
        "0A": OURS,  # not supported
        "0B": OURS,  # how a transaction is begun
        "0F": OURS,  # a locator
        "0L": OURS,  # a grantor
        "0P": OURS,  # a role
        "0Z": OURS,  # diagnostics
        "10": OURS,  # XQuery
        "20": OURS,  # no case of a CASE
        "21": OURS,  # cardinality
        "22": OURS,  # data
        "23": OURS,  # integrity
        "24": OURS,  # the state of a cursor
        "25": OURS,  # the state of a transaction
        "25006": READ_ONLY,
        "25P03": SLOW,  # idle in a transaction for too long
        "25P04": SLOW,  # a transaction that took too long
        "26": OURS,  # the name of a statement
        "27": OURS,  # data changed by a trigger
        "28": REFUSED,  # authorization
        "2B": OURS,  # privileges that depend on others
        "2D": OURS,  # how a transaction is ended
        "2F": OURS,  # a routine of SQL
        "34": OURS,  # the name of a cursor
        "38": OURS,  # an external routine
        "39": OURS,  # a call of one
        "3B": OURS,  # a savepoint
        "3D": REFUSED,  # no such database
        "3F": SCHEMA,  # no such schema
        "40": BUSY,  # undone by another transaction: a serialization failure, a deadlock
        "40002": OURS,  # undone by a constraint
        "40003": AWAY,  # whether it was done is not known
        "42": OURS,  # syntax
        "42501": REFUSED,  # no privilege
        "42703": SCHEMA,  # no such column
        "42P01": SCHEMA,  # no such table
        "44": OURS,  # the check of a view
        "53": NO_RESOURCES,
        "53100": FULL,
        "54": OURS,  # a limit of the program
        "55": OURS,  # not in the state that is needed
        "55000": BUSY,  # as long as a restore is under way
        "55006": BUSY,  # in use
        "55P03": BUSY,  # a lock that was not had in time
        "57": AWAY,  # what an operator did: stopping, starting
        "57014": SLOW,  # a statement that took too long
        "58": BROKEN,  # the system that the server runs on
        "72": BUSY,  # a snapshot that is too old
        "F0": AWAY,  # the server's configuration
        "HV": OURS,  # foreign data
        "P0": OURS,  # PL/pgSQL
        "XX": OURS,  # the inside of the server
        "XX001": DAMAGED,
        "XX002": DAMAGED,  # an index
    }
)

# By SQLite's result code, the extended one first. What is not named of the latter is as its lowest eight bits are.
SQLITE_CODES: Mapping[int, Failure] = MappingProxyType(
    {
        sqlite3.SQLITE_ERROR: OURS,
        sqlite3.SQLITE_INTERNAL: OURS,
        sqlite3.SQLITE_PERM: REFUSED,
        sqlite3.SQLITE_ABORT: OURS,
        sqlite3.SQLITE_BUSY: BUSY,
        sqlite3.SQLITE_LOCKED: BUSY,
        sqlite3.SQLITE_NOMEM: NO_RESOURCES,
        sqlite3.SQLITE_READONLY: READ_ONLY,
        sqlite3.SQLITE_READONLY_DBMOVED: MOVED,
        sqlite3.SQLITE_INTERRUPT: SLOW,
        sqlite3.SQLITE_IOERR: BROKEN,
        sqlite3.SQLITE_IOERR_NOMEM: NO_RESOURCES,
        sqlite3.SQLITE_IOERR_BLOCKED: BUSY,
        sqlite3.SQLITE_IOERR_LOCK: BUSY,
        # The file beside the log of writes, which is as long as it will ever be once there was room for it.
        sqlite3.SQLITE_IOERR_SHMSIZE: FULL,
        sqlite3.SQLITE_CORRUPT: DAMAGED,
        sqlite3.SQLITE_NOTFOUND: OURS,
        sqlite3.SQLITE_FULL: FULL,
        sqlite3.SQLITE_CANTOPEN: AWAY,
        sqlite3.SQLITE_PROTOCOL: BUSY,
        sqlite3.SQLITE_EMPTY: OURS,
        sqlite3.SQLITE_SCHEMA: BUSY,
        sqlite3.SQLITE_TOOBIG: OURS,
        sqlite3.SQLITE_CONSTRAINT: OURS,
        sqlite3.SQLITE_MISMATCH: OURS,
        sqlite3.SQLITE_MISUSE: OURS,
        sqlite3.SQLITE_NOLFS: BROKEN,
        sqlite3.SQLITE_AUTH: REFUSED,
        sqlite3.SQLITE_FORMAT: DAMAGED,
        sqlite3.SQLITE_RANGE: OURS,
        sqlite3.SQLITE_NOTADB: DAMAGED,
        sqlite3.SQLITE_NOTICE: OURS,
        sqlite3.SQLITE_WARNING: OURS,
    }
)

# By the kind of exception, where the driver gives no code: it says so itself, without having asked the database.
KINDS: Mapping[type[exc.SQLAlchemyError], Failure] = MappingProxyType(
    {
        exc.OperationalError: AWAY,
        exc.InterfaceError: AWAY,
        # All connections are taken.
        exc.TimeoutError: BUSY,
    }
)

_NO_SUCH = ("no such table: ", "no such column: ")


def failure_of(error: BaseException) -> Failure:
    """What is wrong; OURS where it is nothing of the database's."""
    if isinstance(error, Unavailable):
        return error.failure
    original = getattr(error, "orig", None) or error
    sqlstate: str | None = getattr(original, "sqlstate", None)
    if sqlstate is not None:
        return SQLSTATES.get(sqlstate) or SQLSTATES.get(sqlstate[:2], OURS)
    code: int | None = getattr(original, "sqlite_errorcode", None)
    if code is None:
        return next((failure for kind, failure in KINDS.items() if isinstance(error, kind)), OURS)
    if code == sqlite3.SQLITE_ERROR and str(original).startswith(_NO_SUCH):
        return SCHEMA
    return SQLITE_CODES.get(code) or SQLITE_CODES.get(code & 0xFF, OURS)


def said_by_driver(error: BaseException) -> dict[str, str | None]:
    """The driver's kind of error and its code, for the log, but never its text, which may quote a customer."""
    original = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return {"error": type(original).__name__, "code": code}
