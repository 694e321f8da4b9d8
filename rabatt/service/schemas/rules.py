"""What rules look like in bodies and answers, for the OpenAPI document: made from the schema of the rule itself."""

from copy import deepcopy
from typing import Any

from rabatt.service.identifiers import RULE_ID_SCHEMA
from rabatt.service.schemas.definitions import Schema

# Set by the service; what a caller sends in them is passed over, so that a rule may be sent as it was got.
READ_ONLY = (
    "type",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
    "deleted_by",
    "refs",
    "statistics",
)

PATTERNS = ("Rule_PatternElement", "Rule_MccElement")
INSTANT: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
ABSENT_REF: Schema = {"$ref": "#/components/schemas/Absent"}
ABSENT: Schema = {
    "description": "Means the same as leaving the field out.",
    "anyOf": [
        {"type": "null"},
        {"type": "array", "maxItems": 0},
        {"$ref": "#/components/schemas/AbsentFields"},
    ],
}
# By its name, since clients cannot be made of a schema that stands within itself.
ABSENT_FIELDS: Schema = {"type": "object", "additionalProperties": ABSENT_REF}
WRITTEN_BY_SERVICE: Schema = {
    "type": {"enum": ["item", "receipt"]},
    "active": {"type": "boolean"},
    "private": {"type": "boolean"},
    "created_at": INSTANT,
    "created_by": TEXT,
    "updated_at": INSTANT,
    "updated_by": TEXT,
}
STATISTICS: Schema = {
    "type": "object",
    "required": ["usage", "amount"],
    "properties": dict.fromkeys(("usage", "amount", "bonus", "stamp", "debit_balance"), COUNT),
    "additionalProperties": False,
}
STAMPS: Schema = {
    "type": "array",
    "description": "Those that still count, the oldest first; for rules that ask for stamps.",
    "items": {"type": "object", "required": ["at", "count"], "properties": {"at": INSTANT, "count": COUNT}},
}
GRANT_REF: Schema = {
    "type": "object",
    "description": "One grant of a rule.",
    "required": ["id", "customer_id", "created_at", "statistics"],
    "properties": {
        "id": TEXT,
        "customer_id": {**TEXT, "description": '"*" is everyone.'},
        "created_at": INSTANT,
        "created_by": TEXT,
        "statistics": STATISTICS,
        "stamps": STAMPS,
    },
}
RULE_STATISTICS: Schema = {
    "type": "object",
    "description": "What was used in purchases that were not cancelled, and by how many customers.",
    "required": ["usage", "amount", "bonus", "customers"],
    "properties": dict.fromkeys(("usage", "amount", "bonus", "customers"), COUNT),
}


def add_rule_schemas(schemas: dict[str, Schema]) -> None:
    """Add what callers may send as a rule, or as a patch of one, and what they are answered."""
    for name in [name for name in schemas if name == "Rule" or name.startswith("Rule_")]:
        _say_what_is_absent(schemas[name])
    schemas["Absent"], schemas["AbsentFields"] = ABSENT, ABSENT_FIELDS
    for name in PATTERNS:
        # The one operator that has fields of its own, which clients name as they name types.
        operators = schemas[name]["anyOf"][1]["properties"]
        schemas["Rule_Birthday"] = operators["birthday"]
        operators["birthday"] = {"$ref": "#/components/schemas/Rule_Birthday"}
    new = deepcopy(schemas["Rule"])
    new["title"], new["description"] = "New rule", "A rule as callers send it; what only the service sets is ignored."
    new["required"] = ["reward"]
    new["properties"]["id"] = {
        **RULE_ID_SCHEMA,
        "type": ["string", "null"],
        "description": "A new one where it is left out.",
    }
    new["properties"] |= {name: {"description": "Ignored.", "readOnly": True} for name in READ_ONLY}
    schemas["NewRule"] = new
    patch = deepcopy(new)
    patch["title"], patch["description"] = (
        "Rule patch",
        "A JSON merge patch (RFC 7386) of a rule: null removes a field.",
    )
    patch["properties"]["id"] = {**TEXT, "description": "The id of the path."}
    patch["properties"]["reward"] = {"type": "object"}
    del patch["required"]
    schemas["RulePatch"] = patch
    schemas["StoredRule"] = _answered(
        schemas["Rule"],
        "Stored rule",
        {
            **WRITTEN_BY_SERVICE,
            "deleted_at": INSTANT,
            "deleted_by": TEXT,
            "statistics": RULE_STATISTICS,
            "refs": {"type": "array", "items": GRANT_REF},
        },
        list(WRITTEN_BY_SERVICE),
    )
    public = {name: field for name, field in WRITTEN_BY_SERVICE.items() if not name.endswith("_by")}
    schemas["PublicRule"] = _answered(schemas["Rule"], "Public rule", {**public, "ref_id": TEXT}, [*public, "ref_id"])
    schemas["GrantRef"] = GRANT_REF


def _answered(rule: Schema, title: str, fields: Schema, required: list[str]) -> Schema:
    """The schema of a rule in an answer; only what a rule and the service say is in it."""
    kept = {name: field for name, field in deepcopy(rule["properties"]).items() if name != "refs"}
    for name in ("created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_by"):
        del kept[name]
    return {
        "title": title,
        "type": "object",
        "required": ["id", "reward", *required],
        "properties": {**kept, **fields},
        "additionalProperties": ABSENT_REF,
    }


def _say_what_is_absent(part: Any) -> None:
    """In a schema of rules, let every field that may be null be left out in any of the ways that there are."""
    if isinstance(part, list):
        for member in part:
            _say_what_is_absent(member)
    if not isinstance(part, dict):
        return
    if part.get("additionalProperties") is False and "maxProperties" not in part:
        part["additionalProperties"] = ABSENT_REF
    for name, member in part.items():
        if name == "anyOf" and {"type": "null"} in member:
            member[member.index({"type": "null"})] = ABSENT_REF
        if name not in {"default", "enum", "examples"}:
            _say_what_is_absent(member)
