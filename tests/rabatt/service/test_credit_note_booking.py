"""Booking a credit note: it gets a number and a FIK code once, and never changes after that."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from rabatt.service.store.tables import credit_notes
from tests.rabatt.service.conftest import Service
from tests.support.service.noting import BODY, CREDITOR, LINE, book, booked, call, made, with_ledger

OTHER = "P87654321"


def test_a_booked_note_has_a_number_and_never_changes(service: Service) -> None:
    with with_ledger(service, {"creditor": CREDITOR}):
        draft = made(service)
        answer = book(service, draft)
    note = answer.json()
    assert (note["Number"], note["Status"], note["PaymentStatus"]) == (1, "Booked", "Booked")
    assert note["FikCode"] == "+71<000000000000018+12345678<"
    assert note["TimeStamp"] != draft["TimeStamp"]
    service.hands.at += timedelta(days=30)
    # Whatever becomes of the ledger, and of the days in which it was to be paid.
    with with_ledger(service, {"creditor": "87654321"}):
        for body in ({"Timestamp": note["TimeStamp"]}, {**BODY, "Timestamp": note["TimeStamp"]}):
            method = "PUT" if "ProductLines" in body else "DELETE"
            assert call(service, method, f"/{note['Guid']}", body).status_code == 409
        assert book(service, note).status_code == 409
        assert call(service, "GET", f"/{note['Guid']}").text == answer.text


@pytest.mark.parametrize("number", [None, 7])
def test_the_same_booking_again_has_the_same_answer(service: Service, number: int | None) -> None:
    draft = made(service)
    first = book(service, draft, number)
    booked(service)
    service.hands.at += timedelta(days=1)
    again = book(service, draft, number)
    assert (again.status_code, again.content) == (200, first.content)
    if number is None:
        # As good as null.
        body = {"Timestamp": draft["TimeStamp"]}
        assert call(service, "POST", f"/{draft['Guid']}/book", body).content == first.content
    for other, timestamp in (
        (first.json()["Number"] if number is None else None, draft["TimeStamp"]),
        (number, first.json()["TimeStamp"]),
    ):
        refused = book(service, {**draft, "TimeStamp": timestamp}, other)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "NOTE_IS_BOOKED")


def test_a_note_that_was_booked_before_requests_were_kept_is_not_booked_again(service: Service) -> None:
    draft = made(service)
    booked(service, draft)
    with service.store.writing() as connection:
        connection.execute(update(credit_notes).values(booking=None))
    assert book(service, draft).json()["error"]["code"] == "NOTE_IS_BOOKED"


def test_the_number_of_an_account_may_be_written_as_a_fraction(service: Service) -> None:
    note = made(service, {"ProductLines": [{**LINE, "AccountNumber": 1000.0}], "DepositAccountNumber": 55000.0})
    assert (note["ProductLines"][0]["AccountNumber"], note["DepositAccountNumber"]) == (1000, 55000)


def test_without_a_creditor_there_is_no_slip(service: Service) -> None:
    assert booked(service)["FikCode"] is None


def test_numbers_come_one_after_the_other_in_each_account(service: Service) -> None:
    assert [booked(service)["Number"] for _ in range(3)] == [1, 2, 3]
    assert booked(service, aid=OTHER)["Number"] == 1
    assert booked(service)["Number"] == 4


def test_a_number_that_is_given_is_taken_and_those_that_come_by_themselves_go_on_after_the_highest(
    service: Service,
) -> None:
    assert booked(service, number=12)["Number"] == 12
    assert booked(service)["Number"] == 13
    assert booked(service, number=5)["Number"] == 5
    assert booked(service)["Number"] == 14
    assert booked(service, number=15)["Number"] == 15
    assert booked(service)["Number"] == 16


def test_a_number_that_is_refused_is_not_lost(service: Service) -> None:
    booked(service, number=3)
    draft = made(service)
    assert book(service, draft, 3).json()["error"]["code"] == "NUMBER_IS_TAKEN"
    assert call(service, "GET", f"/{draft['Guid']}").json() == draft
    assert booked(service, draft)["Number"] == 4
