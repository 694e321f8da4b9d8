"""Fields of the customer and of the store, and what of them the types of their columns leave in doubt."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.compiled.requirements import Path
from rabatt.simulation.archive.facts import BoolArray
from rabatt.simulation.archive.texts import field_of

_ALIASES: Final = {"bussiness_name": "business_name", "business_name": "bussiness_name"}
# Of the store or the customer: what holds fields of its own, what holds anything, and what may be a number or a flag.
_OBJECTS: Final = frozenset(
    {"store", "customer", "address", "company", "enrolled_by", "marketing_consent", "term", "token"}
)
_CONSENTS: Final = frozenset({"sms", "email"})
_ANYTHING: Final = frozenset({"attributes", "metadata"})
_NUMBERS: Final = frozenset({"mcc", "number_of_employees"})
_FLAGS: Final = frozenset({"pays_tax", "consent"})


def doubtful(column: pa.Array, name: str, within: str | None = None) -> BoolArray:
    """Return the rows in which something may not be as a receipt has it, as far as the types of the columns tell."""
    kind = column.type
    there: BoolArray = column.is_valid().to_numpy(zero_copy_only=False)
    nowhere = np.zeros(len(column), dtype=np.bool_)
    if pa.types.is_null(kind):
        return nowhere
    if name in _ANYTHING:
        return nowhere if _is_plain(kind) and (pa.types.is_struct(kind) or pa.types.is_map(kind)) else there
    is_object = name in _CONSENTS if within == "marketing_consent" else name in _OBJECTS
    if is_object or pa.types.is_struct(kind):
        if not (is_object and pa.types.is_struct(kind)):
            return there
        found = nowhere
        for child in kind:
            found = found | doubtful(field_of(column, child.name), child.name, name)
        return found
    is_sound = (
        (pa.types.is_string(kind) and name not in {*_FLAGS, "addresses", "updated_at"})
        or (pa.types.is_integer(kind) and name in _NUMBERS)
        or (pa.types.is_boolean(kind) and name in _FLAGS)
    )
    return nowhere if is_sound else there


def is_scalar(kind: pa.DataType) -> bool:
    """Say whether a type's values are written as texts, each in one way: of fractions, JSON may have another text."""
    return bool(
        pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
    )


def _is_plain(kind: pa.DataType) -> bool:
    """Say whether values of a type are the same in JSON as in their column: no times, fractions or bytes."""
    if pa.types.is_struct(kind):
        return all(_is_plain(child.type) for child in kind)
    if pa.types.is_map(kind):
        return pa.types.is_string(kind.key_type) and _is_plain(kind.item_type)
    if pa.types.is_list(kind):
        return _is_plain(kind.value_type)
    return is_scalar(kind)


def looked_up(column: pa.Array, family: str, path: Path) -> tuple[pa.Array, BoolArray]:
    """Return a field of the customer or of the store, and the rows in which it can't be looked up as a column."""
    paths = [path, (*path[:-1], _ALIASES[path[-1]])] if path[-1] in _ALIASES else [path]
    if family == "customer" and path[0] == "attributes":
        paths += [("metadata", *one[1:]) for one in paths]
    found, *others = (_at(column, one) for one in paths)
    doubts = np.zeros(len(column), dtype=np.bool_)
    if not _ALIASES.keys().isdisjoint(path[:-1]):
        doubts |= column.is_valid().to_numpy(zero_copy_only=False)
    for other in others:
        if pa.types.is_null(found.type):
            found = other
        elif not pa.types.is_null(other.type):
            if found.type == other.type:
                found = pc.coalesce(found, other)
            else:
                doubts |= (found.is_null().to_numpy(zero_copy_only=False)) & other.is_valid().to_numpy(
                    zero_copy_only=False
                )
    kind = found.type
    member = kind.value_type if pa.types.is_list(kind) else kind
    if not is_scalar(member):
        return pa.nulls(len(column)), doubts | found.is_valid().to_numpy(zero_copy_only=False)
    return found, doubts


def _at(column: pa.Array, path: Path) -> pa.Array:
    for name in path:
        if pa.types.is_map(column.type) and pa.types.is_string(column.type.key_type):
            column = pc.map_lookup(column, pa.scalar(name), "last")
        else:
            column = field_of(column, name)
    return column
