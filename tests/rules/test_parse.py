"""What is not JSON is refused with its place, after little work, and never with another exception."""

import json
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

import pytest

from rules import Refused, read_grants, read_receipt, read_rules
from rules.fault import MOST_FAULTS
from rules.parse import (
    DEEPEST,
    LARGEST_DOCUMENT,
    MEGABYTE,
    MOST_VALUES,
    MOST_VALUES_OF_A_RECEIPT,
    MOST_VALUES_OF_AN_ENTRY,
    parse,
    plain,
)
from tests.support.calls import calls_of

READERS: list[Any] = [read_rules, read_receipt, read_grants]
DIGITS = b"1" * 100_000
# Of a document of many thousand signs or values, none of which is looked at by itself.
FEW_CALLS = 1_000


@pytest.fixture(autouse=True, scope="module")
def _what_is_made_once() -> None:
    """What the readers make of their models when they are first asked is no work of any document."""
    read_receipt('{"receipt_id": "1", "purchase_at": "2026-10-17T09:30:00Z", "store": {"id": "s"}}')
    for read in READERS:
        with pytest.raises(Refused):
            read("[5]")


def refused(read: Any, data: bytes | str) -> tuple[str, int]:
    """The sentence that refuses it, and how many calls it took to find that."""
    sentences: list[str] = []

    def refuse() -> None:
        try:
            read(data)
        except Refused as refusal:
            sentences.append(str(refusal))

    calls = calls_of(refuse)
    [sentence] = sentences
    return sentence, calls


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        pytest.param(b"[" * 100_000, "nested too deeply", id="100 000 open brackets"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "nested too deeply", id="100 000 brackets"),
        pytest.param('{"a":' * 100_000, "nested too deeply", id="100 000 objects"),
        pytest.param(b"[" * 500 + b"]" * 500, "nested too deeply", id="500 brackets"),
        pytest.param(b"", "line 1 column 1", id="nothing"),
        pytest.param(b'{"a": 1,\n  x}', "line 2 column 3", id="broken"),
        pytest.param(b'{"a": 1', "line 1 column 8", id="cut off"),
        pytest.param(b"[1] 2", "extra data at line 1 column 5", id="more than one"),
        pytest.param(b'{"a": NaN}', "NaN is no number at line 1 column 7", id="NaN"),
        pytest.param(b'{"a": [-Infinity]}', "-Infinity is no number at line 1 column", id="infinity"),
        pytest.param(b'{"a": 1e999}', "beyond what can be counted", id="1e999"),
        pytest.param(b'{"a": 1e999999999999999999999}', "number", id="past the exponents of decimals"),
        pytest.param(b'{"a": ' + DIGITS + b"}", "too many digits to be counted at line 1 column", id="100 000 digits"),
        pytest.param(b"\xff\xfe", "not UTF-8: byte 1", id="no UTF-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', "not UTF-8: byte 8", id="half a character in bytes"),
        pytest.param(b'{"a": "\\ud800"}', "lone surrogate", id="half a character in JSON"),
        pytest.param('{"a": "\ud800"}', "lone surrogate", id="half a character in text"),
        pytest.param(b'{"a": 1, "a": 1}', 'the field "a" is there twice', id="a field twice"),
        pytest.param(b'{"x": [{"b": {"\\ud800": 1, "\\ud800": 2}}]}', "is there twice", id="half a name twice"),
    ],
)
def test_bad_input_is_refused_with_little_work(read: Any, data: bytes | str, fragment: str) -> None:
    sentence, calls = refused(read, data)
    assert fragment in sentence
    assert sentence.encode()
    assert calls < FEW_CALLS


