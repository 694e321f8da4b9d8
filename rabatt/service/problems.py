"""What goes wrong, in one shape on every route: `{"error": {"code", "message", "errors"}}`."""

import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from engine import TooMuchWork
from rabatt.service.store.failures import OURS, failure_of, said_by_driver
from rules import Fault, Refused
from rules.fault import counted, limited, path_of, shown
from rules.refuse import choice

CODES: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TIMEOUT",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "INVALID",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


RETRY_SECONDS = "1"
log = logging.getLogger("rabatt.service")


class Problem(Exception):
    """An answer that is an error: its status, its code, one sentence, and every single fault as plain data."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Iterable[Mapping[str, Any]] = (),
        *,
        code: str | int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or CODES.get(status) or HTTPStatus(status).name
        self.message = message
        self.errors = [dict(error) for error in errors]
        self.headers = headers

    def response(self) -> JSONResponse:
        """The answer itself."""
        body = {"error": {"code": self.code, "message": self.message, "errors": self.errors}}
        return JSONResponse(body, self.status, dict(self.headers or {}))


def unauthorized(message: str) -> Problem:
    """No token, or one that is not taken."""
    return Problem(401, message, headers={"WWW-Authenticate": "Bearer"})


def not_found(what: str) -> Problem:
    """What was asked for is not there, or belongs to another account."""
    return Problem(404, f"there is no such {what} in this account")


def invalid(faults: Iterable[Fault]) -> Problem:
    """A document, path or query with faults: the first hundred, and how many more."""
    found = limited(faults)
    return Problem(422, f"the request has {counted(found)}", [fault.as_data() for fault in found])


def fault(path: str, sentence: str) -> Problem:
    """One fault."""
    return invalid([Fault(path, sentence)])


def answer_of(problem: Problem | Refused) -> JSONResponse:
    """The answer for a Problem, or for a document that is refused: 422 with its faults."""
    if isinstance(problem, TooMuchWork):
        return too_much_work(problem).response()
    return (invalid(problem.faults) if isinstance(problem, Refused) else problem).response()


def too_much_work(refused: TooMuchWork) -> Problem:
    """Nothing is wrong with what was sent, but it takes more work than one request may: no sender can mend that."""
    faults = [fault.as_data() for fault in refused.faults]
    return Problem(422, "this takes more work than one evaluation may", faults, code="TOO_MUCH_WORK")


async def answer_problem(_request: Request, problem: Exception) -> JSONResponse:
    """The same, where the application is asked for it."""
    assert isinstance(problem, Problem | Refused)  # noqa: S101 - this is what it is registered for
    return answer_of(problem)


async def answer_parameters(_request: Request, error: Exception) -> JSONResponse:
    """The answer for a path or query that is not what it must be."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return invalid(map(parameter_fault, error.errors())).response()


def parameter_fault(details: Mapping[str, Any]) -> Fault:
    """What is wrong with one parameter, in our own words."""
    path, kind = path_of(details["loc"]), details["type"]
    if kind == "missing":
        return Fault(path, "this required parameter is missing")
    if kind == "literal_error":
        return choice(path, details["input"], details["ctx"]["expected"])
    sentence = "true or false is wanted" if kind == "bool_parsing" else details["msg"]
    return Fault(path, f"{sentence}; here is {shown(details['input'])}")


async def answer_status(_request: Request, error: Exception) -> JSONResponse:
    """The answer for what the router itself says: no such path, no such method."""
    status = int(getattr(error, "status_code", 500))
    messages = {404: "there is nothing at this path", 405: "this path does not take this method"}
    message = messages.get(status, HTTPStatus(status).phrase)
    return Problem(status, message, headers=getattr(error, "headers", None)).response()


async def answer_database(_request: Request, error: Exception) -> JSONResponse:
    """The answer where the store cannot do what it shall, by what is wrong; a fault of ours is raised again."""
    return database_problem(error).response()


def database_problem(error: Exception) -> Problem:
    """The same as a Problem; the log says what is wrong too."""
    failure = failure_of(error)
    if failure is OURS:
        raise error
    # Never the error's own text, which may quote what a customer sent.
    log.error("the database cannot be used", extra={"fields": {"failure": failure.name, **said_by_driver(error)}})
    return unavailable(failure.sentence)


def unavailable(message: str) -> Problem:
    """Not now, but the same request may succeed later."""
    return Problem(503, message, headers={"Retry-After": RETRY_SECONDS})


def unexpected() -> Problem:
    """A fault of ours: it says nothing of the inside."""
    return Problem(500, "something went wrong here; the request may be sent again")
