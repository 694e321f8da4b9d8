"""The receipts that change the most are told for each currency, whatever its smallest unit is worth."""

from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Options, compare
from rabatt.simulation.replay.top_receipts import MOST
from rules import read_rules
from tests.support.simulation.archives import write_lines
from tests.support.simulation.plain_replay import Document

TENTH_OFF: Document = {
    "id": "tenth",
    "requirement": {"item": {"items": [{"id": "apple"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}


def bought(currency: str | None, number: int, price: int) -> Document:
    """Return the receipt of an apple."""
    receipt: Document = {
        "receipt_id": f"{currency}-{number:02}",
        "purchase_at": f"2026-03-{number + 1:02}T10:00:00+01:00",
        "store": {"id": "s"},
        "items": [{"id": "apple", "quantity": 1, "gross_amount": price, "eligible_for_discount": True}],
    }
    return receipt if currency is None else {**receipt, "currency": currency}


RECEIPTS = [
    bought(currency, number, price + 100 * number)
    for currency, price in (("JPY", 30_000), ("NOK", 20_000), (None, 10_000))
    for number in range(MOST + 2)
]
# None first, then by name; in each the greatest change first.
EXPECTED = [f"{currency}-{number:02}" for currency in (None, "JPY", "NOK") for number in range(MOST + 1, 1, -1)]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({}, id="at once"),
        pytest.param({"jobs": 2}, id="by two processes", marks=pytest.mark.long),
        pytest.param({"batch": 1}, id="receipt by receipt"),
    ],
)
def test_each_currency_has_its_own(tmp_path: Path, how: dict[str, Any]) -> None:
    parts = [write_lines(RECEIPTS[part::3], tmp_path / f"{part}.jsonl") for part in range(3)]
    options = Options(batch_receipts=how.get("batch", 16))
    rules, jobs = read_rules([TENTH_OFF]), how.get("jobs", 1)
    gained = compare(parts, (), rules, options=options, jobs=jobs).summary["most_gained"]
    lost = compare(parts, rules, without=["tenth"], options=options, jobs=jobs).summary["most_lost"]
    assert [one["receipt_id"] for one in gained] == [one["receipt_id"] for one in lost] == EXPECTED
