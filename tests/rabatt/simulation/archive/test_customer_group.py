"""A field of the customer that nobody has is told of: it may be misspelt."""

from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Options, compare
from rabatt.simulation.customer_group import group_warning
from rules import read_rules
from tests.support.simulation.archives import write_lines

RULE = {
    "id": "tenth",
    "requirement": {"item": {"items": [{"id": "apple"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}


@pytest.mark.parametrize(
    ("groups", "field", "is_told"),
    [
        pytest.param({"none"}, "attributes.segmnt", True, id="nobody has it"),
        pytest.param({"none", "gold"}, "attributes.segment", False, id="somebody has it"),
        pytest.param({"gold"}, "attributes.segment", False, id="everybody has it"),
        pytest.param(set(), "attributes.segment", False, id="there is nobody"),
        pytest.param({"no customer"}, None, False, id="no field was asked for"),
    ],
)
def test_a_field_that_tells_nobody_apart_is_told_of(groups: set[str], field: str | None, *, is_told: bool) -> None:
    warning = group_warning(groups, field)
    assert (warning is not None) is is_told
    assert not is_told or (field or "-") in (warning or "")


@pytest.mark.parametrize("prune", [True, False])
@pytest.mark.parametrize(("field", "warnings"), [("attributes.segment", 0), ("attributes.segmnt", 1), (None, 0)])
def test_the_summary_warns(tmp_path: Path, field: str | None, warnings: int, *, prune: bool) -> None:
    receipts: list[dict[str, Any]] = [
        {
            "receipt_id": str(number),
            "purchase_at": "2026-03-01T10:00:00+01:00",
            "store": {"id": "s"},
            "currency": currency,
            "items": [{"id": item, "quantity": 1, "gross_amount": 100, "eligible_for_discount": True}],
        }
        for number, (currency, item) in enumerate((("NOK", "apple"), ("SEK", "pear")))
    ]
    # That one of another currency has it is enough.
    receipts[1]["customer"] = {"attributes": {"segment": "gold"}}
    archive = write_lines(receipts, tmp_path / "receipts.jsonl")
    summary = compare(archive, read_rules([RULE]), options=Options(customer_group=field, prune=prune)).summary
    assert len(summary["warnings"]) == warnings
