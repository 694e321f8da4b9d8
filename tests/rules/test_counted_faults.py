"""How many faults a document has is said exactly, or no number is said, whoever of several readers found which."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from rules import Refused, read_receipt
from rules.fault import MOST_FAULTS, Fault, Further, further, joined
from rules.receipt import Receipt
from rules.receipt_rest import ReceiptRest
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of

HEAD = {"receipt_id": "r", "purchase_at": "2026-10-16T14:40:00Z", "store": {"id": "s"}}
NO_LIMIT = 10**9
WRONG: tuple[Callable[[Random], Any], ...] = (
    lambda _random: None,
    lambda _random: 5,
    lambda random: {"line_id": random.choice(["x", [], None])},
    lambda random: {"unit": random.choice([5, None, "kg"]), "groups": [random.choice(["g", 5])] * 3},
    lambda random: {"tax_lines": [random.choice([{}, {"amount": "x"}, 5])] * 2, "quantity": "x"},
    lambda _random: {},
)


def every_fault(receipt: dict[str, Any]) -> set[Fault]:
    """What both readers find, without a limit."""
    found: set[Fault] = set()
    for kind in (Receipt, ReceiptRest):
        try:
            reader_of(kind).read(receipt)
        except Faulty as faulty:
            found.update(faults_of(faulty, most=NO_LIMIT))
    return found


def said(receipt: dict[str, Any]) -> tuple[Fault, ...]:
    with pytest.raises(Refused) as refused:
        read_receipt(receipt)
    return refused.value.faults


@pytest.mark.parametrize(("lines", "sentence"), [(100, None), (101, "… and 1 more"), (102, "… and 2 more")])
def test_what_both_readers_find_is_counted_once(lines: int, sentence: str | None) -> None:
    faults = said({**HEAD, "items": [None] * lines})
    assert len(faults) == min(lines, MOST_FAULTS) + (sentence is not None)
    assert sentence is None or faults[-1].sentence == sentence


@pytest.mark.parametrize("seed", range(60))
def test_the_number_is_that_of_all_faults(seed: int) -> None:
    random = Random(seed)
    kinds = random.sample(WRONG, random.randint(1, 4))
    lines = [random.choice(kinds)(random) for _ in range(random.randint(60, 400))]
    head: dict[str, Any] = random.choice([HEAD, {"customer": random.choice([5, {"email": 5}])}])
    receipt = {**head, "items": [None, *lines]}
    faults = said(receipt)
    more = sum(fault.count for fault in faults if isinstance(fault, Further))
    assert sum(not isinstance(fault, Further) for fault in faults) + more == len(every_fault(receipt))


def test_no_number_is_said_where_two_readers_may_have_found_the_same() -> None:
    known = [*(Fault(f"a[{place}]", "wrong") for place in range(MOST_FAULTS)), further(5)]
    assert joined(known, []) == known
    assert joined(known, known) != known
    [*_, last] = Refused(joined(known, [Fault("b", "wrong")])).faults
    assert isinstance(last, Further)
    assert last.count == 0
    assert joined([], known) == known
    assert joined([Fault("b", "x")], [Fault("b", "y"), Fault("c", "z")]) == [Fault("b", "x"), Fault("c", "z")]
