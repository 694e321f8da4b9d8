"""Codes are compared in one form; a rule has one, or a pattern on those of the receipt."""

from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import Refused, Rule, read_rules
from rules.codes import LONGEST_NORMALISED, code_text, code_texts
from rules.pattern import AnythingBut, Equals, EqualsIgnoreCase, Exists, PatternElement, Prefix, Suffix, Wildcard

A_RING, A_WITH_RING = "\u00c5", "A\u030a"


def read(code: Any) -> Rule:
    requirement = {"discount_code": code}
    (rule,) = read_rules([{"id": "r", "requirement": requirement, "reward": {"type": "discount_percent", "value": 1}}])
    return rule


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        pytest.param("SPRING20", "SPRING20", id="as it is"),
        pytest.param(" SPRING 20\t\n", "SPRING 20", id="blanks around, and one inside"),
        pytest.param("\u00a0SPRING20\u2003", "SPRING20", id="blanks that a browser copies"),
        pytest.param(f" V{A_WITH_RING}R20", f"V{A_RING}R20", id="two signs for one letter"),
        pytest.param("spring20", "spring20", id="the case stays"),
        pytest.param("\uff21", "\uff21", id="a wide letter is another one"),
        pytest.param("  ", "", id="nothing but blanks"),
    ],
)
def test_a_code_is_compared_in_one_form(text: str, compared: str) -> None:
    assert code_text(text) == compared


@given(st.text(max_size=LONGEST_NORMALISED))
def test_the_form_is_normal_form_c_without_blanks_around(text: str) -> None:
    assert code_text(text) == normalize("NFC", text).strip() == code_text(code_text(text))


def test_a_text_that_is_longer_than_any_code_is_brought_to_its_form_piece_by_piece() -> None:
    assert code_text(A_WITH_RING * LONGEST_NORMALISED) == A_RING * LONGEST_NORMALISED
    cut = "b" * (LONGEST_NORMALISED - 1) + A_WITH_RING
    assert code_text(cut) == cut


def test_an_empty_code_is_none_and_each_is_there_once() -> None:
    assert code_texts(["b", "", " a ", "  ", "b ", "a"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("written", "elements"),
    [
        pytest.param(" TACO ", (Equals("TACO"),), id="a text"),
        pytest.param(["TACO ", 20, True], (Equals("TACO"), Equals("20"), Equals("true")), id="a list of values"),
        pytest.param([{"equals-ignore-case": " v\u00e5r20 "}], (EqualsIgnoreCase("v\u00e5r20"),), id="in any case"),
        pytest.param([{"prefix": f" V{A_WITH_RING} "}], (Prefix(f"V{A_RING} "),), id="a blank after the beginning"),
        pytest.param([{"suffix": " - 7 "}], (Suffix(" - 7"),), id="a blank before the end"),
        pytest.param([{"wildcard": " V*7 "}], (Wildcard("V*7"),), id="a wildcard"),
        pytest.param([{"anything-but": ["TACO ", "A"]}], (AnythingBut(("TACO", "A")),), id="anything but"),
        pytest.param([{"exists": False}], (Exists(exists=False),), id="no code"),
        pytest.param([], (), id="an empty list"),
        pytest.param(None, (), id="nothing"),
    ],
)
def test_a_rule_has_a_code_or_a_pattern(written: Any, elements: tuple[PatternElement, ...]) -> None:
    rule = read(written)
    assert rule.requirement.discount_code == elements
    assert rule.document["requirement"]["discount_code"] == written


@pytest.mark.parametrize(
    ("written", "below", "fragment"),
    [
        pytest.param("", "", "empty code", id="a text"),
        pytest.param(" \u00a0", "", "empty code", id="blanks"),
        pytest.param(["TACO", " "], "[1]", '{"exists": true}', id="in a list"),
        pytest.param([{"prefix": " "}], "[0].prefix", "empty code", id="a beginning"),
        pytest.param([{"suffix": ""}], "[0].suffix", "empty code", id="an end"),
        pytest.param([{"wildcard": ""}], "[0].wildcard", "empty code", id="a wildcard"),
        pytest.param([{"equals-ignore-case": ""}], "[0].equals-ignore-case", "empty code", id="in any case"),
        pytest.param([{"anything-but": ["A", ""]}], "[0].anything-but", "empty code", id="anything but"),
        pytest.param(5, "", "a code is text", id="a number"),
        pytest.param({"prefix": "A"}, "", "a list of texts and operators", id="an operator without its list"),
        pytest.param([["A"]], "[0]", "", id="a list in a list"),
    ],
)
def test_what_is_no_code_is_refused_at_its_place(written: Any, below: str, fragment: str) -> None:
    with pytest.raises(Refused) as refused:
        read(written)
    (fault,) = refused.value.faults
    assert fault.path == f"rules[0].requirement.discount_code{below}"
    assert fragment in fault.sentence
