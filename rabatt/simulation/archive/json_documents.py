"""Receipts from JSON: each is read as an object, since nothing less tells whether it is sound."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from engine.basket.basket import lay_out
from engine.settings import Settings
from rabatt.receipt_files import Conversions, receipt_of
from rabatt.receipt_files.files import BREAKS, MOST_BYTES, open_file, receipts_of
from rabatt.simulation.archive.facts import Facts, ReadPlan
from rabatt.simulation.archive.fragments import Fragment, Unreadable, broken
from rabatt.simulation.archive.objects import ObjectRead, facts_of_objects
from rules import Refused
from rules.parse import LARGEST_DOCUMENT, parse
from rules.serialise import serialise

# A document, what may stand before it, and the end of its line.
_LONGEST_LINE: Final = LARGEST_DOCUMENT + len(b"\xef\xbb\xbf\r\n")
# What stands for a line that is longer than any receipt.
_TOO_LONG: Final = b'"the line is longer than any receipt"'


def read_json(fragment: Fragment, plan: ReadPlan, batch_receipts: int) -> Iterator[Facts]:
    """Yield the facts of a fragment's receipts; Unreadable where the file breaks off."""
    held: list[ObjectRead] = []
    settings = Settings(max_units=plan.max_units)
    for position, document in documents_in(fragment):
        line = _read(position, _with_hive(document, fragment), plan.conversions, settings)
        if _is_within(line, plan):
            held.append(line)
        if len(held) == batch_receipts:
            yield facts_of_objects(held, plan)
            held = []
    if held:
        yield facts_of_objects(held, plan)


def documents_in(fragment: Fragment) -> Iterator[tuple[int, bytes]]:
    """Yield the receipts of a fragment as they are written, each with its line or its place in the list.

    Unreadable where the file breaks off.
    """
    try:
        with open_file(fragment.path) as stream:
            yield from _members(stream, fragment) if fragment.format == "document" else _lines(stream, fragment)
    except BREAKS as problem:
        raise broken(fragment.source, problem) from None


def _members(stream: BinaryIO, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
    document = stream.read(MOST_BYTES + 1)
    if len(document) > MOST_BYTES:
        sentence = f"the file is larger than {MOST_BYTES} bytes; give receipts as JSON lines, one to a line (.jsonl)"
        raise Unreadable(fragment.source, sentence)
    members = receipts_of(document)
    if members is None:
        yield 1, document
        return
    for position, member in enumerate(members, 1):
        yield position, member.encode()


def _lines(stream: BinaryIO, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its number in the file."""
    is_whole = fragment.is_packed
    if not is_whole:
        stream.seek(fragment.start)
    at, number = fragment.start, fragment.first
    while is_whole or at < fragment.stop:
        piece = stream.readline(_LONGEST_LINE + 1)
        if not piece:
            return
        at += len(piece)
        document = piece.rstrip(b"\r\n")
        if number == 1:
            document = document.removeprefix(b"\xef\xbb\xbf")
        while not piece.endswith(b"\n") and len(piece) > _LONGEST_LINE:
            # The rest of a line that is too long is passed over, not kept.
            document = _TOO_LONG
            piece = stream.readline(_LONGEST_LINE + 1)
            at += len(piece)
        if document.strip():
            yield number, document
        number += 1


def _read(position: int, document: bytes, conversions: Conversions, settings: Settings) -> ObjectRead:
    try:
        written, receipt = receipt_of(document, conversions)
        return ObjectRead(position, written, lay_out(receipt, (), settings))
    except Refused:
        # As it came: who reads it again converts it again.
        return ObjectRead(position, document, None)


def _with_hive(document: bytes, fragment: Fragment) -> bytes:
    """Return a receipt with what its folders say; the document itself where they say nothing, or it is none."""
    if not fragment.hive:
        return document
    try:
        plain = parse(document)
    except Refused:
        return document
    filled = _filled(plain, fragment) if isinstance(plain, dict) else plain
    return document if filled is plain else serialise(filled)


def _filled(document: dict[str, Any], fragment: Fragment) -> dict[str, Any]:
    """Return a receipt with what its folders say, where it does not say it itself."""
    filled = document
    for key, value in fragment.hive.items():
        if value is None:
            continue
        if key == "store_id":
            store = {} if filled.get("store") is None else filled["store"]
            if isinstance(store, dict) and store.get("id") is None:
                filled = {**filled, "store": {**store, "id": value}}
        elif filled.get(key) is None:
            filled = {**filled, key: value}
    return filled


def _is_within(line: ObjectRead, plan: ReadPlan) -> bool:
    if line.basket is None or (plan.since is None and plan.until is None):
        return True
    day = line.basket.purchase_at.date().isoformat()
    return (plan.since is None or plan.since <= day) and (plan.until is None or day <= plan.until)
