"""What every request passes on its way in and out: an id, a limit, headers, figures, and a line in the log."""

import re
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.clock import Clock
from service.logs import log
from service.metrics import Metrics
from service.paths import GUARDED
from service.problems import Problem, unavailable, unexpected

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")
# What nginx logs where the caller has hung up before the answer.
CLIENT_IS_GONE = 499


class Door:
    """Around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, clock: Clock, most: int) -> None:
        self.app = app
        self.metrics = metrics
        self.clock = clock
        self.most = most
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = given_id(scope) or self.clock.new_id()
        # Only these are limited: whoever asks whether the service lives shall hear it also when it has much to do.
        is_limited = scope["path"].startswith(GUARDED)
        always = [(b"x-request-id", request_id.encode()), NOSNIFF, *([NO_STORE] if is_limited else ())]
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *always]
            await send(message)

        self.inside += is_limited
        try:
            if is_limited and self.inside > self.most:
                problem = unavailable("there are too many requests at once; send this one again")
                await answer(problem, scope, receive, send_with_headers)
            else:
                await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = CLIENT_IS_GONE
        except Exception as error:
            log.error("a fault of the service", exc_info=error, extra={"fields": {"request_id": request_id}})
            if status:
                # Half an answer cannot be taken back: the server ends the connection.
                raise
            await answer(unexpected(), scope, receive, send_with_headers)
        finally:
            self.inside -= is_limited
            self.note(scope, request_id, status or CLIENT_IS_GONE, time.perf_counter() - started)

    def note(self, scope: MutableMapping[str, Any], request_id: str, status: int, seconds: float) -> None:
        """Count and log one request. The route is the template, so that no id of a customer or receipt is told."""
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


async def answer(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem."""
    await problem.response()(scope, receive, send)


def given_id(scope: MutableMapping[str, Any]) -> str | None:
    """The id that the caller gave, if it is one that can be logged as it is."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if REQUEST_ID.fullmatch(given) else None
