"""Receipts of the small archives as Parquet has them: every field of one type."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.simulation.plain_replay import Document

TEXT, WHOLE, FLAG = pa.string(), pa.int64(), pa.bool_()
ENTRY = pa.struct({"amount": WHOLE, "discount_type": TEXT, "discount_id": TEXT})
LINE = pa.struct(
    {
        "id": TEXT,
        "line_id": WHOLE,
        "groups": pa.list_(pa.struct({"id": TEXT, "name": TEXT})),
        "quantity": pa.float64(),
        "gross_amount": WHOLE,
        "net_amount": WHOLE,
        "net_amount_dwh": TEXT,
        "cost_price": WHOLE,
        "tax_percent": pa.float64(),
        "eligible_for_discount": FLAG,
        "voided": FLAG,
        "is_return_item": FLAG,
        "returned_receipt_id": TEXT,
        "returned_line_id": WHOLE,
        "scale_item": FLAG,
        "is_changed": FLAG,
        "colour": TEXT,
        "discount_lines": pa.list_(ENTRY),
        "bonus_lines": pa.list_(pa.struct({"bonus": WHOLE, "discount_id": TEXT})),
    }
)
CUSTOMER = pa.struct(
    {
        "gender": TEXT,
        "date_of_birth": TEXT,
        "attributes": pa.struct({"level": pa.list_(TEXT)}),
        "metadata": pa.struct({"level": TEXT}),
        "addresses": pa.list_(pa.struct({"country": TEXT, "postal_code": TEXT})),
        "marketing_consent": pa.struct({"email": pa.struct({"consent": FLAG})}),
    }
)
SCHEMA = pa.schema(
    {
        "receipt_id": TEXT,
        "store": pa.struct({"id": TEXT, "mcc": TEXT}),
        "purchase_at": TEXT,
        "customer_id": TEXT,
        "customer": CUSTOMER,
        "currency": TEXT,
        "discount_code": pa.list_(TEXT),
        "gross_amount": WHOLE,
        "net_amount": WHOLE,
        "total_discount": WHOLE,
        "total_manual_discount_amount": WHOLE,
        "total_bonus": WHOLE,
        "net_amount_dwh": TEXT,
        "is_changed": FLAG,
        "discounts": pa.list_(pa.struct({"id": TEXT})),
        "items": pa.list_(LINE),
    }
)
MOMENT = pa.timestamp("us", tz="UTC")


def of_columns(receipt: Document) -> Document:
    """Return a receipt that columns can hold: lists where any receipt has one, and no fault but such as they can."""
    plain = deepcopy(receipt)
    plain.pop("till_note", None)
    code = plain.get("discount_code")
    if isinstance(code, str):
        plain["discount_code"] = [code]
    if plain.get("discounts"):
        plain["discounts"] = [{"id": one["id"]} for one in plain["discounts"]]
    store = plain["store"]
    if store.get("mcc") is not None:
        store["mcc"] = str(store["mcc"])
    attributes = (plain.get("customer") or {}).get("attributes")
    if attributes is not None and attributes["level"] is not None:
        level = attributes["level"]
        attributes["level"] = [str(one) for one in (level if isinstance(level, list) else [level])]
    if not _is_whole(plain.get("gross_amount")):
        plain |= {"gross_amount": None, "receipt_id": None}
    for line in plain["items"]:
        if not _is_whole(line["gross_amount"]):
            line["gross_amount"] = 10
            plain["receipt_id"] = None
        # A column of whole numbers does not tell which were written as fractions.
        line |= {name: int(line[name]) for name in ("gross_amount", "net_amount") if line.get(name) is not None}
        if line.get("quantity") is not None:
            line["quantity"] = float(line["quantity"])
        if line.get("tax_percent") is not None:
            line["tax_percent"] = float(line["tax_percent"])
    return plain


def _is_whole(amount: Any) -> bool:
    return amount is None or amount == int(amount)


def in_utc(receipts: Iterable[Document]) -> list[Document]:
    """Return the receipts whose time can be read, with that time in UTC."""
    found = []
    for receipt in receipts:
        try:
            at = datetime.fromisoformat(receipt["purchase_at"])
        except ValueError:
            continue
        if at.tzinfo is not None:
            found.append({**receipt, "purchase_at": at.astimezone(UTC).isoformat()})
    return found


def write_parquet(receipts: Iterable[Document], path: Path, *, with_moments: bool = False) -> Path:
    """Write receipts that columns can hold, and return where they are; a few to each row group.

    Their times are text as they are written, or moments.
    """
    table = pa.Table.from_pylist(list(receipts), schema=SCHEMA)
    if with_moments:
        place = SCHEMA.get_field_index("purchase_at")
        moments = [datetime.fromisoformat(text) for text in table.column(place).to_pylist()]
        table = table.set_column(place, pa.field("purchase_at", MOMENT), pa.array(moments, MOMENT))
    pq.write_table(table, path, row_group_size=7)
    return path
