"""Many book credit notes at once: numbers are unique and none is left out, whatever is refused in between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select

from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.note_booking import NumberIsTaken, book_note
from rabatt.service.store.notes import (
    NewNote,
    NoteIsBooked,
    StoredNote,
    TimestampIsOld,
    add_note,
    change_note,
    timestamp_of,
)
from rabatt.service.store.tables import credit_note_numbers, credit_notes
from tests.rabatt.service.conftest import ACCOUNT, START

WRITERS = 8
SEED = 20_261_128
GIVEN_UP_SECONDS = 1800
OTHER = "T00000002"


def guid_of(place: int) -> str:
    """The guid of a draft."""
    return str(UUID(int=place))


def drafts(store: ServiceStore, number: int, aid: str = ACCOUNT) -> list[str]:
    """The guids of so many new drafts."""
    guids = [guid_of(place) for place in range(number)]
    with store.writing() as connection:
        for guid in guids:
            add_note(connection, aid, guid, NewNote("{}", 0, "DKK"), now=START, subject="till")
    return guids


def book(
    store: ServiceStore, guid: str, *, number: int | None = None, version: int = 1, aid: str = ACCOUNT
) -> StoredNote:
    """A booked note, in a transaction of its own."""
    with store.writing() as connection:
        return book_note(
            connection,
            aid,
            guid,
            timestamp_of(version),
            number=number,
            code=lambda number: f"code {number}",
            now=START,
            subject="till",
        )


def numbers_of(store: ServiceStore, aid: str = ACCOUNT) -> list[int]:
    """The numbers of all booked notes, in order."""
    with store.reading() as connection:
        query = select(credit_notes.c.number).where(credit_notes.c.aid == aid, credit_notes.c.number.is_not(None))
        return sorted(connection.execute(query).scalars())


@dataclass
class Writer:
    """One of many who book."""

    store: ServiceStore
    random: Random
    guids: list[str]
    booked: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def work(self) -> None:
        """Book what is ours, in between what is taken, what is old, and what others book too."""
        for guid in self.guids:
            if self.random.random() < 0.3:
                self.stumble(guid)
            note = book(self.store, guid)
            assert note.number is not None
            assert note.fik_code == f"code {note.number}"
            self.booked[guid] = note.number

    def stumble(self, guid: str) -> None:
        """A booking that is undone after it had its number."""
        with pytest.raises(NumberIsTaken):
            book(self.store, guid, number=1)
        with pytest.raises(TimestampIsOld):
            book(self.store, guid, version=2)
        with pytest.raises(ZeroDivisionError), self.store.writing() as connection:
            book_note(
                connection,
                ACCOUNT,
                guid,
                timestamp_of(1),
                number=None,
                code=lambda number: str(number // 0),
                now=START,
                subject="till",
            )
        self.refused += 1


@pytest.mark.parametrize(
    "number", [pytest.param(160, id="160"), pytest.param(8_000, id="8000", marks=pytest.mark.long)]
)
def test_eight_who_book_at_once_leave_no_number_out_and_give_none_twice(store: ServiceStore, number: int) -> None:
    first, *guids = drafts(store, number + 1)
    assert book(store, first).number == 1
    writers = [Writer(store, Random(f"{SEED} {place}"), guids[place::WRITERS]) for place in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as threads:
        for working in [threads.submit(writer.work) for writer in writers]:
            working.result(timeout=GIVEN_UP_SECONDS)
    booked = {guid: number for writer in writers for guid, number in writer.booked.items()}
    assert sum(writer.refused for writer in writers) > number // 8
    assert sorted(booked.values()) == list(range(2, number + 2))
    assert numbers_of(store) == list(range(1, number + 2))
    # Each writer's own come one after the other, since each waited for its answer.
    for writer in writers:
        assert list(writer.booked.values()) == sorted(writer.booked.values())
    with store.reading() as connection:
        rows = connection.execute(select(credit_notes.c.guid, credit_notes.c.number)).all()
        assert {row.guid: row.number for row in rows} == {first: 1, **booked}
        assert connection.execute(select(credit_note_numbers.c.highest)).scalars().all() == [number + 1]


def test_one_note_that_many_book_at_once_has_one_number(store: ServiceStore) -> None:
    """Half of them let it get its number by itself, half ask for one: those who ask as the first one did are told."""
    (guid,) = drafts(store, 1)
    together = Barrier(WRITERS)

    def booked(writer: int) -> StoredNote | None:
        together.wait(GIVEN_UP_SECONDS)
        try:
            return book(store, guid, number=7 if writer % 2 else None)
        except NoteIsBooked:
            return None

    with ThreadPoolExecutor(WRITERS) as threads:
        results = list(threads.map(booked, range(WRITERS)))
    told = {note for note in results if note is not None}
    assert len(told) == 1
    assert {sum(note is None for note in results), sum(note is not None for note in results)} == {WRITERS // 2}
    assert numbers_of(store) == [note.number for note in told]


def test_one_number_that_many_ask_for_at_once_is_given_once(store: ServiceStore) -> None:
    guids = drafts(store, WRITERS)
    together = Barrier(WRITERS)

    def booked(guid: str) -> int | None:
        together.wait(GIVEN_UP_SECONDS)
        try:
            return book(store, guid, number=7).number
        except NumberIsTaken:
            return None

    with ThreadPoolExecutor(WRITERS) as threads:
        results = list(threads.map(booked, guids))
    assert sorted(results, key=str) == [7, *[None] * (WRITERS - 1)]
    assert numbers_of(store) == [7]


def test_a_note_is_booked_as_it_was_read_or_not_at_all(store: ServiceStore) -> None:
    """Who changes a draft and who books it at the same time: one of them is told that it was changed since."""
    guids = drafts(store, 40)
    together = Barrier(2)

    def change(guid: str) -> bool:
        together.wait(GIVEN_UP_SECONDS)
        try:
            with store.writing() as connection:
                change_note(
                    connection, ACCOUNT, guid, NewNote('{"a":1}', 0, "DKK"), timestamp_of(1), now=START, subject="till"
                )
        except NoteIsBooked:
            return False
        return True

    def booked(guid: str) -> bool:
        together.wait(GIVEN_UP_SECONDS)
        try:
            book(store, guid)
        except TimestampIsOld:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for guid in guids:
            both = threads.submit(change, guid), threads.submit(booked, guid)
            is_changed, is_booked = (one.result(timeout=GIVEN_UP_SECONDS) for one in both)
            assert is_changed != is_booked
    numbers = numbers_of(store)
    assert numbers == list(range(1, len(numbers) + 1))
    with store.reading() as connection:
        query = select(credit_notes.c.document).where(credit_notes.c.number.is_not(None))
        assert set(connection.execute(query).scalars()) <= {"{}"}


def test_accounts_do_not_wait_for_each_other_s_numbers(store: ServiceStore) -> None:
    mine, others = drafts(store, 3), drafts(store, 3, OTHER)
    assert [book(store, guid).number for guid in mine] == [1, 2, 3]
    assert [book(store, guid, aid=OTHER).number for guid in others] == [1, 2, 3]
