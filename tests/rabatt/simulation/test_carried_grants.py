"""What a customer carries from purchase to purchase: one row for each reading of what a history is.

Every row is also asked of the plain replay, and without looking at columns first.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.simulation.archives import write_lines
from tests.support.simulation.comparing import (
    rows_in,
    simulated,
)
from tests.support.simulation.plain_replay import Document, Question, plain_replay
from tests.support.simulation.plain_tables import by_receipt

COFFEE = {"item": {"items": [{"id": "coffee"}]}}
FREE = {"type": "discount_item_quantity", "value": 1}
EVERY_THIRD_FREE: Document = {"id": "card", "requirement": {"stamp": 2, **COFFEE}, "reward": FREE}
FOR_TWO_DAYS: Document = {**EVERY_THIRD_FREE, "limitation": {"stamp_expire_days": 2}}
TEN_OFF: Document = {"id": "ten", "requirement": COFFEE, "reward": {"type": "discount_amount", "value": 10}}
TEN_OFF_ONCE: Document = {**TEN_OFF, "limitation": {"discount_repeat_usage": 1, "discount_reward_usage": 1}}
GIFT_CARD: Document = {"id": "gift", "reward": {"type": "discount_debit", "value": 150}}


def bought(day: int, item: str = "coffee", number: str | None = None, customer_id: str | None = "c") -> Document:
    """Return the receipt of one piece for 100, at noon."""
    line = {"id": item, "gross_amount": 100, "eligible_for_discount": True}
    receipt: Document = {
        "receipt_id": number or f"day {day}",
        "store": {"id": "s"},
        "purchase_at": f"2024-05-{day:02}T12:00:00Z",
        "items": [line],
    }
    return receipt if customer_id is None else {**receipt, "customer_id": customer_id}


def granted(rule_id: str, grant_id: str = "g", **fields: Any) -> Document:
    """Return a grant of a rule, the customer's own unless more is said."""
    return {"id": grant_id, "discount_id": rule_id, "customer_id": "c", **fields}


class Case(NamedTuple):
    """A question, the receipts, and by their ids what the receipts are given in both worlds, debits included."""

    question: Question
    receipts: Sequence[Document]
    baseline: dict[str, int]
    scenario: dict[str, int]


def same(question: Question, receipts: Sequence[Document], given: dict[str, int]) -> Case:
    """Return a case in which both worlds give the same."""
    return Case(question, receipts, given, given)


