"""Credit notes in the state machine of the service: drafts and booked notes, and what a plain list of them says."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tests.rabatt.service.conftest import Service
from tests.support.service.noting import LINE, book, call

# Prices in hundredths, whose sum with 25 % is told without rounding.
PRICES = st.integers(0, 50).map(lambda four: four * 4)
VERSIONS = st.sampled_from(["latest", "latest", "latest", "first"])


@dataclass
class KeptNote:
    """A note as it was last answered, and as it was first."""

    shown: dict[str, Any]
    first: str
    price: int
    # The version and the number that it was booked with.
    booking: tuple[str, int | None] | None = None

    @property
    def is_draft(self) -> bool:
        """Whether it can be changed."""
        return self.shown["Number"] is None and self.shown["DeletedAt"] is None

    def timestamp(self, version: str) -> str:
        """What a caller says who read this version."""
        return self.first if version == "first" else str(self.shown["TimeStamp"])


class NoteSteps(RuleBasedStateMachine):
    """Makes, changes, deletes and books notes."""

    notes = Bundle("notes")
    service: Service

    def __init__(self) -> None:
        super().__init__()
        self.kept_notes: dict[str, KeptNote] = {}
        self.numbers: list[int] = []

    def body(self, price: int) -> dict[str, Any]:
        """A note of one thing."""
        return {"ProductLines": [{**LINE, "Quantity": 1, "BaseAmountValue": price / 100}]}

    def refused(self, note: KeptNote, timestamp: str) -> Any:
        """The code of the error that a change ends in; None where it is done."""
        if note.shown["DeletedAt"] is not None:
            return "NOTE_IS_DELETED"
        if note.shown["Number"] is not None:
            return "NOTE_IS_BOOKED"
        return None if timestamp == note.shown["TimeStamp"] else 58

    def check(self, answer: Any, note: KeptNote, code: Any) -> bool:
        """Whether a change was done, as it should have been; what is shown then is the new version."""
        if code is not None:
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, code), answer.text
            return False
        assert answer.status_code == 200, answer.text
        assert answer.json()["TimeStamp"] > note.shown["TimeStamp"]
        note.shown = answer.json()
        return True

    @rule(target=notes, price=PRICES)
    def make_note(self, price: int) -> str:
        """A draft."""
        answer = call(self.service, "POST", "", self.body(price))
        assert answer.status_code == 201, answer.text
        note = answer.json()
        self.kept_notes[note["Guid"]] = KeptNote(note, note["TimeStamp"], price)
        return str(note["Guid"])

    @rule(guid=notes, price=PRICES, version=VERSIONS)
    def change_note(self, guid: str, price: int, version: str) -> None:
        """Put another draft in its place."""
        note = self.kept_notes[guid]
        timestamp = note.timestamp(version)
        answer = call(self.service, "PUT", f"/{guid}", {**self.body(price), "Timestamp": timestamp})
        if self.check(answer, note, self.refused(note, timestamp)):
            note.price = price

    @rule(guid=notes, version=VERSIONS)
    def delete_note(self, guid: str, version: str) -> None:
        """Delete a draft; again is as good as once."""
        note = self.kept_notes[guid]
        timestamp = note.timestamp(version)
        answer = call(self.service, "DELETE", f"/{guid}", {"Timestamp": timestamp})
        code = self.refused(note, timestamp)
        if code == "NOTE_IS_DELETED":
            assert answer.json() == note.shown
        else:
            self.check(answer, note, code)

    @rule(guid=notes, version=VERSIONS, number=st.sampled_from([None, None, 1, 3, 12]))
    def book_note(self, guid: str, version: str, number: int | None) -> None:
        """Book a draft with a number, or with the next; the same again is as good as once."""
        note = self.kept_notes[guid]
        timestamp = note.timestamp(version)
        answer = book(self.service, {"Guid": guid, "TimeStamp": timestamp}, number)
        if note.booking == (timestamp, number):
            assert (answer.status_code, answer.json()) == (200, note.shown)
            return
        code = self.refused(note, timestamp)
        if code is None and number in self.numbers:
            code = "NUMBER_IS_TAKEN"
        if self.check(answer, note, code):
            assert note.shown["Number"] == (number or max(self.numbers, default=0) + 1)
            self.numbers.append(note.shown["Number"])
            note.booking = timestamp, number

    @invariant()
    def the_notes_are_those_that_were_shown(self) -> None:
        """Newest first, the deleted ones left out, each as it was last answered, for what it was made of."""
        answer = call(self.service, "GET", "?limit=100").json()
        kept = [note for note in self.kept_notes.values() if note.shown["DeletedAt"] is None]
        assert answer["creditnotes"] == [note.shown for note in reversed(kept)]
        for note in kept:
            assert round(note.shown["TotalInclVat"] * 100) == note.price * 5 // 4
