"""The OpenAPI document: what pydantic cannot say of the bodies, and the answers that every route has in common."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rabatt.service.paths import GUARDED
from rabatt.service.schemas.clients import make_plain
from rabatt.service.schemas.definitions import without_definitions
from rabatt.service.schemas.open2b import add_open2b_schemas
from rabatt.service.schemas.rules import add_rule_schemas
from rules.schema import schema

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "errors"],
            "properties": {
                "code": {
                    "type": ["string", "integer"],
                    "description": "The kind of problem, for programs; a number where Dinero's API has one.",
                },
                "message": {"type": "string", "description": "One sentence for people."},
                "errors": {
                    "type": "array",
                    "description": "Every single fault, with its path.",
                    "items": {"type": "object"},
                },
            },
        }
    },
}
"""The shape of every error."""

DESCRIPTION = """Rules, grants, claims, receipts and credit notes of an account, and the best discounts for a receipt.

Send a token with every request: `Authorization: Bearer TOKEN`. It is for one account and names its scopes.

Every error is `{"error": {"code", "message", "errors"}}`; `errors` holds every single fault with its path. Every answer
carries `X-Request-Id`, which may be given with the request.
"""

ERROR: dict[str, Any] = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

# Where the schema of one document keeps its definitions; references and the names of kinds point there.
DEFINITIONS = "#/$defs/"

DESCRIPTIONS = {
    401: "There is no token, or it is not valid.",
    403: "The token does not reach so far.",
    404: "There is no such thing in this account, or nothing at this path.",
    408: "The body took too long to arrive.",
    409: "It conflicts with what is stored.",
    413: "The body is too long.",
    415: "The body is not JSON, or it is packed.",
    422: "The request has faults; the first hundred are named.",
    429: "This token, account or address has too many requests at once, or answers that it has not read.",
    500: "Something went wrong here; the request may be sent again.",
    503: "The database does not answer, or there are too many requests at once; send the request again.",
}


RETRY_AFTER = {"headers": {"Retry-After": {"description": "In how many seconds.", "schema": {"type": "string"}}}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"headers": {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}},
    429: RETRY_AFTER,
    503: RETRY_AFTER,
}

# What every route below an account may answer, and what reading a body may end in besides.
ALWAYS = (401, 403, 404, 422, 429, 503)
WITH_A_BODY = (408, 413, 415)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer with, for its `responses`; those that all have come by themselves."""
    return {status: described(status) for status in sorted({*ALWAYS, *statuses})}


def described(status: int) -> dict[str, Any]:
    """One error in the document."""
    return {"description": DESCRIPTIONS[status], "content": ERROR} | HEADERS.get(status, {})


def body_of(document: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its JSON body itself."""
    schema = without_definitions(document)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def component(name: str) -> dict[str, Any]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` answer the whole document."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document of all routes, with the schemas of the rule, the receipt and the grant."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Receipts in, the best discounts out",
        description=DESCRIPTION,
        routes=app.routes,
        openapi_version="3.1.0",
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Error"] = ERROR_SCHEMA
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for name in ("rule", "receipt", "grant"):
        _take_in(schema(name), name.capitalize(), schemas)
    add_rule_schemas(schemas)
    add_open2b_schemas(schemas)
    components["securitySchemes"] = {"JWT": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _complete(operation, is_open=not path.startswith(GUARDED))
    make_plain(document)
    return document


def _complete(operation: dict[str, Any], *, is_open: bool) -> None:
    """Say of one operation what holds for all: its token, and the errors that it does not name itself."""
    operation["security"] = [] if is_open else [{"JWT": []}]
    responses = operation["responses"]
    if is_open:
        # FastAPI adds it to whatever has parameters.
        responses.pop("422", None)
        return
    # FastAPI's own 422 describes a body that is never sent.
    responses["422"] = described(422)
    for status in (*ALWAYS, *(WITH_A_BODY if "requestBody" in operation else ())):
        responses.setdefault(str(status), described(status))
    operation["responses"] = dict(sorted(responses.items()))


def _take_in(one: dict[str, Any], name: str, schemas: dict[str, Any]) -> None:
    """Move the definitions of one schema to the components, where references find them."""
    definitions = one.pop("$defs", {})
    one.pop("$schema", None)
    prefix = f"{name}_"

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: f"#/components/schemas/{prefix}{member.removeprefix(DEFINITIONS)}"
                if isinstance(member, str) and member.startswith(DEFINITIONS)
                else moved(member)
                for key, member in value.items()
            }
        return [moved(member) for member in value] if isinstance(value, list) else value

    schemas[name] = moved(one)
    for inner, definition in definitions.items():
        schemas[f"{prefix}{inner}"] = moved(definition)
