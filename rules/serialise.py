"""A document back to JSON: the counterpart of `parse`."""

from typing import Any

from pydantic_core import to_json


def serialise(document: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8 of a document of plain data, its fields in their order."""
    # json.dumps took three times as long.
    return to_json(document)
