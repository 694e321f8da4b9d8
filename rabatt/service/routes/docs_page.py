"""The OpenAPI document, and a page that shows it: all that the page loads is served from here."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi import Path as PathParameter
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from rabatt.service.problems import Problem
from rabatt.service.routes.answers import json_answer

router = APIRouter(include_in_schema=False)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rabatt</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# A validator elsewhere would learn of every document that is looked at.
START = """SwaggerUIBundle({
  dom_id: "#page", url: "openapi.json", deepLinking: true, tryItOutEnabled: true, validatorUrl: null,
});
"""
# Swagger UI sets styles on its elements, and draws some icons from data.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES: Mapping[str, str] = {
    "favicon-32x32.png": "image/png",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
AN_HOUR = {"Cache-Control": "max-age=3600"}


@router.get("/openapi.json")
async def openapi_document(request: Request) -> Response:
    """Answer the document of all routes."""
    return json_answer(spelled(request.app))


def spelled(app: FastAPI) -> bytes:
    """The document, spelled once: anybody may ask for it, and need not read it."""
    state = app.state
    if not hasattr(state, "document"):
        state.document = bytes(JSONResponse(app.openapi()).body)
    document: bytes = state.document
    return document


@router.get("/docs")
async def page() -> Response:
    """Answer the page."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})


@router.get("/docs/{name}")
async def file(name: Annotated[str, PathParameter()]) -> Response:
    """Answer one of the files that the page loads; no name reaches any other file."""
    if name == "start.js":
        return Response(START, media_type="text/javascript", headers=AN_HOUR)
    if name not in FILES:
        raise Problem(404, "there is nothing at this path")
    return FileResponse(folder() / name, media_type=FILES[name], headers=AN_HOUR)


@cache
def folder() -> Path:
    """Where the package with Swagger UI keeps its files. Importing it would bring what changes FastAPI."""
    package = find_spec("fastapi_swagger")
    assert package is not None and package.origin is not None  # noqa: S101, PT018 - it comes with the extra
    return Path(package.origin).parent / "resources"
