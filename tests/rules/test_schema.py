"""The JSON Schemas know every field, describe what may be written, and hold together."""

from collections.abc import Iterator
from typing import Any

import pytest

from rules.schema import schema

KINDS = ["rule", "receipt", "grant"]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield value
    for member in members:
        yield from parts(member)


def resolved(part: dict[str, Any], document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The part itself and all that it refers to or offers as a choice."""
    if "$ref" in part:
        part = document["$defs"][part["$ref"].removeprefix("#/$defs/")]
    yield part
    for choice in [*part.get("anyOf", ()), *part.get("oneOf", ())]:
        yield from resolved(choice, document)


def names_unknown(value: Any, part: dict[str, Any], document: dict[str, Any], path: str) -> list[str]:
    """The paths of all fields of a document that its schema does not name."""
    choices = list(resolved(part, document))
    if isinstance(value, list):
        inner = [choice["items"] for choice in choices if "items" in choice]
        return [name for member in value for name in names_unknown(member, {"anyOf": inner}, document, path)]
    if not isinstance(value, dict):
        return []
    unknown = []
    for name, member in value.items():
        known = [choice["properties"][name] for choice in choices if name in choice.get("properties", {})]
        open_ended = any(choice.get("additionalProperties") for choice in choices)
        if known:
            unknown += names_unknown(member, {"anyOf": known}, document, f"{path}.{name}")
        elif not open_ended:
            unknown.append(f"{path}.{name}")
    return unknown


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_somewhere(kind: str) -> None:
    document = schema(kind)
    references = {part["$ref"] for part in parts(document) if isinstance(part.get("$ref"), str)}
    assert references <= {f"#/$defs/{name}" for name in document["$defs"]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_made_anew_for_each_caller(kind: str) -> None:
    schema(kind)["properties"].clear()
    assert schema(kind)["properties"]


def test_every_field_of_the_sample_rule_is_known(sample_rule: dict[str, Any]) -> None:
    document = schema("rule")
    assert names_unknown(sample_rule, document, document, "rule") == []


def test_every_field_of_the_sample_receipt_is_known(sample_receipt: dict[str, Any]) -> None:
    document = schema("receipt")
    for discount in sample_receipt["discounts"]:
        for name in set(discount) - {"id", "name", "refs"}:
            del discount[name]
    assert names_unknown(sample_receipt, document, document, "receipt") == []


def test_required_fields_are_said() -> None:
    assert schema("rule")["required"] == ["id", "reward"]
    assert schema("receipt")["required"] == ["receipt_id", "purchase_at", "store"]
    assert schema("grant")["required"] == ["id", "discount_id", "customer_id"]


def test_choices_are_listed_for_the_editor() -> None:
    listed = {choice for part in parts(schema("rule")) for choice in part.get("enum", ()) if isinstance(choice, str)}
    assert listed >= {"net", "bonus", "mon", "discount_debit", "discount_mix_new_price", "receipt_no_discount", "<="}


def test_a_rule_may_say_null_for_a_field_it_leaves_out() -> None:
    stores = schema("rule")["$defs"]["Requirement"]["properties"]["store_ids"]
    assert {"type": "null"} in stores["anyOf"]


def test_a_line_of_a_receipt_has_the_fields_of_both_passes() -> None:
    line = schema("receipt")["$defs"]["Line"]["properties"]
    assert {"gross_amount", "tax_lines", "is_changed"} <= set(line)
    assert "default" not in line["line_id"]


def test_there_are_three_schemas() -> None:
    with pytest.raises(ValueError, match="rule, receipt and grant"):
        schema("basket")
