"""What an id may be: the schema and the reader say the same."""

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from service.identifiers import (
    CUSTOMER_SCHEMA,
    RULE_ID_SCHEMA,
    SCHEMA,
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
        assert read(value) == value
    except PydanticCustomError:
        return False
    return True


@given(
    st.text(st.sampled_from("a/.* \n\t\0\u0085\u00a0\u200b\u3000å😀"), max_size=6) | st.text() | st.integers(),
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
