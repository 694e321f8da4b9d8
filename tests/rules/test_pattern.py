"""Every operator of SPEC section 3 is read, and nothing that only looks like one."""

from decimal import Decimal
from typing import Any

import pytest

from rules import Refused, read_rules
from rules.pattern import (
    Age,
    AnythingBut,
    Birthday,
    Equals,
    EqualsIgnoreCase,
    Exists,
    Numeric,
    Prefix,
    Suffix,
    Wildcard,
    scalar_text,
)


def read(element: Any, *, as_text: str | None = None) -> Any:
    rule: Any = {
        "id": "r",
        "requirement": {"customer": {"attributes": {"x": [element]}}},
        "reward": {"type": "discount_percent", "value": 1},
    }
    (read_rule,) = read_rules([rule] if as_text is None else as_text)
    customer = read_rule.requirement.customer
    assert customer is not None
    return customer.attributes["x"][0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("NO", "NO"),
        ("20.0", "20.0"),
        (True, "true"),
        (False, "false"),
        (20, "20"),
        (20.0, "20"),
        (-0.0, "0"),
        (0.10, "0.1"),
        (1e20, "100000000000000000000"),
        (1e-7, "0.0000001"),
        (Decimal("20.00"), "20"),
        (Decimal("2E+1"), "20"),
    ],
)
def test_a_scalar_has_one_text(value: object, text: str) -> None:
    assert scalar_text(value) == text


def test_only_scalars_have_a_text() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        scalar_text(None)


@pytest.mark.parametrize(
    ("element", "meaning"),
    [
        ("NO", Equals("NO")),
        (True, Equals("true")),
        (20.0, Equals("20")),
        ({"anything-but": "NOK"}, AnythingBut(("NOK",))),
        ({"anything-but": ["NOK", 20.0, False]}, AnythingBut(("NOK", "20", "false"))),
        ({"prefix": "a"}, Prefix("a")),
        ({"suffix": "a"}, Suffix("a")),
        ({"wildcard": "a*\\*"}, Wildcard("a*\\*")),
        ({"equals-ignore-case": "ß"}, EqualsIgnoreCase("ß")),
        ({"numeric": [">", 1.5]}, Numeric(((">", Decimal("1.5")),))),
        ({"numeric": [">=", 1, "<", 2]}, Numeric(((">=", Decimal(1)), ("<", Decimal(2))))),
        ({"exists": False}, Exists(exists=False)),
        ({"age": ["<", 18]}, Age((("<", Decimal(18)),))),
        ({"birthday": {"days_before": 3, "days_after": 2.0}}, Birthday(3, 2)),
        ({"birthday": {"days_after": 1}}, Birthday(0, 1)),
    ],
)
def test_an_element_is_read_as_what_it_means(element: Any, meaning: object) -> None:
    assert read(element) == meaning


def test_numbers_in_json_are_exact() -> None:
    text = (
        '{"id": "r", "reward": {"type": "discount_percent", "value": 12.1}, '
        '"requirement": {"customer": {"attributes": {"x": [{"numeric": ["<", 0.1]}]}}}}'
    )
    assert read(None, as_text=text) == Numeric((("<", Decimal("0.1")),))


@pytest.mark.parametrize(
    ("element", "below", "fragment", "nearest"),
    [
        ({"prefx": "a"}, ".prefx", 'mean "prefix"?', "prefix"),
        ({"zzz": "a"}, ".zzz", "known are anything-but, prefix", None),
        ({"prefix": "a", "suffix": "b"}, "", "exactly one operator", None),
        ({}, "", "exactly one operator", None),
        (None, "", "text, a number, true or false", None),
        ([1], "", "text, a number, true or false", None),
        ({"anything-but": {"prefix": "a"}}, ".anything-but", "text, a number, true or false", None),
        ({"prefix": 5}, ".prefix", "takes text", None),
        ({"wildcard": ["a"]}, ".wildcard", "takes text", None),
        ({"exists": "true"}, ".exists", "true or false", None),
        ({"numeric": 5}, ".numeric", "[op, number]", None),
        ({"numeric": ["<", 5, ">"]}, ".numeric", "[op, number]", None),
        ({"numeric": ["==", 5]}, ".numeric", "one of < <= = >= >", None),
        ({"numeric": ["<", "5"]}, ".numeric", "without quotes", None),
        ({"numeric": ["<", True]}, ".numeric", "without quotes", None),
        ({"age": [["<"], 5]}, ".age", "one of < <= = >= >", None),
        ({"birthday": 5}, ".birthday", "days_before", None),
        ({"birthday": {"days_befor": 1}}, ".birthday.days_befor", "unknown field", "days_before"),
        ({"birthday": {"days_before": -1}}, ".birthday.days_before", "0 to 366", None),
        ({"birthday": {"days_before": 1.5}}, ".birthday.days_before", "0 to 366", None),
        ({"birthday": {"days_after": True}}, ".birthday.days_after", "0 to 366", None),
    ],
)
def test_an_element_that_means_nothing_is_refused_at_its_operator(
    element: Any, below: str, fragment: str, nearest: str | None
) -> None:
    with pytest.raises(Refused) as refusal:
        read(element)
    (fault,) = refusal.value.faults
    assert fault.path == f"rules[0].requirement.customer.attributes.x[0]{below}"
    assert fragment in fault.sentence
    assert fault.nearest == nearest


@pytest.mark.parametrize("number", ["1e-999999", "1e-400"])
def test_a_number_that_would_fill_the_memory_is_refused(number: str) -> None:
    text = (
        '{"id": "r", "reward": {"type": "discount_percent", "value": 1}, '
        f'"requirement": {{"customer": {{"attributes": {{"x": [{number}]}}}}}}}}'
    )
    with pytest.raises(Refused, match="beyond what can be compared"):
        read(None, as_text=text)
