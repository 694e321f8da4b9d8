"""What was sent before is known again by what it means, not by how it is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.exact_json import write
from rules.meaning import EMPTY, means_the_same
from tests.rules.test_exact_json import DOCUMENTS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('{"a": 2.0}', '{"a": 2}', id="a whole number"),
        pytest.param('{"a": -1.50e+3}', '{"a": -1500}', id="an exponent"),
        pytest.param('{"a": 0.010}', '{"a": 1E-2}', id="a fraction"),
        pytest.param('{"a": -0.0}', '{"a": 0}', id="nothing"),
        pytest.param('{"a": null, "b": [{"c": null}]}', '{"b": [{}]}', id="null"),
        pytest.param('{"at": "2026-11-12T14:40:00Z"}', '{"at": "2026-11-12T16:40:00.000+02:00"}', id="an instant"),
        pytest.param('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', id="another order of fields"),
    ],
)
def test_these_mean_the_same(one: str, other: str) -> None:
    assert means_the_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('{"a": 1}', '{"a": true}', id="true is not 1"),
        pytest.param('{"a": 0}', "{}", id="0 is not absent"),
        pytest.param('{"a": false}', "{}", id="false is not absent"),
        pytest.param('{"a": 2}', '{"a": "2"}', id="text is no number"),
        pytest.param('{"a": 20}', '{"a": 2}', id="ten times as much"),
        pytest.param('{"a": -2}', '{"a": 2}', id="the other sign"),
        pytest.param('{"a": 9007199254740993.0}', '{"a": 9007199254740992}', id="one more than a float tells apart"),
        pytest.param('{"a": [1, 2]}', '{"a": [2, 1]}', id="another order in a list"),
        pytest.param('{"a": [null]}', '{"a": []}', id="null in a list"),
        pytest.param('{"a": []}', "{}", id="empty is not absent"),
        pytest.param('{"at": "2026-11-12T14:40:00Z"}', '{"at": "2026-11-12T14:40:00+02:00"}', id="another instant"),
        pytest.param('{"at": "soon"}', '{"at": "2026-11-12T14:40:00+02:00"}', id="no instant"),
        pytest.param(
            '{"a": "2026-11-12T14:40:00Z"}', '{"a": "2026-11-12T16:40:00+02:00"}', id="text that is no field of a time"
        ),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert not means_the_same(one, other)


def test_in_a_rule_what_is_empty_is_absent() -> None:
    assert means_the_same('{"a": {"b": [], "c": {"d": null}}, "e": 1}', '{"e": 1.0}', EMPTY)
    assert not means_the_same('{"a": [{}]}', "{}", EMPTY)


@given(st.dictionaries(st.text(), DOCUMENTS, max_size=4))
def test_the_order_of_fields_and_null_make_no_other_document(document: dict[str, object]) -> None:
    assert means_the_same(write(document), write({"one more": None, **dict(reversed(document.items()))}))
    assert not means_the_same(write(document), write({**document, "one more": 1} if "one more" not in document else {}))
