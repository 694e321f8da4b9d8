"""What keeps a Parquet file from being an archive of receipts, as its schema alone tells."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.archive.hive import HIVE_FIELDS
from rabatt.simulation.archive.plain_types import is_any_list


def fault_of(schema: pa.Schema, hive: Mapping[str, str | None], timezone: str | None) -> str | None:
    """Return why no receipt can be read from columns and the values of folders, and what to do; None where they can.

    `timezone` is that of times without one, if it was said.
    """
    for name in ("receipt_id", "purchase_at", "store_id"):
        where = HIVE_FIELDS[name]
        if name not in hive and not _has(schema, where):
            return f"there is no column {'.'.join(where)}, which every receipt has; name the columns as the API does"
    twice = _named_twice(list(schema))
    if twice is not None:
        return f"there are two columns {twice}; rename one of them, or leave it out"
    if "purchase_at" not in schema.names or not pa.types.is_timestamp(schema.field("purchase_at").type):
        return None
    kind = schema.field("purchase_at").type
    if kind.tz is None:
        sentence = "purchase_at has no time zone; say which it is (--timezone Europe/Oslo), or store it with one"
        return sentence if timezone is None else None
    if not _is_known_zone(kind):
        return f"the time zone of purchase_at, {kind.tz!r}, is unknown; store it with another, such as UTC"
    return None


def _has(schema: pa.Schema, where: Sequence[str]) -> bool:
    name, *below = where
    if name not in schema.names:
        return False
    kind = schema.field(schema.names.index(name)).type
    return not below or (pa.types.is_struct(kind) and kind.get_field_index(below[0]) >= 0)


def _named_twice(fields: Sequence[pa.Field]) -> str | None:
    """Return the name that two fields in one place have, if any."""
    names = [one.name for one in fields]
    for one in fields:
        if names.count(one.name) > 1:
            return str(one.name)
        below = one.type.value_type if is_any_list(one.type) else one.type
        found = _named_twice(list(below)) if pa.types.is_struct(below) else None
        if found is not None:
            return f"{one.name}.{found}"
    return None


def _is_known_zone(kind: pa.DataType) -> bool:
    try:
        pc.local_timestamp(pa.array([0], kind))
    except pa.ArrowInvalid:
        return False
    return True
