"""Every field of a requirement or limitation makes a check, or is asked elsewhere: none is accepted and ignored."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from rules.limitation import Activation, DiscountHours, Limitation, Period
from rules.requirement import (
    CustomerRequirement,
    ItemRequirement,
    Matcher,
    MccRange,
    Mix,
    PatternFields,
    Requirement,
    StoreRequirement,
)
from tests.support.engine.given import Document, compiled
from tests.support.places import ROOT

MATCHERS = [{"id": "a"}]
LIMITATIONS: Document = {
    "discount_hours": {"hours": [{"day": "mon", "start": "10:00", "end": "11:00"}]},
    "discount_repeat_usage": 1,
    "discount_combination": 1,
    "discount_eligible": "receipt_no_discount",
    "dynamic_purchase_to_days": 1,
    "discount_activation": [{"type": "deactivate_if_discount_active", "value": "other"}],
    "blacklist": [{"id": "b"}],
}
REQUIREMENTS: Document = {
    "purchase_from": "2026-10-01T00:00:00Z",
    "purchase_to": "2026-11-01T00:00:00Z",
    "store_ids": ["s"],
    "gross_amount": 1,
    "net_amount": 1,
    "currencies": ["NOK"],
    "discount_code": "c",
}
# What says how a rule gives, not whether: the file that asks, and how it reads the field.
LIMITATIONS_ELSEWHERE = {
    "discount_reward_usage": ("engine/compiled/rule.py", "limitation.discount_reward_usage"),
    "stamp_expire_days": ("engine/rewards/stamp.py", "limitation.stamp_expire_days"),
    "return_policy": ("engine/returns/re_evaluate.py", "limitation.return_policy"),
}
REQUIREMENTS_ELSEWHERE = {"stamp": ("engine/compiled/rule.py", "requirement.stamp")}
# What a check is made of as a whole: its fields, and the file that reads each of them.
WITHIN_A_CHECK: dict[type[BaseModel], tuple[str, tuple[str, ...]]] = {
    Matcher: ("engine/compiled/matchers.py", ("id", "group_id")),
    Mix: ("engine/compiled/rule.py", ("quantity", "reward_eligible", "items")),
    MccRange: ("engine/compiled/requirements.py", ("start", "end")),
    Period: ("engine/compiled/calendar.py", ("day", "start", "end")),
    DiscountHours: ("engine/compiled/limitations.py", ("hours", "timezone")),
    Activation: ("engine/compiled/limitations.py", ("value",)),
}
# The only thing that an activation does: its type has one value.
SAYS_NOTHING: dict[type[BaseModel], set[str]] = {Activation: {"type"}}


def paths_of(document: Document) -> set[str]:
    """The paths of all that is asked of a rule."""
    one = compiled({"id": "r", "reward": {"type": "discount_percent", "value": 10}, **document})
    paths = {check.path for check in one.limitations} | {check.path for check in one.checks}
    return paths | {check.path for check in one.lines_checks}


def filled(model: type[BaseModel]) -> Document:
    """Every pattern of an object of patterns."""
    document: Document = {}
    for name, field in model.model_fields.items():
        nested = [one for one in (field.annotation, *get_args(field.annotation)) if is_patterns(one)]
        if name in getattr(model, "not_patterns", ()):
            continue
        document[name] = filled(nested[0]) if nested else {"x": ["1"]} if "dict" in str(field.annotation) else ["1"]
    return document


def is_patterns(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, PatternFields)


def leaves(document: Document, path: str) -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.{name}")
        else:
            yield f"{path}.{name}"


def test_each_limitation_makes_a_check_or_is_asked_elsewhere() -> None:
    assert set(Limitation.model_fields) == {*LIMITATIONS, *LIMITATIONS_ELSEWHERE}
    asked = paths_of({"requirement": {"item": {"items": MATCHERS}}, "limitation": LIMITATIONS})
    assert {f"limitation.{name}" for name in LIMITATIONS} <= asked


def test_each_requirement_makes_a_check_or_is_asked_elsewhere() -> None:
    parts = {"customer", "store", "item"}
    assert set(Requirement.model_fields) == {*REQUIREMENTS, *REQUIREMENTS_ELSEWHERE, *parts}
    assert {f"requirement.{name}" for name in REQUIREMENTS} <= paths_of({"requirement": REQUIREMENTS})


def test_each_requirement_on_items_makes_a_check() -> None:
    item = {"items": MATCHERS, "quantity": 2, "mixes": [{"items": MATCHERS}]}
    assert set(ItemRequirement.model_fields) == set(item)
    assert {f"requirement.item.{name}" for name in item} <= paths_of({"requirement": {"item": item}})


@pytest.mark.parametrize(
    ("name", "model", "others"),
    [
        pytest.param("customer", CustomerRequirement, {"addresses": [{"country": ["NO"]}]}, id="customer"),
        pytest.param("store", StoreRequirement, {"mcc": ["1"], "mcc_ranges": [{"start": 1, "end": 2}]}, id="store"),
    ],
)
def test_each_pattern_makes_a_check(name: str, model: type[PatternFields], others: Document) -> None:
    patterns = filled(model)
    # A second spelling stands in place of the first.
    patterns.get("company", {}).pop("business_name", None)
    assert {*patterns, *others} == set(model.model_fields)
    asked = paths_of({"requirement": {name: patterns}})
    assert set(leaves(patterns, f"requirement.{name}")) <= asked
    for other, value in others.items():
        assert f"requirement.{name}.{other}" in paths_of({"requirement": {name: {other: value}}})


@pytest.mark.parametrize("model", WITHIN_A_CHECK)
def test_each_field_within_a_check_is_known(model: type[BaseModel]) -> None:
    path, names = WITHIN_A_CHECK[model]
    assert set(model.model_fields) == {*names, *SAYS_NOTHING.get(model, ())}
    text = (ROOT / path).read_text("utf-8")
    assert [name for name in names if f".{name}" not in text] == []


@pytest.mark.parametrize(
    ("path", "reads"), [*LIMITATIONS_ELSEWHERE.values(), *REQUIREMENTS_ELSEWHERE.values()], ids=lambda each: each
)
def test_what_is_asked_elsewhere_is_asked_there(path: str, reads: str) -> None:
    assert reads in (ROOT / path).read_text("utf-8")
