"""Who may do what: every route names its scopes, and one that names none is not served."""

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from rules import Fault
from rules.fault import nearest_name, suggestion
from service.context import context_of
from service.problems import invalid
from service.tokens import CONTROL, Principal, bearer, forbidden

ACCOUNT = re.compile(r"[PT]\d{8}", re.ASCII)
AccountId = Annotated[
    str,
    Path(description="An id that uniquely identifies the account.", json_schema_extra={"pattern": r"^[PT]\d{8}$"}),
]

# Served without a token: they tell nothing of an account.
OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/{name}"})


class Allowed:
    """A dependency of a route: the token, checked for the account of the path and for one of the scopes."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)
        # By path and method: the parameters of the query, and whether each may be given more than once.
        self.queries: dict[tuple[str, str], dict[str, bool]] = {}

    # A plain function would be handed to a thread by FastAPI, which takes longer than all that is done here.
    async def __call__(self, request: Request) -> Principal:
        """Who sent the request; a Problem with status 401 or 403."""
        context = context_of(request)
        principal = context.tokens.principal(bearer(request.headers.get("authorization")), context.clock.now())
        aid = request.path_params.get("aid", "")
        if principal.account != aid or not ACCOUNT.fullmatch(aid):
            raise forbidden("the token is for another account")
        if self.scopes.isdisjoint(principal.scopes):
            raise forbidden(f"the token needs one of these scopes: {', '.join(sorted(self.scopes))}")
        check_characters(request)
        if request.scope["query_string"]:
            self.check_names(request)
        return principal

    def check_names(self, request: Request) -> None:
        """A Problem with status 422 where the query names what the route does not know, or names a thing twice."""
        faults = []
        known = self.queries[request.scope["route"].path, request.method]
        given = [name for name, _ in request.query_params.multi_items()]
        for name in dict.fromkeys(given):
            if name not in known:
                nearest = nearest_name(name, tuple(sorted(known)))
                faults.append(
                    Fault(f"query.{name}", f"unknown parameter{suggestion(nearest) or '; leave it out'}", nearest)
                )
            elif given.count(name) > 1 and not known[name]:
                faults.append(Fault(f"query.{name}", "this is given twice; give it once"))
        if faults:
            raise invalid(faults)


def check_characters(request: Request) -> None:
    """A Problem with status 422 where the path or the query holds what neither store nor log shall meet."""
    given: list[tuple[str, str]] = []
    if CONTROL.search(request.scope["path"]):
        given += [(f"path.{name}", value) for name, value in request.path_params.items()]
    if b"%" in request.scope["query_string"]:
        given += [(f"query.{name}", value) for name, value in request.query_params.multi_items()]
    found = {path for path, value in given if CONTROL.search(value)}
    if found:
        raise invalid(Fault(path, "there are control characters in it; leave them out") for path in sorted(found))


def allow(*scopes: str) -> Any:
    """What a route depends on to be open to the bearers of any of these scopes."""
    return Depends(Allowed(*scopes))


class Direct(APIRoute):
    """A route that FastAPI documents, but whose plain calls, those without a query, it does not take apart.

    The endpoint takes the request, the account and the principal first, and has defaults for all else.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request: the endpoint itself, or FastAPI's handler where there is a query to read."""
        whole = super().get_route_handler()
        allowed, endpoint = allowed_of(self), self.dependant.call
        assert allowed is not None and endpoint is not None  # noqa: S101, PT018 - seen to where routes are taken in

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await whole(request)
            principal = await allowed(request)
            response: Response = await endpoint(request, principal.account, principal)
            return response

        return handle


def allowed_of(route: APIRoute) -> Allowed | None:
    """The check that a route makes, if it makes one."""
    checks = [dependency.call for dependency in route.dependant.dependencies]
    return next((check for check in checks if isinstance(check, Allowed)), None)


def query_of(dependant: Dependant) -> Iterator[Any]:
    """The parameters of a query that a route reads, itself or by what it depends on."""
    yield from dependant.query_params
    for dependency in dependant.dependencies:
        yield from query_of(dependency)


def check_every_route(routes: Iterable[object]) -> None:
    """Refuse to start with a route that is neither open by name nor asks for a scope."""
    for route in routes:
        path = getattr(route, "path", None)
        if path in OPEN_PATHS:
            continue
        allowed = allowed_of(route) if isinstance(route, APIRoute) else None
        if not isinstance(route, APIRoute) or allowed is None:
            raise AssertionError(f"{path} asks for no scope")
        known = {one.alias: "list" in str(one.field_info.annotation) for one in query_of(route.dependant)}
        for method in route.methods or ():
            allowed.queries[route.path, method] = known


DISCOUNTS_USE = ("write:discounts:/available_for_receipt", "write:discounts", "admin:discounts")
DISCOUNTS_READ = ("read:discounts", "admin:discounts")
DISCOUNTS_WRITE = ("write:discounts", "admin:discounts")
RECEIPTS_WRITE = ("write:receipts", "admin:receipts")
RECEIPTS_READ = ("read:receipts", "admin:receipts")
RECEIPTS_OWN = ("read:receipts", "user:receipts", "admin:receipts")

SCOPES = frozenset(
    {*DISCOUNTS_USE, *DISCOUNTS_READ, *DISCOUNTS_WRITE, *RECEIPTS_WRITE, *RECEIPTS_OWN, "public:discounts"}
)
"""Every scope that some route asks for."""


def check_own_customer(principal: Principal, customer_id: str) -> None:
    """Let a token that reaches no further than its own customer see that one only; else a Problem with status 403."""
    if principal.scopes.isdisjoint(RECEIPTS_READ) and principal.customer_id != customer_id:
        raise forbidden("the token is for another customer")
