"""JSON whose numbers keep their digits."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.exact_json import read, write
from rules.parse import parse

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(DOCUMENTS)
def test_what_is_written_is_read_as_the_same(document: object) -> None:
    assert repr(read(write(document))) == repr(json.loads(write(document), parse_float=Decimal))
    assert read(write(document)) == document


@pytest.mark.parametrize("number", ["12.50", "0.10", "33.33333333333333333333", "-0.0", "1234567890123456789012"])
def test_a_number_is_written_as_it_was_sent(number: str) -> None:
    assert write(parse(f"[{number}]", exact=True)) == f"[{number}]"


def test_objects_lists_and_text_are_written_compactly() -> None:
    document: dict[str, object] = {"a": [Decimal("0.10"), "å", "\0"], "b": {}, "c": [], "d": None, "e": True}
    assert write(document) == '{"a":[0.10,"å","\\u0000"],"b":{},"c":[],"d":null,"e":true}'
    assert read(write(document)) == document
