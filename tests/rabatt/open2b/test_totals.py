"""Every total field of some receipts, worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from rabatt.open2b.decimals import unscaled
from rabatt.open2b.external_receipt import read_external
from tests.support.open2b.receipts import exact

TEXT = (Path(__file__).parent / "totals.json").read_text("utf-8")
CASES: list[dict[str, Any]] = exact(TEXT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_every_total_is_what_was_worked_out(case: dict[str, Any]) -> None:
    receipt = read_external({"creationTime": "2020-09-02 12:00:00", **case["receipt"]}).receipt
    totals = receipt.totals(receipt.own_discounts)
    shown: dict[str, Any] = {name: str(value) for name, value in totals.as_data().items()}
    shown["taxes"] = [[tax.code, str(unscaled(amount.base)), str(unscaled(amount.tax))] for tax, amount in totals.taxes]
    assert shown == case["expect"]


def test_every_total_field_is_in_each_of_them() -> None:
    fields = {"prediscountSubtotal", "taxedPrediscountSubtotal", "subtotal", "taxedSubtotal", "taxAmount", "total"}
    assert all(case["expect"].keys() == {*fields, "taxedTotal", "quantity", "weight", "taxes"} for case in CASES)
    assert len(json.loads(TEXT)) == len(CASES)
