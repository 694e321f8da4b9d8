"""Who may do what: every route names its scopes, and one that names none is not served."""

import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Path, Request, Response
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute

from rabatt.service.bearer_tokens import Principal, bearer, forbidden
from rabatt.service.context import context_of
from rabatt.service.entry.admission import VISIT
from rabatt.service.identifiers import has_invisible
from rabatt.service.problems import Problem, invalid, parameter_fault
from rules import Fault
from rules.fault import MOST_FAULTS, joined, nearest_name, suggestion

UNREADABLE = "\ufffd"
INVISIBLE = "there are control characters in it, or others that cannot be seen; leave them out"
NO_UTF_8 = "there are bytes in it that are no UTF-8; percent-encode the UTF-8 of the text"
# A receipt may have any text for the id of its store, and where it has to be named that text does.
FREE_TEXT = frozenset({"store_id"})
SLASHES = 'nothing is served at this path; a slash in an id is written "%2F"'
ACCOUNT = re.compile(r"[PT]\d{8}", re.ASCII)
AccountId = Annotated[
    str,
    Path(description="An id that uniquely identifies the account.", json_schema_extra={"pattern": r"^[PT]\d{8}$"}),
]
OrganizationId = Annotated[
    str,
    Path(
        alias="organizationId",
        description="The account, under the name that credit notes have for it.",
        json_schema_extra={"pattern": r"^[PT]\d{8}$"},
    ),
]
# What paths call the account; each has one of them.
ACCOUNT_NAMES = ("aid", "organizationId")

# Served without a token: they say nothing of an account.
OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/{name}"})


class Allowed:
    """A dependency of a route: the token, checked for the account of the path and for one of the scopes.

    A path that names no account is that of the token's own.
    """

    def __init__(self, *scopes: str, names_account: bool = True) -> None:
        self.scopes = frozenset(scopes)
        self.names_account = names_account

    # A plain function would be handed to a thread by FastAPI, which takes longer than all that is done here.
    async def __call__(self, request: Request) -> Principal:
        """Who sent the request; a Problem with status 401 or 403."""
        context = context_of(request)
        principal = context.tokens.principal(bearer(request.headers.get("authorization")), context.clock.now())
        visit = request.scope.get(VISIT)
        if visit is not None:
            visit.identify(principal.account, principal.subject, principal.customer_id)
        given = request.path_params
        named = next((given[name] for name in ACCOUNT_NAMES if name in given), "")
        aid = named if self.names_account else principal.account
        if principal.account != aid or not ACCOUNT.fullmatch(aid):
            raise forbidden("the token is for another account")
        if self.scopes.isdisjoint(principal.scopes):
            raise forbidden(f"the token needs one of these scopes: {', '.join(sorted(self.scopes))}")
        check_slashes(request)
        check_parameters(request)
        return principal


def check_parameters(request: Request) -> None:
    """A Problem with status 422 and all that is wrong with the path and the query.

    What is wrong with values alone is left to the route, which reads them anyway.
    """
    faults = list(character_faults(request))
    if request.scope["query_string"]:
        faults += name_faults(request)
    if faults:
        raise invalid(joined(faults, value_faults(request)))


def character_faults(request: Request) -> Iterator[Fault]:
    """Where the path or the query holds what neither store nor log shall meet."""
    given: list[tuple[str, str]] = []
    if has_invisible(request.scope["path"]):
        given += [(f"path.{name}", value) for name, value in request.path_params.items()]
    query = request.scope["query_string"]
    if b"%" in query or not query.isascii():
        asked = request.query_params.multi_items()
        given += [(f"query.{name}", value) for name, value in asked if name not in FREE_TEXT]
    found = {path for path, value in given if has_invisible(value)}
    yield from (Fault(path, INVISIBLE) for path in sorted(found))
    # What bytes that are no UTF-8 were read as; the character itself may be meant.
    if UNREADABLE in request.scope["path"] and not is_utf_8(request.scope.get("raw_path") or b""):
        yield Fault("path", NO_UTF_8)
    if not is_utf_8(query):
        yield Fault("query", NO_UTF_8)


