"""Which receipts of an archive are there again: the same store, id, time, customer, currency, lines and amounts.

Each receipt has an identity of 128 bits, made of columns. Those of a fragment are kept sorted in a file, so that the
same part of every fragment is read together, and memory does not grow with the archive.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rabatt.simulation.archive.facts import BoolArray, Facts, Int64Array, Ragged
from rabatt.simulation.archive.numbers import sum_by_row

Identities = npt.NDArray[np.void]
UInt64Array = npt.NDArray[np.uint64]

# The two halves of an identity, and the receipt's place in its file.
IDENTITY: Final = np.dtype([("first", np.uint64), ("second", np.uint64), ("position", np.int64)])
_SEEDS: Final = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
# So many receipts are held against each other at a time.
_RECEIPTS_OF_A_RANGE: Final = 1_000_000
_WORD: Final = 8
_EVERY: Final = 2**64


def identities_of(facts: Facts) -> Identities:
    """Return the identities of the receipts of a batch that are not suspect."""
    chosen = np.flatnonzero(~facts.suspect)
    found = np.empty(len(chosen), dtype=IDENTITY)
    for name, seed in zip(("first", "second"), _SEEDS, strict=True):
        found[name] = _hashed(facts, np.uint64(seed))[chosen]
    found["position"] = facts.positions[chosen]
    return found


def again(parts: Sequence[tuple[int, Identities]]) -> Mapping[int, Int64Array]:
    """Return the places of the receipts that are there again, by the number of their fragment; the first one stays."""
    numbers = np.concatenate([np.full(len(part), number, dtype=np.int64) for number, part in parts])
    together = np.concatenate([part for _, part in parts])
    order = np.lexsort((together["position"], numbers, together["second"], together["first"]))
    numbers, together = numbers[order], together[order]
    is_again = np.zeros(len(together), dtype=np.bool_)
    is_again[1:] = (together["first"][1:] == together["first"][:-1]) & (
        together["second"][1:] == together["second"][:-1]
    )
    found = defaultdict(list)
    for number, position in zip(numbers[is_again].tolist(), together["position"][is_again].tolist(), strict=True):
        found[number].append(position)
    return {number: np.array(sorted(positions), dtype=np.int64) for number, positions in found.items()}


class IdentityFiles:
    """The identities of a fragment, written to files as they come; each is sorted."""

    def __init__(self, folder: Path, name: str) -> None:
        """Begin with none."""
        self.paths: list[Path] = []
        self._start = folder / name
        self._held: list[Identities] = []
        self._count = 0

    def keep(self, identities: Identities) -> None:
        """Take those of a batch."""
        self._held.append(identities)
        self._count += len(identities)
        if self._count >= _RECEIPTS_OF_A_RANGE:
            self.close()

    def close(self) -> None:
        """Write what is held."""
        if self._count:
            path = self._start.with_name(f"{self._start.name}-{len(self.paths)}.npy")
            np.save(path, np.sort(np.concatenate(self._held), order="first"))
            self.paths.append(path)
        self._held, self._count = [], 0


def again_in_files(files: Sequence[tuple[int, Path]]) -> Mapping[int, Int64Array]:
    """Return what `again` does, of identities in files, a range of them at a time."""
    opened = [(number, np.load(path, mmap_mode="r")) for number, path in files]
    ranges = 1 + sum(len(one) for _, one in opened) // _RECEIPTS_OF_A_RANGE
    bounds = np.array([_EVERY * place // ranges for place in range(1, ranges)], dtype=np.uint64)
    cuts = [[0, *np.searchsorted(one["first"], bounds).tolist(), len(one)] for _, one in opened]
    found = defaultdict(list)
    for place in range(ranges if opened else 0):
        parts = [(number, one[at[place] : at[place + 1]]) for (number, one), at in zip(opened, cuts, strict=True)]
        for number, positions in again(parts).items():
            found[number].append(positions)
    return {number: np.sort(np.concatenate(positions)) for number, positions in found.items()}


def _hashed(facts: Facts, seed: np.uint64) -> UInt64Array:
    found = _of_numbers(facts.instants, seed)
    for texts in (facts.receipt_ids, facts.store_ids, facts.customer_ids, facts.currencies):
        found = _mixed(found, _of_texts(texts, seed))
    for numbers in (facts.gross, facts.return_lines):
        found = _mixed(found, _of_numbers(numbers, seed))
    # Each line with its place on the receipt: the sum of what is well mixed keeps their order.
    lines = np.arange(len(facts.line_gross), dtype=np.int64)
    places = lines - np.repeat(facts.line_offsets[:-1], np.diff(facts.line_offsets))
    of_lines = _mixed(_of_numbers(places, seed), _of_numbers(facts.line_gross, seed))
    of_lines = _mixed(of_lines, _of_names(facts.items, seed))
    sums = sum_by_row(of_lines.view(np.int64), facts.line_offsets)
    return _mixed(found, _mixed(sums.view(np.uint64), _of_numbers(np.diff(facts.line_offsets), seed)))


def _mixed(found: UInt64Array, more: UInt64Array) -> UInt64Array:
    """Return numbers of which each bit depends on every bit of both (the finish of SplitMix64)."""
    mixed = (found * np.uint64(0xD6E8FEB86659FD93)) ^ more
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found_again: UInt64Array = mixed ^ (mixed >> np.uint64(31))
    return found_again


def _of_numbers(numbers: Int64Array, seed: np.uint64) -> UInt64Array:
    return _mixed(np.full(len(numbers), seed, dtype=np.uint64), numbers.astype(np.int64).view(np.uint64))


def _of_names(ragged: Ragged, seed: np.uint64) -> UInt64Array:
    """Return a number for each row of at most one text."""
    of_names = np.append(_of_texts(pa.array(ragged.names, pa.string()), seed), seed)
    found = np.full(len(ragged.offsets) - 1, seed, dtype=np.uint64)
    has_one = np.diff(ragged.offsets) > 0
    found[has_one] = of_names[ragged.codes[ragged.offsets[:-1][has_one]]]
    return found


def _of_texts(texts: pa.StringArray, seed: np.uint64) -> UInt64Array:
    """Return a number for each text, and for none another; word by word of eight bytes, all texts at a time."""
    if not len(texts):
        return np.empty(0, dtype=np.uint64)
    data = texts.cast(pa.large_binary())
    offsets = np.frombuffer(data.buffers()[1], dtype=np.int64)[data.offset : data.offset + len(data) + 1]
    content = np.frombuffer(data.buffers()[2] or b"", dtype=np.uint8)
    missing: BoolArray = data.is_null().to_numpy(zero_copy_only=False)
    starts, lengths = offsets[:-1], np.where(missing, -1, np.diff(offsets))
    found = _of_numbers(lengths, seed)
    for at in range(0, int(lengths.max(initial=0)), _WORD):
        longer = np.flatnonzero(lengths > at)
        places = starts[longer, None] + np.arange(at, at + _WORD)
        is_within = np.arange(at, at + _WORD) < lengths[longer, None]
        words = np.where(is_within, content[np.minimum(places, len(content) - 1)], 0).astype(np.uint8)
        found[longer] = _mixed(found[longer], np.ascontiguousarray(words).view(np.uint64).ravel())
    return found
