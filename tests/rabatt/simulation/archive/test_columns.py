"""Columns of other shapes than receipts have, and what becomes of a row as it is read."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rules import Refused, read_receipt
from tests.support.simulation.purchases import (
    LINE,
    PURCHASES,
    SCHEMA,
    STORE,
    Document,
    a_receipt,
    can_be_read_as_an_object,
    documents_of,
    suspects,
    the_batch,
    write,
    write_columns,
)

NAN = float("nan")


def as_read(document: bytes) -> str:
    """What is wrong with a receipt, or nothing."""
    try:
        read_receipt(document)
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("items", pa.array(["[]"])),
        ("items", pa.array([{"id": "milk"}])),
        ("items", pa.array([["milk"]])),
        ("items", pa.array([[1]])),
        ("items", pa.array([[[{"id": "milk"}]]])),
        ("items", pa.array([[None]], pa.list_(pa.null()))),
        ("items", pa.array([[{"id": "milk", "groups": ["food"]}]])),
        ("items", pa.array([[{"id": "milk", "groups": "food"}]])),
        ("items", pa.array([[{"id": "milk", "groups": [{"id": 7.5}]}]])),
        ("items", pa.array([[{"id": "milk", "groups": [None]}]], pa.list_(LINE))),
        ("items", pa.array([[{"id": {"id": "milk"}}]])),
        ("items", pa.array([[{"id": "milk", "discount_lines": ["manual"]}]])),
        ("items", pa.array([[{"id": "milk", "discount_lines": [{"amount": 0.5}]}]])),
        ("items", pa.array([[{"id": "milk", "bonus_lines": [{"bonus": "5"}]}]])),
        ("items", pa.array([[{"id": "milk", "bonus_lines": {"bonus": 5}}]])),
        ("items", pa.array([[{"id": "milk", "voided": "yes"}]])),
        ("items", pa.array([[{"id": "milk", "voided": 1}]])),
        ("items", pa.array([[{"id": "milk", "tax_percent": "25"}]])),
        ("items", pa.array([[{"id": "milk", "tax_percent": NAN}]])),
        ("items", pa.array([[{"id": "milk", "tax_percent": 2**63 - 8}]])),
        ("items", pa.array([[{"id": "milk", "description": 5}]])),
        ("items", pa.array([[{"id": "milk", "gross_amount": {"NOK": 5}}]])),
        ("gross_amount", pa.array([{"NOK": 5}])),
        ("gross_amount", pa.array([[5]])),
        ("customer_id", pa.array([5.5])),
        ("customer_id", pa.array([{"id": "5"}])),
        ("currency", pa.array([578])),
        ("receipt_id", pa.array([5.5])),
        ("receipt_id", pa.array([True])),
        ("receipt_id", pa.array([""])),
        ("receipt_id", pa.array([{"id": "5"}])),
        ("purchase_at", pa.array([1_714_732_200])),
        ("purchase_at", pa.array([19_846], pa.date32())),
        ("store", pa.array([{"id": ""}])),
        ("store", pa.array([{"id": None}], STORE)),
        ("store", pa.array([None], STORE)),
        ("store", pa.array([{"id": 5.5}])),
        ("store", pa.array([{"id": "s", "name": 5}])),
        ("store", pa.array([{"id": "s", "address": "Oslo"}])),
        ("store", pa.array([{"id": "s", "address": {"country": 47}}])),
        ("customer", pa.array(["Ann"])),
        ("customer", pa.array([[{"gender": "F"}]])),
        ("customer", pa.array([{"email": {"consent": True}}])),
        ("customer", pa.array([{"marketing_consent": {"email": "yes"}}])),
        ("customer", pa.array([{"marketing_consent": {"sms": True}}])),
        ("customer", pa.array([{"marketing_consent": {"sms": {"consent": "yes"}}}])),
        ("customer", pa.array([{"attributes": ["gold"]}])),
        ("customer", pa.array([{"attributes": "gold"}])),
        ("customer", pa.array([{"pays_tax": "yes"}])),
        ("customer", pa.array([{"gender": True}])),
        ("customer", pa.array([{"company": "Corner"}])),
        ("customer", pa.array([{"addresses": ["Oslo"]}])),
        ("customer", pa.array([{"addresses": {"country": "NO"}}])),
    ],
    ids=str,
)
def test_what_the_till_refuses_is_refused(name: str, column: pa.Array, file: Path) -> None:
    facts = the_batch(write_columns(file, {name: column}, [a_receipt(1)]))
    assert suspects(facts) == [True]
    (document,) = documents_of(facts)
    assert not can_be_read_as_an_object(document)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("customer", pa.array([[("gender", "F")]], pa.map_(pa.string(), pa.string()))),
        ("customer", pa.array([{"addresses": [{"country": "NO"}]}])),
        ("customer", pa.array([{"status": ["new", "vip"]}])),
        ("customer", pa.array([{"attributes": {"level": 1.5}}])),
        ("customer", pa.array([{"attributes": {"since": datetime(2024, 5, 3, tzinfo=UTC)}}])),
        ("customer", pa.array([{"marketing_consent": {"sms": {"updated_at": datetime(2024, 5, 3, tzinfo=UTC)}}}])),
        ("customer", pa.array([{"date_of_birth": date(1980, 5, 3)}])),
        ("customer_id", pa.array([b"c1"])),
        ("receipt_id", pa.array([b"1" * 16], pa.uuid())),
        ("items", pa.array([[{"id": "milk"}]], pa.list_view(pa.struct({"id": pa.string()})))),
        ("items", pa.array([[{"id": "milk", "tax_percent": Decimal("25.00")}]])),
        ("items", pa.array([[{"id": "milk", "groups": []}] * 10_001])),
    ],
    ids=str,
)
def test_what_the_till_takes_but_no_column_tells_is_read_as_an_object(name: str, column: pa.Array, file: Path) -> None:
    facts = the_batch(write_columns(file, {name: column}, [a_receipt(1)]))
    assert suspects(facts) == [True]
    (document,) = documents_of(facts)
    assert as_read(document) == ""


@pytest.mark.parametrize(
    "left_out", [name for name in SCHEMA.names if name not in {"receipt_id", "purchase_at", "store"}]
)
def test_a_column_may_be_missing(left_out: str, file: Path) -> None:
    facts = the_batch(write_columns(file, {left_out: None}))
    assert suspects(facts) == [False] * len(PURCHASES)


def test_rows_are_told_as_they_were_written(file: Path) -> None:
    facts = the_batch(write(file, PURCHASES))
    assert [without_nulls(json.loads(one)) for one in documents_of(facts)] == [
        without_nulls(without_names_of_groups(one)) for one in PURCHASES
    ]


def without_nulls(value: Any) -> Any:
    """A document without what is null in it, or holds nothing but null."""
    if isinstance(value, dict):
        kept = {name: without_nulls(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member is not None and member != {}}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def without_names_of_groups(receipt: Document) -> Document:
    """A receipt without what no evaluation reads."""
    lines = receipt["items"]
    if lines is None:
        return receipt
    short = [
        line if line.get("groups") is None else line | {"groups": [{"id": one["id"]} for one in line["groups"]]}
        for line in lines
    ]
    return receipt | {"items": short}


def test_the_order_of_columns_and_of_fields_is_nothing(file: Path) -> None:
    table = pa.Table.from_pylist(list(PURCHASES), SCHEMA)
    turned = turned_round(table.combine_chunks())
    pq.write_table(turned, file)
    facts = the_batch(file)
    assert suspects(facts) == [False] * len(PURCHASES)
    before = the_batch(write(file, PURCHASES))
    assert [json.loads(one) for one in documents_of(facts)] == [json.loads(one) for one in documents_of(before)]


def turned_round(table: pa.Table) -> pa.Table:
    """The columns of a table from last to first, and so the fields of each."""
    columns = [column.combine_chunks().cast(turned_type(column.type)) for column in table.columns]
    return pa.table(columns[::-1], names=table.schema.names[::-1])


def turned_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(kind):
        return pa.struct([child.with_type(turned_type(child.type)) for child in kind][::-1])
    return pa.list_(turned_type(kind.value_type)) if pa.types.is_list(kind) else kind


def test_documents_are_of_the_rows_that_are_asked_for_in_their_order(file: Path) -> None:
    facts = the_batch(write(file, PURCHASES))
    every = documents_of(facts)
    assert list(facts.documents(np.array([5, 0, 5]))) == [every[5], every[0], every[5]]
    assert list(facts.documents(np.flatnonzero(facts.suspect))) == []
