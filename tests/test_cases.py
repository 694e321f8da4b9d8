"""Golden cases: what the specification says about one purchase, worked out by hand; one JSON file each."""

import json

import pytest

from engine import Evaluation, Settings, compile_rules, evaluate
from rules import Receipt, Refused, read_grants, read_receipt, read_rules
from tests.support.golden import ROWS, SECTIONS, Case, differences, read_cases

CASES = read_cases()
GIVEN = [case for case in CASES if "faults" not in case.expect]
REFUSED = [case for case in CASES if "faults" in case.expect]


def name_of(case: Case) -> str:
    """Return the name of a case's file."""
    return case.name


def evaluated(case: Case, receipt: Receipt | None = None) -> Evaluation:
    """Return what the engine makes of a case, or of another receipt in its place."""
    rules = read_rules(case.rules)
    grants = None if case.grants is None else read_grants(case.grants, rules)
    receipt = read_receipt(case.receipt) if receipt is None else receipt
    return evaluate(compile_rules(rules), receipt, grants, Settings(**case.settings))


@pytest.mark.parametrize("case", GIVEN, ids=name_of)
def test_engine_agrees_with_case(case: Case) -> None:
    evaluation = evaluated(case)
    assert differences(case.of_receipt, evaluation.receipt) == [], case.title
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
