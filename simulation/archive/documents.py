"""Rows of nested columns as documents of plain data: column by column, since row by row takes ten times as long."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic_core import to_json

from simulation.archive.texts import field_of, lists_of

# Bytes that are no text: no receipt has them.
_UNWRITABLE = b'"this row holds what JSON cannot hold"'


def documents_of(rows: pa.RecordBatch) -> Sequence[bytes]:
    """Return each row as JSON; what is null on a line is left out."""
    names = rows.schema.names
    columns = [_receipt_field(name, rows.column(place)) for place, name in enumerate(names)]
    return [_json(dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]


def _receipt_field(name: str, column: pa.Array) -> Sequence[Any]:
    if name == "purchase_at" and pa.types.is_timestamp(column.type):
        stamps = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        return [None if at is None else at.isoformat() for at in stamps.to_pylist()]
    return plain(column, leave_out_null=name == "items")


def _json(document: dict[str, Any]) -> bytes:
    try:
        return to_json(document)
    except ValueError:
        return _UNWRITABLE


def plain(column: pa.Array, *, leave_out_null: bool = False) -> Sequence[Any]:
    """Return the values of a column as plain data; objects may be without their null fields."""
    kind = column.type
    if pa.types.is_struct(kind):
        return _objects(column, leave_out_null=leave_out_null)
    if pa.types.is_map(kind):
        return [None if pairs is None else dict(pairs) for pairs in column.to_pylist()]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        offsets, members = lists_of(column)
        values = plain(members, leave_out_null=leave_out_null)
        bounds = offsets.tolist()
        lists: list[Any] = [values[start:stop] for start, stop in pairwise(bounds)]
        if column.null_count:
            for place in pc.indices_nonzero(column.is_null()).to_pylist():
                lists[place] = None
        return lists
    return _scalars(column)


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
    values: Sequence[Any] = column.to_pylist()
    if pa.types.is_temporal(column.type):
        return [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return values
