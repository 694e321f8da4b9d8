"""Golden documents: what the lines of a note come to, and the answer to everything that is not done."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.golden import differences
from tests.service.conftest import Service
from tests.service.noting import as_sent, booked, call, exact, golden, made, with_ledger

PAGE = Path(__file__).parents[2] / "docs" / "credit-notes.md"
CODES = re.compile(r"^\| \d{3} \| `(\w+)` \|", re.MULTILINE)
TOTALS, ERRORS = golden("totals"), golden("errors")
# Those that only notes for returns end in: test_credit_notes_for_returns.py.
OF_RETURNS = {"RETURN_HAS_NOTE", "REFUND_DIFFERS", "NO_ACCOUNT_FOR_VAT"}


def spelled(value: Any) -> Any:
    """A document whose numbers are compared as they are written, to their last place."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("case", TOTALS, ids=lambda case: case["title"])
def test_the_sums_are_those_of_the_case(service: Service, case: dict[str, Any]) -> None:
    body = as_sent({**case.get("head", {}), "ProductLines": case["lines"]})
    with with_ledger(service, case.get("ledger", {})):
        answer = call(service, "POST", "", body)
        assert answer.status_code == 201, answer.text
        first = exact(answer.text)
        assert differences(spelled(case["expect"]), spelled(first)) == []
        # What was read may be sent back, and booking changes none of it.
        again = call(service, "PUT", f"/{first['Guid']}", answer.json())
        assert again.status_code == 200, again.text
        assert differences(spelled(case["expect"]), spelled(exact(again.text))) == []
        done = booked(service, again.json())
        assert done["ProductLines"] == answer.json()["ProductLines"]
        assert done["TotalLines"] == answer.json()["TotalLines"]


def subject_of(service: Service, case: dict[str, Any]) -> tuple[str, str]:
    """The guid and the timestamp that stand for `{guid}` and `{timestamp}`."""
    for number in case.get("numbers", ()):
        booked(service, number=number)
    kind = case.get("note")
    if kind is None:
        return "", ""
    note = made(service)
    match kind:
        case "booked":
            note = booked(service, note)
        case "changed":
            assert call(service, "PUT", f"/{note['Guid']}", note).status_code == 200
        case "deleted":
            note = call(service, "DELETE", f"/{note['Guid']}", {"Timestamp": note["TimeStamp"]}).json()
    return note["Guid"], note["TimeStamp"]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["title"])
def test_the_error_is_that_of_the_case_and_nothing_is_changed(service: Service, case: dict[str, Any]) -> None:
    guid, timestamp = subject_of(service, case)
    before = call(service, "GET", "?limit=100").text
    request = json.loads(json.dumps(as_sent(case["request"])).replace("{timestamp}", timestamp).replace("{guid}", guid))
    answer = call(service, request["method"], request["path"], request.get("body"))
    assert (answer.status_code, answer.json()) == (case["status"], {"error": as_sent(case["error"])})
    assert call(service, "GET", "?limit=100").text == before
    # No number was lost with it.
    if not case.get("numbers"):
        expected = 2 if case.get("note") == "booked" else 1
        assert booked(service)["Number"] == expected


def test_every_code_of_the_page_has_its_case_and_every_case_its_row() -> None:
    told = set(CODES.findall(PAGE.read_text("utf-8")))
    general = {"UNAUTHORIZED", "FORBIDDEN"}
    assert told - general == {str(case["error"]["code"]) for case in ERRORS} | OF_RETURNS
