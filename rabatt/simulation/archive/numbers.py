"""Columns of numbers and flags, with what of them no receipt may have."""

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.archive.facts import BoolArray, Int64Array
from rules.values import LARGEST


class Numbers(NamedTuple):
    """Whole numbers, which of them are there, and which can't be taken as such."""

    values: Int64Array
    there: BoolArray
    faulty: BoolArray


class Bools(NamedTuple):
    """Flags, false where null, and which can't be taken as such."""

    values: BoolArray
    faulty: BoolArray


_NO_NUMBER: Final = 0


def whole_numbers(column: pa.Array) -> Numbers:
    """Return a column of amounts."""
    there = column.is_valid().to_numpy(zero_copy_only=False)
    kind = column.type
    if pa.types.is_integer(kind):
        if pa.types.is_uint64(kind):
            column = pc.min_element_wise(column, pa.scalar(LARGEST + 1, kind), skip_nulls=False)
        values = pc.fill_null(column.cast(pa.int64()), _NO_NUMBER).to_numpy(zero_copy_only=False)
        return Numbers(values, there, (values > LARGEST) | (values < -LARGEST))
    if pa.types.is_floating(kind):
        exact = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            faulty = ~np.isfinite(exact) | (exact != np.floor(exact)) | (np.abs(exact) > LARGEST)
        return Numbers(np.where(faulty, 0, exact).astype(np.int64), there, faulty)
    return Numbers(np.zeros(len(column), dtype=np.int64), there, there)


def quantities(column: pa.Array) -> tuple[Int64Array, BoolArray, BoolArray]:
    """Return whole quantities, 1 where null, which are above 0, and which can't be taken; others count as one unit."""
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(column.type):
        exact = pc.fill_null(column.cast(pa.float64()), 1.0).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            faulty = ~np.isfinite(exact) | (np.abs(exact) > LARGEST)
            is_whole = ~faulty & (exact == np.floor(exact))
            positive = exact > 0
        return np.where(is_whole, np.where(faulty, 1, exact), 1).astype(np.int64), positive, faulty
    values, _, faulty = whole_numbers(column)
    whole = np.where(there, values, 1)
    return whole, whole > 0, faulty


def flags(column: pa.Array) -> Bools:
    """Return a column of flags."""
    if pa.types.is_boolean(column.type):
        return Bools(
            pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False), np.zeros(len(column), dtype=np.bool_)
        )
    return Bools(np.zeros(len(column), dtype=np.bool_), column.is_valid().to_numpy(zero_copy_only=False))


def wrong_text(column: pa.Array) -> BoolArray:
    """Return which values are there and no text."""
    if pa.types.is_string(column.type):
        return np.zeros(len(column), dtype=np.bool_)
    there: BoolArray = column.is_valid().to_numpy(zero_copy_only=False)
    return there


def any_by_row(marks: BoolArray, offsets: Int64Array) -> BoolArray:
    """Return which rows have a member that is marked, given where each row's members begin and end."""
    return sum_by_row(marks.astype(np.int64), offsets) > 0


def sum_by_row(values: Int64Array, offsets: Int64Array) -> Int64Array:
    """Return the sum of each row's members, given where they begin and end."""
    sums = np.concatenate(([0], np.cumsum(values)))
    totals: Int64Array = sums[offsets[1:]] - sums[offsets[:-1]]
    return totals
