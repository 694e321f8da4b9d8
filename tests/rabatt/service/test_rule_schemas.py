"""The schemas of rules in the OpenAPI document: they take what the service takes, and what it answers."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.shops import shop_from

PATH = "discounts/rules"
RULE: dict[str, Any] = {"reward": {"type": "discount_percent", "value": 5}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that all tests here share."""
    yield from running(new_url("sqlite", tmp_path_factory.mktemp("schemas")))


def faults(service: Service, name: str, document: Any) -> list[str]:
    components = json.loads(json.dumps(service.app.openapi()["components"]))
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(document)]


def test_rules_and_answers_are_as_the_schemas_say(service: Service) -> None:
    random = Random(8)
    rules = [rule for _ in range(8) for rule in shop_from(random).rules]
    for number, rule in enumerate(rules):
        sent = {**rule, "id": f"r{number}"}
        made = service.call("POST", PATH, sent)
        granted = service.call("POST", f"{PATH}/r{number}/customers", {"customers": ["C1", "*"]})
        assert (made.status_code, granted.status_code) == (201, 201)
        assert [faults(service, name, sent) for name in ("NewRule", "RulePatch")] == [[], []]
        assert [faults(service, "StoredRule", answer.json()) for answer in (made, granted)] == [[], []]
    for path, name in [
        (f"{PATH}?statistics=true", "StoredRule"),
        ("discounts/customers/C1/rules", "StoredRule"),
        ("discounts/public/rules", "PublicRule"),
        (f"{PATH}/r0/customers", "GrantRef"),
    ]:
        listed = service.call("GET", path).json()
        assert listed
        assert [faults(service, name, one) for one in listed] == [[]] * len(listed)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"created_at": 5, "statistics": [], "type": "?"}, id="what only the service sets"),
        pytest.param({"id": None}, id="null for an id"),
        pytest.param({"id": "a/b"}, id="an id of two parts"),
        pytest.param({"foo": 1}, id="an unknown field"),
        pytest.param({"foo": {"bar": [None]}}, id="an unknown field with something in it"),
        pytest.param({"foo": {"bar": None}, "name": [], "links": {}}, id="fields that are as good as left out"),
        pytest.param({"requirement": {"item": {"items": [{"id": "a", "x": []}]}}}, id="the same further down"),
        pytest.param({"name": 5}, id="a number for a text"),
        pytest.param({"reward": {}}, id="a reward with nothing in it"),
    ],
)
def test_the_schema_of_a_new_rule_takes_what_the_service_takes(service: Service, fields: dict[str, Any]) -> None:
    status = service.call("POST", PATH, {**RULE, **fields}).status_code
    assert status in {201, 422}
    assert (faults(service, "NewRule", {**RULE, **fields}) == []) == (status == 201)


def test_every_reference_of_the_document_leads_somewhere(service: Service) -> None:
    document = service.app.openapi()
    text = json.dumps(document)
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(document["components"]["schemas"])
    assert "#/$defs/" not in text
