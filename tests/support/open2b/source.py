"""The source document of the receipts: its example requests as JSON, its fields, and the rows of its error tables."""

import json
import re
from typing import Any

import pytest

from tests.support.places import SHARED

SOURCE = SHARED / "seeds" / "open2b-receipts.txt"
METHODS = ("find", "get", "count", "create", "update", "delete")
needs_source = pytest.mark.skipif(
    not SOURCE.exists(), reason="the source documents are not beside the project, in ../shared/seeds"
)
ROW = re.compile(r"(\w+) (InvalidValue|InvalidCombination|MissingCombination|NotFound|Malformed) (.+)")


def section(method: str) -> str:
    """What the source says of a method."""
    text = SOURCE.read_text("utf-8")
    start = text.index(f"\nreceipts.{method}\n")
    following = [text.find(f"\nreceipts.{other}\n", start + 1) for other in METHODS]
    return text[start : min([place for place in following if place > 0], default=len(text))]


def documents(method: str) -> list[dict[str, Any]]:
    """The request and the response of a method, its comments and dots left out and all else as it stands."""
    found = []
    text = re.sub(r" *//.*", "", section(method)).replace(", …", "")
    at = text.find("\n{")
    while at >= 0:
        document, end = json.JSONDecoder().raw_decode(text, at + 1)
        found.append(document)
        at = text.find("\n{", end)
    return found


def rows(method: str) -> list[tuple[str, str, str]]:
    """The rows of a method's error table: field, type and description."""
    found = (ROW.fullmatch(line) for line in section(method).splitlines())
    return [(row[1], row[2], row[3]) for row in found if row]
