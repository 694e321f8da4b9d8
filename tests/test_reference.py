"""The reference engine says what the golden cases say, so that what it proves is what was worked out by hand."""

import pytest

from tests.reference import reference_evaluate
from tests.support.golden import Case, differences, read_cases

MOST_UNITS = 12
SETTINGS = {"mode", "rule"}


def suits_reference(case: Case) -> bool:
    """Return whether the reference engine takes the case, and can try every packing of it."""
    if "faults" in case.expect:
        return False
    units = sum(int(line.get("quantity") or 1) for line in case.receipt["items"])
    return units <= MOST_UNITS and set(case.settings) <= SETTINGS


@pytest.mark.parametrize("case", [case for case in read_cases() if suits_reference(case)], ids=lambda case: case.name)
def test_reference_agrees_with_case(case: Case) -> None:
    result = reference_evaluate(case.rules, case.receipt, case.grants, **case.settings)
    assert differences(case.of_receipt, result) == [], case.title
