"""The sample rule has every field of the language, so that what is asked of all fields is asked of a new one."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from rules import read_rules

# A second spelling, which a document has in place of the first.
SPELLED_OTHERWISE = {"CompanyRequirement.business_name"}


def parts(value: Any) -> Iterator[BaseModel]:
    """A part of a rule, and all parts within it."""
    if isinstance(value, BaseModel):
        yield value
        value = [getattr(value, name) for name in type(value).model_fields]
    if isinstance(value, list | tuple):
        for member in value:
            yield from parts(member)


def left_out(rule: BaseModel) -> set[str]:
    """The fields that no part of a rule has."""
    known = {f"{type(part).__name__}.{name}" for part in parts(rule) for name in type(part).model_fields}
    return known - {f"{type(part).__name__}.{name}" for part in parts(rule) for name in part.model_fields_set}


def test_the_sample_rule_has_every_field(sample_rule: dict[str, Any]) -> None:
    (rule,) = read_rules([sample_rule])
    assert left_out(rule) == SPELLED_OTHERWISE


def test_a_field_that_is_left_out_is_noticed(sample_rule: dict[str, Any]) -> None:
    del sample_rule["limitation"]["blacklist"], sample_rule["requirement"]["store"]["address"]["country"]
    (rule,) = read_rules([sample_rule])
    assert left_out(rule) == SPELLED_OTHERWISE | {"Limitation.blacklist", "StoreAddressRequirement.country"}
