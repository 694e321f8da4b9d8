"""Columns of receipts that say the same in another way, made what `receipt_files` makes of a single receipt."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rabatt.receipt_files import Conversions
from rabatt.receipt_files.conversions import ELIGIBLE, IDS, READ_AMOUNTS, Path, in_zone, minor_units
from rabatt.simulation.archive.facts import BoolArray, Int64Array
from rabatt.simulation.archive.texts import field_of, lists_of, text_or_null
from rules.currency import decimals_of

# A column, and the row that each of its values belongs to, to another column of the same length.
_Change: TypeAlias = Callable[[pa.Array, Int64Array], pa.Array]

_LARGEST_WHOLE_FLOAT: Final = 2**53
# Where two neighbours of single precision lie further apart, more than one amount is written as one of them.
_COARSEST: Final = 0.0005
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
# Between these, no zone makes a time one that can't be counted; 1900 and 2200.
_FIRST_SECOND, _LAST_SECOND = -2_208_988_800, 7_258_118_400


def with_text_ids(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows of which ids that are whole numbers are text."""
    for path in IDS:
        rows = _with_change(rows, path, lambda column, _rows: _id_texts(column))
    return rows


def with_exact_singles(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows of which amounts of single precision are the shortest decimals that they stand for."""
    for path in READ_AMOUNTS:
        rows = _with_change(rows, path, lambda column, _rows: _shortest(column))
    return rows


def converted_rows(rows: pa.RecordBatch, conversions: Conversions) -> tuple[pa.RecordBatch, BoolArray]:
    """Return rows as we write them, and those of which something can't be; these have to be read as objects."""
    doubtful = np.zeros(len(rows), dtype=np.bool_)
    if conversions.amounts == "major":
        decimals = _decimals(rows)
        for path in READ_AMOUNTS:

            def scaled(column: pa.Array, of_rows: Int64Array) -> pa.Array:
                amounts, failed = _minor_units(column, decimals[of_rows])
                doubtful[of_rows[failed]] = True
                return amounts

            rows = _with_change(rows, path, scaled)
    if conversions.eligible == "all":
        rows = _with_change(rows, ELIGIBLE, lambda column, _rows: pa.array(np.ones(len(column), dtype=np.bool_)))
    if conversions.timezone is not None:
        place = rows.schema.get_field_index("purchase_at")
        times, failed = _in_zone(rows.column(place), conversions)
        doubtful |= failed
        rows = rows.set_column(place, "purchase_at", times)
    return rows, doubtful


def fractions_in(rows: pa.RecordBatch) -> BoolArray:
    """Return the rows with an amount in a column of fractions."""
    found = np.zeros(len(rows), dtype=np.bool_)

    def marked(column: pa.Array, of_rows: Int64Array) -> pa.Array:
        kind = column.type
        if pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and kind.scale > 0):
            found[of_rows[column.is_valid().to_numpy(zero_copy_only=False)]] = True
        return column

    for path in READ_AMOUNTS:
        _with_change(rows, path, marked)
    return found


def _with_change(rows: pa.RecordBatch, path: Path, change: _Change) -> pa.RecordBatch:
    """Return rows with another column at a path; the same where it has none."""
    place = rows.schema.get_field_index(path[0])
    if place < 0:
        return rows
    column = rows.column(place)
    changed = _changed(column, path[1:], np.arange(len(rows), dtype=np.int64), change)
    return rows if changed is column else rows.set_column(place, path[0], changed)


def _changed(column: pa.Array, path: Path, of_rows: Int64Array, change: _Change) -> pa.Array:
    if pa.types.is_list(column.type):
        offsets, members = lists_of(column)
        changed = _changed(members, path, np.repeat(of_rows, np.diff(offsets)), change)
        if changed is members:
            return column
        starts = pa.array(offsets.astype(np.int32))
        return pa.ListArray.from_arrays(starts, changed, mask=column.is_null() if column.null_count else None)
    if not path:
        return change(column, of_rows)
    if not pa.types.is_struct(column.type):
        return column
    names = [child.name for child in column.type]
    if path[0] not in names and path != ELIGIBLE[1:]:
        return column
    members = field_of(column, path[0])
    changed = _changed(members, path[1:], of_rows, change)
    if changed is members:
        return column
    fields = {name: field_of(column, name) for name in names} | {path[0]: changed}
    missing = column.is_null() if column.null_count else None
    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields), mask=missing)


