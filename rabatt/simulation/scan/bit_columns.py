"""Columns of bits, in words of 64: what holds for a value, for a text, and for the texts of a row together."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from rabatt.simulation.archive.facts import BoolArray, Ragged

Bits: TypeAlias = npt.NDArray[np.uint64]

WORD: Final = 64
WORD_MASK: Final = (1 << WORD) - 1

# The values at which the classes change, and the classes from each on up to the next.
Steps: TypeAlias = tuple[npt.NDArray[np.int64], Sequence[int]]


def steps_of(spans: Iterable[tuple[int, int | None, int]]) -> Steps:
    """Return the bits that hold before every edge and after the last, given from where up to where each holds."""
    known = list(spans)
    edges = sorted({edge for start, stop, _ in known for edge in (start, stop) if edge is not None})
    held = [0] * (len(edges) + 1)
    for start, stop, bit in known:
        first = bisect_left(edges, start) + 1
        last = len(edges) if stop is None else bisect_left(edges, stop)
        for place in range(first, last + 1):
            held[place] |= bit
    return np.array(edges, dtype=np.int64), held


def bits_at(steps: Steps, values: npt.NDArray[np.int64], word: int) -> Bits:
    """Return the bits that hold at each value."""
    edges, held = steps
    return table_of(held, word)[np.searchsorted(edges, values, side="right")]


def table_of(bits: Iterable[int], word: int) -> Bits:
    """Return one word of each set of bits."""
    return np.array([one >> word * WORD & WORD_MASK for one in bits], dtype=np.uint64)


def bits_by_text(column: Any, bits_of: Callable[[Any], int | None], word: int) -> Bits:
    """Return the bits of each row, worked out once for each text of the column and once for none."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    found: Bits = table_of((*(bits_of(text) or 0 for text in texts), bits_of(None) or 0), word)[codes]
    return found


def bits_of_rows(ragged: Ragged, known: Mapping[str, int], word: int) -> Bits:
    """Return the bits of the texts of each row together."""
    # The last place is for the code -1: no text.
    table = table_of((*(known.get(name, 0) for name in ragged.names), 0), word)
    return bits_together(table[ragged.codes], ragged.offsets)


def bits_together(bits: Bits, offsets: npt.NDArray[np.int64]) -> Bits:
    """Return the bits of each row's members together."""
    starts, stops = offsets[:-1], offsets[1:]
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    # A row without members would be given the next one's; what lies past the end needs a place.
    found: Bits = np.bitwise_or.reduceat(np.append(bits, np.uint64(0)), starts)
    found[starts == stops] = 0
    return found


def any_of_rows(flags: BoolArray, offsets: npt.NDArray[np.int64]) -> BoolArray:
    """Return which rows have a member that is flagged."""
    sums = np.concatenate(([0], np.cumsum(flags)))
    return sums[offsets[1:]] > sums[offsets[:-1]]