@pytest.mark.parametrize("read", READERS)
def test_a_document_that_is_too_large_is_refused(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.parse.LARGEST_DOCUMENT", 2 * MEGABYTE)
    monkeypatch.setattr("rules.parse.LARGEST_LIST", 3 * MEGABYTE)
    with pytest.raises(Refused, match="larger than 2 MB" if read is read_receipt else "larger than 3 MB"):
        read(b" " * (3 * MEGABYTE + 1))


def test_lists_may_be_larger_than_receipts() -> None:
    spaces = b" " * LARGEST_DOCUMENT
    assert read_rules(b"[]" + spaces) == ()
    assert read_grants(b"[]" + spaces) == ()
    with pytest.raises(Refused, match="larger than 32 MB"):
        read_receipt(b"{}" + spaces)


@pytest.mark.parametrize(
    ("read", "most"),
    [(read_rules, MOST_VALUES), (read_grants, MOST_VALUES), (read_receipt, MOST_VALUES_OF_A_RECEIPT)],
)
@pytest.mark.parametrize("kind", [bytes, str])
def test_a_document_of_too_many_values_is_refused_before_any_is_read(read: Any, most: int, kind: type) -> None:
    data = b"[" + b"1," * most + b"1]"
    sentence, calls = refused(read, data if kind is bytes else data.decode())
    assert f"more than {most} values" in sentence
    assert calls < FEW_CALLS


@pytest.mark.parametrize("read", [read_rules, read_grants])
@pytest.mark.parametrize(
    "most", [100, pytest.param(MOST_VALUES_OF_AN_ENTRY, marks=[pytest.mark.many, pytest.mark.long])]
)
def test_one_entry_of_too_many_values_is_refused_before_it_is_read(
    read: Any, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("parse", "read"):
        monkeypatch.setattr(f"rules.{module}.MOST_VALUES_OF_AN_ENTRY", most)
    many = ["0,"] * (most // 2)
    entry = f'{{"id": "x", "discount_id": "x", "reward": {{"a": [{"".join(many)}0], "b": [{"".join(many)}0]}}}}'
    with pytest.raises(Refused, match=f"more than {most} values in one entry") as refusal:
        read(f"[{{}}, {entry}]")
    assert [fault.path.rpartition("[")[2] for fault in refusal.value.faults] == ["1]"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        bytearray(b'{"a": 1}'),
        memoryview(b'{"a": 1}'),
        '{"a": 1}',
        '\ufeff{"a": 1}',
        b'\xef\xbb\xbf{"a": 1}',
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_bytes_and_text_are_read_alike(data: Any, exact: bool) -> None:
    assert parse(data, exact=exact) == {"a": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"a" : {"b" :1}}',
        '{"a": "say \\":\\" twice"}',
        '{"a": [[{"b": 1}, [1.5]], {"c": 2}], "d": {"e": {}}, "f": null}',
        '{"a": 1.5, "b": [2.5], "c": "\\u0022:"}',
        "[1, 2]",
    ],
)
def test_the_fast_parser_gives_what_json_gives(text: str) -> None:
    assert parse(text) == parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "number", ["2.5151748532766344e+16", "1.7976931348623157e308", "12.50", "1E2", "-0.0", "5e-324"]
)
def test_a_space_before_the_colon_changes_no_number(number: str) -> None:
    fast, slow = parse(f'{{"a":{number}}}'), parse(f'{{"a" : {number}}}')
    assert repr(fast) == repr(slow) == repr({"a": float(number)})


@pytest.mark.parametrize("text", ['{"x": [1e999]}', '{"x": [[{"y": 1e999}]]}', '{"x": {"y": 1e999}}'])
def test_a_number_that_overflows_is_found_wherever_it_is(text: str) -> None:
    with pytest.raises(Refused, match="beyond what can be counted"):
        parse(text)


def test_fractions_stay_exact_where_that_is_asked_for() -> None:
    assert parse("[0.1, 100.0, 1E+2, 5]", exact=True) == [Decimal("0.1"), Decimal("100.0"), Decimal("1E+2"), 5]


def test_decimals_become_what_json_would_have_given() -> None:
    numbers = plain([Decimal("0.1"), Decimal("100.0"), Decimal(5), Decimal("1E+2")])
    assert numbers == [0.1, 100.0, 5, 100.0]
    assert [type(number) for number in numbers] == [float, float, int, float]


class Size(IntEnum):
    SMALL = 1


class Colour(StrEnum):
    RED = "red"


def test_python_data_becomes_what_json_knows() -> None:
    copied = plain({"a": (1, 2.5), "b": Size.SMALL, "c": Colour.RED, "é": ["é", None, True], "n": 2**70, Colour.RED: 1})
    assert copied == {"a": [1, 2.5], "b": 1, "c": "red", "é": ["é", None, True], "n": 2**70, "red": 1}
    assert [type(copied["b"]), type(copied["c"])] == [int, str]


LOOP: list[Any] = []
LOOP.append(LOOP)


def deep(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("data", "path", "fragment"),
    [
        ({"a": [float("nan")]}, "a[0]", "no numbers"),
        ({"a": float("inf")}, "a", "no numbers"),
        ({"a": Decimal("NaN")}, "a", "no numbers"),
        ({"a": Decimal("1E+400")}, "a", "beyond what can be counted"),
        ({"a": 10**400}, "a", "beyond what can be counted"),
        ({"a": {1, 2}}, "a", "a Python set has no place in JSON"),
        ({"a": b"x"}, "a", "a Python bytes"),
        ({"a": {5: 1}}, "a", "the name of a field is text; here is 5"),
        ({"a": ["\ud800"]}, "a[0]", "lone surrogate"),
        ({"a": {"\ud800": 1}}, "a", "lone surrogate"),
        ({"a": LOOP}, "a", "nested too deeply"),
        (deep(DEEPEST + 1), "a", "nested too deeply"),
    ],
)
def test_python_data_that_is_not_json_is_refused_with_its_path(data: Any, path: str, fragment: str) -> None:
    with pytest.raises(Refused) as refusal:
        plain(data)
    assert refusal.value.faults[0].path == path
    assert fragment in refusal.value.faults[0].sentence


def test_text_and_data_are_taken_to_the_same_depth() -> None:
    document = deep(DEEPEST)
    assert parse(document) == parse(json.dumps(document)) == parse(json.dumps(document), exact=True) == document


def test_a_flood_of_faults_is_cut() -> None:
    with pytest.raises(Refused) as refusal:
        plain([float("nan")] * 20_000)
    assert len(refusal.value.faults) == MOST_FAULTS + 1
    assert str(refusal.value.faults[-1]) == "… and 19900 more"


@pytest.mark.parametrize("space", [" ", "\t", "\n", "\r", "  "])
@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_space_before_a_colon_hides_no_name_that_is_there_twice(space: str, kind: Any) -> None:
    with pytest.raises(Refused, match="twice"):
        parse(kind(f'{{"a": [{{"b": 1, "b"{space}: 2}}]}}'))
