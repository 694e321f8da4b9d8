"""A first look at an archive: the ids of all receipts that any return line names.

What is found may be more than what the scan takes for return lines: naming a receipt that nobody asks for only costs
the room to keep it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rabatt.simulation.archive.facts import ReadPlan
from rabatt.simulation.archive.fragments import Fragment, broken
from rabatt.simulation.archive.json_documents import documents_in
from rabatt.simulation.archive.leaves import naming_leaves
from rabatt.simulation.archive.parquet import may_be_within
from rabatt.simulation.archive.plain_types import in_plain_types
from rabatt.simulation.archive.return_lines import RECEIPT_FIELD, named_receipt
from rabatt.simulation.archive.texts import field_of
from rules import Refused
from rules.parse import parse

_FIELD: Final = RECEIPT_FIELD.encode()
# A letter of some name that is written as an escape; few lines have any.
_ESCAPED: Final = re.compile(rb"\\u00[567]")
_ROWS_AT_ONCE: Final = 65_536


def purchases_named_in(fragment: Fragment, plan: ReadPlan) -> frozenset[str]:
    """Return the ids that return lines of a fragment name; Unreadable where its file is broken."""
    found = _in_parquet(fragment, plan) if fragment.format == "parquet" else _in_json(fragment)
    return frozenset(found)


def _in_parquet(fragment: Fragment, plan: ReadPlan) -> Iterator[str]:
    try:
        with pq.ParquetFile(fragment.path, pre_buffer=False) as file:
            leaves = naming_leaves(file)
            groups = [
                group
                for group in range(fragment.start, fragment.stop)
                if leaves and may_be_within(file.metadata.row_group(group), plan)
            ]
            if groups:
                for rows in file.iter_batches(_ROWS_AT_ONCE, row_groups=groups, columns=leaves, use_threads=False):
                    yield from _of_column(in_plain_types(rows).column(0))
    except (pa.ArrowException, OSError) as problem:
        raise broken(fragment.source, problem) from None


def _of_column(items: pa.Array) -> Iterator[str]:
    # What is no plain list of texts is read as objects in the scan, and here as what it says.
    if not pa.types.is_list(items.type):
        yield from _of_plain(items.to_pylist())
        return
    named = field_of(pc.list_flatten(items), RECEIPT_FIELD)
    if pa.types.is_string(named.type):
        # Bytes that are no text are those of a receipt that is refused.
        for value in named.cast(pa.binary()).unique().to_pylist():
            if value:
                yield value.decode(errors="replace")


def _in_json(fragment: Fragment) -> Iterator[str]:
    for _, document in documents_in(fragment):
        if _FIELD in document or (b"\\u00" in document and _ESCAPED.search(document)):
            yield from _of_document(document)


def _of_document(document: bytes) -> Iterator[str]:
    try:
        plain: Any = parse(document)
    except Refused:
        return
    if isinstance(plain, dict):
        yield from _of_plain([plain.get("items")])


def _of_plain(all_items: Iterable[Any]) -> Iterator[str]:
    for items in all_items:
        for line in items if isinstance(items, list) else ():
            named = named_receipt(line) if isinstance(line, dict) else None
            if named is not None:
                yield named
