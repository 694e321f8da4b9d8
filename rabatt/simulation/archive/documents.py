"""Rows of nested columns as documents of plain data: column by column, since row by row takes ten times as long."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import to_json

from rabatt.simulation.archive.texts import field_of, lists_of

# Stands for a row with bytes that are no text, or with a time that no calendar has: no receipt has these.
UNWRITABLE: Final = b'"this row holds what JSON cannot hold"'


def documents_of(rows: pa.RecordBatch) -> Sequence[bytes]:
    """Return each row as JSON; what is null on a line is left out."""
    names = rows.schema.names
    try:
        columns = [plain(rows.column(place), leave_out_null=name == "items") for place, name in enumerate(names)]
        return [to_json(dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
    except (ValueError, OverflowError):
        if len(rows) <= 1:
            return [UNWRITABLE] * len(rows)
    # The rows that can't be written are parted from all others.
    half = len(rows) // 2
    return [*documents_of(rows.slice(0, half)), *documents_of(rows.slice(half))]


def plain(column: pa.Array, *, leave_out_null: bool = False) -> Sequence[Any]:
    """Return the values of a column as plain data; objects may be without their null fields."""
    kind = column.type
    if pa.types.is_struct(kind):
        return _objects(column, leave_out_null=leave_out_null)
    if pa.types.is_map(kind):
        return _maps(column)
    if pa.types.is_list(kind):
        offsets, members = lists_of(column)
        values = plain(members, leave_out_null=leave_out_null)
        bounds = offsets.tolist()
        lists: list[Any] = [values[start:stop] for start, stop in pairwise(bounds)]
        if column.null_count:
            for place in pc.indices_nonzero(column.is_null()).to_pylist():
                lists[place] = None
        return lists
    return _scalars(column)


def _maps(column: pa.Array) -> Sequence[Any]:
    kind = column.type
    if not pa.types.is_string(kind.key_type):
        # Left as pairs: no object has such names.
        pairs_of_rows: Sequence[Any] = column.to_pylist()
        return pairs_of_rows
    if not pa.types.is_nested(kind.item_type):
        return [None if pairs is None else dict(pairs) for pairs in column.to_pylist()]
    entry = pa.struct({"key": kind.key_type, "value": kind.item_type})
    lists = plain(column.cast(pa.list_(entry)))
    return [None if pairs is None else {pair["key"]: pair["value"] for pair in pairs} for pairs in lists]


def _objects(column: pa.Array, *, leave_out_null: bool) -> Sequence[Any]:
    names = [child.name for child in column.type]
    fields = [plain(field_of(column, name), leave_out_null=leave_out_null) for name in names]
    if not names:
        objects: list[Any] = [{} for _ in range(len(column))]
    elif leave_out_null:
        # Columns that are null throughout, as many are, are not gone through row by row.
        shown = [
            (name, values)
            for name, values in zip(names, fields, strict=True)
            if any(value is not None for value in values)
        ]
        names = [name for name, _ in shown]
        rows = zip(*(values for _, values in shown), strict=True) if shown else [()] * len(column)
        objects = [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]
    else:
        objects = [dict(zip(names, row, strict=True)) for row in zip(*fields, strict=True)]
    if column.null_count:
        for place in pc.indices_nonzero(column.is_null()).to_pylist():
            objects[place] = None
    return objects


def _scalars(column: pa.Array) -> Sequence[Any]:
    if pa.types.is_decimal(column.type):
        return [
            None if value is None else int(value) if value == int(value) else float(value)
            for value in column.to_pylist()
        ]
    if pa.types.is_timestamp(column.type):
        # What is finer than a microsecond is cut off, as the engine does not tell it either.
        stamps = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        return [None if at is None else at.isoformat() for at in stamps.to_pylist()]
    values: Sequence[Any] = column.to_pylist()
    return values
