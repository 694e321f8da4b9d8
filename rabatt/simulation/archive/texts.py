"""Columns of texts as distinct names and codes."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.archive.facts import Int32Array, Int64Array, Ragged
from rules.pattern import scalar_text


def ragged_of(rows: Iterable[Iterable[str]]) -> Ragged:
    """Return lists of texts."""
    numbers: dict[str, int] = {}
    codes: list[int] = []
    offsets = [0]
    for row in rows:
        codes += [numbers.setdefault(text, len(numbers)) for text in row]
        offsets.append(len(codes))
    return Ragged(np.array(offsets, dtype=np.int64), np.array(codes, dtype=np.int32), list(numbers))


def one_each(column: pa.Array) -> Ragged:
    """Return a column as lists of one text, or of none where it is null."""
    codes, names = coded(column)
    return Ragged(np.arange(len(codes) + 1, dtype=np.int64), codes, names)


def coded(column: pa.Array) -> tuple[Int32Array, Sequence[str]]:
    """Return the code of each value's text, -1 for null, and the distinct texts: of texts, whole numbers or flags."""
    if pa.types.is_null(column.type):
        return np.full(len(column), -1, dtype=np.int32), []
    encoded = pc.dictionary_encode(column)
    values: list[Any] = encoded.dictionary.to_pylist()
    # The values of one type are distinct, and so are their texts.
    names = values if pa.types.is_string(column.type) else [scalar_text(value) for value in values]
    return encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), names


def lists_of(column: pa.Array, name: str | None = None) -> tuple[Int64Array, pa.Array]:
    """Return where each row's members begin and end, and all members: those of a field where one is named."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    members = pc.list_flatten(column)
    return offsets, members if name is None else field_of(members, name)


def field_of(column: pa.Array, *path: str) -> pa.Array:
    """Return a field of a struct column, null where the struct is; nulls where there is no such field."""
    for name in path:
        if not pa.types.is_struct(column.type) or column.type.get_field_index(name) < 0:
            return pa.nulls(len(column))
        column = pc.struct_field(column, name)
    return column


def text_or_null(column: pa.Array) -> pa.StringArray:
    """Return a column as plain text; nulls where it is something else."""
    return column if pa.types.is_string(column.type) else pa.nulls(len(column), pa.string())
