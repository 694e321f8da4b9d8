"""Golden cases: what the specification says about one purchase, worked out by hand; one JSON file each."""

import json
from typing import Any

import pytest

from engine import Evaluation, Settings, compile_rules, evaluate
from rules import Receipt, Refused, read_grants, read_receipt, read_rules
from tests.golden import RECEIPT_FIELDS, ROWS, SECTIONS, Case, differences, read_cases
from tests.reference import reference_evaluate

CASES = read_cases()
GIVEN = [case for case in CASES if "faults" not in case.expect]
REFUSED = [case for case in CASES if "faults" in case.expect]
MOST_UNITS_OF_REFERENCE = 12
REFERENCE_SETTINGS = {"mode", "rule"}


def name_of(case: Case) -> str:
    """Return the name of a case's file."""
    return case.name


def evaluated(case: Case, receipt: Receipt | None = None) -> Evaluation:
    """Return what the engine makes of a case, or of another receipt in its place."""
    rules = read_rules(case.rules)
    grants = None if case.grants is None else read_grants(case.grants, rules)
    receipt = read_receipt(case.receipt) if receipt is None else receipt
    return evaluate(compile_rules(rules), receipt, grants, Settings(**case.settings))


def receipt_part(case: Case) -> dict[str, Any]:
    """Return what a case expects of the result receipt; absent totals as null."""
    expected = {name: part for name, part in case.expect.items() if name in RECEIPT_FIELDS}
    return expected | dict.fromkeys(case.expect.get("absent", []))


def rule_list(case: Case) -> list[dict[str, Any]]:
    """Return the rules of a case as a list."""
    rules: list[dict[str, Any]] = case.rules
    return rules


def suits_reference(case: Case) -> bool:
    """Return whether the reference engine can try every packing of the case."""
    units = sum(int(line.get("quantity") or 1) for line in case.receipt.get("items") or [])
    return units <= MOST_UNITS_OF_REFERENCE and set(case.settings) <= REFERENCE_SETTINGS


@pytest.mark.parametrize("case", GIVEN, ids=name_of)
def test_engine_agrees_with_case(case: Case) -> None:
    evaluation = evaluated(case)
    assert differences(receipt_part(case), evaluation.receipt) == [], case.title
    assert evaluation.optimal is case.expect.get("optimal", True)


@pytest.mark.parametrize("case", [case for case in GIVEN if "reasons" in case.expect], ids=name_of)
def test_engine_says_why(case: Case) -> None:
    said = {outcome["rule_id"]: outcome for outcome in evaluated(case).explain().as_data()["rules"]}
    assert differences(case.expect["reasons"], said) == [], case.title


@pytest.mark.parametrize("case", [case for case in GIVEN if "lines" in case.expect], ids=name_of)
def test_engine_says_which_lines_take_no_part(case: Case) -> None:
    said = evaluated(case).explain().as_data()["lines"]
    assert differences(case.expect["lines"], said) == [], case.title


@pytest.mark.parametrize("case", GIVEN, ids=name_of)
def test_evaluating_the_result_again_gives_the_result(case: Case) -> None:
    once = evaluated(case).receipt
    again = evaluated(case, read_receipt(once)).receipt
    assert json.dumps(again, sort_keys=True) == json.dumps(once, sort_keys=True)


@pytest.mark.parametrize("case", [case for case in GIVEN if suits_reference(case)], ids=name_of)
def test_reference_agrees_with_case(case: Case) -> None:
    result = reference_evaluate(rule_list(case), case.receipt, case.grants, **case.settings)
    assert differences(receipt_part(case), result) == [], case.title


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_faults_are_all_named(case: Case) -> None:
    with pytest.raises(Refused) as refused:
        evaluated(case)
    faults = sorted(refused.value.faults, key=lambda fault: fault.path)
    wanted = sorted(case.expect["faults"], key=lambda fault: str(fault["path"]))
    assert [fault.path for fault in faults] == [fault["path"] for fault in wanted], case.title
    for fault, expected in zip(faults, wanted, strict=True):
        assert expected.get("says", "") in fault.sentence
        assert expected.get("nearest") in (None, fault.nearest)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_case(section: str) -> None:
    assert any(spec.split(".")[0] == section for case in CASES for spec in case.spec)


@pytest.mark.parametrize(
    ("section", "row"), [pytest.param(section, row) for section, rows in ROWS.items() for row in rows]
)
def test_every_row_has_a_case(section: str, row: str) -> None:
    assert any(f"{section}.{row}" in case.spec for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_case_names_its_row(case: Case) -> None:
    known = {f"{section}.{row}" for section, rows in ROWS.items() for row in rows}
    assert set(case.spec) <= known
    assert case.title
