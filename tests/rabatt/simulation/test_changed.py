"""What the draft's changes cost where the costs of goods are known in part: small archives, by hand."""

from pathlib import Path
from typing import Any

import pytest

from rabatt.simulation import Simulation, compare
from rules import read_rules
from tests.support.simulation.archives import write_lines
from tests.support.simulation.plain_replay import Document

HALF_OFF: Document = {"type": "discount_percent", "value": 50}
TENTH_OFF: Document = {"type": "discount_percent", "value": 10}
TENTH_AS_BONUS: Document = {**TENTH_OFF, "effect": "bonus"}


def piece(item: str, price: int, **fields: Any) -> Document:
    """Return the line of one piece."""
    return {"id": item, "quantity": 1, "gross_amount": price, "eligible_for_discount": True, **fields}


def bought(number: int, *lines: Document) -> Document:
    """Return a receipt in NOK."""
    at = f"2026-03-{number + 1:02}T10:00:00+01:00"
    return {"receipt_id": str(number), "purchase_at": at, "store": {"id": "s"}, "currency": "NOK", "items": [*lines]}


def drafted(folder: Path, reward: Document, *receipts: Document) -> Simulation:
    """Return the replay of receipts with a draft that rewards apples, where no rule was."""
    draft = {"id": "new", "requirement": {"item": {"items": [{"id": "apple"}]}}, "reward": reward}
    return compare(write_lines(receipts, folder / "receipts.jsonl"), (), read_rules([draft]))


def test_discount_on_goods_without_cost_is_given_up_too(tmp_path: Path) -> None:
    receipt = bought(0, piece("apple", 10_000), piece("pear", 1_000, cost_price=600))
    [found] = drafted(tmp_path, HALF_OFF, receipt).summary["break_even"]
    assert (found["margin_today"], found["margin_scenario"]) == (400, -4_600)
    assert (found["cost"], found["uncosted"]) == (5_000, 5_000)
    assert (found["extra_receipts"], found["extra_receipts_discounted"]) == (13, None)
    assert (found["units"], found["extra_units"], found["extra_units_discounted"]) == (0, None, None)


def test_tax_on_that_discount_is_none_of_the_shop_s(tmp_path: Path) -> None:
    receipt = bought(0, piece("apple", 10_000, tax_percent=25), piece("pear", 1_000, cost_price=600))
    [found] = drafted(tmp_path, HALF_OFF, receipt).summary["break_even"]
    assert (found["cost"], found["uncosted"]) == (4_000, 4_000)


def test_lines_with_and_without_cost_add_up(tmp_path: Path) -> None:
    lines = piece("apple", 10_000, cost_price=2_000), piece("apple", 4_000), piece("pear", 3_000)
    [found] = drafted(tmp_path, HALF_OFF, bought(0, *lines)).summary["break_even"]
    assert (found["margin_today"], found["margin_scenario"]) == (8_000, 1_000)
    assert (found["cost"], found["uncosted"]) == (7_000, 2_000)
    # Of the apple whose cost is known: it earns 8000 today, and 1000 with all that is given on its receipt.
    assert (found["units"], found["extra_units"], found["extra_units_discounted"]) == (1, 1, 7)


def test_bonus_has_no_units_that_others_could_be_like(tmp_path: Path) -> None:
    receipts = [bought(number, piece("apple", 10_000, cost_price=6_000)) for number in range(10)]
    [found] = drafted(tmp_path, TENTH_AS_BONUS, *receipts).summary["break_even"]
    assert (found["cost"], found["extra_receipts"], found["extra_receipts_discounted"]) == (10_000, 3, 4)
    assert (found["units"], found["extra_units"], found["extra_units_discounted"]) == (0, None, None)


@pytest.mark.parametrize("reward", [TENTH_OFF, TENTH_AS_BONUS], ids=["discount", "bonus"])
def test_receipts_without_costs_are_counted_with_what_they_get(tmp_path: Path, reward: Document) -> None:
    others = [bought(number, piece("apple", 10_000)) for number in range(9)]
    simulation = drafted(tmp_path, reward, *others, bought(9, piece("apple", 10_000, cost_price=6_000)))
    given = {"discount": 9_000, "bonus": 0} if reward is TENTH_OFF else {"discount": 0, "bonus": 9_000}
    expected = {"currency": "NOK", "receipts": 10, "with_costs": 1, "without_costs": {"receipts": 9, **given}}
    assert simulation.summary["changed"] == [expected]
    assert [one["cost"] for one in simulation.summary["break_even"]] == [1_000]


def test_without_any_costs_nothing_is_worked_out(tmp_path: Path) -> None:
    summary = drafted(tmp_path, TENTH_OFF, bought(0, piece("apple", 10_000)), bought(1, piece("pear", 1_000))).summary
    assert [(one["receipts"], one["with_costs"]) for one in summary["changed"]] == [(1, 0)]
    assert summary["break_even"] == summary["margin"] == []


def test_a_receipt_that_is_given_the_same_is_not_changed(tmp_path: Path) -> None:
    summary = drafted(tmp_path, TENTH_OFF, bought(0, piece("pear", 1_000, cost_price=600))).summary
    assert summary["changed"] == summary["break_even"] == []
