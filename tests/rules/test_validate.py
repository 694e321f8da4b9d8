"""What is wrong is found in the time in which what is right is read: little is read of a document that is all wrong."""

from typing import Any

import pytest

from rabatt.service.bodies.claim import MOST_REFS, ClaimedDiscount
from rules.fault import MOST_FAULTS, Further
from rules.receipt import Receipt
from rules.receipt_rest import ReceiptRest
from rules.refuse import faults_of
from rules.rule import Rule
from rules.validate import ENOUGH_ERRORS, LEAST_READ, Faulty, reader_of

HEAD = {"receipt_id": "r", "purchase_at": "2026-10-16T14:40:00Z", "store": {"id": "s"}}
RULE: dict[str, Any] = {"id": "r", "reward": {"type": "discount_percent", "value": 10}}


def faulty(kind: type, document: Any) -> Faulty:
    with pytest.raises(Faulty) as found:
        reader_of(kind).read(document)
    return found.value


@pytest.mark.parametrize("kind", [Receipt, ReceiptRest])
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([5] * 100_000, id="no lines"),
        pytest.param([{"line_id": "x", "unit": 5}] * 50_000, id="wrong fields"),
        pytest.param([{"groups": [5] * 100_000, "tax_lines": [5] * 100_000}], id="lists in a line"),
        pytest.param([{}] * 40_000 + [{"line_id": 0.5, "unit": 5}] * 60_000, id="wrong from somewhere on"),
    ],
)
def test_a_document_that_is_all_wrong_gives_few_errors(kind: type, lines: list[Any]) -> None:
    found = faulty(kind, {**HEAD, "items": lines})
    assert found.first is not None
    assert ENOUGH_ERRORS <= found.error.error_count() < 10 * LEAST_READ
    assert found.first.error_count() < 10
    faults = faults_of(found)
    assert len(faults) == MOST_FAULTS + 1
    assert isinstance(faults[-1], Further)


def test_one_wrong_member_is_found_wherever_it_is() -> None:
    for place in (0, LEAST_READ - 1, LEAST_READ, LEAST_READ + 1, 9_000, 11_999):
        lines: list[Any] = [{}] * 12_000
        lines[place] = {"line_id": "x"}
        found = faulty(Receipt, {**HEAD, "items": lines})
        assert [fault.path for fault in faults_of(found)] == [f"items[{place}].line_id"]
        assert found.first is None


def test_a_document_of_usual_length_is_read_whole() -> None:
    found = faulty(Rule, {**RULE, "requirement": {"store_ids": [5] * (LEAST_READ - 10)}})
    assert found.first is None
    assert [str(fault) for fault in faults_of(found)][-1] == f"… and {LEAST_READ - 10 - MOST_FAULTS} more"


def test_what_is_too_long_is_said_though_its_end_was_not_read() -> None:
    found = faulty(ClaimedDiscount, {"id": "r", "refs": [5] * (LEAST_READ * 2)})
    assert f"{MOST_REFS} at most are taken" in str([str(fault) for fault in faults_of(found, ClaimedDiscount)])
