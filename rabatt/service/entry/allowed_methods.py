"""The methods of a path: HEAD wherever there is GET, OPTIONS everywhere, and `Allow` with all of them."""

from collections.abc import Iterable

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What routes are made for; all others follow from these.
ROUTED = ("GET", "POST", "PUT", "PATCH", "DELETE")
METHOD_NOT_ALLOWED = 405


class Methods:
    """Around the router, which knows one route at a time and nothing of HEAD and OPTIONS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        method = scope.get("method")
        if method == "OPTIONS":
            allowed = allow(scope["app"].routes, scope)
            # It says what /docs says to everybody: no token is asked for.
            if allowed:
                await Response(status_code=204, headers={"Allow": allowed})(scope, receive, send)
                return

        async def send_with_methods(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == METHOD_NOT_ALLOWED:
                others = [header for header in message["headers"] if header[0].lower() != b"allow"]
                allowed = allow(scope["app"].routes, scope)
                message = {**message, "headers": [*others, (b"allow", allowed.encode())]}
            await send(message)

        async def send_head(message: Message) -> None:
            await send_with_methods({**message, "body": b""} if message["type"] == "http.response.body" else message)

        if method != "HEAD":
            await self.app(scope, receive, send_with_methods)
            return
        # In place, since what the router finds is read from this scope by whoever counts the request.
        scope["method"] = "GET"
        try:
            await self.app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


def allow(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """The methods of a path, of whatever routes, as `Allow` has them; empty where there is nothing at the path."""
    found = {
        method
        for method in ROUTED
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted({*found, "OPTIONS"})) if found else ""
