"""What is wrong with the database is told by one table, which knows whatever a driver may say."""

import logging
import sqlite3
from typing import Any

import psycopg
import pytest
from sqlalchemy import exc

from rabatt.service.store import failures
from rabatt.service.store.failures import (
    AWAY,
    BROKEN,
    BUSY,
    DAMAGED,
    FULL,
    MOVED,
    NO_RESOURCES,
    OURS,
    READ_ONLY,
    REFUSED,
    SCHEMA,
    SLOW,
    SQLITE_CODES,
    SQLSTATES,
    Failure,
    Unavailable,
    failure_of,
)
from tests.rabatt.service.conftest import Service

# Of the constants of sqlite3, those that are result codes begin with one of these.
RESULTS = {
    *("ABORT", "AUTH", "BUSY", "CANTOPEN", "CONSTRAINT", "CORRUPT", "EMPTY", "ERROR", "FORMAT", "FULL", "INTERNAL"),
    *("INTERRUPT", "IOERR", "LOCKED", "MISMATCH", "MISUSE", "NOLFS", "NOMEM", "NOTADB", "NOTFOUND", "NOTICE", "PERM"),
    *("PROTOCOL", "RANGE", "READONLY", "SCHEMA", "TOOBIG", "WARNING"),
}
DBAPI_KINDS = ("DataError", "IntegrityError", "InternalError", "NotSupportedError", "ProgrammingError", "DatabaseError")


def wrapped(original: Exception) -> exc.DBAPIError:
    """The error as SQLAlchemy hands it on."""
    module = sqlite3 if isinstance(original, sqlite3.Error) else psycopg
    return exc.DBAPIError.instance("SELECT 1", {}, original, module.Error)  # type: ignore[return-value]


def of_sqlite(code: int, text: str = "x") -> exc.DBAPIError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return wrapped(error)


def every_sqlstate() -> list[type[psycopg.Error]]:
    """Every error of PostgreSQL that the driver knows."""
    kinds = [
        kind for kind in vars(psycopg.errors).values() if isinstance(kind, type) and issubclass(kind, psycopg.Error)
    ]
    return sorted({kind for kind in kinds if kind.sqlstate}, key=lambda kind: str(kind.sqlstate))


def every_result_code() -> dict[str, int]:
    """Every result code of SQLite that says what is wrong."""
    names = [name for name in dir(sqlite3) if name.startswith("SQLITE_")]
    return {
        name: getattr(sqlite3, name)
        for name in names
        if name.split("_")[1] in RESULTS and not name.startswith("SQLITE_LIMIT")
    }


def test_every_error_of_postgresql_has_its_place_in_the_table() -> None:
    found = every_sqlstate()
    assert len(found) > 250
    for kind in found:
        state = str(kind.sqlstate)
        assert state in SQLSTATES or state[:2] in SQLSTATES, state
        wanted = SQLSTATES.get(state) or SQLSTATES[state[:2]]
        assert failure_of(wrapped(kind("x"))) is wanted
    known = {str(kind.sqlstate) for kind in found}
    # No row is about what does not exist, save classes that the driver has no error of.
    assert {state for state in SQLSTATES if len(state) == 5} <= known
    assert {state for state in SQLSTATES if len(state) == 2} >= {state[:2] for state in known}


def test_every_result_code_of_sqlite_has_its_place_in_the_table() -> None:
    found = every_result_code()
    assert len(found) > 90
    for name, code in found.items():
        assert code & 0xFF in SQLITE_CODES, name
        assert failure_of(of_sqlite(code)) is (SQLITE_CODES.get(code) or SQLITE_CODES[code & 0xFF]), name
    assert set(SQLITE_CODES) <= set(found.values())


