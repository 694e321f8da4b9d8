"""An archive of receipts: files of Parquet and JSON lines, cut into fragments and read as columns."""

from rabatt.simulation.archive.fragments import Fragment, Unreadable, open_archive
from rabatt.simulation.archive.named import named_in
from rabatt.simulation.archive.objects import ObjectRead, facts_of_objects
from rabatt.simulation.archive.read import read_fragment

__all__ = ["Fragment", "ObjectRead", "Unreadable", "facts_of_objects", "named_in", "open_archive", "read_fragment"]
