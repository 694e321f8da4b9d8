"""Which columns of a Parquet file are read: those that an evaluation asks for, and no others."""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from engine.compiled.requirements import Path
from rabatt.simulation.archive.facts import ReadPlan
from rabatt.simulation.archive.plain_types import is_any_list
from rabatt.simulation.archive.return_lines import LINE_FIELD, RECEIPT_FIELD

_WANTED: Final = (
    ("receipt_id",),
    ("purchase_at",),
    ("customer_id",),
    ("currency",),
    ("gross_amount",),
    ("net_amount",),
    ("total_discount",),
    ("total_manual_discount_amount",),
    ("total_bonus",),
    ("discount_code",),
    ("items", "line_id"),
    ("items", "id"),
    ("items", "quantity"),
    ("items", "gross_amount"),
    ("items", "net_amount"),
    ("items", "eligible_for_discount"),
    ("items", "voided"),
    ("items", "is_return_item"),
    ("items", "scale_item"),
    ("items", "cost_price"),
    ("items", "tax_percent"),
    ("items", "description"),
    ("items", "groups", "id"),
    ("items", "discount_lines", "amount"),
    ("items", "discount_lines", "discount_id"),
    ("items", "discount_lines", "discount_type"),
    ("items", "bonus_lines", "bonus"),
    ("items", "bonus_lines", "discount_id"),
    ("items", RECEIPT_FIELD),
    ("items", LINE_FIELD),
    ("store", "id"),
)
# Fields that are looked up under another name too (SPEC 4): attributes in the metadata, the company in two spellings.
_ALIKE: Final = {
    "metadata": ("metadata", "attributes"),
    "business_name": ("business_name", "bussiness_name"),
    "bussiness_name": ("business_name", "bussiness_name"),
}


def wanted_leaves(file: pq.ParquetFile, plan: ReadPlan) -> list[str]:
    """Return the names, as Parquet has them, of the leaf columns that are read."""
    paths = [path for field in file.schema_arrow for path in _leaves(field)]
    names = [file.schema.column(number).path for number in range(len(file.schema))]
    return [name for path, name in zip(paths, names, strict=True) if _is_wanted(path, plan)]


def naming_leaves(file: pq.ParquetFile) -> list[str]:
    """Return the names of the leaf columns by which return lines name their receipts; none where no line does."""
    paths = [path for field in file.schema_arrow for path in _leaves(field)]
    names = [file.schema.column(number).path for number in range(len(file.schema))]
    return [name for path, name in zip(paths, names, strict=True) if path == ("items", RECEIPT_FIELD)]


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
    elif is_any_list(kind):
        yield from _below(kind.value_type)
    elif isinstance(kind, pa.BaseExtensionType):
        yield from _below(kind.storage_type)
    else:
        yield ()


def _is_wanted(path: Path, plan: ReadPlan) -> bool:
    top, *below = path
    if (top == "store" and plan.whole_store) or (top == "customer" and plan.whole_customer):
        return True
    # What has fields where it should have none, or none where it should, is read too, so that it is found at fault.
    return any(_begin_alike(path, wanted) for wanted in _WANTED) or _is_asked(top, below, plan)


def _begin_alike(path: Path, wanted: Path) -> bool:
    return all(one == other for one, other in zip(path, wanted, strict=False))


def _is_asked(family: str, path: Sequence[str], plan: ReadPlan) -> bool:
    alike = _ALIKE.get(path[0], (path[0],)) if path else ()
    return any(of == family and (not path or field[0] in alike) for of, field in plan.fields)
