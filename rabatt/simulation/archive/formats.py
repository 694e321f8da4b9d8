"""Fragments as facts, whatever their format."""

from collections.abc import Iterator

from rabatt.simulation.archive.facts import Facts, ReadPlan
from rabatt.simulation.archive.fragments import Fragment
from rabatt.simulation.archive.json_documents import read_json
from rabatt.simulation.archive.parquet import read_parquet
from rabatt.simulation.options import BATCH_RECEIPTS


def read_fragment(fragment: Fragment, plan: ReadPlan, batch_receipts: int = BATCH_RECEIPTS) -> Iterator[Facts]:
    """Yield the facts of a fragment's receipts in batches, those within the bounds of time; Unreadable where broken."""
    read = read_parquet if fragment.format == "parquet" else read_json
    return read(fragment, plan, batch_receipts)
