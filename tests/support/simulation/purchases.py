"""Receipts that columns hold well, their columns, and the law that what columns tell is what a receipt has."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.basket.basket import lay_out
from engine.compiled.requirements import customer_field, field_at, instant_of
from engine.fields.columns import texts_of
from engine.settings import Settings
from rabatt.simulation.archive import open_archive, read_fragment
from rabatt.simulation.archive.facts import Facts, FieldPath, Ragged, ReadPlan, days_of
from rules import Refused, read_receipt
from rules.codes import code_texts

Document: TypeAlias = dict[str, Any]

TEXT, WHOLE, FLAG, NUMBER = pa.string(), pa.int64(), pa.bool_(), pa.float64()
ADDRESS: Final = pa.struct({"country": TEXT, "postal_code": TEXT})
ENTRY: Final = pa.struct({"amount": WHOLE, "discount_type": TEXT, "discount_id": TEXT})
LINE: Final = pa.struct(
    {
        "line_id": WHOLE,
        "id": TEXT,
        "groups": pa.list_(pa.struct({"id": TEXT, "name": TEXT})),
        "quantity": NUMBER,
        "gross_amount": WHOLE,
        "net_amount": WHOLE,
        "cost_price": WHOLE,
        "tax_percent": NUMBER,
        "description": TEXT,
        "eligible_for_discount": FLAG,
        "voided": FLAG,
        "is_return_item": FLAG,
        "scale_item": FLAG,
        "discount_lines": pa.list_(ENTRY),
        "bonus_lines": pa.list_(pa.struct({"bonus": WHOLE, "discount_id": TEXT})),
    }
)
CUSTOMER: Final = pa.struct(
    {
        "gender": TEXT,
        "status": TEXT,
        "pays_tax": FLAG,
        "email": TEXT,
        "attributes": pa.struct({"level": TEXT, "business_name": TEXT, "points": WHOLE}),
        "metadata": pa.struct({"level": TEXT, "business_name": TEXT, "bussiness_name": TEXT}),
        "company": pa.struct({"business_name": TEXT, "bussiness_name": TEXT, "number_of_employees": WHOLE}),
        "marketing_consent": pa.struct({"email": pa.struct({"consent": FLAG}), "sms": pa.struct({"consent": FLAG})}),
        "enrolled_by": pa.struct({"type": TEXT}),
    }
)
STORE: Final = pa.struct({"id": TEXT, "business_name": TEXT, "mcc": WHOLE, "address": ADDRESS})
SCHEMA: Final = pa.schema(
    {
        "receipt_id": TEXT,
        "purchase_at": TEXT,
        "customer_id": TEXT,
        "currency": TEXT,
        "gross_amount": WHOLE,
        "net_amount": WHOLE,
        "total_discount": WHOLE,
        "total_manual_discount_amount": WHOLE,
        "total_bonus": WHOLE,
        "discount_code": pa.list_(TEXT),
        "store": STORE,
        "customer": CUSTOMER,
        "items": pa.list_(LINE),
    }
)
FIELDS: Final[frozenset[FieldPath]] = frozenset(
    {
        ("customer", ("gender",)),
        ("customer", ("status",)),
        ("customer", ("pays_tax",)),
        ("customer", ("email",)),
        ("customer", ("attributes", "level")),
        ("customer", ("attributes", "points")),
        ("customer", ("attributes", "business_name")),
        ("customer", ("attributes", "level", "of", "all")),
        ("customer", ("metadata", "level")),
        ("customer", ("company", "business_name")),
        ("customer", ("company", "number_of_employees")),
        ("customer", ("marketing_consent", "email", "consent")),
        ("customer", ("marketing_consent", "sms")),
        ("store", ("business_name",)),
        ("store", ("mcc",)),
        ("store", ("address", "country")),
    }
)
ALL: Final = ReadPlan(fields=FIELDS)


def a_receipt(number: int, **fields: Any) -> Document:
    """A receipt of three lines: two of them with goods on offer, and what one brings back."""
    plain: Document = {
        "receipt_id": f"r{number}",
        "purchase_at": f"2024-05-{number % 28 + 1:02}T12:30:00+02:00",
        "customer_id": f"c{number % 3}",
        "currency": "NOK",
        "gross_amount": 700,
        "discount_code": ["spring"],
        "store": {"id": f"s{number % 2}", "mcc": 5411, "address": {"country": "NO"}},
        "customer": {"gender": "F", "pays_tax": True, "attributes": {"level": "gold", "points": 7}},
        "items": [
            a_line(1, "milk", 200, quantity=2.0),
            a_line(2, "bread", 500, groups=[{"id": "bakery", "name": "Bakery"}, {"id": "food", "name": None}]),
            a_line(3, "bottle", 100, is_return_item=True),
        ],
    }
    return plain | fields


def a_line(line_id: int | None, item: str | None, gross: int | None, **fields: Any) -> Document:
    """A line that can take discounts."""
    return {"line_id": line_id, "id": item, "gross_amount": gross, "eligible_for_discount": True, **fields}


PURCHASES: Final[Sequence[Document]] = (
    a_receipt(1),
    a_receipt(2, customer_id=None, customer=None, discount_code=None, gross_amount=None),
    a_receipt(3, items=[], discount_code=[]),
    a_receipt(4, items=None, currency=None, gross_amount=None),
    a_receipt(
        5,
        items=[
            a_line(10, "milk", 300, voided=True, groups=[]),
            a_line(20, None, 300, quantity=0.0),
            a_line(30, "milk", -300, quantity=-1.0),
            a_line(40, "cheese", 995, quantity=0.25, scale_item=True, cost_price=500, tax_percent=12.5),
            a_line(50, "cheese", 0, quantity=None),
            a_line(60, "ham", None, groups=[{"id": None, "name": "?"}]),
        ],
    ),
    a_receipt(
        6,
        customer={
            "status": "",
            "attributes": {"level": None},
            "metadata": {"level": "silver", "bussiness_name": "Kiosk"},
            "company": {"bussiness_name": "Kiosk", "number_of_employees": 3},
            "marketing_consent": {"email": {"consent": False}},
        },
        items=[
            a_line(None, "milk", 300, discount_lines=[{"amount": 100, "discount_type": "manual"}], net_amount=200),
            a_line(None, "æble", 300, discount_lines=[], bonus_lines=[{"bonus": 5, "discount_id": "x"}]),
        ],
        store={"id": "s é", "business_name": "Corner"},
        total_discount=100,
        total_manual_discount_amount=50,
        total_bonus=5,
        purchase_at="2024-10-27T02:30:00.125+01:00",
    ),
    a_receipt(7, discount_code=["a", "b", ""], purchase_at="2024-03-30T23:30:00Z", customer={"company": None}),
)


def write(path: Path, receipts: Iterable[Document], schema: pa.Schema = SCHEMA, rows_of_a_group: int = 1_000) -> Path:
    """Write receipts as Parquet, and return where they are."""
    pq.write_table(pa.Table.from_pylist(list(receipts), schema=schema), path, row_group_size=rows_of_a_group)
    return path


def write_columns(path: Path, columns: Mapping[str, Any], receipts: Sequence[Document] = PURCHASES) -> Path:
    """Write receipts of which some columns are others, or None: left out."""
    table = pa.Table.from_pylist(list(receipts), schema=SCHEMA)
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        if column is None:
            table = table.remove_column(place)
        elif place < 0:
            table = table.append_column(name, column)
        else:
            table = table.set_column(place, name, column)
    pq.write_table(table, path)
    return path


def read(path: Path | str, asked: ReadPlan = ALL, batch_receipts: int = 16_384) -> list[Facts]:
    """The facts of an archive, batch by batch."""
    return [facts for one in open_archive([path]) for facts in read_fragment(one, asked, batch_receipts)]


def documents_of(facts: Facts) -> list[bytes]:
    """The receipts of a batch."""
    return list(facts.documents(np.arange(facts.count)))


def members(ragged: Ragged, row: int) -> list[str]:
    """The texts of a row."""
    codes = ragged.codes[ragged.offsets[row] : ragged.offsets[row + 1]].tolist()
    return [ragged.names[code] for code in codes if code >= 0]


def assert_told_by_columns(facts: Facts, asked: ReadPlan = ALL) -> int:
    """Hold every receipt that is not suspect to what the columns say of it, and count these receipts."""
    assert {len(facts.instants), len(facts.days), len(facts.gross), len(facts.suspect), len(facts.positions)} == {
        facts.count
    }
    assert set(facts.fields) == set(asked.fields)
    for ragged in (facts.items, facts.groups, facts.codes, *facts.fields.values()):
        assert len(set(ragged.names)) == len(ragged.names)
        assert ragged.codes.dtype == np.int32
    documents = documents_of(facts)
    assert len(documents) == facts.count
    told = 0
    for row, document in enumerate(documents):
        if facts.suspect[row]:
            can_be_read_as_an_object(document)
        else:
            assert_is_told(facts, row, document, asked)
            told += 1
    return told


def can_be_read_as_an_object(document: bytes) -> bool:
    """Say whether a receipt is taken; nothing but a refusal keeps it from being."""
    try:
        read_receipt(document)
    except Refused:
        return False
    return True


def assert_is_told(facts: Facts, row: int, document: bytes, asked: ReadPlan) -> None:
    """Hold a receipt to what the columns say of it."""
    receipt = read_receipt(document)
    basket = lay_out(receipt, (), Settings())
    assert facts.instants[row] == instant_of(receipt.purchase_at)
    assert facts.days[row] == days_of(receipt.purchase_at)
    assert facts.receipt_ids[row].as_py() == receipt.receipt_id
    assert facts.customer_ids[row].as_py() == receipt.customer_id
    assert facts.store_ids[row].as_py() == basket.store["id"]
    assert facts.currencies[row].as_py() == receipt.currency
    assert facts.gross[row] == basket.gross
    first, last = facts.line_offsets[row : row + 2].tolist()
    lines = receipt.items
    assert last - first == len(lines)
    takers = {line.position: line for line in basket.lines}
    for position, line in enumerate(lines):
        at = first + position
        assert members(facts.items, at) == ([] if line.id is None else [line.id])
        assert members(facts.groups, at) == list(line.group_ids)
        assert bool(facts.takes[at]) == (position in takers)
        assert bool(facts.shows_code[at]) == (not line.voided and not line.is_return_item)
    shown = {line.id for line in lines if line.id is not None and not line.voided and not line.is_return_item}
    assert members(facts.codes, row) == list(receipt.discount_codes)
    assert basket.codes == code_texts(members(facts.codes, row))
    assert basket.exact_codes == {*code_texts(shown), *basket.codes}
    for field in asked.fields:
        family, path = field
        value = customer_field(basket.customer, path) if family == "customer" else field_at(basket.store, path)
        assert members(facts.fields[field], row) == list(texts_of(value)), field


def the_batch(path: Path, asked: ReadPlan = ALL) -> Facts:
    """The facts of an archive that is one batch."""
    (facts,) = read(path, asked)
    return facts


def suspects(facts: Facts) -> list[bool]:
    """Which receipts are suspect; the others are held to what the columns say."""
    assert_told_by_columns(facts)
    return [bool(one) for one in facts.suspect]
