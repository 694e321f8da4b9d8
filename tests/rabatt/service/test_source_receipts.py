"""Receipts with every field of the source documents are stored and given back, field by field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service
from tests.rabatt.service.test_receipts import listing, searched, stored
from tests.support.places import SHARED

FULL = json.loads((Path(__file__).parent / "full_receipt.json").read_text("utf-8"))
SOURCE = SHARED / "seeds" / "dintero-update-receipt.txt"
# What the server says of a receipt, whatever was sent: none of ours is deleted.
READ_ONLY = {"id", "created_at", "created_by", "updated_at", "deleted_by", "deleted_at"}

needs_sources = pytest.mark.skipif(
    not SOURCE.exists(), reason="the source documents are not beside the project, in ../shared/seeds"
)


def samples() -> list[dict[str, Any]]:
    """The body and the answer that the source document shows."""
    text = SOURCE.read_text("utf-8")
    body, end = json.JSONDecoder().raw_decode(text, text.index("{\n"))
    answer, _ = json.JSONDecoder().raw_decode(text, text.index("{\n", end))
    return [body, answer]


def names(value: object, above: str = "") -> Iterator[str]:
    """The path of every field, whatever the place in a list."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{above}.{name}"
            yield from names(member, f"{above}.{name}")
    elif isinstance(value, list):
        for member in value:
            yield from names(member, f"{above}[]")


def own(receipt: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in receipt.items() if name not in READ_ONLY}


def test_every_field_comes_back(service: Service) -> None:
    answer = stored(service, FULL)
    assert json.dumps(own(answer)) == json.dumps(FULL)
    assert searched(service, FULL["receipt_id"]) == [answer]
    assert listing(service, FULL["customer_id"]).json() == {"receipts": [answer]}


def test_every_field_of_a_discount_comes_back_when_it_is_added(service: Service) -> None:
    anonymous = {name: value for name, value in FULL.items() if name not in {"customer_id", "discounts"}}
    stored(service, anonymous)
    discounts = [{name: value for name, value in one.items() if name != "refs"} for one in FULL["discounts"]]
    changes = {"customer_id": FULL["customer_id"], "discounts": discounts}
    answer = service.call("PUT", f"receipts/all/{FULL['receipt_id']}", changes)
    assert answer.status_code == 200
    assert own(answer.json()) == {**FULL, "discounts": discounts}


@needs_sources
def test_no_field_of_the_source_document_is_missing_above() -> None:
    body, answer = samples()
    tried = {*names(FULL), *(f".{name}" for name in READ_ONLY)}
    assert sorted({*names(body), *names(answer)} - tried) == []


@needs_sources
def test_the_samples_of_the_source_document_are_taken_and_given_back(service: Service) -> None:
    body, sample = samples()
    answer = stored(service, sample)
    assert json.dumps(own(answer)) == json.dumps(own(sample))
    path = f"receipts/all/{sample['receipt_id']}"
    assert service.call("PUT", path, body).json() == answer
    assert listing(service, body["customer_id"]).json() == {"receipts": [answer]}


@needs_sources
def test_the_update_of_the_source_document_gives_the_receipt_that_it_shows(service: Service) -> None:
    body, sample = samples()
    anonymous = {name: value for name, value in sample.items() if name != "customer_id"}
    stored(service, anonymous)
    answer = service.call("PUT", f"receipts/all/{sample['receipt_id']}", body)
    assert answer.status_code == 200
    assert own(answer.json()) == own(sample)