def check_slashes(request: Request) -> None:
    """A Problem with status 404 where an id of the path has a slash that is not escaped: nothing is served there."""
    values = [value for value in request.path_params.values() if isinstance(value, str) and "/" in value]
    if values:
        path, spelling = request.scope["path"], request.scope.get("raw_path") or b""
        if spelling.partition(b"?")[0].count(b"/") > path.count("/") - sum(value.count("/") for value in values):
            raise Problem(404, SLASHES)


def is_utf_8(spelling: bytes) -> bool:
    """Whether the bytes of a path or a query spell text."""
    try:
        unquote_to_bytes(spelling).decode()
    except UnicodeDecodeError:
        return False
    return True


def value_faults(request: Request) -> list[Fault]:
    """What the route would say of the values in the path and the query, had they no other faults."""
    dependant = request.scope["route"].dependant
    _, of_path = request_params_to_args(dependant.path_params, request.path_params)
    _, of_query = request_params_to_args(dependant.query_params, request.query_params)
    return [parameter_fault(details) for details in (*of_path, *of_query)]


def name_faults(request: Request) -> list[Fault]:
    """Where the query has a parameter that the route does not know, or one too often."""
    known = {field.alias: field.field_info.annotation for field in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    faults: list[Fault] = []
    for name in dict.fromkeys(given):
        if name not in known:
            # Comparing names is slow, and no more faults are said.
            nearest = nearest_name(name, tuple(known)) if len(faults) < MOST_FAULTS else None
            remedy = suggestion(nearest) or "; leave it out"
            faults.append(Fault(f"query.{name}", f"unknown parameter{remedy}", nearest))
        elif given.count(name) > 1 and not is_list(known[name]):
            faults.append(Fault(f"query.{name}", "this parameter is given more than once; give it once"))
    return faults


def is_list(annotation: object) -> bool:
    """Whether a parameter may be given several times."""
    return any(get_origin(each) is list for each in (annotation, *get_args(annotation)))


def allow(*scopes: str) -> Any:
    """What a route depends on to be open to the bearers of any of these scopes."""
    return Depends(Allowed(*scopes))


def allow_own(*scopes: str) -> Any:
    """The same for a path that names no account: it is served for the account of the token."""
    return Depends(Allowed(*scopes, names_account=False))


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


def check_every_route(routes: Iterable[object]) -> None:
    """Refuse to start with a route that is neither open by name nor asks for a scope."""
    for route in routes:
        path = getattr(route, "path", None)
        if path in OPEN_PATHS:
            continue
        if not isinstance(route, APIRoute) or allowed_of(route) is None:
            raise AssertionError(f"{path} asks for no scope")


DISCOUNTS_USE = ("write:discounts:/available_for_receipt", "write:discounts", "admin:discounts")
DISCOUNTS_READ = ("read:discounts", "admin:discounts")
DISCOUNTS_WRITE = ("write:discounts", "admin:discounts")
RECEIPTS_WRITE = ("write:receipts", "admin:receipts")
RECEIPTS_READ = ("read:receipts", "admin:receipts")
RECEIPTS_OWN = ("read:receipts", "user:receipts", "admin:receipts")
CREDIT_NOTES_WRITE = ("write:creditnotes", "admin:creditnotes")
CREDIT_NOTES_READ = ("read:creditnotes", "admin:creditnotes")

SCOPES = frozenset(
    {
        *DISCOUNTS_USE,
        *DISCOUNTS_READ,
        *DISCOUNTS_WRITE,
        *RECEIPTS_WRITE,
        *RECEIPTS_OWN,
        *CREDIT_NOTES_WRITE,
        *CREDIT_NOTES_READ,
        "public:discounts",
    }
)
"""Every scope that some route asks for."""


def check_own_customer(principal: Principal, customer_id: str) -> None:
    """Let a token that reaches no further than its own customer see that one only; else a Problem with status 403."""
    if principal.scopes.isdisjoint(RECEIPTS_READ) and principal.customer_id != customer_id:
        raise forbidden("the token is for another customer")