CASES = [
    pytest.param(
        same(Question([TEN_OFF_ONCE]), [bought(1), bought(2), bought(3)], {"day 1": 10}),
        id="a use of what everyone was granted is the customer's own",
    ),
    pytest.param(
        same(
            Question([TEN_OFF_ONCE]),
            [bought(1, customer_id=None), bought(2, customer_id=None)],
            {"day 1": 10, "day 2": 10},
        ),
        id="a receipt without customer has no history",
    ),
    pytest.param(
        same(Question([TEN_OFF_ONCE]), [bought(1, number="b"), bought(1, number="a")], {"a": 10}),
        id="at one time the lower receipt id is first",
    ),
    pytest.param(
        same(
            Question([TEN_OFF], grants=[granted("ten", created_at="2024-05-02T12:00:00Z")]),
            [bought(1), bought(2), bought(3)],
            {"day 2": 10, "day 3": 10},
        ),
        id="a grant counts from when it was made",
    ),
    pytest.param(
        same(
            Question([TEN_OFF], grants=[granted("ten", customer_id="*", created_at="2024-05-02T12:00:01Z")]),
            [bought(1), bought(2), bought(3)],
            {"day 3": 10},
        ),
        id="and so does everyone's",
    ),
    pytest.param(
        same(
            Question([TEN_OFF_ONCE], grants=[granted("ten", statistics={"usage": 1})]),
            [bought(1), bought(1, customer_id="d", number="of another")],
            {},
        ),
        id="what was used before is used",
    ),
    pytest.param(
        same(
            Question([TEN_OFF_ONCE], since="2024-05-02", until="2024-05-03"),
            [bought(1), bought(2), bought(3)],
            {"day 2": 10},
        ),
        id="what was bought before the period is not replayed",
    ),
    pytest.param(
        same(
            Question([EVERY_THIRD_FREE]),
            [bought(day) for day in range(1, 7)],
            {"day 3": 100, "day 6": 100},
        ),
        id="a card fills, is paid for the reward, and fills again",
    ),
    pytest.param(
        same(
            Question([FOR_TWO_DAYS]),
            [bought(1), bought(3), bought(4), bought(5), bought(6)],
            {"day 5": 100},
        ),
        id="stamps expire on the card",
    ),
    pytest.param(
        same(
            Question([FOR_TWO_DAYS], grants=[granted("card", statistics={"stamp": 2})]),
            [bought(1, "tea"), bought(4), bought(5), bought(8), bought(9)],
            {"day 4": 100},
        ),
        id="stamps without times live until a purchase is stamped on the card, and are of its time then",
    ),
    pytest.param(
        same(
            Question(
                [FOR_TWO_DAYS],
                grants=[granted("card", statistics={"stamp": 2}, created_at="2024-05-01T00:00:00Z")],
            ),
            [bought(3)],
            {},
        ),
        id="or of the time of the grant",
    ),
    pytest.param(
        Case(
            Question([FOR_TWO_DAYS], draft=[{**TEN_OFF, "id": "card"}], grants=[granted("card")]),
            [bought(1), bought(2), bought(5)],
            {},
            {"day 1": 10, "day 2": 10, "day 5": 10},
        ),
        id="stamps expire also where the draft's rule of that id has none",
    ),
    pytest.param(
        Case(
            Question(
                [FOR_TWO_DAYS],
                draft=[{**TEN_OFF, "id": "card"}],
                grants=[granted("card", statistics={"stamp": 2}, created_at="2024-05-01T00:00:00Z")],
            ),
            [bought(4)],
            {},
            {"day 4": 10},
        ),
        id="and those from before the first purchase too",
    ),
    pytest.param(
        Case(
            Question([{**TEN_OFF, "id": "card"}], draft=[FOR_TWO_DAYS], grants=[granted("card")]),
            [bought(1), bought(2), bought(5)],
            {"day 1": 10, "day 2": 10, "day 5": 10},
            {},
        ),
        id="or where only the draft's has",
    ),
    pytest.param(
        Case(
            Question([TEN_OFF_ONCE], draft=[{**TEN_OFF_ONCE, "reward": {"type": "discount_amount", "value": 1}}]),
            [bought(1), bought(2)],
            {"day 1": 10},
            {"day 1": 1},
        ),
        id="each world has its own uses",
    ),
    pytest.param(
        Case(
            Question([TEN_OFF_ONCE], draft=[{**TEN_OFF_ONCE, "requirement": {"item": {"items": [{"id": "tea"}]}}}]),
            [bought(1), bought(2, "tea"), bought(3, "tea")],
            {"day 1": 10},
            {"day 2": 10},
        ),
        id="a use that one world spends on another receipt is left in the other",
    ),
    pytest.param(
        same(
            Question(
                [GIFT_CARD],
                grants=[
                    granted("gift", "old", created_at="2024-04-01T00:00:00Z", statistics={"debit_balance": 30}),
                    granted("gift", "new", created_at="2024-05-02T00:00:00Z"),
                ],
            ),
            [bought(1), bought(2), bought(3), bought(4)],
            {"day 1": 30, "day 2": 100, "day 3": 50},
        ),
        id="balances are spent, the oldest first",
    ),
    pytest.param(
        same(Question([GIFT_CARD]), [bought(1)], {}),
        id="nobody has a balance of everyone's grant",
    ),
    pytest.param(
        same(
            Question(
                [{**TEN_OFF, "limitation": {"dynamic_purchase_to_days": 1}}],
                grants=[granted("ten", created_at="2024-05-01T12:00:00Z")],
            ),
            [bought(1), bought(2), bought(3)],
            {"day 1": 10, "day 2": 10},
        ),
        id="days count from the grant",
    ),
    pytest.param(
        same(
            Question([TEN_OFF], grants=[]),
            [bought(1)],
            {},
        ),
        id="an empty list of grants grants nothing",
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_a_history_is_carried(case: Case, tmp_path: Path) -> None:
    lines = write_lines(case.receipts, tmp_path / "receipts.jsonl")
    simulation = simulated(case.question, [lines])
    table = simulation.tables["by_receipt"].to_pylist()
    for world, expected in (("baseline", case.baseline), ("scenario", case.scenario)):
        given = {row["receipt_id"]: row[f"{world}_discount"] + row[f"{world}_debit"] for row in table}
        assert {receipt_id: amount for receipt_id, amount in given.items() if amount} == expected, world
    plain = by_receipt(plain_replay(case.receipts, case.question))
    assert rows_in(simulation.tables["by_receipt"]) == plain
    assert rows_in(simulated(case.question, [lines], prune=False).tables["by_receipt"]) == plain
