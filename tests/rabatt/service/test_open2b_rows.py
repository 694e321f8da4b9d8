"""Every row of the error tables of `create` and `update`, to the letter, on both stores; then nothing is changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service
from tests.support.open2b.receipts import NEW, with_changes
from tests.support.open2b.source import needs_source, rows
from tests.support.service.open2b import created, done, got, refused, stocked

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "open2b" / "rows.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['method']}: {case['row']}")
def test_the_row_is_what_comes_back(service: Service, case: dict[str, Any]) -> None:
    stocked(service)
    if case["method"] == "create":
        body: dict[str, Any] = {"receipt": with_changes(NEW, case["change"])}
        before = None
    else:
        id = created(service)
        body = {"id": case.get("id", id), "receipt": case["change"]}
        before = got(service, id)
    expected = case["expect"]
    found = refused(service, case["method"], body)
    assert found == [{**expected, "sentence": expected["description"], "nearest": None}]
    if before is None:
        assert done(service, "count", {}) == {"count": 0}
    else:
        assert got(service, before["id"]) == before


@needs_source
@pytest.mark.parametrize("method", ["create", "update"])
def test_no_row_of_the_source_is_missing_above(method: str) -> None:
    tried = sorted(
        (case["expect"]["field"], case["expect"]["type"], case["row"]) for case in CASES if case["method"] == method
    )
    assert tried == sorted(rows(method))


def test_all_that_is_wrong_is_told_at_once(service: Service) -> None:
    stocked(service)
    changes = {"customer": 99, "locale": "x", "paymentMethod": 77, "items": [{"taxClass": 77}, {"taxClass": 78}]}
    found = refused(service, "create", {"receipt": with_changes(NEW, changes)})
    assert [row["field"] for row in found] == ["customer", "locale", "taxClass", "taxClass", "paymentMethod"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"items": [{"quantity": 999_999, "price": 9_999_999}]}, "totalPrice", id="a line"),
        pytest.param({"items": [{"quantity": 9, "price": 9_999_999}] * 2}, "taxedTotal", id="all lines"),
        pytest.param({"items": [{"price": 1, "quantity": 10, "weight": 99_999}]}, "weight", id="the weight"),
        pytest.param(
            {
                "items": [{"quantity": 9, "price": 9_999_999, "taxClass": 2}] * 2
                + [{"quantity": 9, "price": -9_999_999, "taxClass": 3}] * 2
            },
            "taxableTotal",
            id="a class that another cancels",
        ),
    ],
)
def test_what_a_field_has_no_room_for_is_refused(service: Service, changes: dict[str, Any], field: str) -> None:
    stocked(service)
    plainly = {"paymentMethod": None, "paymentCost": None, "shippingMethod": None, "shippingCost": None}
    found = refused(service, "create", {"receipt": with_changes(NEW, {**plainly, "discounts": [], **changes})})
    assert field in [row["field"] for row in found]
    assert all(row["type"] == "InvalidValue" for row in found)
