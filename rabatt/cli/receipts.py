"""Receipts one after the other out of a file or a stream, the refused ones among them.

JSON lines are read one by one: what is held at a time is one line, however many there are.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO, TypeAlias, TypeVar

from rabatt.cli.refusal import Location
from rabatt.cli.source import STANDARD_INPUT, location_of, open_source, refused_source, whole_source
from rules import Fault, Receipt, Refused, read_receipt
from rules.parse import LARGEST_DOCUMENT

LINES_SUFFIXES = (".jsonl", ".ndjson")
SPACE = re.compile(r"[ \t\n\r]+")

# No receipt may be longer than this; the rest of a longer line is passed over, not kept.
MOST_LINE_BYTES = LARGEST_DOCUMENT


Advanced: TypeAlias = Callable[[int], None]
Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class UnreadReceipt:
    """One receipt as it came, not yet read; `document` is None for a line that is too long to be one."""

    location: Location
    document: bytes | str | None

    def receipt(self) -> Receipt:
        """The receipt; Refused with its faults."""
        return self.read(read_receipt)

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
        receipt_id = document.get("receipt_id") if isinstance(document, dict) else None
        # It is there to find the receipt by, whatever else is wrong with it.
        return receipt_id[:80] if isinstance(receipt_id, str) else None


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
    elif source.lower().endswith(LINES_SUFFIXES):
        with open_source(source) as stream:
            yield from from_lines(source, pieces_of(source, stream, advanced))
    else:
        yield from from_document(source, whole_source(source), advanced)


def pieces_of(source: str, stream: BinaryIO, advanced: Advanced) -> Iterator[bytes]:
    """The lines of the stream as they stand; a line that is too long comes in several pieces."""
    while True:
        try:
            piece = stream.readline(MOST_LINE_BYTES)
        except OSError as problem:
            raise refused_source(source, f"the file cannot be read: {problem}") from None
        if not piece:
            return
        advanced(len(piece))
        yield piece


def from_stream(source: str, pieces: Iterator[bytes], advanced: Advanced) -> Iterator[UnreadReceipt]:
    """Receipts from what is either one document or one receipt to a line: its first two lines tell which."""
    head: list[bytes] = []
    filled: list[bytes] = []
    for piece in pieces:
        head.append(piece)
        if piece.strip():
            filled.append(piece)
        if len(filled) > 1:
            break
    everything = chain(head, pieces)
    if len(filled) > 1 and is_object_of_its_own(filled[0]):
        yield from from_lines(source, everything)
    else:
        yield from from_document(source, b"".join(everything), advanced)


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
    try:
        members = tuple(members_of(document.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        # Not a list of anything: reading it as one receipt takes it, or names the fault.
        advanced(len(document))
        yield UnreadReceipt(location_of(source), document)
        return
    for position, member in enumerate(members, start=1):
        advanced(len(member))
        yield UnreadReceipt(location_of(source, position), member)


def members_of(text: str) -> Iterator[str]:
    """Each member of a JSON list as it is written, so that it is read as if it came alone; ValueError if it is none."""
    decoder = json.JSONDecoder()
    at = after_space(text, 0)
    if not text.startswith("[", at):
        raise ValueError
    at = after_space(text, at + 1)
    is_over = text.startswith("]", at)
    if is_over:
        at = after_space(text, at + 1)
    while not is_over:
        _, end = decoder.raw_decode(text, at)
        yield text[at:end]
        at = after_space(text, end)
        if text[at : at + 1] not in {",", "]"}:
            raise ValueError
        is_over = text[at] == "]"
        at = after_space(text, at + 1)
    if at < len(text):
        raise ValueError


def after_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at
