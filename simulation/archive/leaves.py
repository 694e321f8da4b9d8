"""Which columns of a Parquet file are read: those that an evaluation asks for, and no others."""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from engine.requirements import Path
from simulation.facts import Asked

_RECEIPT: Final = (
    "receipt_id",
    "purchase_at",
    "customer_id",
    "currency",
    "gross_amount",
    "net_amount",
    "total_discount",
    "total_bonus",
    "discount_code",
)
_LINE: Final = (
    "line_id",
    "id",
    "quantity",
    "gross_amount",
    "net_amount",
    "eligible_for_discount",
    "voided",
    "is_return_item",
    "scale_item",
    "cost_price",
    "tax_percent",
    "description",
)
_BELOW_LINE: Final = (
    ("groups", "id"),
    ("discount_lines", "amount"),
    ("discount_lines", "discount_id"),
    ("discount_lines", "discount_type"),
    ("bonus_lines", "bonus"),
    ("bonus_lines", "discount_id"),
)
# Fields that are looked up under another name too (SPEC 4): attributes in the metadata, the company in two spellings.
_ALIKE: Final = {
    "metadata": ("metadata", "attributes"),
    "business_name": ("business_name", "bussiness_name"),
    "bussiness_name": ("business_name", "bussiness_name"),
}


def wanted_leaves(file: pq.ParquetFile, asked: Asked) -> list[str]:
    """Return the names, as Parquet has them, of the leaf columns that are read."""
    paths = [path for field in file.schema_arrow for path in _leaves(field)]
    names = [file.schema.column(number).path for number in range(len(file.schema))]
    return [name for path, name in zip(paths, names, strict=True) if _is_wanted(path, asked)]


def _leaves(field: pa.Field) -> Iterator[Path]:
    """Yield the leaves below a field in the order of Parquet's columns, lists and maps left out of their paths."""
    yield from ((field.name, *below) for below in _below(field.type))


def _below(kind: pa.DataType) -> Iterator[Path]:
    if pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            yield from _leaves(kind.field(number))
    elif pa.types.is_map(kind):
        yield from _below(kind.key_type)
        yield from _below(kind.item_type)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _below(kind.value_type)
    else:
        yield ()


def _is_wanted(path: Path, asked: Asked) -> bool:
    top, *rest = path
    if not rest:
        return top in _RECEIPT
    below: Sequence[str] = rest
    if top == "items":
        return below[0] in _LINE if len(below) == 1 else tuple(below) in _BELOW_LINE
    if top == "store":
        return asked.whole_store or below[0] == "id" or _is_asked("store", tuple(below), asked)
    if top == "customer":
        return asked.whole_customer or _is_asked("customer", tuple(below), asked)
    return top == "discount_code"


def _is_asked(family: str, path: Path, asked: Asked) -> bool:
    alike = _ALIKE.get(path[0], (path[0],))
    return any(of == family and field[0] in alike for of, field in asked.fields)
