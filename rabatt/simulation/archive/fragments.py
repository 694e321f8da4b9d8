"""The files of an archive, and the fragments that are read in one go each."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from rabatt.receipt_files.files import BREAKS, LINES, is_document, is_gzip, open_file
from rabatt.simulation.archive.hive import values_of
from rabatt.simulation.archive.leaves import naming_leaves
from rabatt.simulation.archive.parquet_schema import fault_of
from rabatt.simulation.results_folder import is_answer

Format: TypeAlias = Literal["parquet", "lines", "document"]

_ENDINGS: Final = (".parquet", *LINES, *(f"{ending}.gz" for ending in LINES))
_ROWS_OF_A_FRAGMENT: Final = 100_000
_BYTES_OF_A_FRAGMENT: Final = 32 * 1024 * 1024
_PIECE: Final = 1024 * 1024


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
class NamedFile:
    """A file of JSON that goes by another name where it is told of, such as what came by standard input."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a file: row groups of Parquet, bytes of lines, or a whole document.

    `start` and `stop` are numbers of row groups or bytes; `first` is the position of the first receipt, or of the first
    line, in the file. `size` is in bytes and `rows` is None where it isn't known. `hive` has the values of folders.
    Where `may_name` is false, no return line of it can name a receipt. What `is_packed` is one part, to be unpacked.
    Its receipts are told of as those of `source`: the file's name, or what it is `called` instead.
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
    is_packed: bool = False
    called: str | None = None

    @property
    def source(self) -> str:
        """Return what the file goes by."""
        return self.path if self.called is None else self.called


def open_archive(sources: Iterable[str | Path | NamedFile], timezone: str | None = None) -> tuple[Fragment, ...]:
    """Return the fragments of files, folders and globs, each file once, in an order that is theirs alone.

    Of a folder, documents (.json) are not taken, which may be anything: they have to be named. `timezone` is that of
    times without one. A named file comes after all others. Unreadable where a source is not there, matches nothing, or
    is not receipts in a format that is read.
    """
    names: dict[str, str] = {}
    called: dict[str, str] = {}
    for source in sources:
        if isinstance(source, NamedFile):
            called[source.path] = source.name
            continue
        for path in _files_of(str(source)):
            name, file = str(path), os.path.realpath(path)
            # Of several ways to write a path, the same one stands for it wherever it is named.
            names[file] = min(name, names.get(file, name))
    fragments: list[Fragment] = []
    for name in sorted(names.values()):
        if name.lower().endswith(".parquet"):
            fragments += _of_parquet(name, values_of(name), timezone)
        else:
            fragments += _of_json(name, values_of(name))
    for file, name in called.items():
        fragments += (replace(fragment, called=name) for fragment in _of_json(file, {}))
    return tuple(fragments)


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
            raise Unreadable(source, f"no file in this folder ends in {_endings()}; name another, or .json files")
        yield from found
    elif path.exists():
        if not source.lower().endswith(_ENDINGS) and not is_document(source):
            raise Unreadable(
                source, f"receipts are read from files that end in {_endings()}, .json; name or write one of these"
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


def _of_parquet(path: str, hive: Mapping[str, str | None], timezone: str | None) -> Iterator[Fragment]:
    try:
        with pq.ParquetFile(path) as file:
            fault = fault_of(file.schema_arrow, hive, timezone)
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


def _of_json(path: str, hive: Mapping[str, str | None]) -> Iterator[Fragment]:
    kind: Format = "document" if is_document(path) else "lines"
    try:
        is_packed = is_gzip(path)
        if is_packed:
            with open_file(path) as stream:
                stream.read(1)
        if is_packed or kind == "document":
            size = Path(path).stat().st_size
            yield Fragment(path, kind, 0, size, 1, size, None, hive, is_packed=is_packed)
            return
        for start, stop, first in _line_ranges(path):
            yield Fragment(path, kind, start, stop, first, stop - start, None, hive)
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
