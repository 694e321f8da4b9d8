"""Schemas whose definitions stand where they are referred to, since references of a document lead elsewhere."""

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema, as data."""


def without_definitions(document: Schema) -> Schema:
    """A schema with its own definitions put where it refers to them; none of them may refer to itself."""
    definitions = document.get("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(member) for member in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref", "")
        if isinstance(reference, str) and reference.startswith("#/$defs/"):
            further = {key: member for key, member in value.items() if key != "$ref"}
            return put(definitions[reference.rpartition("/")[2]]) | put(further)
        return {key: put(member) for key, member in value.items() if key != "$defs"}

    schema: Schema = put(document)
    return schema
