"""Which columns are read: what an evaluation asks for, and nothing that it does not."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rabatt.simulation.archive.facts import FieldPath, ReadPlan
from rabatt.simulation.archive.leaves import wanted_leaves
from tests.support.simulation.purchases import SCHEMA, documents_of, read, write_columns

TEXT = pa.string()
MORE = SCHEMA
for name in ("id", "comment", "gross_amount_dwh", "payments", "delivery", "discounts", "store_id"):
    MORE = MORE.append(pa.field(name, pa.list_(pa.struct({"id": TEXT, "receipt_id": TEXT}))))

RECEIPT = {
    "receipt_id",
    "purchase_at",
    "customer_id",
    "currency",
    "gross_amount",
    "net_amount",
    "total_discount",
    "total_manual_discount_amount",
    "total_bonus",
    "discount_code",
}
LINE = {
    "line_id",
    "id",
    "groups.id",
    "quantity",
    "gross_amount",
    "net_amount",
    "cost_price",
    "tax_percent",
    "description",
    "eligible_for_discount",
    "voided",
    "is_return_item",
    "scale_item",
    "discount_lines.amount",
    "discount_lines.discount_type",
    "discount_lines.discount_id",
    "bonus_lines.bonus",
    "bonus_lines.discount_id",
}
ALWAYS = RECEIPT | {f"items.{name}" for name in LINE} | {"store.id"}
STORE = {"store.business_name", "store.mcc", "store.address.country", "store.address.postal_code"}


def leaves(path: Path, schema: pa.Schema, asked: ReadPlan) -> set[str]:
    """The columns that are read, lists left out of their names."""
    pq.write_table(schema.empty_table(), path)
    with pq.ParquetFile(path) as file:
        found = wanted_leaves(file, asked)
    assert len(set(found)) == len(found)
    return {without_lists(one) for one in found}


def without_lists(name: str) -> str:
    return name.replace(".list.element", "").replace(".key_value", "")


def asked_for(*fields: FieldPath, **others: Any) -> ReadPlan:
    return ReadPlan(fields=frozenset(fields), **{"whole_customer": False, "whole_store": False, **others})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.parquet"


def test_only_what_every_evaluation_needs_is_read_where_nothing_is_asked(file: Path) -> None:
    assert leaves(file, MORE, asked_for()) == ALWAYS


def test_the_whole_customer_and_the_whole_store_are_read_where_rules_ask_of_them(file: Path) -> None:
    assert leaves(file, MORE, asked_for(whole_store=True)) == ALWAYS | STORE
    found = leaves(file, MORE, asked_for(whole_customer=True))
    assert found - ALWAYS == {
        "customer.gender",
        "customer.status",
        "customer.pays_tax",
        "customer.email",
        *(f"customer.attributes.{name}" for name in ("level", "business_name", "points")),
        *(f"customer.metadata.{name}" for name in ("level", "business_name", "bussiness_name")),
        *(f"customer.company.{name}" for name in ("business_name", "bussiness_name", "number_of_employees")),
        "customer.marketing_consent.email.consent",
        "customer.marketing_consent.sms.consent",
        "customer.enrolled_by.type",
    }


@pytest.mark.parametrize(
    ("field", "prefixes"),
    [
        (("customer", ("gender",)), ["customer.gender"]),
        (("customer", ("attributes", "level")), ["customer.attributes", "customer.metadata"]),
        (("customer", ("metadata", "level")), ["customer.metadata"]),
        (("customer", ("company", "business_name")), ["customer.company"]),
        (("customer", ("marketing_consent", "sms", "consent")), ["customer.marketing_consent"]),
        (("customer", ("nothing",)), []),
        (("store", ("mcc",)), ["store.mcc"]),
        (("store", ("bussiness_name",)), ["store.business_name"]),
        (("store", ("address", "country")), ["store.address"]),
    ],
)
def test_of_the_others_only_fields_that_are_asked_for_are_read(
    field: FieldPath, prefixes: Iterable[str], file: Path
) -> None:
    extra = leaves(file, MORE, asked_for(field)) - ALWAYS
    every = leaves(file, MORE, ReadPlan()) - ALWAYS
    assert extra == {name for name in every if any(name == one or name.startswith(f"{one}.") for one in prefixes)}


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.struct({"id": TEXT})),
        pa.large_list(pa.struct({"id": TEXT})),
        pa.list_(pa.struct({"id": TEXT}), 2),
        pa.list_view(pa.struct({"id": TEXT})),
        pa.large_list_view(pa.struct({"id": TEXT})),
        pa.struct({"id": TEXT}),
        pa.map_(TEXT, TEXT),
        pa.map_(TEXT, pa.struct({"id": TEXT, "x": TEXT})),
        pa.list_(TEXT),
        TEXT,
        pa.json_(),
        pa.uuid(),
        pa.opaque(pa.struct({"id": TEXT, "x": TEXT}), "pair", "somewhere"),
        pa.null(),
    ],
    ids=str,
)
def test_a_column_of_any_type_is_told_from_the_others(kind: pa.DataType, file: Path) -> None:
    for name in ("items", "store", "customer", "other", "currency"):
        place = MORE.get_field_index(name)
        schema = MORE.set(place, pa.field(name, kind)) if place >= 0 else MORE.append(pa.field(name, kind))
        found = leaves(file, schema, ReadPlan())
        assert {"receipt_id", "purchase_at", "discount_code"} <= found
        assert not any(one.startswith(("payments", "id", "other", "discounts")) for one in found)
        # What has another shape than it should is read all the same, so that it is found at fault.
        assert name == "other" or any(one == name or one.startswith(f"{name}.") for one in found)


def test_no_other_columns_reach_the_documents(file: Path) -> None:
    path = write_columns(file, {"comment": pa.array(["c"] * 7), "operator_id": pa.array([1] * 7)})
    (facts,) = read(path, asked_for())
    assert b"comment" not in b"".join(documents_of(facts))
    assert b"gold" not in b"".join(documents_of(facts))
    assert b"operator" not in b"".join(documents_of(facts))
