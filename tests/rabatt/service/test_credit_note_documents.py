"""Golden documents: what the lines of a note come to, and the answer to everything that is not done."""

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.golden import differences
from tests.support.places import DOCS
from tests.support.service.noting import as_sent, booked, call, exact, golden, made, with_ledger

PAGE = DOCS / "credit-notes.md"
CODES = re.compile(r"^\| \d{3} \| `(\w+)` \|", re.MULTILINE)
TOTALS, ERRORS = golden("totals"), golden("errors")
# Those that only notes for returns end in: test_credit_notes_for_returns.py.
OF_RETURNS = {"RETURN_HAS_NOTE", "REFUND_DIFFERS", "NO_ACCOUNT_FOR_VAT", "STORE_IS_NEEDED"}


# An account of its own for each case: what one leaves behind the others do not meet.
ACCOUNTS = count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all cases."""
    folder: Path = tmp_path_factory.mktemp("notes")
    yield from running(new_url(request.param, folder))


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


def subject_of(service: Service, aid: str, case: dict[str, Any]) -> tuple[str, str]:
    """The guid and the timestamp that stand for `{guid}` and `{timestamp}`."""
    for number in case.get("numbers", ()):
        booked(service, number=number, aid=aid)
    kind = case.get("note")
    if kind is None:
        return "", ""
    note = made(service, aid=aid)
    if kind == "booked":
        note = booked(service, note, aid=aid)
    elif kind == "changed":
        assert call(service, "PUT", f"/{note['Guid']}", note, aid=aid).status_code == 200
    elif kind == "deleted":
        note = call(service, "DELETE", f"/{note['Guid']}", {"Timestamp": note["TimeStamp"]}, aid=aid).json()
    return note["Guid"], note["TimeStamp"]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["title"])
def test_the_error_is_that_of_the_case_and_nothing_is_changed(service: Service, case: dict[str, Any]) -> None:
    aid = f"T{next(ACCOUNTS):08}"
    guid, timestamp = subject_of(service, aid, case)
    before = call(service, "GET", "?limit=100", aid=aid).text
    request = json.loads(json.dumps(as_sent(case["request"])).replace("{timestamp}", timestamp).replace("{guid}", guid))
    answer = call(service, request["method"], request["path"], request.get("body"), aid=aid)
    assert (answer.status_code, answer.json()) == (case["status"], {"error": as_sent(case["error"])})
    assert call(service, "GET", "?limit=100", aid=aid).text == before
    # No number was lost with it.
    if not case.get("numbers"):
        expected = 2 if case.get("note") == "booked" else 1
        assert booked(service, aid=aid)["Number"] == expected


def test_every_code_of_the_page_has_its_case_and_every_case_its_row() -> None:
    told = set(CODES.findall(PAGE.read_text("utf-8")))
    general = {"UNAUTHORIZED", "FORBIDDEN"}
    assert told - general == {str(case["error"]["code"]) for case in ERRORS} | OF_RETURNS
