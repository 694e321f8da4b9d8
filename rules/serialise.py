"""A document back to JSON: the counterpart of `parse`."""

from typing import Any

from rules.fast_json import write_text


def serialise(document: dict[str, Any]) -> bytes:
    """Compact JSON in UTF-8 of a document of plain data, its fields in their order."""
    # json.dumps took three times as long as pydantic-core, and that three times as long as orjson.
    return write_text(document)
