"""Amounts, quantities and line ids in columns of any type: what is no such number is read as an object."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.simulation.purchases import (
    LINE,
    SCHEMA,
    Document,
    a_line,
    a_receipt,
    can_be_read_as_an_object,
    documents_of,
    suspects,
    the_batch,
    write,
    write_columns,
)

BIG = 10**15


INT64 = 2**63


NAN, INFINITE = float("nan"), float("inf")


def with_lines(path: Path, lines: Sequence[Document], **kinds: pa.DataType) -> Path:
    """Write a receipt for each line, with other types of some fields of lines."""
    line = pa.struct([field.with_type(kinds.get(field.name, field.type)) for field in LINE])
    schema = SCHEMA.set(SCHEMA.get_field_index("items"), pa.field("items", pa.list_(line)))
    return write(path, [a_receipt(1, gross_amount=None, items=[one]) for one in lines], schema, 100)


@pytest.mark.parametrize(
    ("kind", "amounts", "faulty"),
    [
        (pa.int8(), [1, -1, None], [False] * 3),
        (pa.int64(), [BIG, -BIG, BIG + 1, -BIG - 1, INT64 - 1, -INT64], [False, False, True, True, True, True]),
        (pa.uint64(), [BIG, BIG + 1, INT64 - 1, INT64, 2**64 - 1], [False, True, True, True, True]),
        (pa.float32(), [5.0, 0.5, None], [False, True, False]),
        (pa.float64(), [1e15, 1e16, -1e16, 0.5, NAN, INFINITE, -INFINITE, -0.0], [False, *[True] * 6, False]),
        (pa.bool_(), [True, None], [True, False]),
        (pa.string(), ["5", None], [True, False]),
        (pa.decimal128(12, 2), [Decimal("5.00"), Decimal("5.50"), None], [True, True, False]),
    ],
    ids=str,
)
def test_amounts_are_whole_and_within_bounds(
    kind: pa.DataType, amounts: Sequence[Any], faulty: Sequence[bool], file: Path
) -> None:
    for name in ("gross_amount", "net_amount", "cost_price"):
        lines = [a_line(None, "milk", 100) | {name: amount} for amount in amounts]
        assert suspects(the_batch(with_lines(file, lines, **{name: kind}))) == faulty
    for name in ("gross_amount", "net_amount", "total_discount", "total_manual_discount_amount", "total_bonus"):
        columns = {name: pa.array(amounts, kind)}
        assert suspects(the_batch(write_columns(file, columns, [a_receipt(1)] * len(amounts)))) == faulty


@pytest.mark.parametrize(
    ("kind", "amount", "receipt_is_taken"),
    [
        (pa.decimal128(12, 2), Decimal("5.00"), True),
        (pa.decimal256(40, 0), Decimal(5), True),
        (pa.decimal128(12, 2), Decimal("5.50"), False),
        (pa.string(), "5", False),
        (pa.bool_(), True, False),
        (pa.float64(), NAN, False),
        (pa.uint64(), 2**64 - 1, False),
    ],
)
def test_an_amount_that_no_column_tells_is_read_as_the_till_reads_it(
    kind: pa.DataType, amount: Any, receipt_is_taken: bool, file: Path
) -> None:
    facts = the_batch(write_columns(file, {"gross_amount": pa.array([amount], kind)}, [a_receipt(1)]))
    (document,) = documents_of(facts)
    assert facts.suspect[0]
    assert can_be_read_as_an_object(document) == receipt_is_taken


@pytest.mark.parametrize(
    ("kind", "quantities", "takes", "faulty"),
    [
        (pa.float64(), [2.0, 0.5, 0.0, -1.0, None], [True, True, False, False, True], [False] * 5),
        (pa.float64(), [NAN, INFINITE, -INFINITE, 1e16], None, [True] * 4),
        (pa.float64(), [1e6, 1_000_001.0, 1e15, 1_000_000.5], None, [False, True, True, False]),
        (pa.float32(), [0.1, 3.0], [True, True], [False] * 2),
        (pa.float16(), [0.5, 3.0], [True, True], [False] * 2),
        (pa.int32(), [2, 0, -1, None], [True, False, False, True], [False] * 4),
        (pa.int64(), [10**6, 10**6 + 1, BIG, INT64 - 1, -INT64, -BIG], None, [False, *[True] * 4, False]),
        (pa.uint64(), [2, 2**64 - 1], None, [False, True]),
        (pa.decimal128(6, 3), [Decimal("0.250"), None], None, [True, False]),
        (pa.string(), ["2", None], None, [True, False]),
        (pa.null(), [None], [True], [False]),
    ],
    ids=str,
)
def test_quantities(
    kind: pa.DataType, quantities: Sequence[Any], takes: Sequence[bool] | None, faulty: Sequence[bool], file: Path
) -> None:
    lines = [a_line(None, "milk", 100, quantity=quantity) for quantity in quantities]
    facts = the_batch(with_lines(file, lines, quantity=kind))
    assert suspects(facts) == faulty
    assert takes is None or facts.takes.tolist() == takes


def test_what_is_weighed_is_one_unit_of_the_million(file: Path) -> None:
    lines = [a_line(None, "milk", 100, quantity=2e6, scale_item=True), a_line(None, "milk", 100, quantity=2e6)]
    assert suspects(the_batch(with_lines(file, lines))) == [False, True]


def test_the_units_of_a_receipt_are_counted_together(file: Path) -> None:
    half = a_line(None, "milk", 100, quantity=500_000.0)
    receipts = [a_receipt(1, items=[half, half]), a_receipt(2, items=[half, half, a_line(None, "milk", 1)])]
    assert suspects(the_batch(write(file, receipts))) == [False, True]


@pytest.mark.parametrize(
    ("ids", "is_suspect"),
    [
        ([None, None, None], False),
        ([1, 2, 3], False),
        ([-5, 0, 70], False),
        ([BIG - 1, BIG, None], True),
        ([1, None, 3], True),
        ([3, 2, 1], True),
        ([1, 1, 2], True),
        ([1, 2, 2], True),
        ([1, 2, BIG + 1], True),
        ([-INT64, 2, 3], True),
    ],
)
def test_line_ids_that_do_not_plainly_rise_are_read_as_an_object(
    ids: Sequence[int | None], is_suspect: bool, file: Path
) -> None:
    after = a_receipt(2, items=[a_line(1, "milk", 100)])
    facts = the_batch(write(file, [a_receipt(1, items=[a_line(one, "milk", 100) for one in ids]), after]))
    assert suspects(facts) == [is_suspect, False]


@pytest.mark.parametrize("kind", [pa.float64(), pa.int16(), pa.uint64(), pa.decimal128(9, 0), pa.string()])
def test_line_ids_of_another_type(kind: pa.DataType, file: Path) -> None:
    ids = ["1", "2"] if pa.types.is_string(kind) else [1, 2]
    facts = the_batch(with_lines(file, [a_line(one, "milk", 100) for one in ids], line_id=kind))  # type: ignore[arg-type]
    assert suspects(facts) == [pa.types.is_string(kind) or pa.types.is_decimal(kind)] * 2
