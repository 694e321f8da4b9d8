"""Credit notes: drafts are made, changed, deleted and listed, each in its account."""

import json
import re
from datetime import timedelta
from threading import current_thread
from typing import Any

import pytest
from sqlalchemy import update

from rabatt.service.notes.document import shown
from rabatt.service.store.notes import StoredNote
from rabatt.service.store.tables import credit_notes
from rules.fault import MOST_FAULTS
from tests.rabatt.service.conftest import ACCOUNT, START, Service, running
from tests.rabatt.service.test_source_receipts import names
from tests.support.places import SHARED
from tests.support.service.noting import BODY, CREDITOR, LINE, booked, call, made, with_ledger

SOURCE = SHARED / "seeds" / "dinero-book-credit-note.txt"
OTHER = "P87654321"
# As the source document has them; what only some notes have is null in others.
TYPES: dict[str, type] = {
    "PaymentDate": str,
    "PaymentStatus": str,
    "PaymentConditionNumberOfDays": int,
    "PaymentConditionType": str,
    "FikCode": str,
    "DepositAccountNumber": int,
    "Status": str,
    "ContactGuid": str,
    "Guid": str,
    "TimeStamp": str,
    "CreatedAt": str,
    "UpdatedAt": str,
    "DeletedAt": str,
    "Number": int,
    "ContactName": str,
    "ShowLinesInclVat": bool,
    "TotalExclVat": float,
    "TotalVatableAmount": float,
    "TotalInclVat": float,
    "TotalNonVatableAmount": float,
    "TotalVat": float,
    "TotalLines": list,
    "InvoiceTemplateId": str,
    "Currency": str,
    "Language": str,
    "ExternalReference": str,
    "Description": str,
    "Comment": str,
    "Date": str,
    "ProductLines": list,
    "Address": str,
}
LINE_TYPES: dict[str, type] = {
    "AccountName": str,
    "BaseAmountValue": float,
    "BaseAmountValueInclVat": float,
    "TotalAmount": float,
    "TotalAmountInclVat": float,
    "ProductGuid": str,
    "Description": str,
    "Comments": str,
    "Quantity": float,
    "AccountNumber": int,
    "Unit": str,
    "Discount": float,
    "LineType": str,
}
FULL: dict[str, Any] = {
    "PaymentConditionNumberOfDays": 14,
    "PaymentConditionType": "CurrentMonthOut",
    "DepositAccountNumber": 55010,
    "ContactGuid": "728c4d5c-0f3e-444b-b336-f0a4639f0c52",
    "ContactName": "Ane Holm",
    "ShowLinesInclVat": True,
    "InvoiceTemplateId": "483b24a6-3f2a-45fd-988c-2ea06eada7be",
    "Currency": "EUR",
    "Language": "en-GB",
    "ExternalReference": "order 42",
    "Description": "Goods sent back",
    "Comment": "The vase was broken",
    "Date": "2026-02-03",
    "Address": "Havnegade 3\n2100 København",
    "ProductLines": [
        {
            **LINE,
            "BaseAmountValueInclVat": 125,
            "ProductGuid": "fed09ecb-7ff3-47f6-877b-d752184028a5",
            "Comments": "red",
            "Unit": "box",
            "Discount": 12.5,
            "LineType": "Product",
        }
    ],
}

needs_source = pytest.mark.skipif(
    not SOURCE.exists(), reason="the source document is not beside the project, in ../shared/seeds"
)


def examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """The request and the response of the source document, as they stand."""
    text = SOURCE.read_text("utf-8")
    request, end = json.JSONDecoder().raw_decode(text, text.index("{\n"))
    answer, _ = json.JSONDecoder().raw_decode(text, text.index("{\n", end))
    return request, answer


def kinds(document: dict[str, Any]) -> dict[str, type]:
    """What kind of value each field has."""
    return {name: type(value) for name, value in document.items() if value is not None}


@needs_source
def test_the_request_of_the_source_gets_the_answer_of_the_source(service: Service) -> None:
    request, answer = examples()
    with with_ledger(service, {"creditor": CREDITOR}):
        # What is shown of a note may be sent as one.
        note = made(service, answer)
        with service.store.writing() as connection:
            connection.execute(update(credit_notes).values(version=int(request["Timestamp"], 16)))
        got = call(service, "POST", f"/{note['Guid']}/book", request)
    assert got.status_code == 200, got.text
    document = got.json()
    assert list(document) == list(answer)
    assert list(names(document)) == list(names({**answer, "TotalLines": [answer["TotalLines"][0]] * 3}))
    assert {**kinds(answer), "DeletedAt": str} == {**kinds(document), "DeletedAt": str}
    for name in ("TotalLines", "ProductLines"):
        assert kinds(document[name][0]) == kinds(answer[name][0])
    taken = ("ContactGuid", "ContactName", "Currency", "Language", "ExternalReference", "Description", "Comment")
    more = ("Date", "Address", "PaymentConditionNumberOfDays", "PaymentConditionType", "DepositAccountNumber")
    assert [document[name] for name in taken + more] == [answer[name] for name in taken + more]
    assert re.fullmatch(r"\+71<\d{15}\+\d{8}<", answer["FikCode"])
    assert re.fullmatch(r"\+71<\d{15}\+\d{8}<", document["FikCode"])
    assert [line["Type"] for line in document["TotalLines"]] == ["SubTotal", "Vat", "Total"]


