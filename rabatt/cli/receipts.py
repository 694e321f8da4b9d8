"""Receipts one after the other out of a file or a stream, the refused ones among them.

JSON lines are read one by one: what is held at a time is one line, however many there are.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

from rabatt.cli.refusal import Location
from rabatt.cli.source import (
    STANDARD_INPUT,
    cannot_be_read,
    location_of,
    open_source,
    place_in,
    whole_source,
)
from rabatt.receipt_files import Conversions, receipt_of
from rabatt.receipt_files.conversions import id_text
from rabatt.receipt_files.files import BREAKS, DOCUMENT, LINES, is_of_lines, receipts_of
from rules import Fault, Receipt, Refused
from rules.parse import LARGEST_DOCUMENT

# No receipt may be longer than this; the rest of a longer line is passed over, not kept.
MOST_LINE_BYTES = LARGEST_DOCUMENT

AS_IT_IS = Conversions()


Advanced: TypeAlias = Callable[[int], None]
Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class UnreadReceipt:
    """One receipt as it came, not yet read; `document` is None for a line that is too long to be one."""

    location: Location
    document: bytes | str | None

    def receipt(self) -> Receipt:
        """The receipt, ids that are whole numbers as text; Refused with its faults."""
        return self.read(lambda document: receipt_of(encoded(document), AS_IT_IS)[1])

    def read(self, read: Callable[[bytes | str], Document]) -> Document:
        """What is read of the document; Refused with its faults."""
        if self.document is None:
            raise Refused([Fault("", f"the line is longer than {MOST_LINE_BYTES} bytes, which no receipt is")])
        try:
            return read(self.document)
        except Refused as refused:
            if self.location.line is None:
                raise
            raise Refused([in_file(fault, self.location.line) for fault in refused.faults]) from None

    def receipt_id(self) -> str | None:
        """What a receipt that is refused calls itself, where that can be made out."""
        try:
            document = json.loads(self.document or b"")
        except (ValueError, RecursionError):
            return None
        receipt_id = id_text(document.get("receipt_id")) if isinstance(document, dict) else None
        # It is there to find the receipt by, whatever else is wrong with it.
        return receipt_id[:80] if isinstance(receipt_id, str) else None


def encoded(document: bytes | str) -> bytes:
    """The document as bytes."""
    return document.encode() if isinstance(document, str) else document


def in_file(fault: Fault, line: int) -> Fault:
    """The fault of a line that was read on its own, with the line's number in the file."""
    return replace(fault, sentence=fault.sentence.replace("at line 1 column", f"at line {line} column"))


def unread_receipts(source: str, advanced: Advanced) -> Iterator[UnreadReceipt]:
    """Each receipt of the source in order; `advanced` is called with the bytes that were gone through.

    CallRefused where the source cannot be read at all.
    """
    if source == STANDARD_INPUT:
        with open_source(source) as stream:
            yield from from_stream(source, pieces_of(source, stream, advanced), advanced)
    elif is_of_lines(source):
        with open_source(source) as stream:
            yield from from_lines(source, pieces_of(source, stream, advanced))
    else:
        yield from from_document(source, whole_source(source), advanced)


def pieces_of(source: str, stream: BinaryIO, advanced: Advanced) -> Iterator[bytes]:
    """The lines of the stream as they stand; a line that is too long comes in several pieces."""
    at = 0
    while True:
        try:
            piece = stream.readline(MOST_LINE_BYTES)
        except BREAKS as problem:
            raise cannot_be_read(source, problem) from None
        if not piece:
            return
        before, at = at, place_in(stream, at + len(piece))
        advanced(at - before)
        yield piece


def from_stream(source: str, pieces: Iterator[bytes], advanced: Advanced) -> Iterator[UnreadReceipt]:
    """Receipts from what is either one document or one receipt to a line."""
    everything, is_of_lines = told_apart(pieces)
    if is_of_lines:
        yield from from_lines(source, everything)
    else:
        yield from from_document(source, b"".join(everything), advanced)


def told_apart(pieces: Iterator[bytes]) -> tuple[Iterator[bytes], bool]:
    """The pieces of a stream, and whether it has one receipt to a line: its first two lines tell."""
    head: list[bytes] = []
    filled: list[bytes] = []
    for piece in pieces:
        head.append(piece)
        if piece.strip():
            filled.append(piece)
        if len(filled) > 1:
            break
    return chain(head, pieces), len(filled) > 1 and is_object_of_its_own(filled[0])


def standard_input_in(folder: Path) -> Path:
    """The file of a folder to which all of standard input was written, as its name says: lines, or one document.

    CallRefused where it can't be read.
    """
    with open_source(STANDARD_INPUT) as stream:
        everything, is_of_lines = told_apart(pieces_of(STANDARD_INPUT, stream, lambda _read: None))
        file = folder / f"standard-input{LINES[0] if is_of_lines else DOCUMENT}"
        with file.open("wb") as written:
            written.writelines(everything)
    return file


def is_object_of_its_own(line: bytes) -> bool:
    """Whether the line holds an object from start to end, faulty or not, rather than the start of one."""
    text = line.decode("utf-8", errors="replace").strip().removeprefix("\ufeff")
    if not text.startswith("{") or not text.endswith("}"):
        return False
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        return problem.pos < len(text)
    except (ValueError, RecursionError):
        return True
    return True


def from_lines(source: str, pieces: Iterable[bytes]) -> Iterator[UnreadReceipt]:
    """One receipt to a line, blank lines left out."""
    number = 0
    position = 0
    starts_line = True
    for piece in pieces:
        if starts_line:
            number += 1
            is_too_long = len(piece) == MOST_LINE_BYTES and not piece.endswith(b"\n")
            if is_too_long or piece.strip():
                position += 1
                yield UnreadReceipt(location_of(source, position, number), None if is_too_long else piece.rstrip())
        starts_line = piece.endswith(b"\n")


def from_document(source: str, document: bytes, advanced: Advanced) -> Iterator[UnreadReceipt]:
    """The one receipt that the document is, or each receipt of the list that it is."""
    members = receipts_of(document)
    if members is None:
        # Not a list of anything: reading it as one receipt takes it, or names the fault.
        advanced(len(document))
        yield UnreadReceipt(location_of(source), document)
        return
    for position, member in enumerate(members, start=1):
        advanced(len(member))
        yield UnreadReceipt(location_of(source, position), member)
