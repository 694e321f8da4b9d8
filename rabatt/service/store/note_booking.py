"""Booking a credit note: it gets its number, and stays as it is from then on, however often it is asked for."""

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, case, select

from rabatt.service.store.notes import NoteIsBooked, StoredNote, held_draft, note_of, write_note
from rabatt.service.store.tables import credit_note_numbers, credit_notes, insert_into

LARGEST_NUMBER = 2**31 - 1
"""The largest number of a note."""


class NumberIsTaken(Exception):
    """Another note has this number."""


class NumbersAreGone(Exception):
    """The last number is taken, and there is none after it."""


def book_note(
    connection: Connection,
    aid: str,
    guid: str,
    timestamp: str,
    *,
    number: int | None,
    code: Callable[[int], str | None],
    now: datetime,
    subject: str,
) -> StoredNote:
    """The note, booked with the number that was asked for, or the next one; `code` is the FIK code of a number.

    The same for the same request again, which whoever got no answer sends. What `held_draft` raises, NumberIsTaken and
    NumbersAreGone say what stands against it; then nothing is to be committed, so that no number is left out.
    """
    request = json.dumps({"Timestamp": timestamp, "Number": number})
    try:
        draft = held_draft(connection, aid, guid, timestamp)
    except NoteIsBooked:
        if _request_of(connection, aid, guid) != request:
            raise
        return note_of(connection, aid, guid)
    booked = _next_number(connection, aid) if number is None else _own_number(connection, aid, number)
    changes = {"number": booked, "fik_code": code(booked), "booking": request}
    return write_note(connection, aid, draft, now=now, subject=subject, **changes)


def _request_of(connection: Connection, aid: str, guid: str) -> str | None:
    """What a booked note was booked by; None where that was before it was kept."""
    of_note = credit_notes.c.aid == aid, credit_notes.c.guid == guid
    request: str | None = connection.execute(select(credit_notes.c.booking).where(*of_note)).scalar_one()
    return request


def _next_number(connection: Connection, aid: str) -> int:
    """The number after the highest. Until this transaction ends no other one of the account gets one."""
    table = credit_note_numbers
    raised = (
        insert_into(connection, table)
        .values(aid=aid, highest=1)
        .on_conflict_do_update(index_elements=["aid"], set_={"highest": table.c.highest + 1})
        .returning(table.c.highest)
    )
    number = int(connection.execute(raised).scalar_one())
    if number > LARGEST_NUMBER:
        raise NumbersAreGone
    return number


def _own_number(connection: Connection, aid: str, number: int) -> int:
    """A number that no note has; those that come by themselves go on after it where it is the highest."""
    table = credit_note_numbers
    # Before it is looked for: whoever books in the account at the same time waits here, and then finds it taken.
    raised = (
        insert_into(connection, table)
        .values(aid=aid, highest=number)
        .on_conflict_do_update(
            index_elements=["aid"],
            set_={"highest": case((table.c.highest < number, number), else_=table.c.highest)},
        )
    )
    connection.execute(raised)
    taken = select(credit_notes.c.guid).where(credit_notes.c.aid == aid, credit_notes.c.number == number)
    if connection.execute(taken).first() is not None:
        raise NumberIsTaken
    return number