def test_every_field_has_its_name_its_place_and_its_type(service: Service) -> None:
    with with_ledger(service, {"creditor": CREDITOR}):
        draft = made(service, FULL)
        done = booked(service, draft)
    for document in (draft, done):
        assert list(document) == list(TYPES)
        assert kinds(document).items() <= TYPES.items()
        (line,) = document["ProductLines"]
        assert list(line) == list(LINE_TYPES)
        assert kinds(line) == LINE_TYPES
    assert TYPES.keys() - kinds(draft).keys() == {"FikCode", "DeletedAt", "Number"}
    assert TYPES.keys() - kinds(done).keys() == {"DeletedAt"}
    gone = call(service, "DELETE", f"/{made(service)['Guid']}", {"Timestamp": "0000000000000001"}).json()
    assert isinstance(gone["DeletedAt"], str)
    sent = {name: value for name, value in FULL.items() if name != "ProductLines"}
    assert {name: draft[name] for name in sent} == sent
    assert {name: line[name] for name in FULL["ProductLines"][0]} == FULL["ProductLines"][0]


def test_amounts_have_two_places(service: Service) -> None:
    text = call(service, "POST", "", FULL).text
    numbers = re.findall(r'"(\w+)":(-?[\d.]+)', text)
    decimals = {name for name, kind in (TYPES | LINE_TYPES).items() if kind is float}
    assert {name for name, _ in numbers} >= decimals
    for name, number in numbers:
        assert re.fullmatch(r"-?\d+\.\d\d" if name in decimals else r"\d+", number), (name, number)


def test_what_is_left_out_is_filled_in(service: Service) -> None:
    note = made(service)
    usual = {
        "PaymentConditionNumberOfDays": 8,
        "PaymentConditionType": "Netto",
        "DepositAccountNumber": 55000,
        "Status": "Draft",
        "PaymentStatus": "Draft",
        "ShowLinesInclVat": False,
        "Currency": "DKK",
        "Language": "da-DK",
        "Description": "Kreditnota",
        "Date": "2026-11-21",
        "TimeStamp": "0000000000000001",
        "PaymentDate": "2026-11-29",
    }
    assert {name: note[name] for name in usual} == usual
    for name in ("ContactGuid", "ContactName", "ExternalReference", "Comment", "Address", "InvoiceTemplateId"):
        assert note[name] is None
    # Null is as good as nothing.
    nothing = dict.fromkeys(name for name in FULL if name != "ProductLines")
    same = made(service, {**BODY, **nothing})
    assert {name: same[name] for name in usual} == usual


def test_today_is_the_day_where_the_ledger_is(service: Service) -> None:
    service.hands.at = START.replace(hour=23, minute=30)
    assert made(service)["Date"] == "2026-11-22"
    with with_ledger(service, {"time_zone": "America/New_York"}):
        assert made(service)["Date"] == "2026-11-21"


@pytest.mark.parametrize(
    ("kind", "days", "day", "payment"),
    [
        pytest.param("Netto", 8, "2024-02-25", "2024-03-04", id="so many days, over a leap day"),
        pytest.param("Netto", 0, "2024-02-25", "2024-02-25", id="at once"),
        pytest.param("NettoCash", None, "2024-02-25", "2024-02-25", id="in cash"),
        pytest.param("CurrentMonthOut", 0, "2024-02-01", "2024-02-29", id="when the month is over"),
        pytest.param("CurrentMonthOut", 14, "2023-12-31", "2024-01-14", id="so many days after the month"),
    ],
)
def test_the_payment_date_follows_from_the_condition(
    service: Service, kind: str, days: int | None, day: str, payment: str
) -> None:
    body = {**BODY, "PaymentConditionType": kind, "PaymentConditionNumberOfDays": days, "Date": day}
    assert made(service, body)["PaymentDate"] == payment


def test_a_change_takes_the_place_of_the_whole_draft(service: Service) -> None:
    first = made(service, FULL)
    service.hands.at += timedelta(minutes=1)
    answer = call(service, "PUT", f"/{first['Guid']}", {**BODY, "Timestamp": first["TimeStamp"]})
    assert answer.status_code == 200, answer.text
    second = answer.json()
    assert second["Guid"] == first["Guid"]
    assert (second["Comment"], second["Currency"], second["TotalInclVat"]) == (None, "DKK", 250.0)
    assert second["TimeStamp"] != first["TimeStamp"]
    assert second["CreatedAt"] == first["CreatedAt"] < second["UpdatedAt"]
    assert call(service, "GET", f"/{first['Guid']}").text == answer.text


def test_what_was_read_can_be_sent_back_with_its_own_timestamp(service: Service) -> None:
    note = made(service, FULL)
    changed = call(service, "PUT", f"/{note['Guid']}", {**note, "Comment": "It was whole after all"}).json()
    passing = {"TimeStamp", "UpdatedAt"}
    assert {name for name in note if changed[name] != note[name]} == passing | {"Comment"}
    # Where both spellings are there, that of the requests counts.
    both = {**note, "Timestamp": changed["TimeStamp"]}
    assert call(service, "PUT", f"/{note['Guid']}", both).status_code == 200


