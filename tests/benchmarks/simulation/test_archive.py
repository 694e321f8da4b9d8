"""The archive that simulations are measured on is the same from run to run, and looks like that of a shop."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.simulation.archive import (
    DEPARTMENTS,
    FAMILIES,
    ITEMS,
    ROW_GROUPS_OF_A_FILE,
    ZONE,
    blocks,
    customers_of,
    department_of,
    family_of,
    write_archive,
)
from benchmarks.simulation.plain import receipts_of
from benchmarks.workload import item_id
from rules import read_receipt

RECEIPTS = 3_000


@cache
def archive() -> pa.Table:
    return pa.concat_tables(blocks(RECEIPTS))


@cache
def documents() -> Sequence[dict[str, Any]]:
    return list(archive().to_pylist())


def lines() -> list[dict[str, Any]]:
    return [line for receipt in documents() for line in receipt["items"]]


@pytest.mark.parametrize("row_group", [700, 12_000])
def test_the_row_groups_change_no_receipt(tmp_path: Path, row_group: int) -> None:
    receipts = 12_000
    paths = write_archive(tmp_path, receipts, row_group=row_group)
    read = pa.concat_tables([pq.read_table(path) for path in paths])
    assert read.equals(pa.concat_tables(blocks(receipts)))
    assert pq.ParquetFile(paths[0]).metadata.row_group(0).num_rows == row_group
    assert len(paths) == -(-receipts // (row_group * ROW_GROUPS_OF_A_FILE))


def test_another_seed_makes_other_receipts() -> None:
    assert not archive().equals(pa.concat_tables(blocks(RECEIPTS, seed=1)))


def test_every_receipt_can_be_read() -> None:
    with TemporaryDirectory() as name:
        write_archive(Path(name), 500)
        receipts = [read_receipt(document) for document in receipts_of(Path(name))]
    assert len(receipts) == 500
    assert [receipt.purchase_at for receipt in receipts] == sorted(receipt.purchase_at for receipt in receipts)


def test_amounts_add_up() -> None:
    for receipt in documents():
        counted = [line for line in receipt["items"] if not line["voided"]]
        for name in ("gross_amount", "net_amount"):
            assert receipt[name] == sum(line[name] for line in counted)
        assert [line["line_id"] for line in receipt["items"]] == list(range(1, len(receipt["items"]) + 1))
    for line in lines():
        taken = sum(discount["amount"] for discount in line["discount_lines"])
        assert line["net_amount"] == line["gross_amount"] - taken
        assert line["is_return_item"] == (line["quantity"] < 0) == (line["gross_amount"] < 0)


def test_purchases_are_those_of_a_year_in_opening_hours() -> None:
    days = Counter(receipt["purchase_at"].date() for receipt in documents())
    assert {day.year for day in days} == {2025}
    assert len(days) == 365
    assert {receipt["purchase_at"].hour for receipt in documents()} == set(range(7, 23))
    offsets = {receipt["purchase_at"].utcoffset() for receipt in documents()}
    assert len(offsets) == 2
    assert archive().schema.field("purchase_at").type.tz == ZONE


def test_some_customers_are_loyal_and_some_receipts_have_none() -> None:
    known = Counter(receipt["customer_id"] for receipt in documents())
    anonymous = known.pop(None)
    assert 0.17 < anonymous / RECEIPTS < 0.23
    assert len(known) > 0.7 * customers_of(RECEIPTS)
    assert max(known.values()) > 40
    assert min(known.values()) <= 3
    for receipt in documents():
        assert (receipt["customer"] is None) == (receipt["customer_id"] is None)
        if receipt["customer"] is not None:
            assert receipt["customer"]["customer_id"] == receipt["customer_id"]
    segments = {(customer["customer_id"], customer["metadata"]["segment"]) for customer in customers()}
    assert len(segments) == len(known)
    assert len({segment for _, segment in segments}) == 4


def customers() -> list[dict[str, Any]]:
    return [receipt["customer"] for receipt in documents() if receipt["customer"] is not None]


def test_goods_are_bought_by_zipfs_law() -> None:
    bought = Counter(line["id"] for line in lines())
    assert 5.5 < len(lines()) / RECEIPTS < 6.5
    assert [item for item, _ in bought.most_common(2)] == [item_id(1), item_id(2)]
    assert set(bought) <= {item_id(number) for number in range(1, ITEMS + 1)}
    quantities = Counter(line["quantity"] for line in lines())
    assert sum(quantities[number] for number in (1, 2, 3)) > 0.85 * len(lines())


def test_a_few_lines_are_returned_voided_marked_down_or_take_no_discount() -> None:
    for name, least, most in (
        ("is_return_item", 0.005, 0.015),
        ("voided", 0.002, 0.01),
        ("discount_lines", 0.005, 0.015),
        ("eligible_for_discount", 0.95, 0.99),
    ):
        assert least < sum(bool(line[name]) for line in lines()) / len(lines()) < most


def test_every_item_is_of_a_family_and_its_department() -> None:
    numbers = range(1, ITEMS + 1)
    assert {family_of(number) for number in numbers} == set(range(FAMILIES))
    assert {department_of(number) for number in numbers} == set(range(DEPARTMENTS))
    assert DEPARTMENTS + FAMILIES == 400
    for line in lines():
        number = int(line["id"][1:])
        expected = [f"dept:{department_of(number):02d}", f"family:{family_of(number):03d}"]
        assert [group["id"] for group in line["groups"]] == expected
