"""An archive of receipts: files of Parquet and JSON lines, cut into fragments and read as columns."""

from rabatt.simulation.archive.formats import read_fragment
from rabatt.simulation.archive.fragments import Fragment, Unreadable, open_archive
from rabatt.simulation.archive.named_purchases import purchases_named_in
from rabatt.simulation.archive.objects import ObjectRead, facts_of_objects

__all__ = [
    "Fragment",
    "ObjectRead",
    "Unreadable",
    "facts_of_objects",
    "open_archive",
    "purchases_named_in",
    "read_fragment",
]
