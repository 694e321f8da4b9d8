"""JSON by orjson is JSON by pydantic-core: the same values and the same bytes, or the other way is gone."""

import json
import math
import struct
import sys
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError, from_json, to_json

from rules import Refused, read_receipt
from rules.fast_json import module_of, reader, writer

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def orjson() -> Any:
    """The module; a test that wants it is skipped by its name where it is not installed."""
    return pytest.importorskip("orjson", reason="orjson is not installed")


@settings(max_examples=settings().max_examples * 20)
@given(PLAIN)
def test_plain_data_is_written_alike(data: Any) -> None:
    assert writer(orjson())(data) == to_json(data)


@settings(max_examples=settings().max_examples * 20)
@given(PLAIN)
def test_text_is_read_alike(data: Any) -> None:
    text = json.dumps(data)
    by_orjson, by_core = reader(orjson())(text), reader(None)(text)
    assert reader(orjson())(text.encode()) == by_orjson
    # One that is too long for orjson comes as a float, which is how the caller knows.
    if not _has_long_integer(data):
        assert repr(by_orjson) == repr(by_core)


def _has_long_integer(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(_has_long_integer(member) for member in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and not -(2**63) <= value < 2**64


@pytest.mark.many
def test_every_double_is_written_alike() -> None:
    random = Random(36)
    write = writer(orjson())
    for _ in range(50_000):
        (number,) = struct.unpack("d", random.randbytes(8))
        amount, scaled = random.uniform(-1e6, 1e6), random.random() * 10.0 ** random.randrange(-30, 30)
        numbers = [one for one in (number, round(amount, random.randrange(6)), scaled) if math.isfinite(one)]
        assert write(numbers) == to_json(numbers)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"a": 2**64, "b": -(2**63) - 1, "c": 10**40}, id="integers beyond 64 bits"),
        pytest.param({"a": Decimal("12.50")}, id="a decimal"),
        pytest.param({5: "a"}, id="a name that is no text"),
        pytest.param({"a": (1, 2)}, id="a tuple"),
        pytest.param(json.loads("[" * 254 + "]" * 254), id="deeper than orjson goes"),
        pytest.param("".join(map(chr, range(0xD800))), id="every letter of the first plane"),
    ],
)
def test_what_orjson_does_not_write_is_written_the_other_way(data: Any) -> None:
    assert writer(orjson())(data) == writer(None)(data) == to_json(data)


def test_half_a_character_is_refused_in_the_same_way() -> None:
    for write in (writer(orjson()), writer(None)):
        with pytest.raises(PydanticSerializationError):
            write({"a": "\ud800"})


@pytest.mark.parametrize("text", ["NaN", "Infinity", "[1,]", '"\\ud800"', "01", '{"a":1', "\ufeff1", '"\x01"'])
def test_what_is_no_json_is_read_in_no_way(text: str) -> None:
    for read in (reader(orjson()), reader(None)):
        with pytest.raises(ValueError, match=r"."):
            read(text)


@pytest.mark.parametrize("number", ["NaN", "1e400", "-1e400"])
def test_no_receipt_holds_a_number_that_could_not_be_written(number: str) -> None:
    with pytest.raises(Refused, match="number"):
        read_receipt(f'{{"receipt_id":"1","purchase_at":"2024-05-01T12:00:00Z","store":{{"id":"s"}},"x":{number}}}')


def test_a_module_that_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module_of("json") is json
    monkeypatch.setitem(sys.modules, "orjson", None)
    assert module_of("orjson") is None


def test_without_orjson_all_is_done_by_pydantic_core() -> None:
    assert writer(None) is to_json
    text = '{"a":[1,2.5,12345678901234567890123]}'
    assert reader(None)(text) == from_json(text)
