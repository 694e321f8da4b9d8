"""Step 1 of a simulation, files in: Parquet and JSON are cut into fragments and read as columns, and grants too.

This package owns the formats, which columns of them are read, and what makes a receipt suspect (decision 0014). It
refuses to know any rule: what is asked of it is a plan of columns and days.
"""

from rabatt.simulation.archive.formats import read_fragment
from rabatt.simulation.archive.fragments import Fragment, NamedFile, Unreadable, open_archive
from rabatt.simulation.archive.named_purchases import purchases_named_in
from rabatt.simulation.archive.objects import ObjectRead, facts_of_objects

__all__ = [
    "Fragment",
    "NamedFile",
    "ObjectRead",
    "Unreadable",
    "facts_of_objects",
    "open_archive",
    "purchases_named_in",
    "read_fragment",
]
