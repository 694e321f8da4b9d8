"""Grants from a file or from memory: those of everyone, and rows for those of each customer."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq

from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.row_batches import batch_of_rows, grant_row
from rules import Fault, Grant, Refused, Rule, read_grants
from rules.grant import EVERYONE
from rules.serialise import serialise

_AT_ONCE: Final = 5_000
_BAD_GZIP: Final = "this is no whole gzip file: {problem}; pack it anew"
_LINES: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_GZIP: Final = ".gz"


@dataclass(frozen=True, slots=True)
class InitialGrants:
    """What was granted, and rows for the grants of each customer."""

    shared: SharedGrants
    rows: Sequence[pa.RecordBatch]


def read_all_grants(source: str | Path | Iterable[Grant] | None, rules: Sequence[Rule]) -> InitialGrants:
    """Return the grants of known rules.

    A source is grants that were read, or a file of them: JSON, JSON lines or Parquet. Refused with the faults; OSError
    where the file can't be read.
    """
    if source is None:
        return InitialGrants(SharedGrants(None), ())
    known = {rule.id for rule in rules}
    everyones: list[tuple[datetime | None, str]] = []
    batches: list[pa.RecordBatch] = []
    held: set[str] = set()
    seen: set[str] = set()
    for some in _some_at_a_time(source, rules, seen):
        own = []
        for grant in some:
            if grant.discount_id not in known:
                continue
            if grant.customer_id == EVERYONE:
                everyones.append((grant.created_at, grant.discount_id))
            else:
                held.add(grant.discount_id)
                own.append(grant_row(grant.customer_id, grant.id, serialise(_document(grant))))
        if own:
            batches.append(batch_of_rows(own))
    return InitialGrants(SharedGrants(tuple(everyones), frozenset(held)), batches)


def _document(grant: Grant) -> dict[str, Any]:
    names = ("id", "discount_id", "customer_id", "created_at", "statistics", "stamps")
    return {name: grant.document[name] for name in names if grant.document.get(name) is not None}


def _some_at_a_time(
    source: str | Path | Iterable[Grant], rules: Sequence[Rule], seen: set[str]
) -> Iterator[Sequence[Grant]]:
    if not isinstance(source, str | Path):
        yield _checked(tuple(source), 0, seen)
        return
    name = str(source)
    if name.endswith(".parquet"):
        documents = _from_parquet(name)
    elif name.endswith(_LINES):
        documents = _from_lines(name)
    else:
        with _opened(name) as stream:
            yield read_grants(_whole(stream), rules)
        return
    position = 0
    while some := list(islice(documents, _AT_ONCE)):
        try:
            grants = read_grants(some, rules)
        except Refused as refused:
            raise Refused([_moved(fault, position) for fault in refused.faults]) from None
        yield _checked(grants, position, seen)
        position += len(some)


def _moved(fault: Fault, position: int) -> Fault:
    """Return a fault with the grant's place in the whole file."""
    if not position or not fault.path.startswith("grants["):
        return fault
    number, _, rest = fault.path.removeprefix("grants[").partition("]")
    return fault.at(f"grants[{int(number) + position}]{rest}") if number.isdigit() else fault


def _checked(grants: Sequence[Grant], position: int, seen: set[str]) -> Sequence[Grant]:
    for place, grant in enumerate(grants, position):
        if grant.id in seen:
            sentence = f"another grant has the id {grant.id!r} too; give each its own"
            raise Refused([Fault(f"grants[{place}].id", sentence)])
        seen.add(grant.id)
    return grants


def _opened(path: str) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.endswith(_GZIP) else Path(path).open("rb")


def _whole(stream: BinaryIO) -> bytes:
    try:
        return stream.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise Refused([Fault("", _BAD_GZIP.format(problem=problem))]) from None


def _from_lines(path: str) -> Iterator[Any]:
    number = 1
    with _opened(path) as lines:
        try:
            for line in lines:
                if line.strip():
                    yield json.loads(line)
                number += 1
        except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
            raise Refused([Fault(f"line {number}", _BAD_GZIP.format(problem=problem))]) from None
        except ValueError as problem:
            raise Refused([Fault(f"line {number}", f"this is not JSON: {problem}")]) from None


def _from_parquet(path: str) -> Iterator[Any]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_AT_ONCE):
                for document in batch.to_pylist():
                    yield _with_text_times(document)
    except pa.ArrowException as problem:
        raise Refused([Fault("", f"this is no Parquet file that can be read: {problem}")]) from None


def _with_text_times(value: Any) -> Any:
    """Return plain data whose times are text; those without offset stay so, to be refused."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _with_text_times(member) for name, member in value.items()}
    return [_with_text_times(member) for member in value] if isinstance(value, list) else value
