"""What makes the OpenAPI document plain for those who make clients from it: it means the same before and after."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from rabatt.service.schemas.definitions import Schema

# Keywords of a schema under which there are schemas: by name, in a list, or one.
BY_NAME = ("properties", "patternProperties")
IN_A_LIST = ("anyOf", "oneOf", "allOf", "prefixItems")
ALONE = ("items", "additionalProperties", "unevaluatedProperties", "not", "contains")


def make_plain(document: dict[str, Any]) -> None:
    """Mend every schema of the document in its place."""
    parameters = [id(schema) for schema in _of_parameters(document)]
    for schema in schemas_of(document):
        for mend in MENDS:
            mend(schema)
        if id(schema) not in parameters:
            _with_default_in_words(schema)


def schemas_of(document: dict[str, Any]) -> Iterator[Schema]:
    """Every schema of a document, those within others too."""
    for schema in document["components"]["schemas"].values():
        yield from _within(schema)
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        answers = operation["responses"].values()
        holders = [
            *operation.get("parameters", ()),
            *(head for one in answers for head in one.get("headers", {}).values()),
        ]
        for body in (operation.get("requestBody", {}), *answers):
            holders += body.get("content", {}).values()
        for holder in holders:
            yield from _within(holder.get("schema"))


def _of_parameters(document: dict[str, Any]) -> Iterator[Schema]:
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                yield from _within(parameter["schema"])


def _within(schema: Any) -> Iterator[Schema]:
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword in BY_NAME:
        for member in schema.get(keyword, {}).values():
            yield from _within(member)
    for keyword in IN_A_LIST:
        for member in schema.get(keyword, ()):
            yield from _within(member)
    for keyword in ALONE:
        yield from _within(schema.get(keyword))


def _without_title(schema: Schema) -> None:
    """Types are called by their titles, of which those of rules and of answers are the same: names keep them apart."""
    schema.pop("title", None)


def _with_items(schema: Schema) -> None:
    """A list of which nothing more is said is a list of anything."""
    if schema.get("type") == "array" or "prefixItems" in schema:
        schema.setdefault("items", {})


def _with_default_in_words(schema: Schema) -> None:
    """Clients take a field that has a default to be there always, which no answer promises: it is said in words."""
    if "default" not in schema:
        return
    default = schema.pop("default")
    # Nothing, an empty list, and the parts of what is left out go without saying.
    if isinstance(default, str | int | float) and default != "":
        said = schema.get("description", "").rstrip(".")
        sentence = f"{json.dumps(default) if isinstance(default, str) else str(default).lower()} where it is left out."
        schema["description"] = f"{said}; {sentence}" if said else sentence


def _with_one_type(schema: Schema) -> None:
    """An object that needs one of two fields is of one type, not of one for each field: `anyOf` would say of two."""
    choices = schema.get("anyOf", ())
    if "properties" in schema and len(choices) == len(("if", "else")) and not any("$ref" in one for one in choices):
        schema["if"], schema["else"] = schema.pop("anyOf")


def _with_other_fields_apart(schema: Schema) -> None:
    """TypeScript wants named fields to be like the other ones of an object: only validators learn of those."""
    if "properties" in schema and isinstance(schema.get("additionalProperties"), dict):
        schema["unevaluatedProperties"] = schema.pop("additionalProperties")


MENDS: tuple[Callable[[Schema], None], ...] = (_without_title, _with_items, _with_one_type, _with_other_fields_apart)
