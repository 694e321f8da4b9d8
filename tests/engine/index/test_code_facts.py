"""A code shows the fact of every pattern that accepts it, and few others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.index.code_facts import facts_of_code, facts_of_pattern, family_of
from tests.support.engine.given import basket_of, compiled, rule

TEXTS = st.text("aAs\u00df-*\u00e5", min_size=1, max_size=20)
ELEMENTS = st.one_of(
    TEXTS,
    st.fixed_dictionaries({"equals-ignore-case": TEXTS}),
    st.fixed_dictionaries({"prefix": TEXTS}),
    st.fixed_dictionaries({"suffix": TEXTS}),
    st.fixed_dictionaries({"wildcard": TEXTS}),
    st.fixed_dictionaries({"anything-but": TEXTS}),
    st.fixed_dictionaries({"exists": st.booleans()}),
)


def shown(pattern: list[Any], *codes: str) -> bool:
    """Return whether codes show one of the facts that a pattern is filed under, or it is filed under none."""
    facts = facts_of_pattern(compiled(rule(discount_code=pattern)).rule.requirement.discount_code)
    families = {family for fact in facts if (family := family_of(fact)) is not None}
    return not facts or any(fact in facts for code in codes for fact in facts_of_code(code, families))


@given(st.lists(ELEMENTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=3))
def test_what_a_pattern_accepts_shows_its_fact(pattern: list[Any], codes: list[str]) -> None:
    (check,) = compiled(rule(discount_code=pattern)).checks
    basket = basket_of(discount_code=codes)
    if check.holds(basket):
        assert shown(pattern, *basket.codes) or not basket.exact_codes.isdisjoint(pattern_texts(pattern))


def pattern_texts(pattern: list[Any]) -> list[str]:
    return [element for element in pattern if isinstance(element, str)]


@pytest.mark.parametrize(
    ("element", "code", "is_shown"),
    [
        pytest.param("TACO", "taco", False, id="another case"),
        pytest.param({"equals-ignore-case": "stra\u00dfe"}, "STRASSE", True, id="the whole case is folded"),
        pytest.param({"prefix": "VIP"}, "V", False, id="too short"),
        pytest.param({"prefix": "VIP"}, "VIX", True, id="of three letters the first two"),
        pytest.param({"prefix": "VIP-2026-CHRISTMAS"}, "VIP-2026-CHRISTMAS-1", True, id="the first sixteen"),
        pytest.param({"suffix": "-JUL"}, "VIP-JUL", True, id="an end"),
        pytest.param({"suffix": "-JUL"}, "VIP-JUN", False, id="another end"),
        pytest.param({"wildcard": "V*-JUL"}, "X-JUL", True, id="the longer end of a wildcard"),
        pytest.param({"wildcard": "VIP-*7"}, "VIX-7", False, id="the longer beginning of a wildcard"),
        pytest.param({"wildcard": "VIP"}, "VIX", True, id="a wildcard without a star"),
        pytest.param({"wildcard": "*7*"}, "X", True, id="a wildcard with neither shows nothing"),
    ],
)
def test_a_pattern_is_filed_under_what_its_codes_show(element: Any, code: str, is_shown: bool) -> None:
    assert shown([element], code) == is_shown


def test_where_no_code_is_accepted_nothing_has_to_be_shown() -> None:
    assert facts_of_pattern(compiled(rule(discount_code=["A", {"exists": False}])).rule.requirement.discount_code) == ()


def test_other_facts_are_of_no_family() -> None:
    assert family_of(("month", 1)) is None
