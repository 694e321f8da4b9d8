"""Every route of an application, whatever routes there are, and tokens of every kind to try them with."""

import base64
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from rabatt.service.entry.access import ACCOUNT_NAMES, allowed_of
from rabatt.service.paths import GUARDED
from tests.rabatt.service.conftest import ACCOUNT, KEY, START

# What a path asks for in a shape of its own.
SHAPED = {"guid": "00000000-0000-4000-8000-000000000000"}
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True)
class Operation:
    """A method of a path, and the scopes that open it; none where it is open to all."""

    method: str
    template: str
    scopes: frozenset[str]

    def path(self, aid: str = ACCOUNT, **parameters: str) -> str:
        """The path with its parameters filled in."""
        given = {**SHAPED, **dict.fromkeys(ACCOUNT_NAMES, aid), **parameters}
        return PARAMETER.sub(lambda found: given.get(found[1], "x"), self.template)

    @property
    def names_account(self) -> bool:
        """Whether its path says whose it is; else it is the token's."""
        return any(f"{{{name}}}" in self.template for name in ACCOUNT_NAMES)

    def parameters(self) -> list[str]:
        """The names of what its path asks for beside the account."""
        return [name for name in PARAMETER.findall(self.template) if name not in ACCOUNT_NAMES]


def api_routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """All routes, those of included routers too, which some versions of FastAPI keep apart."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from api_routes(router.routes)
        else:
            raise AssertionError(f"a route of a kind that nobody looks into: {route}")


def operations(app: FastAPI) -> list[Operation]:
    """Everything that the application does for a caller."""
    return [
        Operation(method, route.path_format, frozenset() if (check := allowed_of(route)) is None else check.scopes)
        for route in api_routes(app.routes)
        for method in sorted(route.methods or ())
    ]


def guarded(app: FastAPI) -> list[Operation]:
    """Everything that needs a token."""
    return [operation for operation in operations(app) if operation.template.startswith(GUARDED)]


def claims(scopes: Iterable[str] = (), **changes: Any) -> dict[str, Any]:
    """What a good token says, with changes; None takes a claim away."""
    now = int(START.timestamp())
    good = {
        "iss": "rabatt",
        "aud": "rabatt",
        "sub": "till-1",
        "aid": ACCOUNT,
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(
    claims: object, *, key: str = KEY, algorithm: str = "HS256", digest: str = "sha256", header: object = None
) -> str:
    """A token made by hand, so that nothing keeps it from being wrong."""
    head = header if header is not None else {"alg": algorithm, "typ": "JWT"}
    body = f"{packed(json.dumps(head).encode())}.{packed(json.dumps(claims).encode())}"
    return f"{body}.{packed(hmac.digest(key.encode(), body.encode(), digest))}"


def unsigned(claims: object, algorithm: str = "none", signature: bytes = b"") -> str:
    """A token that says it needs no signature."""
    head, body = ({"alg": algorithm, "typ": "JWT"}, claims)
    return f"{packed(json.dumps(head).encode())}.{packed(json.dumps(body).encode())}.{packed(signature)}"


def packed(data: bytes) -> str:
    """Bytes as a token spells them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
