"""What an id may be: the schema and the reader say the same."""

import sys
from unicodedata import category, normalize

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from rabatt.service.identifiers import (
    CUSTOMER_SCHEMA,
    INVISIBLE_RANGES,
    RULE_ID_SCHEMA,
    SCHEMA,
    has_invisible,
    read_customer,
    read_identifier,
    read_rule_id,
)

READERS = {"any": (read_identifier, SCHEMA), "rule": (read_rule_id, RULE_ID_SCHEMA)}
READERS |= {"customer": (read_customer, CUSTOMER_SCHEMA)}
VALIDATORS = {kind: jsonschema_rs.Draft202012Validator(schema) for kind, (_, schema) in READERS.items()}


def is_read(kind: str, value: object) -> bool:
    read, _ = READERS[kind]
    try:
        assert read(value) == normalize("NFC", str(value))
    except PydanticCustomError:
        return False
    return True


@given(
    st.text(st.sampled_from("a/.* \n\t\0\x7f\u0085\u00a0\u0301\u200b\u202e\u2028\u3000å😀\U000e0041"), max_size=6)
    | st.text()
    | st.integers(),
    st.sampled_from(sorted(READERS)),
)
@example("a" * 255, "any")
@example("a" * 256, "any")
@example("😀" * 255, "any")
@example("..", "rule")
@example("*", "customer")
def test_the_schema_of_an_id_takes_what_is_read(value: object, kind: str) -> None:
    assert VALIDATORS[kind].is_valid(value) == is_read(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "is_taken"),
    [
        ("any", "C13db4f63", True),
        ("any", "a b", True),
        ("any", "*", True),
        ("any", "a/b", True),
        ("any", "", False),
        ("any", " a", False),
        ("any", "a\u00a0", False),
        ("any", "a\n", False),
        ("any", "a\0b", False),
        ("any", "a\x7fb", False),
        ("any", "a\x85b", False),
        ("any", "a\x9fb", False),
        ("any", "a\u200bb", False),
        ("any", "a\u202eb", False),
        ("any", "a\u2028b", False),
        ("any", "a\u00adb", False),
        ("any", "a\ufeffb", False),
        ("any", "a\ud800b", False),
        ("any", "a\U000e0041b", False),
        ("any", "a\u00a0b", True),
        ("any", "e\u0301", True),
        # Two hundred of these are four hundred in normal form.
        ("any", "\u0958" * 200, False),
        ("any", 5, False),
        ("any", None, False),
        ("customer", "*", False),
        ("customer", "**", True),
        ("rule", "a/b", False),
        ("rule", ".", False),
        ("rule", "..", False),
        ("rule", "...", True),
    ],
)
def test_an_id_is_text_that_can_stand_in_a_path_and_in_the_store(kind: str, value: object, is_taken: bool) -> None:
    assert is_read(kind, value) == is_taken


SIGNS = [chr(code) for code in range(sys.maxunicode + 1)]
# Left out when it is drawn (Default_Ignorable_Code_Point), and of none of the categories of what is not seen.
IGNORED = {"Mn", "Lo", "Cn"}


def test_no_sign_that_cannot_be_seen_is_taken() -> None:
    for sign in SIGNS:
        kind = category(sign)
        if kind in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
            assert has_invisible(sign), hex(ord(sign))
        elif has_invisible(sign):
            assert kind in IGNORED, hex(ord(sign))
    assert sum(map(has_invisible, SIGNS)) == sum(last - first + 1 for first, last in INVISIBLE_RANGES) + 0x800


def test_normal_form_neither_brings_nor_hides_such_a_sign() -> None:
    for sign in SIGNS:
        assert has_invisible(normalize("NFC", sign)) == has_invisible(sign), hex(ord(sign))
