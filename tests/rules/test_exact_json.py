"""JSON whose numbers keep their digits."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.exact_json import is_same, read, write
from rules.parse import parse

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(DOCUMENTS)
def test_what_is_written_is_read_as_the_same(document: object) -> None:
    assert repr(read(write(document))) == repr(json.loads(write(document), parse_float=Decimal))
    assert read(write(document)) == document


@given(st.dictionaries(st.text(), DOCUMENTS, max_size=4))
def test_the_order_of_fields_makes_no_other_document(document: dict[str, object]) -> None:
    assert is_same(write(document), write(dict(reversed(document.items()))))
    assert not is_same(write(document), write({**document, "one more": 1} if "one more" not in document else {}))


@pytest.mark.parametrize("number", ["12.50", "0.10", "33.33333333333333333333", "-0.0", "1234567890123456789012"])
def test_a_number_is_written_as_it_was_sent(number: str) -> None:
    assert write(parse(f"[{number}]", exact=True)) == f"[{number}]"


@pytest.mark.parametrize(("one", "other"), [('{"a":1}', '{"a":true}'), ('{"a":0}', '{"a":null}'), ("[1,2]", "[2,1]")])
def test_documents_that_python_takes_for_equal_may_differ(one: str, other: str) -> None:
    assert not is_same(one, other)
