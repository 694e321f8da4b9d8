"""The OpenAPI document: it is the one that is kept, it is valid, and it says how every route may answer."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from rabatt.service.schemas.clients import schemas_of
from tests.rabatt.service.conftest import Service, running
from tests.support.service import pages
from tests.support.service.every_route import guarded, operations


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of all routes."""
    return pages.openapi_document()


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose store nobody asks for anything."""
    yield from running(f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'rabatt.db'}")


def each_operation(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every path, method and what is said of it."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_that_is_kept_is_the_one_of_the_routes() -> None:
    assert pages.OPENAPI.read_text() == pages.openapi_text(), "after a change of the routes: make pages"


def test_the_settings_that_are_described_are_those_that_there_are() -> None:
    text = pages.SERVICE.read_text()
    assert pages.TABLE.search(text)
    assert text == pages.with_settings(text), "after a change of the settings: make pages"


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_default_and_example_is_one_that_its_schema_takes(document: dict[str, Any]) -> None:
    found = 0
    for schema in schemas_of(document):
        given = [schema[name] for name in ("default", "const") if name in schema]
        given += [*schema.get("examples", ()), *schema.get("enum", ())]
        found += len(given)
        if given:
            # Inside the document, where references lead somewhere.
            validator = jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]})
            assert all(validator.is_valid(one) for one in given), schema
    assert found > 100


def test_what_is_left_out_is_told_in_words_since_no_answer_fills_it_in(document: dict[str, Any]) -> None:
    bodies = {**document, "paths": {}}
    assert not [schema for schema in schemas_of(bodies) if "default" in schema]
    limit = document["components"]["schemas"]["Rule_Limitation"]["properties"]["discount_repeat_usage"]
    assert limit["description"] == "Purchases per grant; -1 where it is left out."


def references(value: object) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "$ref" and isinstance(member, str):
                yield member
            else:
                yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    found = set(references(document))
    assert found - schemas == set()
    # Validators may be made of these three by themselves.
    assert schemas - found <= {f"#/components/schemas/{name}" for name in ("Rule", "Receipt", "Grant")}


def test_every_route_is_in_the_document_except_the_page_and_the_document(
    service: Service, document: dict[str, Any]
) -> None:
    described = {(method.upper(), path) for path, method, _ in each_operation(document)}
    there = {(one.method, one.template) for one in operations(service.app)}
    assert there - described == {("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{name}")}
    assert described <= there


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_place(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in each_operation(document)]
    assert len(set(names)) == len(names)
    for path, method, operation in each_operation(document):
        assert operation["summary"], (path, method)
        assert operation["tags"], (path, method)
        assert not operation["summary"].endswith("."), (path, method)


def test_every_operation_names_the_errors_it_may_end_in(service: Service, document: dict[str, Any]) -> None:
    for one in guarded(service.app):
        operation = document["paths"][one.template][one.method.lower()]
        wanted = {"401", "403", "422", "503"} | ({"408", "413", "415"} if "requestBody" in operation else set())
        assert wanted <= set(operation["responses"]), one
        assert any(status.startswith("2") for status in operation["responses"]), one
        assert operation["security"] == [{"JWT": []}], one
        for status, response in operation["responses"].items():
            assert response["description"], (one, status)
            if status >= "4":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}, (one, status)


def test_whatever_is_open_says_so(document: dict[str, Any]) -> None:
    assert {path for path, _, operation in each_operation(document) if operation["security"] == []} == {
        "/health/live",
        "/health/ready",
        "/metrics",
    }


def test_the_document_is_served(service: Service, document: dict[str, Any]) -> None:
    assert service.client.get("/openapi.json").json() == document
