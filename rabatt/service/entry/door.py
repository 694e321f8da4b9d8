"""What every request passes on its way in and out: an id, limits, headers, figures, and a line in the log."""

import asyncio
import re
import time
from collections.abc import MutableMapping
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rabatt.service.clock import ServiceClock
from rabatt.service.entry.admission import VISIT, Admission, Visit
from rabatt.service.logs import log
from rabatt.service.metrics import Metrics
from rabatt.service.paths import GUARDED
from rabatt.service.problems import Problem, unavailable, unexpected

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")
# What nginx logs where the caller has hung up before the answer.
CLIENT_IS_GONE = 499
# The request line, the headers and the empty line, as they are sent.
LONGEST_HEAD = 64 * 1024
LINE_SIGNS = len("  HTTP/1.1\r\n\r\n")
HEADER_SIGNS = len(": \r\n")
# An answer goes out in pieces of so many bytes, each when the caller has read most of those before.
PIECE = 64 * 1024


class RequestHead(NamedTuple):
    """What a request says of itself before its body."""

    request_id: str | None
    has_body: bool
    forwarded: str
    length: int


class Door:
    """Around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, clock: ServiceClock, admission: Admission) -> None:
        self.app = app
        self.metrics = metrics
        self.clock = clock
        self.admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        head = head_of(scope)
        request_id = head.request_id or self.clock.new_id()
        # Only these are limited: whoever asks whether the service lives shall hear it also when it has much to do.
        is_limited = scope["path"].startswith(GUARDED)
        always = [(b"x-request-id", request_id.encode()), NOSNIFF, *([NO_STORE] if is_limited else ())]
        answer = OutgoingAnswer(send, always)
        try:
            check_length(head)
            if is_limited:
                visit = self.admission.visit(client_host(scope), head.forwarded, has_body=head.has_body)
                scope[VISIT] = answer.visit = visit
                if head.has_body:
                    receive = noticing(visit, receive)
            await self.app(scope, receive, answer.send)
            await answer.begin()
        except ClientDisconnect:
            pass
        except Problem as problem:
            await answer.problem(problem)
        except asyncio.CancelledError:
            # The service stops, and what is answered by then is answered.
            if answer.status:
                raise
            await answer.problem(unavailable("the service is stopping; send the request again"))
        except Exception as error:
            log.error("a fault of the service", exc_info=error, extra={"fields": {"request_id": request_id}})
            if answer.status:
                # Half an answer cannot be taken back: the server ends the connection.
                raise
            await answer.problem(unexpected())
        finally:
            if answer.visit is not None:
                answer.visit.left()
            seconds = (answer.begun_at or time.perf_counter()) - started
            self.note(scope, request_id, answer.status or CLIENT_IS_GONE, seconds)

    def note(self, scope: MutableMapping[str, Any], request_id: str, status: int, seconds: float) -> None:
        """Count and log one request. The route is the template, so that no id of a customer or receipt is logged."""
        route = getattr(scope.get("route"), "path_format", None) or "none"
        method = scope["method"] if scope["method"] in METHODS else "other"
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(method, route).observe(seconds)
        fields = {
            "request_id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        log.info("request", extra={"fields": fields})


class OutgoingAnswer:
    """One answer on its way out, with what every answer has, in pieces that wait until they are read."""

    def __init__(self, send: Send, always: list[tuple[bytes, bytes]]) -> None:
        self.out = send
        self.always = always
        self.visit: Visit | None = None
        # Held back until the first of the body is here, which may be too much.
        self.start: Message | None = None
        self.status = 0
        self.begun_at = 0.0
        self.is_replaced = False

    async def send(self, message: Message) -> None:
        """Send what the application answers."""
        if self.is_replaced:
            return
        if message["type"] == "http.response.start":
            self.start = message
            return
        body = message.get("body", b"")
        if len(body) <= PIECE:
            await self.begin()
            await self.out(message)
            return
        if self.visit is not None and self.start is not None:
            try:
                self.visit.check_answer(len(body))
            except Problem as problem:
                await self.problem(problem)
                return
            self.visit.answers(len(body))
        await self.begin()
        more = message.get("more_body", False)
        for at in range(0, len(body), PIECE):
            piece = body[at : at + PIECE]
            await self.out({"type": message["type"], "body": piece, "more_body": more or at + PIECE < len(body)})

    async def begin(self) -> None:
        """Send the status and the headers, if they wait for it."""
        if self.start is None:
            return
        message, self.start = self.start, None
        self.status = message["status"]
        self.begun_at = time.perf_counter()
        message["headers"] = [*message.get("headers", ()), *self.always]
        if self.visit is not None:
            self.visit.finished()
        await self.out(message)

    async def problem(self, problem: Problem) -> None:
        """Answer with a problem, whatever the application would have answered."""
        response = problem.response()
        self.is_replaced = True
        self.start = {
            "type": "http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
        await self.begin()
        await self.out({"type": "http.response.body", "body": response.body})


def noticing(visit: Visit, receive: Receive) -> Receive:
    """What receives a body, and notes with the visit when all of it is here."""

    async def received() -> Message:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            visit.arrived()
        return message

    return received


def head_of(scope: MutableMapping[str, Any]) -> RequestHead:
    """What the headers say that concerns all requests."""
    given, forwarded, has_body, length = b"", b"", False, LINE_SIGNS
    length += len(scope["method"]) + len(scope.get("raw_path") or scope["path"])
    query = scope.get("query_string", b"")
    length += len(query) + (1 if query else 0)
    for name, value in scope["headers"]:
        length += len(name) + len(value) + HEADER_SIGNS
        if name == b"x-request-id":
            given = given or value
        elif name == b"content-length":
            has_body = value != b"0"
        elif name == b"transfer-encoding":
            has_body = True
        elif name == b"x-forwarded-for":
            forwarded = forwarded + b"," + value if forwarded else value
    request_id = given.decode() if REQUEST_ID.fullmatch(given) else None
    return RequestHead(request_id, has_body, forwarded.decode("latin-1"), length)


def client_host(scope: MutableMapping[str, Any]) -> str | None:
    """The address that a request came from, if it came over a network."""
    client = scope.get("client")
    return client[0] if client else None


def check_length(head: RequestHead) -> None:
    """A Problem where a head is longer than documented."""
    if head.length > LONGEST_HEAD:
        raise head_too_long()


def head_too_long() -> Problem:
    """The answer to a head that is longer than documented."""
    message = f"the request's line and headers are longer than {LONGEST_HEAD} bytes; send fewer"
    return Problem(431, message, headers={"Connection": "close"})
