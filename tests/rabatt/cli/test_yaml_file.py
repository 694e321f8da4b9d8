"""YAML is read as JSON would be: no word or number means anything else, and whatever it is not is refused."""

from decimal import Decimal
from typing import Any

import pytest

from rabatt.cli.yaml_file import read_yaml
from rules import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+12.50", Decimal("12.50")),
        ("1e3", Decimal(1000)),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ('"7"', "7"),
        # In YAML 1.1 these would be 8, 90, 31, 1000, false, a day and an infinity.
        *[(text, text) for text in ("010", "1:30", "0x1F", "1_000", "NO", "2020-01-01", ".inf")],
    ],
)
def test_words_and_numbers_are_those_of_json(text: str, value: Any) -> None:
    found = read_yaml(f"a: {text}\nb: [{text or '~'}]".encode())
    assert found == {"a": value, "b": [value]}
    assert type(found["a"]) is type(value)


def test_names_are_what_stands_there() -> None:
    assert read_yaml(b"{NO: 1, 7: 2, true: 3, <<: {a: 4}}") == {"NO": 1, "7": 2, "true": 3, "<<": {"a": 4}}


def test_what_is_referred_to_stands_in_both_places() -> None:
    assert read_yaml(b"a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[a]: 1", "the name of a field is text"),
        ("{a: 1}: 2", "the name of a field is text"),
        ("a: 1\na: 2", "a is there twice"),
        ("a: !!int x", '"x" is not what its tag says'),
        ("a: !!bool x", '"x" is not what its tag says'),
        ("a: !!map x", "this is not what its tag says"),
        ("a: !!seq {b: 1}", "this is not what its tag says"),
        ("a: !!int [1]", "expected a scalar node"),
        ("a: !!python/name:os.system x", "could not determine a constructor"),
        (f"a: {'9' * 5_000}", "a number has too many digits"),
        ("a: &x [*x]", "recursive"),
        ("[" * 50_000, "the document is nested too deeply"),
    ],
)
def test_what_json_could_not_say_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        read_yaml(text.encode())
    assert sentence in refused.value.faults[0].sentence


def test_a_short_document_that_stands_for_a_billion_values_is_refused() -> None:
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)]
    with pytest.raises(Refused, match="too many values"):
        read_yaml("\n".join(["a0: &a0 [x]", *levels]).encode())
