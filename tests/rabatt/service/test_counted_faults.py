"""How many faults a body has is said exactly, or no number is said, though several readers look through it."""

import json
from typing import Any

import pytest

from rabatt.service.bodies.receipt import read_new_receipt, read_update
from rules import Refused
from rules.fault import MOST_FAULTS, Fault

HEAD = {"receipt_id": "r", "purchase_at": "2026-10-16T14:40:00Z", "store": {"id": "s"}}
UNCOUNTED = "… and more: mend these first, nothing else was checked"


def last_of(read: Any, body: object, *more: int) -> Fault:
    with pytest.raises(Refused) as refused:
        read(json.dumps(body).encode(), *more)
    assert len(refused.value.faults) == MOST_FAULTS + 1
    return refused.value.faults[-1]


def test_a_receipt_of_which_more_is_wrong_than_is_said() -> None:
    lines = [None] * (MOST_FAULTS + 2)
    assert last_of(read_new_receipt, {**HEAD, "items": lines}, 1_000).sentence == "… and 2 more"
    # Both ask for its customer's name, and find one fault.
    assert last_of(read_new_receipt, {**HEAD, "items": lines, "customer_id": 5}, 1_000).sentence == "… and 3 more"
    # What only one of them asks for may be among those that were counted.
    assert last_of(read_new_receipt, {**HEAD, "items": lines}, MOST_FAULTS).sentence == UNCOUNTED


def test_an_update_of_which_both_readers_refuse_the_discounts() -> None:
    assert last_of(read_update, {"discounts": [5] * (MOST_FAULTS + 2)}).sentence == UNCOUNTED
