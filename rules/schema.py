"""The JSON Schema of rules, receipts and grants, for editors and for other programs.

It says what a single field may be. What fields say about each other is checked on reading only.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import TypeAdapter

from rules.grant import Grant
from rules.pattern import COMPARISONS, ELEMENT_MARK, LONGEST_BIRTHDAY, MCC_ELEMENT_MARK
from rules.receipt import Receipt
from rules.receipt_rest import ReceiptRest
from rules.rule import Rule
from rules.values import CODE_SCHEMA

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SCALAR = {"type": ["string", "number", "boolean"]}
TEXT = {"type": "string"}
COMPARISON = {"enum": list(COMPARISONS)}
TESTS = {
    "type": "array",
    "oneOf": [
        {"prefixItems": [COMPARISON, {"type": "number"}] * times, "minItems": 2 * times, "maxItems": 2 * times}
        for times in (1, 2)
    ],
}
DAYS = {"type": "integer", "minimum": 0, "maximum": LONGEST_BIRTHDAY, "default": 0}


def _element(scalar: dict[str, Any], title: str) -> dict[str, Any]:
    """A pattern element: a scalar, or an object with one operator."""
    operators = {
        "anything-but": {
            "description": "Present, and none of these.",
            "anyOf": [scalar, {"type": "array", "items": scalar}],
        },
        "prefix": {"description": "Begins so.", **TEXT},
        "suffix": {"description": "Ends so.", **TEXT},
        "wildcard": {"description": "* is any run of characters, \\* a star.", **TEXT},
        "equals-ignore-case": {"description": "Equal whatever the case.", **TEXT},
        "numeric": {"description": "A number that passes every comparison.", **TESTS},
        "exists": {"description": "Present, or not.", "type": "boolean"},
        "age": {"description": "Whole years at the purchase, for a date of birth.", **TESTS},
        "birthday": {
            "description": "Days around the anniversary of a date.",
            "type": "object",
            "properties": {"days_before": DAYS, "days_after": DAYS},
            "additionalProperties": False,
        },
    }
    named = {
        "type": "object",
        "properties": operators,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return {"title": title, "description": "A value, or one operator (SPEC section 3).", "anyOf": [scalar, named]}


SHARED = {
    "PatternElement": (ELEMENT_MARK, _element(SCALAR, "Pattern element")),
    "MccElement": (MCC_ELEMENT_MARK, _element(CODE_SCHEMA, "Pattern element on merchant category codes")),
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one document; ValueError for a kind that there is none of."""
    match kind:
        case "rule":
            return _finished(_with_null_as_absent(Rule.model_json_schema()), "Discount rule")
        case "receipt":
            return _finished(_receipt(), "Receipt")
        case "grant":
            return _finished(Grant.model_json_schema(), "Grant")
        case _:
            raise ValueError(f"no schema of {kind!r}; there are those of rule, receipt and grant")


def _finished(document: dict[str, Any], title: str) -> dict[str, Any]:
    """The schema with the definitions that are shared, and its own title first."""
    used = {name: definition for name, (mark, definition) in SHARED.items() if _replace(document, mark, name)}
    definitions = {**document.pop("$defs", {}), **deepcopy(used)}
    return {"$schema": DIALECT, **document, "title": title, "$defs": definitions}


def _replace(part: Any, mark: dict[str, Any], name: str) -> bool:
    """Puts a reference in every place of a mark, and says whether there was one."""
    members = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    found = False
    for key, member in list(members):
        if member == mark:
            part[key] = {"$ref": f"#/$defs/{name}"}
            found = True
        else:
            found = _replace(member, mark, name) or found
    return found


def _with_null_as_absent(document: dict[str, Any]) -> dict[str, Any]:
    """The schema of a rule, in which null means the same as leaving a field out."""
    for model in (document, *document["$defs"].values()):
        required = model.get("required", ())
        for name, field in model.get("properties", {}).items():
            if name not in required and field.get("default", ...) is not None:
                described = {key: field.pop(key) for key in ("title", "description", "default") if key in field}
                model["properties"][name] = {**described, "anyOf": [field, {"type": "null"}]} if field else described
    return document


def _receipt() -> dict[str, Any]:
    """The fields that the engine reads, and those that are only typed, as the one document that they are."""
    document = Receipt.model_json_schema()
    rest = TypeAdapter(ReceiptRest).json_schema()
    line, line_rest = document["$defs"]["Line"], rest["$defs"].pop("LineRest")
    # The reader's mark for a line without an id is none of the document's business.
    del line["properties"]["line_id"]["default"]
    line["properties"] |= line_rest["properties"]
    del rest["properties"]["items"]
    document["properties"] |= rest["properties"]
    document["required"] += rest["required"]
    document["$defs"] |= rest["$defs"]
    return document