def test_a_deleted_draft_can_be_read_and_is_not_listed(service: Service) -> None:
    note, other = made(service), made(service)
    path, body = f"/{note['Guid']}", {"Timestamp": note["TimeStamp"]}
    gone = call(service, "DELETE", path, body)
    assert gone.status_code == 200
    assert gone.json()["DeletedAt"] == gone.json()["UpdatedAt"]
    assert call(service, "DELETE", path, body).text == gone.text
    assert call(service, "GET", path).text == gone.text
    assert [one["Guid"] for one in call(service, "GET").json()["creditnotes"]] == [other["Guid"]]


def test_notes_are_listed_by_the_page_the_newest_first(service: Service) -> None:
    notes = [made(service) for _ in range(5)][::-1]
    done = booked(service, notes[1])
    assert call(service, "GET", "?limit=5").json() == {"creditnotes": [notes[0], done, *notes[2:]]}
    page = call(service, "GET", "?limit=2").json()
    assert page == {"creditnotes": [notes[0], done], "starting_after": done["Guid"]}
    rest = call(service, "GET", f"?limit=100&starting_after={page['starting_after']}").json()
    assert rest == {"creditnotes": notes[2:]}
    assert call(service, "GET", "?status=Booked").json() == {"creditnotes": [done]}
    assert call(service, "GET", "?status=Draft").json() == {"creditnotes": [notes[0], *notes[2:]]}
    unknown = call(service, "GET", f"?starting_after={ACCOUNT}")
    assert unknown.json()["error"]["errors"][0]["path"] == "query.starting_after"
    assert call(service, "GET", "?starting_after=00000000-0000-4000-8000-000000000000").status_code == 422


def test_a_list_is_written_beside_other_requests(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    note = made(service)
    threads = []

    def seen(stored: StoredNote) -> str:
        threads.append(current_thread().name)
        return shown(stored)

    monkeypatch.setattr("rabatt.service.routes.credit_notes.shown", seen)
    assert call(service, "GET").json() == {"creditnotes": [note]}
    assert call(service, "GET", f"/{note['Guid']}").json() == note
    in_a_list, alone = threads
    assert in_a_list.startswith("AnyIO worker thread")
    # The thread of the event loop, which a single note is written in.
    assert in_a_list != alone


def test_notes_are_those_of_their_account(service: Service) -> None:
    note = made(service)
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {**BODY, "Timestamp": note["TimeStamp"]}),
        ("DELETE", "", {"Timestamp": note["TimeStamp"]}),
        ("POST", "/book", {"Timestamp": note["TimeStamp"]}),
    ):
        answer = call(service, method, f"/{note['Guid']}{path}", body, aid=OTHER)
        assert answer.status_code == 404, (method, path)
    assert call(service, "GET", aid=OTHER).json() == {"creditnotes": []}
    assert call(service, "GET", f"/{note['Guid'].upper()}").json() == note


def test_a_scope_for_reading_does_not_write(service: Service) -> None:
    reader, writer = service.token("read:creditnotes"), service.token("write:creditnotes")
    assert call(service, "POST", "", BODY, token=reader).status_code == 403
    note = call(service, "POST", "", BODY, token=writer).json()
    assert call(service, "GET", f"/{note['Guid']}", token=writer).status_code == 403
    assert call(service, "GET", f"/{note['Guid']}", token=reader).json() == note
    assert call(service, "GET", token=service.token("admin:receipts")).status_code == 403


@pytest.mark.parametrize("line", [LINE, {}], ids=["lines", "lines with faults"])
def test_no_more_lines_than_the_settings_allow(service: Service, line: dict[str, Any]) -> None:
    answer = call(service, "POST", "", {"ProductLines": [line] * 1002})
    (fault,) = answer.json()["error"]["errors"]
    assert (fault["path"], fault["sentence"]) == (
        "ProductLines",
        "a credit note has 1001 lines at most; here are 1002",
    )


def test_no_more_faults_than_anyone_reads(url: str) -> None:
    for service in running(url, max_lines=100_000):
        answer = call(service, "POST", "", {"ProductLines": [{}] * 100_000})
        assert len(answer.json()["error"]["errors"]) == MOST_FAULTS + 1
        assert answer.json()["error"]["message"] == f"the request has more than {MOST_FAULTS} faults"


def test_of_many_accounts_some_are_named(service: Service) -> None:
    accounts = {str(number): {"name": "Sales", "vat": 0} for number in range(1001, 1101)}
    ledger = {"accounts": accounts, "sales_account": 1001, "rounding_account": 1001}
    with with_ledger(service, ledger):
        answer = call(service, "POST", "", {"ProductLines": [LINE]})
    (fault,) = answer.json()["error"]["errors"]
    named = ", ".join(map(str, range(1001, 1021)))
    assert fault["sentence"] == f"the ledger has no account 1000; there are {named} and 80 more"