def _id_texts(column: pa.Array) -> pa.Array:
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return column
    exact = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        is_whole = np.isfinite(exact) & (exact == np.floor(exact)) & (np.abs(exact) <= _LARGEST_WHOLE_FLOAT)
    # With a single one that is no id, each is looked at as an object.
    return column.cast(pa.float64()).cast(pa.int64()).cast(pa.string()) if is_whole.all() else column


def _shortest(column: pa.Array) -> pa.Array:
    if not pa.types.is_float32(column.type):
        return column
    singles = pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False)
    distinct, places = np.unique(singles, return_inverse=True)
    with np.errstate(invalid="ignore"):
        is_fine = np.isfinite(distinct) & (np.spacing(np.abs(distinct)) < _COARSEST)
    exact = [
        float(str(value)) if fine else float(value) for value, fine in zip(distinct, is_fine.tolist(), strict=True)
    ]
    missing = column.is_null().to_numpy(zero_copy_only=False)
    return pa.array(np.array(exact, dtype=np.float64)[places], mask=missing)


def _decimals(rows: pa.RecordBatch) -> Int64Array:
    """Return how many decimals the currency of each row has."""
    place = rows.schema.get_field_index("currency")
    column = pa.nulls(len(rows)) if place < 0 else rows.column(place)
    encoded = text_or_null(column).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    by_code = np.array([*map(decimals_of, names), decimals_of(None)], dtype=np.int64)
    decimals: Int64Array = by_code[encoded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)]
    return decimals


def _minor_units(column: pa.Array, decimals: Int64Array) -> tuple[pa.Array, BoolArray]:
    """Return amounts in the smallest unit, and which of them are none."""
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return column, np.zeros(len(column), dtype=np.bool_)
    encoded = column.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    amounts, failed = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=np.bool_)
    for number in np.unique(decimals).tolist():
        exact = [minor_units(value, number) for value in values]
        chosen = (codes >= 0) & (decimals == number)
        amounts[chosen] = np.array([amount or 0 for amount in exact], dtype=np.int64)[codes[chosen]]
        failed[chosen] = np.array([amount is None for amount in exact], dtype=np.bool_)[codes[chosen]]
    return pa.array(amounts, mask=(codes < 0) | failed), failed


def _in_zone(column: pa.Array, conversions: Conversions) -> tuple[pa.Array, BoolArray]:
    """Return times as the clocks of a zone show them, and which of them can't be told as a column."""
    nowhere = np.zeros(len(column), dtype=np.bool_)
    kind, zone = column.type, conversions.timezone
    if pa.types.is_string(kind):
        return pa.array([in_zone(text, conversions.zone) for text in column.to_pylist()], pa.string()), nowhere
    if not pa.types.is_timestamp(kind):
        return column, nowhere
    if kind.tz is not None:
        return column.cast(pa.timestamp(kind.unit, zone)), nowhere
    # What is finer than a microsecond is cut off, as the engine does not tell it either.
    each = _PER_SECOND[kind.unit]
    numbers = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    far = (numbers < _FIRST_SECOND * each) | (numbers > _LAST_SECOND * each)
    known = pa.array(numbers, mask=far | column.is_null().to_numpy(zero_copy_only=False))
    shown = known.cast(pa.timestamp(kind.unit)).cast(pa.timestamp("us"), safe=False)
    # Before a time that clocks leave out they go as they did; the offset of that time is the one before.
    moments = pc.assume_timezone(shown, zone, ambiguous="earliest", nonexistent="earliest")
    ahead = pc.subtract(pc.local_timestamp(moments).cast(pa.int64()), moments.cast(pa.int64()))
    return pc.subtract(shown.cast(pa.int64()), ahead).cast(pa.timestamp("us", zone)), far
