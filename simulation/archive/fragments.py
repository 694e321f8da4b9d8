"""The files of an archive, and the fragments that are read in one go each."""

import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from simulation.folder import is_answer

Format: TypeAlias = Literal["parquet", "lines"]

_LINES: Final = (".jsonl", ".ndjson")
_ENDINGS: Final = (".parquet", *_LINES, *(f"{ending}.gz" for ending in _LINES))
_ROWS_OF_A_FRAGMENT: Final = 100_000
_BYTES_OF_A_FRAGMENT: Final = 32 * 1024 * 1024
_PIECE: Final = 1024 * 1024
# Folders `key=value` that fill a field of the receipt, by its path; other keys are only layout.
HIVE_FIELDS: Final = {
    "receipt_id": ("receipt_id",),
    "customer_id": ("customer_id",),
    "currency": ("currency",),
    "purchase_at": ("purchase_at",),
    "store_id": ("store", "id"),
}
_HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"


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
    """

    path: str
    format: Format
    start: int
    stop: int
    first: int
    size: int
    rows: int | None = None
    hive: Mapping[str, str | None] = field(default_factory=dict)


def open_archive(sources: Iterable[str | Path]) -> tuple[Fragment, ...]:
    """Return the fragments of files, folders and globs, each file once, in an order that is theirs alone.

    Unreadable where a source is not there, matches nothing, or is not receipts in a format that is read.
    """
    files: dict[str, Mapping[str, str | None]] = {}
    for source in sources:
        for path, hive in _files_of(str(source)):
            files.setdefault(str(path), hive)
    fragments: list[Fragment] = []
    for name in sorted(files):
        cut = _of_parquet if name.endswith(".parquet") else _of_lines
        fragments += cut(name, files[name])
    return tuple(fragments)


def _files_of(source: str) -> Iterator[tuple[Path, Mapping[str, str | None]]]:
    path = Path(source)
    if path.is_dir():
        found = [one for one in sorted(path.rglob("*")) if one.is_file() and _is_shown(one.relative_to(path))]
        found = [one for one in found if one.name.lower().endswith(_ENDINGS) and not is_answer(one)]
        if not found:
            raise Unreadable(source, f"no file in this folder ends in {_endings()}; name another")
        for one in found:
            yield one, _hive_of(one.relative_to(path).parts[:-1])
    elif path.exists():
        if not source.lower().endswith(_ENDINGS):
            raise Unreadable(
                source, f"receipts are read from files that end in {_endings()}; name or write one of these"
            )
        yield path, {}
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


def _hive_of(folders: Sequence[str]) -> Mapping[str, str | None]:
    pairs = (folder.partition("=") for folder in folders if "=" in folder)
    return {key: None if value == _HIVE_NULL else unquote(value) for key, _, value in pairs if key in HIVE_FIELDS}


def _of_parquet(path: str, hive: Mapping[str, str | None]) -> Iterator[Fragment]:
    try:
        with pq.ParquetFile(path) as file:
            _check_schema(path, file.schema_arrow, hive)
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    except (pa.ArrowException, OSError) as problem:
        raise Unreadable(path, f"this can't be read as Parquet: {problem}") from None
    start = first = rows = size = 0
    for number, group in enumerate(groups):
        rows += group.num_rows
        size += sum(group.column(column).total_compressed_size for column in range(group.num_columns))
        if rows >= _ROWS_OF_A_FRAGMENT or number + 1 == len(groups):
            yield Fragment(path, "parquet", start, number + 1, first + 1, size, rows, hive)
            start, first, rows, size = number + 1, first + rows, 0, 0


def _check_schema(path: str, schema: pa.Schema, hive: Mapping[str, str | None]) -> None:
    for name, where in HIVE_FIELDS.items():
        if name in {"receipt_id", "purchase_at", "store_id"} and name not in hive and not _has(schema, where):
            dotted = ".".join(where)
            raise Unreadable(
                path, f"there is no column {dotted}, which every receipt has; name the columns as the API does"
            )
    if _has(schema, ("purchase_at",)):
        kind = schema.field("purchase_at").type
        if pa.types.is_timestamp(kind) and kind.tz is None:
            sentence = "purchase_at has no time zone; store it with one, or as text with an offset"
            raise Unreadable(path, sentence)


def _has(schema: pa.Schema, where: Sequence[str]) -> bool:
    name, *below = where
    if name not in schema.names:
        return False
    kind = schema.field(name).type
    return not below or (pa.types.is_struct(kind) and kind.get_field_index(below[0]) >= 0)


def _of_lines(path: str, hive: Mapping[str, str | None]) -> Iterator[Fragment]:
    try:
        size = Path(path).stat().st_size
        if path.endswith(".gz"):
            with gzip.open(path) as stream:
                stream.read(1)
            yield Fragment(path, "lines", 0, size, 1, size, None, hive)
            return
        for start, stop, first in _line_ranges(path, size):
            yield Fragment(path, "lines", start, stop, first, stop - start, None, hive)
    except (OSError, EOFError) as problem:
        raise Unreadable(path, f"this can't be read: {problem}") from None


def _line_ranges(path: str, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield ranges of bytes that begin and end with lines, and the number of each one's first line."""
    with Path(path).open("rb") as stream:
        start, first = 0, 1
        while start < size:
            stop, lines = start, 0
            while stop < size and stop - start < _BYTES_OF_A_FRAGMENT:
                piece = stream.read(_PIECE)
                lines += piece.count(b"\n")
                stop += len(piece)
            rest = stream.readline()
            lines += rest.endswith(b"\n")
            stop += len(rest)
            yield start, stop, first
            start, first = stop, first + lines