@pytest.mark.parametrize(
    ("state", "failure"),
    [
        ("08006", AWAY),
        ("57P01", AWAY),
        ("57P03", AWAY),
        ("25006", READ_ONLY),
        ("25P02", OURS),
        ("53100", FULL),
        ("53300", NO_RESOURCES),
        ("40001", BUSY),
        ("40P01", BUSY),
        ("40002", OURS),
        ("55P03", BUSY),
        ("57014", SLOW),
        ("23505", OURS),
        ("23503", OURS),
        ("22P02", OURS),
        ("42601", OURS),
        ("42P01", SCHEMA),
        ("42501", REFUSED),
        ("28P01", REFUSED),
        ("3D000", REFUSED),
        ("58030", BROKEN),
        ("XX000", OURS),
        ("XX001", DAMAGED),
    ],
)
def test_what_postgresql_says(state: str, failure: Failure) -> None:
    assert failure_of(wrapped(psycopg.errors.lookup(state)("x"))) is failure


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("SQLITE_FULL", FULL),
        ("SQLITE_IOERR_SHMSIZE", FULL),
        ("SQLITE_READONLY", READ_ONLY),
        ("SQLITE_READONLY_DIRECTORY", READ_ONLY),
        ("SQLITE_READONLY_DBMOVED", MOVED),
        ("SQLITE_IOERR_WRITE", BROKEN),
        ("SQLITE_CORRUPT_INDEX", DAMAGED),
        ("SQLITE_NOTADB", DAMAGED),
        ("SQLITE_CANTOPEN_ISDIR", AWAY),
        ("SQLITE_LOCKED_SHAREDCACHE", BUSY),
        ("SQLITE_BUSY_SNAPSHOT", BUSY),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", OURS),
        ("SQLITE_ERROR", OURS),
    ],
)
def test_what_sqlite_says(name: str, failure: Failure) -> None:
    assert failure_of(of_sqlite(getattr(sqlite3, name))) is failure


def test_what_a_driver_says_without_having_asked() -> None:
    for module in (psycopg, sqlite3):
        for name in ("OperationalError", "InterfaceError"):
            assert failure_of(wrapped(getattr(module, name)("x"))) is AWAY
        for name in DBAPI_KINDS:
            assert failure_of(wrapped(getattr(module, name)("x"))) is OURS, name
    assert failure_of(exc.TimeoutError()) is BUSY
    assert failure_of(exc.InvalidRequestError()) is OURS
    assert failure_of(ValueError()) is OURS
    assert failure_of(of_sqlite(sqlite3.SQLITE_ERROR, "no such table: rules")) is SCHEMA
    assert failure_of(Unavailable(MOVED)) is MOVED


EVERY = [value for value in vars(failures).values() if isinstance(value, Failure)]


@pytest.mark.parametrize("failure", EVERY, ids=lambda failure: failure.name)
def test_every_failure_is_answered_and_logged_by_its_name(
    service: Service, failure: Failure, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(*_: Any) -> None:
        raise Unavailable(failure)

    monkeypatch.setattr(service.store, "read", failing)
    with caplog.at_level(logging.INFO, "rabatt"):
        answer = service.call("GET", "discounts/rules")
    error = answer.json()["error"]
    if failure is OURS:
        assert (answer.status_code, error["code"]) == (500, "INTERNAL")
        assert "a fault of the service" in caplog.text
        return
    assert (answer.status_code, error["code"], error["message"]) == (503, "UNAVAILABLE", failure.sentence)
    assert answer.headers["retry-after"] == "1"
    [fields] = [vars(record)["fields"] for record in caplog.records if "database" in record.message]
    assert fields == {"failure": failure.name, "error": "Unavailable", "code": None}


def test_a_fault_of_ours_is_told_as_one_and_its_text_is_not(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: Any) -> None:
        raise of_sqlite(sqlite3.SQLITE_CONSTRAINT, "UNIQUE constraint failed: customer-17")

    monkeypatch.setattr(service.store, "read", failing)
    answer = service.call("GET", "discounts/rules")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL")
    assert "customer-17" not in answer.text
