"""Purchases of an archive in which goods come back, and the simulation of a draft over them."""

from pathlib import Path
from typing import Any

from engine import Settings
from rabatt.simulation import Options, Simulation, compare
from rules import read_rules
from tests.support.simulation.archives import write_lines
from tests.support.simulation.plain_replay import Document

TEN_OFF_ONCE: Document = {
    "id": "once",
    "requirement": {"item": {"items": [{"id": "tea"}]}},
    "reward": {"type": "discount_amount", "value": 10},
    "limitation": {"discount_repeat_usage": 1, "discount_reward_usage": 1},
}


def simulated(receipts: list[Document], folder: Path, *draft: Document, rules: Any = (), **options: Any) -> Simulation:
    """Return the simulation of a draft over receipts."""
    settings = Settings(return_policy=options.pop("policy", "as_paid"))
    lines = write_lines(receipts, folder / "receipts.jsonl")
    return compare(
        lines, read_rules(list(rules)), read_rules(list(draft)), options=Options(settings=settings, **options)
    )


def line(item: str | None, gross: int, **fields: Any) -> Document:
    return {"id": item, "gross_amount": gross, "eligible_for_discount": True, **fields}


def bought(*lines: Document, number: str = "1", day: int = 1, customer_id: str | None = "c", **fields: Any) -> Document:
    """Return a purchase at noon of a day in May."""
    receipt: Document = {
        "receipt_id": number,
        "purchase_at": f"2024-05-{day:02}T12:00:00Z",
        "store": {"id": "s"},
        "customer_id": customer_id,
        "currency": "NOK",
        "items": list(lines),
    }
    return receipt | fields


def back(item: str | None = "tea", named: Any = "1", **fields: Any) -> Document:
    """Return a line of goods that come back."""
    return {"id": item, "gross_amount": -1, "is_return_item": True, "returned_receipt_id": named, **fields}
