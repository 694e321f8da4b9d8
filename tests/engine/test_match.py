"""Patterns accept what the specification's table says, element by element; matchers are AND inside, OR outside."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.match import MatcherSet, as_date, as_number, field_test
from rules import read_rules
from rules.pattern import PatternElement
from rules.requirement import Matcher
from tests.engine.given import basket_of, line, rule

TODAY = date(2026, 10, 16)


def pattern(*elements: Any) -> tuple[PatternElement, ...]:
    """Elements as a rule writes them."""
    customer = {"attributes": {"x": list(elements)}}
    requirement = read_rules([rule(customer=customer)])[0].requirement
    assert requirement.customer is not None
    [(_, found)] = requirement.customer.patterns()
    return found


def accepts(elements: list[Any], value: Any) -> bool:
    return field_test(pattern(*elements))(value, TODAY)


@pytest.mark.parametrize(
    ("elements", "matching", "others"),
    [
        (["gold"], ["gold", ["red", "gold"]], ["Gold", "", None, [], ["red"]]),
        ([True], [True, "true"], [False, "True", 1]),
        ([20], [20, 20.0, "20", ["20"]], ["20.0", 200, True]),
        (["a", "b"], ["a", "b"], ["c"]),
        ([{"anything-but": "a"}], ["b", 1, ["b", "c"]], ["a", None, [], ["a", "b"]]),
        ([{"anything-but": ["a", 1]}], ["b", "2"], ["a", "1", 1, 1.0]),
        ([{"anything-but": "a"}, "a"], ["a", "b"], [None]),
        ([{"prefix": "ab"}], ["ab", "abc", ["x", "abc"]], ["a", "xab", None]),
        ([{"suffix": "bc"}], ["bc", "abc"], ["b", "bcx", None]),
        ([{"equals-ignore-case": "STRASSE"}], ["straße", "Strasse"], ["stras", None]),
        ([{"numeric": ["=", 20]}], [20, 20.0, "20", "2e1", "20.00"], [21, "twenty", None, True, ""]),
        ([{"numeric": [">", 0, "<=", 5]}], [0.1, 5, "5"], [0, 5.1, -1]),
        ([{"numeric": [">=", 2]}], [2, 3], [1.9]),
        ([{"numeric": ["<", 2]}], [1.9, -3], [2]),
        ([{"exists": True}], ["x", 0, False, ["x"]], [None, [], [None]]),
        ([{"exists": False}], [None, [], [None]], ["x", 0, False]),
        ([{"exists": False}, "x"], [None, "x"], ["y"]),
        (["a", {"prefix": ""}, {"exists": False}], ["a", [{"a": 1}, "a"]], [{"a": "a"}, [{"a": "a"}], [["a"]]]),
        ([{"exists": True}], [{"a": 1}, [["a"]]], []),
        ([{"anything-but": "a"}], [{"a": 1}], [["a", {"a": 1}]]),
        ([{"age": [">=", 18]}], ["2008-10-16", "1950-01-01"], ["2008-10-17", "soon", None, 18, "2008-13-01"]),
        ([{"age": [">=", 18, "<", 30]}], ["2008-10-16", "1996-10-17"], ["1996-10-16"]),
        (
            [{"birthday": {"days_before": 1, "days_after": 2}}],
            ["1990-10-17", "1990-10-14"],
            ["1990-10-18", "1990-10-13", "x"],
        ),
        ([{"wildcard": "a*b"}], ["ab", "a--b", "aabb"], ["a", "abc", "xab", None]),
        ([{"wildcard": r"a\*b"}], ["a*b"], ["ab", "axb"]),
        ([{"wildcard": r"a\\*b"}], ["a\\b", "a\\xb"], ["ab", "a*b"]),
        ([{"wildcard": "*a*a*"}], ["aa", "xaxax"], ["a", "xax"]),
        ([{"wildcard": "ab*ba"}], ["abba", "abxba"], ["aba"]),
        ([{"wildcard": "abc"}], ["abc"], ["abcd"]),
    ],
)
def test_a_pattern_accepts(elements: list[Any], matching: list[Any], others: list[Any]) -> None:
    assert [value for value in matching if not accepts(elements, value)] == []
    assert [value for value in others if accepts(elements, value)] == []


@given(st.text("ab*", min_size=1, max_size=6).filter(lambda text: "**" not in text), st.text("ab", max_size=8))
def test_a_star_stands_for_any_run_of_characters(wildcard: str, text: str) -> None:
    expression = ".*".join(re.escape(piece) for piece in wildcard.split("*"))
    assert accepts([{"wildcard": wildcard}], text) is bool(re.fullmatch(expression, text))


def test_many_stars_take_linear_time() -> None:
    assert not accepts([{"wildcard": "a*" * 200 + "b"}], "a" * 20_000)


def test_an_element_without_a_predicate_is_an_error_of_the_program() -> None:
    with pytest.raises(AssertionError, match="no predicate"):
        field_test((object(),))  # type: ignore[arg-type]


@pytest.mark.parametrize("member", [True, {}, [], "", "1,5", "0x10", "1e99999", "nan", "\u0661"])
def test_what_reads_as_no_number_is_none(member: Any) -> None:
    assert as_number(member) is None


@pytest.mark.parametrize("member", [19900920, "1990-9-20", "19900920", "1990-02-30", "1990-09-20T00:00"])
def test_what_is_no_date_is_none(member: Any) -> None:
    assert as_date(member) is None


BASKET = basket_of(line("a", 100, 1, "g"), line("a", 100, 1, "h"), line("b", 100, 1, "g", "h"), line(id=None))


@pytest.mark.parametrize(
    ("matchers", "lines"),
    [
        ([{"id": "a"}], 0b0011),
        ([{"group_id": "g"}], 0b0101),
        ([{"id": "a", "group_id": "g"}], 0b0001),
        ([{"id": "a", "group_id": "g"}, {"id": "b"}], 0b0101),
        ([{"id": "A"}, {"group_id": "G"}], 0),
        ([{"id": "*"}], 0b1111),
        ([{"id": "ANY_ITEM"}], 0b1111),
        ([{"id": "*", "group_id": "h"}], 0b0110),
    ],
)
def test_matchers_pick_lines(matchers: list[dict[str, str]], lines: int) -> None:
    assert MatcherSet([Matcher(**matcher) for matcher in matchers]).lines(BASKET) == lines
