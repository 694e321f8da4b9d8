"""Credit notes: drafts that are changed and deleted in the version that was read, and booked notes, which stay."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from rabatt.service.store.pages import Page, on_page, place_of
from rabatt.service.store.tables import credit_notes, insert_into

FIRST_VERSION = 1


class NoSuchNote(Exception):
    """The account has no credit note of this guid."""


class NoteIsBooked(Exception):
    """The note is booked, and stays as it is."""


class NoteIsDeleted(Exception):
    """The note is deleted."""


class TimestampIsOld(Exception):
    """The note was changed since the version that the caller means."""


class ReturnHasNote(Exception):
    """The return is credited by another note, whose guid this holds."""

    def __init__(self, guid: str) -> None:
        self.guid = guid
        super().__init__(guid)


class RefundDiffers(Exception):
    """The note is for a return of another worth (in hundredths of a currency), to which it would come no more."""

    def __init__(self, refund: int, currency: str) -> None:
        self.refund = refund
        self.currency = currency
        super().__init__(refund, currency)


class NewNote(NamedTuple):
    """A draft to store: its document, what it comes to in hundredths, and the ref of the return that it credits.

    `settlements` is the JSON of what of it was settled with the return.
    """

    document: str
    total: int
    currency: str
    return_ref: str | None = None
    return_store: str | None = None
    settlements: str | None = None


class StoredNote(NamedTuple):
    """A credit note; `document` is its JSON without what the other fields say. A draft has no number.

    `refund` is what it comes to if it credits a return, in hundredths.
    """

    guid: str
    version: int
    document: str
    number: int | None
    fik_code: str | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    refund: int | None
    settlements: str | None


_COLUMNS = tuple(credit_notes.c[name] for name in StoredNote._fields)


def timestamp_of(version: int) -> str:
    """The timestamp of a version, as the documents write it."""
    return f"{version:016X}"


def add_note(connection: Connection, aid: str, guid: str, note: NewNote, *, now: datetime, subject: str) -> StoredNote:
    """A new draft; ReturnHasNote where its return has one already."""
    row = {
        "aid": aid,
        "guid": guid,
        "version": FIRST_VERSION,
        "document": note.document,
        "return_ref": note.return_ref,
        "return_store": note.return_store,
        "refund": None if note.return_ref is None else note.total,
        "settlements": note.settlements,
        "created_at": now,
        "created_by": subject,
        "updated_at": now,
        "updated_by": subject,
    }
    # Another note of the same return waits here.
    added = insert_into(connection, credit_notes).on_conflict_do_nothing(
        index_elements=["aid", "return_ref", "return_store"]
    )
    stored = connection.execute(added.returning(*_COLUMNS), row).one_or_none()
    if stored is not None:
        return _note(stored)
    of_return = (
        credit_notes.c.aid == aid,
        credit_notes.c.return_ref == note.return_ref,
        credit_notes.c.return_store == note.return_store,
    )
    other = connection.execute(select(credit_notes.c.guid).where(*of_return)).scalar()
    if other is None:
        # It was deleted in between, which makes room for this one.
        return add_note(connection, aid, guid, note, now=now, subject=subject)
    raise ReturnHasNote(other)


def note_of(connection: Connection, aid: str, guid: str) -> StoredNote:
    """A note, deleted or not; NoSuchNote where there is none."""
    row = connection.execute(select(*_COLUMNS).where(*_the_note(aid, guid))).one_or_none()
    if row is None:
        raise NoSuchNote
    return _note(row)


def change_note(
    connection: Connection, aid: str, guid: str, note: NewNote, timestamp: str, *, now: datetime, subject: str
) -> StoredNote:
    """The draft with another document; what `held_draft` raises where it is not the one that the caller means.

    RefundDiffers where it is for a return, and does not come to its worth. What was settled stays settled.
    """
    draft = held_draft(connection, aid, guid, timestamp)
    if draft.refund is not None:
        currency: str = json.loads(draft.document)["Currency"]
        if (draft.refund, currency) != (note.total, note.currency):
            raise RefundDiffers(draft.refund, currency)
    return write_note(connection, aid, draft, now=now, subject=subject, document=note.document)


def delete_note(
    connection: Connection, aid: str, guid: str, timestamp: str, *, now: datetime, subject: str
) -> StoredNote:
    """The draft, marked as deleted now or before; what `held_draft` raises where it cannot be."""
    try:
        draft = held_draft(connection, aid, guid, timestamp)
    except NoteIsDeleted:
        return note_of(connection, aid, guid)
    # Its return may have another.
    gone = {"deleted_at": now, "deleted_by": subject, "return_ref": None, "return_store": None, "refund": None}
    return write_note(connection, aid, draft, now=now, subject=subject, **gone)


def held_draft(connection: Connection, aid: str, guid: str, timestamp: str) -> StoredNote:
    """A draft of the version that the caller means, which nobody else changes until this transaction ends.

    NoSuchNote, NoteIsDeleted, NoteIsBooked or TimestampIsOld where there is no such draft.
    """
    row = connection.execute(select(*_COLUMNS).where(*_the_note(aid, guid)).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchNote
    note = _note(row)
    if note.deleted_at is not None:
        raise NoteIsDeleted
    if note.number is not None:
        raise NoteIsBooked
    if timestamp_of(note.version) != timestamp:
        raise TimestampIsOld
    return note


def write_note(
    connection: Connection, aid: str, held: StoredNote, *, now: datetime, subject: str, **changes: Any
) -> StoredNote:
    """A draft that is held, with changes, as its next version."""
    changed = (
        update(credit_notes)
        .where(*_the_note(aid, held.guid))
        .values(version=held.version + 1, updated_at=now, updated_by=subject, **changes)
        .returning(*_COLUMNS)
    )
    return _note(connection.execute(changed).one())


def notes_on_page(connection: Connection, aid: str, page: Page, *, is_booked: bool | None = None) -> list[StoredNote]:
    """A page of the notes that are not deleted, the newest first; UnknownStart where it starts after none of them."""
    of_account = credit_notes.c.aid == aid
    start = place_of(connection, page.starting_after, credit_notes.c.created_at, credit_notes.c.guid, of_account)
    query = select(*_COLUMNS).where(of_account, credit_notes.c.deleted_at.is_(None))
    if is_booked is not None:
        query = query.where(credit_notes.c.number.is_not(None) if is_booked else credit_notes.c.number.is_(None))
    rows = connection.execute(on_page(query, page, start, credit_notes.c.created_at, credit_notes.c.guid))
    return [_note(row) for row in rows]


def _the_note(aid: str, guid: str) -> tuple[Any, ...]:
    return credit_notes.c.aid == aid, credit_notes.c.guid == guid


def _note(row: Row[Any]) -> StoredNote:
    return StoredNote._make(row)
