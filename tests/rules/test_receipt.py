"""A receipt is read once, keeps its document, and says in types what its lines say in fields."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules import Refused, read_receipt
from rules.receipt import Receipt

RECEIPT: dict[str, Any] = {"receipt_id": "1", "purchase_at": "2024-05-01T12:00:00+02:00", "store": {"id": "s"}}


def with_lines(*lines: dict[str, Any]) -> dict[str, Any]:
    return {**RECEIPT, "items": list(lines)}


def test_the_sample_receipt_is_read_from_text_and_from_data_alike(sample_receipt: dict[str, Any]) -> None:
    from_text, from_data = read_receipt(json.dumps(sample_receipt)), read_receipt(sample_receipt)
    assert from_text == from_data
    assert from_text.document == sample_receipt
    (line,) = from_text.items
    assert line.group_ids == ("chairs", "furniture")
    assert line.discount_lines[0].amount == 4500
    assert line.bonus_lines[0].bonus == 3150
    assert from_text.discount_codes == ("any discount code",)


def test_unknown_fields_survive_in_the_document() -> None:
    written = {**with_lines({"shelf": {"row": [1, 2.5, None]}}), "till": "é", "document": 5, "has_line_id": "x"}
    assert read_receipt(json.dumps(written)).document == written
    assert read_receipt(written).document == written


def test_the_document_is_a_copy_of_the_data() -> None:
    written = with_lines({"gross_amount": 100})
    receipt = read_receipt(written)
    written["items"][0]["gross_amount"] = 200
    assert receipt.document["items"][0]["gross_amount"] == 100


def test_the_offset_stays_as_it_was_written() -> None:
    assert read_receipt(RECEIPT).purchase_at.utcoffset() == timedelta(hours=2)


def test_a_datetime_of_python_is_read_as_its_text() -> None:
    receipt = read_receipt({**RECEIPT, "purchase_at": datetime(2024, 5, 1, 10, tzinfo=UTC)})
    assert receipt.document["purchase_at"] == "2024-05-01T10:00:00+00:00"
    with pytest.raises(Refused, match="offset"):
        read_receipt({**RECEIPT, "purchase_at": datetime(2024, 5, 1, 10)})  # noqa: DTZ001 - what is refused


def test_a_line_without_an_id_has_its_position_and_says_so() -> None:
    lines = read_receipt(with_lines({"line_id": 7}, {}, {"line_id": None, "has_line_id": True})).items
    assert [(line.line_id, line.has_line_id) for line in lines] == [(7, True), (2, False), (3, False)]


def test_absent_and_null_fields_of_a_line_are_the_same() -> None:
    names = (
        "line_id quantity gross_amount net_amount eligible_for_discount voided is_return_item scale_item "
        "groups discount_lines bonus_lines id"
    )
    absent, null = (
        read_receipt(with_lines({})).items[0],
        read_receipt(with_lines(dict.fromkeys(names.split()))).items[0],
    )
    assert absent == null
    assert (null.quantity, null.gross_amount, null.voided, null.group_ids, null.discount_lines) == (
        1,
        None,
        False,
        (),
        (),
    )


def test_absent_and_null_fields_of_a_receipt_are_the_same() -> None:
    absent = read_receipt(RECEIPT)
    null = read_receipt(
        {**RECEIPT, **dict.fromkeys(("items", "discount_code", "customer", "gross_amount", "discounts"))}
    )
    assert (null.items, null.discount_codes, null.gross_amount) == (absent.items, absent.discount_codes, None)


@pytest.mark.parametrize(
    ("written", "read"), [(2, 2), (2.0, 2), (0.345, 0.345), (-1, -1), (10**9, 10**9), (1e9, 10**9)]
)
def test_a_quantity_is_any_number_and_whole_where_it_can_be(written: float, read: float) -> None:
    quantity = read_receipt(json.dumps(with_lines({"quantity": written}))).items[0].quantity
    assert quantity == read
    assert type(quantity) is type(read)


def test_whole_amounts_may_be_written_as_fractions() -> None:
    receipt = read_receipt(
        json.dumps({**with_lines({"gross_amount": 100.0, "discount_lines": [{}]}), "net_amount": 90.0})
    )
    assert (receipt.net_amount, receipt.items[0].gross_amount) == (90, 100)
    assert isinstance(receipt.items[0].gross_amount, int)
    assert receipt.items[0].discount_lines[0].amount == 0


def test_one_discount_code_may_be_written_without_a_list() -> None:
    assert read_receipt({**RECEIPT, "discount_code": "TACO"}).discount_codes == ("TACO",)


def test_fields_that_patterns_ask_for_may_be_lists() -> None:
    customer = {"favorite_store": ["a", "b"], "company": {"number_of_employees": 20}}
    written = {**RECEIPT, "customer": customer, "store": {"id": "s", "mcc": 5814, "chain": None}}
    assert read_receipt(written).document["customer"] == customer


def test_a_receipt_that_was_not_read_from_a_document_has_none() -> None:
    assert Receipt.model_validate(RECEIPT).document == {}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from leaves(member, (*path, name))


# Typed as objects alone: the rule as it was when it was booked, and what belongs to customer and till.
UNTYPED = {"requirement", "reward", "limitation", "metadata", "links"}
READ_ONLY_IN_A_DISCOUNT = {
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
    "deleted_by",
    "campaign_id",
    "active",
    "private",
    "visible_from",
}


def test_every_field_of_the_sample_receipt_is_typed(sample_receipt: dict[str, Any]) -> None:
    for path in leaves(sample_receipt):
        above = set(path[:-1])
        if above & UNTYPED or (path[0] == "discounts" and path[-1] in READ_ONLY_IN_A_DISCOUNT | {"links"}):
            continue
        faulty = deepcopy(sample_receipt)
        parent: Any = faulty
        for part in path[:-1]:
            parent = parent[part]
        parent[path[-1]] = [{"wrong": 1}, 5, True] if isinstance(parent[path[-1]], dict) else {"wrong": 1}
        with pytest.raises(Refused) as refusal:
            read_receipt(faulty)
        assert refusal.value.faults, path


@pytest.mark.parametrize(
    ("fields", "units", "pieces"),
    [
        pytest.param({"quantity": 3}, 3, True, id="pieces"),
        pytest.param({"quantity": 3.0}, 3, True, id="pieces, written with a fraction of nothing"),
        pytest.param({}, 1, True, id="one where nothing is said"),
        pytest.param({"quantity": -2}, -2, True, id="pieces that are returned"),
        pytest.param({"quantity": 0.75}, 1, False, id="a weight"),
        pytest.param({"quantity": 3, "scale_item": True}, 1, False, id="a whole number of kilograms"),
    ],
)
def test_a_line_of_whole_quantity_has_so_many_units(fields: dict[str, Any], units: int, pieces: bool) -> None:
    [line] = read_receipt(with_lines(fields)).items
    assert line.units == units
    assert line.has_pieces is pieces
