"""The files of an archive, and the fragments that are read in one go each."""

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from rabatt.simulation.archive.hive import values_of
from rabatt.simulation.archive.leaves import naming_leaves
from rabatt.simulation.archive.parquet_schema import fault_of
from rabatt.simulation.results_folder import is_answer

Format: TypeAlias = Literal["parquet", "lines"]

_LINES: Final = (".jsonl", ".ndjson")
_ENDINGS: Final = (".parquet", *_LINES, *(f"{ending}.gz" for ending in _LINES))
_ROWS_OF_A_FRAGMENT: Final = 100_000
_BYTES_OF_A_FRAGMENT: Final = 32 * 1024 * 1024
_PIECE: Final = 1024 * 1024
# What reading a file of lines raises where the file is not whole.
BREAKS: Final = (OSError, EOFError, zlib.error)


class Unreadable(Exception):
    """An archive can't be read: `path` says which file, `sentence` why and what to do."""

    def __init__(self, path: str, sentence: str) -> None:
        """Keep the path and the sentence."""
        super().__init__(path, sentence)
        self.path = path
        self.sentence = sentence

    def __str__(self) -> str:
        """Return both as one sentence."""
        return f"{self.path}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a file: row groups of Parquet, or bytes of lines.

    `start` and `stop` are numbers of row groups or bytes; `first` is the position of the first receipt, or of the first
    line, in the file. `size` is in bytes and `rows` is None where it isn't known. `hive` has the values of folders.
    Where `may_name` is false, no return line of it can name a receipt.
    """

    path: str
    format: Format
    start: int
    stop: int
    first: int
    size: int
    rows: int | None = None
    hive: Mapping[str, str | None] = field(default_factory=dict)
    may_name: bool = True


def open_archive(sources: Iterable[str | Path]) -> tuple[Fragment, ...]:
    """Return the fragments of files, folders and globs, each file once, in an order that is theirs alone.

    Unreadable where a source is not there, matches nothing, or is not receipts in a format that is read.
    """
    names: dict[str, str] = {}
    for source in sources:
        for path in _files_of(str(source)):
            name, file = str(path), os.path.realpath(path)
            # Of several ways to write a path, the same one stands for it wherever it is named.
            names[file] = min(name, names.get(file, name))
    fragments: list[Fragment] = []
    for name in sorted(names.values()):
        cut = _of_parquet if name.lower().endswith(".parquet") else _of_lines
        fragments += cut(name, values_of(name))
    return tuple(fragments)


def is_gzip(path: str) -> bool:
    """Say whether a file of lines is compressed."""
    return path.lower().endswith(".gz")


def broken(path: str, problem: object) -> Unreadable:
    """Return what says that a file is not what its name says."""
    said = " ".join(str(problem).split()).rstrip(".")
    return Unreadable(path, f"this can't be read; mend the file, or leave it out ({said})")


def _files_of(source: str) -> Iterator[Path]:
    path = Path(source)
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.is_file() and _is_shown(one.relative_to(path))]
        found = [one for one in found if one.name.lower().endswith(_ENDINGS) and not is_answer(one)]
        if not found:
            raise Unreadable(source, f"no file in this folder ends in {_endings()}; name another")
        yield from found
    elif path.exists():
        if not source.lower().endswith(_ENDINGS):
            raise Unreadable(
                source, f"receipts are read from files that end in {_endings()}; name or write one of these"
            )
        yield path
    elif has_magic(source):
        # Path.glob takes no absolute pattern, and this is one as the user wrote it.
        matched = sorted(glob(source, recursive=True))  # noqa: PTH207
        if not matched:
            raise Unreadable(source, "nothing matches this; check the pattern")
        for match in matched:
            # `**` finds the folders as well as all that is in them.
            if not Path(match).is_dir() or "**" not in source:
                yield from _files_of(match)
    else:
        raise Unreadable(source, "there is no such file or folder; check the path")


def _endings() -> str:
    return ", ".join(_ENDINGS)


def _is_shown(path: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.parts)


def _of_parquet(path: str, hive: Mapping[str, str | None]) -> Iterator[Fragment]:
    try:
        with pq.ParquetFile(path) as file:
            fault = fault_of(file.schema_arrow, hive)
            if fault is not None:
                raise Unreadable(path, fault)
            may_name = bool(naming_leaves(file))
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    except (pa.ArrowException, OSError) as problem:
        raise broken(path, problem) from None
    start = first = rows = size = 0
    for number, group in enumerate(groups):
        rows += group.num_rows
        size += sum(group.column(column).total_compressed_size for column in range(group.num_columns))
        if rows >= _ROWS_OF_A_FRAGMENT or number + 1 == len(groups):
            yield Fragment(path, "parquet", start, number + 1, first + 1, size, rows, hive, may_name)
            start, first, rows, size = number + 1, first + rows, 0, 0


def _of_lines(path: str, hive: Mapping[str, str | None]) -> Iterator[Fragment]:
    try:
        if is_gzip(path):
            with gzip.open(path) as stream:
                stream.read(1)
            size = Path(path).stat().st_size
            yield Fragment(path, "lines", 0, size, 1, size, None, hive)
            return
        for start, stop, first in _line_ranges(path):
            yield Fragment(path, "lines", start, stop, first, stop - start, None, hive)
    except BREAKS as problem:
        raise broken(path, problem) from None


def _line_ranges(path: str) -> Iterator[tuple[int, int, int]]:
    """Yield ranges of bytes that begin and end with lines, and the number of each one's first line."""
    with Path(path).open("rb") as stream:
        start, first = 0, 1
        while True:
            stop, lines = start, 0
            while stop - start < _BYTES_OF_A_FRAGMENT and (piece := stream.read(_PIECE)):
                lines += piece.count(b"\n")
                stop += len(piece)
            rest = stream.readline()
            lines += rest.endswith(b"\n")
            stop += len(rest)
            if stop == start:
                return
            yield start, stop, first
            start, first = stop, first + lines
