"""Texts in whatever way they are held: ids, codes, attributes, and bytes that are no text."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from rabatt.simulation.archive.facts import ReadPlan
from tests.support.simulation.purchases import (
    SCHEMA,
    Document,
    a_receipt,
    assert_told_by_columns,
    can_be_read_as_an_object,
    documents_of,
    members,
    read,
    suspects,
    the_batch,
    write_columns,
)


@pytest.mark.parametrize(
    ("codes", "seen", "is_suspect"),
    [
        (pa.array(["a"]), ["a"], False),
        (pa.array([""]), [""], False),
        (pa.array([None], pa.string()), [], False),
        (pa.array([None], pa.null()), [], False),
        (pa.array(["a"], pa.large_string()), ["a"], False),
        (pa.array(["a"], pa.string_view()), ["a"], False),
        (pa.array(["a"]).dictionary_encode(), ["a"], False),
        (pa.array([["a", "b", "a"]]), ["a", "b", "a"], False),
        (pa.array([[]], pa.list_(pa.string())), [], False),
        (pa.array([None], pa.list_(pa.string())), [], False),
        (pa.array([[None]], pa.list_(pa.null())), [], True),
        (pa.array([["a", None]]), [], True),
        (pa.array([["a"]], pa.large_list(pa.string_view())), ["a"], False),
        (pa.array([["a"]], pa.list_view(pa.string())), [], True),
        (pa.array([["a", "b"]], pa.list_(pa.string(), 2)), ["a", "b"], False),
        (pa.array([1]), [], True),
        (pa.array([b"a"]), [], True),
        (pa.array([[b"a"]]), [], True),
        (pa.array([[1.5]]), [], True),
        (pa.array([{"a": 1}]), [], True),
        (pa.array([[{"a": 1}]]), [], True),
        (pa.array([[["a"]]]), [], True),
        (pa.array([0], pa.date32()), [], True),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_discount_codes(codes: pa.Array, seen: Sequence[str], is_suspect: bool, file: Path) -> None:
    facts = the_batch(write_columns(file, {"discount_code": codes}, [a_receipt(1)]))
    assert suspects(facts) == [is_suspect]
    assert is_suspect or members(facts.codes, 0) == seen


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.json_(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.large_string()),
    ],
    ids=str,
)
def test_text_is_text_in_whatever_way_it_is_held(kind: pa.DataType, file: Path) -> None:
    receipts = [a_receipt(number, currency=f"C{number}") for number in range(130)]
    flat = pa.Table.from_pylist(receipts, SCHEMA)
    texts = {
        name: flat.column(name).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(kind)
        else flat.column(name).cast(kind)
        for name in ("receipt_id", "customer_id", "currency", "purchase_at")
    }
    store = pa.StructArray.from_arrays([texts["currency"].combine_chunks()], ["id"]) if kind == pa.json_() else None
    facts = read(write_columns(file, texts | ({"store": store} if store is not None else {}), receipts))
    assert not any(True in suspects(batch) for batch in facts)
    assert [one for batch in facts for one in batch.currencies.to_pylist()] == [f"C{number}" for number in range(130)]


def test_more_texts_than_their_codes_have_room_for(file: Path) -> None:
    words = [f"w{number}" for number in range(128)]
    column = pa.array([*words, None]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(column.indices.cast(pa.int8()), column.dictionary)
    facts = read(write_columns(file, {"discount_code": column}, [a_receipt(1)] * 129))
    assert [members(batch.codes, row) for batch in facts for row in range(batch.count)] == [
        *([one] for one in words),
        [],
    ]


def test_rows_that_are_no_text_are_refused_alone(file: Path) -> None:
    receipts = [a_receipt(number) for number in range(9)]
    table = pa.Table.from_pylist(receipts, SCHEMA)
    for name in ("currency", "discount_code", "store", "customer", "items"):
        columns = {name: garbled(table.column(name).combine_chunks(), {2, 7})}
        for batch in (4, 100):
            path = write_columns(file, columns, receipts)
            facts = read(path, batch_receipts=batch)
            assert [one for each in facts for one in suspects(each)] == [row in {2, 7} for row in range(9)]
            taken = [can_be_read_as_an_object(one) for each in facts for one in documents_of(each)]
            assert taken == [row not in {2, 7} for row in range(9)]
            told = read(path, ReadPlan(since="2024-05-04", until="2024-05-06"), batch)
            # Of a garbled row the time is not told either.
            assert [one for each in told for one in each.positions.tolist()] == [3, 4, 5, 6, 8]


def garbled(column: pa.Array, rows: set[int]) -> pa.Array:
    """A column whose first text of some rows, at any depth, is bytes that are no text."""
    kind = column.type
    if pa.types.is_string(kind):
        texts = [
            b"\xffx" if row in rows else None if text is None else text.encode()
            for row, text in enumerate(column.to_pylist())
        ]
        held = pa.array(texts, pa.binary())
        return pa.Array.from_buffers(pa.string(), len(held), held.buffers())
    if pa.types.is_list(kind):
        firsts = {column.offsets[row].as_py() for row in rows}
        return pa.ListArray.from_arrays(column.offsets, garbled(column.values, firsts))
    texts_first = next(number for number, child in enumerate(kind) if pa.types.is_string(child.type))
    children = column.flatten()
    children[texts_first] = garbled(children[texts_first], rows)
    return pa.StructArray.from_arrays(children, fields=list(kind))


@pytest.mark.parametrize(
    ("customer", "level", "named"),
    [
        ([{"attributes": {"level": "gold"}}], ["gold"], []),
        ([{"attributes": {"level": None}, "metadata": {"level": "silver"}}], ["silver"], []),
        ([{"attributes": None, "metadata": {"level": "silver"}}], ["silver"], []),
        ([{"metadata": {"level": ["a", None, "b"]}}], ["a", "b"], []),
        ([{"attributes": {"level": []}, "metadata": {"level": ["a"]}}], [], []),
        ([{"attributes": {"level": 20}}], ["20"], []),
        ([{"attributes": {"level": False}}], ["false"], []),
        ([{"attributes": {"level": {"of": {"all": "x"}}}, "metadata": {"other": "y"}}], None, None),
        ([{"attributes": {"bussiness_name": "A"}}], [], ["A"]),
        (
            [{"attributes": {"business_name": None, "bussiness_name": "A"}, "metadata": {"business_name": "B"}}],
            [],
            ["A"],
        ),
        ([{"attributes": {"x": "y"}, "metadata": {"business_name": "B"}}], [], ["B"]),
        ([{"attributes": {"x": "y"}, "metadata": {"bussiness_name": "B"}}], [], ["B"]),
    ],
)
def test_attributes_are_looked_for_as_the_engine_looks(
    customer: Sequence[Document], level: Sequence[str] | None, named: Sequence[str] | None, file: Path
) -> None:
    facts = the_batch(write_columns(file, {"customer": pa.array(customer)}, [a_receipt(1)]))
    assert suspects(facts) == [level is None]
    if level is not None:
        assert members(facts.fields["customer", ("attributes", "level")], 0) == level
        assert members(facts.fields["customer", ("attributes", "business_name")], 0) == named


MAPS = (
    pa.map_(pa.string(), pa.string()),
    pa.map_(pa.large_string(), pa.large_string()),
    pa.map_(pa.string_view(), pa.string()),
    pa.map_(pa.dictionary(pa.int32(), pa.string()), pa.string()),
    pa.map_(pa.string(), pa.string(), keys_sorted=True),
)


@pytest.mark.parametrize("kind", MAPS, ids=str)
def test_attributes_may_be_a_map(kind: pa.DataType, file: Path) -> None:
    rows = [[("level", "a")], [("x", "y")], [], None, [("level", "a"), ("level", "b")], [("level", None)]]
    attributes = pa.array(rows, pa.map_(pa.string(), pa.string())).cast(kind)
    metadata = pa.array([[("level", "meta")]] * 6, pa.map_(pa.string(), pa.string())).cast(kind)
    column = pa.StructArray.from_arrays([attributes, metadata], ["attributes", "metadata"])
    facts = the_batch(write_columns(file, {"customer": column}, [a_receipt(1)] * 6))
    assert suspects(facts) == [False] * 6
    found = [members(facts.fields["customer", ("attributes", "level")], row) for row in range(6)]
    assert found == [["a"], ["meta"], ["meta"], ["meta"], ["b"], ["meta"]]


DEEP = ReadPlan(fields=frozenset({("customer", ("attributes", "level", "of", "all"))}))


def test_maps_of_maps_are_objects_of_objects(file: Path) -> None:
    kind = pa.map_(pa.string(), pa.map_(pa.string(), pa.map_(pa.string(), pa.string())))
    attributes = pa.array([[("level", [("of", [("all", "x")])])], [("level", None)], None], kind)
    column = pa.StructArray.from_arrays([attributes], ["attributes"])
    facts = the_batch(write_columns(file, {"customer": column}, [a_receipt(1)] * 3), DEEP)
    assert_told_by_columns(facts, DEEP)
    assert facts.suspect.tolist() == [False] * 3
    assert members(facts.fields["customer", ("attributes", "level", "of", "all")], 0) == ["x"]
    assert b'{"level":{"of":{"all":"x"}}}' in documents_of(facts)[0]


def test_two_texts_of_one_field_in_columns_of_two_types(file: Path) -> None:
    column = pa.array([{"attributes": {"level": "a"}, "metadata": {"level": 1}}, {"metadata": {"level": 2}}])
    facts = the_batch(write_columns(file, {"customer": column}, [a_receipt(1)] * 2))
    assert suspects(facts) == [False, True]
