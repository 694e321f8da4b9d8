"""Schemathesis over the OpenAPI document: no 5xx, no undocumented answer, nothing invalid accepted."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from rabatt.service.entry.access import ACCOUNT_NAMES
from rabatt.service.paths import GUARDED
from tests.rabatt.service.conftest import ACCOUNT, Service, new_url, running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
PROFILE = settings()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.deep)])
def fuzzed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all calls: what one leaves behind the next ones meet."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    yield from running(new_url(request.param, folder))


def document_of(service: Service, mode: GenerationMode = GenerationMode.POSITIVE) -> Any:
    """The document, for the calls of this account by the bearer of its token, and how they are made."""
    document = json.loads(service.client.get("/openapi.json").content)
    for methods in document["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
            if mode is GenerationMode.NEGATIVE and "parameters" in operation:
                operation["parameters"] = [one for one in operation["parameters"] if not is_list_of_texts(one)]
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in ACCOUNT_NAMES:
                    parameter["schema"] = {"const": ACCOUNT}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/openapi.json":
            await JSONResponse(document)(scope, receive, send)
        else:
            await service.app(scope, receive, send)

    return schemathesis.openapi.from_asgi("/openapi.json", application)


def is_list_of_texts(parameter: Any) -> bool:
    """Whether a parameter of a query takes any texts: one that is drawn as no list is written as a list of one."""
    choices = parameter["schema"].get("anyOf", [parameter["schema"]])
    return {"type": "array", "items": {"type": "string"}} in choices


def operations() -> list[Any]:
    """Every operation of the document with what is sent: what it asks for, or, where it asks for anything, not that."""
    with TemporaryDirectory() as folder:
        labels: list[str] = []
        for service in running(new_url("sqlite", Path(folder))):
            labels = sorted(one.ok().label for one in document_of(service).get_all_operations())
    modes = {"valid": GenerationMode.POSITIVE, "invalid": GenerationMode.NEGATIVE}
    return [
        pytest.param(label, mode, id=f"{name} {label}")
        for label in labels
        for name, mode in modes.items()
        if name == "valid" or label.partition(" ")[2].startswith(GUARDED)
    ]


@pytest.mark.long
@pytest.mark.parametrize(("label", "mode"), operations())
def test_every_operation_keeps_to_its_document(fuzzed: Service, label: str, mode: GenerationMode) -> None:
    operation = next(one.ok() for one in document_of(fuzzed, mode).get_all_operations() if one.ok().label == label)
    header = {"authorization": f"Bearer {fuzzed.token()}"}

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=max(PROFILE.max_examples // 10, 10), suppress_health_check=list(HealthCheck))
    def keeps_to_it(case: Any) -> None:
        case.call_and_validate(headers=header, checks=CHECKS)

    keeps_to_it()
