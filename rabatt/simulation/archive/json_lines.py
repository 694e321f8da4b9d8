"""Receipts from JSON lines: each is read as an object, since nothing less tells whether it is sound."""

import gzip
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Final

from engine.basket.basket import lay_out
from engine.settings import Settings
from rabatt.simulation.archive.facts import Facts, ReadPlan
from rabatt.simulation.archive.fragments import BREAKS, Fragment, broken, is_gzip
from rabatt.simulation.archive.objects import ObjectRead, facts_of_objects
from rules import Refused, read_receipt
from rules.parse import LARGEST_DOCUMENT, parse
from rules.serialise import serialise

# A document, what may stand before it, and the end of its line.
_LONGEST_LINE: Final = LARGEST_DOCUMENT + len(b"\xef\xbb\xbf\r\n")
# What stands for a line that is longer than any receipt.
_TOO_LONG: Final = b'"the line is longer than any receipt"'


def read_lines(fragment: Fragment, plan: ReadPlan, batch_receipts: int) -> Iterator[Facts]:
    """Yield the facts of a fragment's lines; Unreadable where the file breaks off."""
    held: list[ObjectRead] = []
    settings = Settings(max_units=plan.max_units)
    try:
        with gzip.open(fragment.path) if is_gzip(fragment.path) else Path(fragment.path).open("rb") as stream:
            for position, document in numbered(stream, fragment):
                line = _read(position, document, fragment, settings)
                if _is_within(line, plan):
                    held.append(line)
                if len(held) == batch_receipts:
                    yield facts_of_objects(held, plan)
                    held = []
    except BREAKS as problem:
        raise broken(fragment.path, problem) from None
    if held:
        yield facts_of_objects(held, plan)


def numbered(stream: BufferedIOBase, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its number in the file."""
    is_whole = is_gzip(fragment.path)
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


def _read(position: int, document: bytes, fragment: Fragment, settings: Settings) -> ObjectRead:
    try:
        receipt = read_receipt(document)
        if fragment.hive:
            plain = _filled(receipt.document, fragment)
            if plain is not receipt.document:
                document = serialise(plain)
                receipt = read_receipt(document)
    except Refused:
        filled = _refused_filled(document, fragment)
        if filled is None:
            return ObjectRead(position, document, None)
        document, receipt = filled
    try:
        return ObjectRead(position, document, lay_out(receipt, (), settings))
    except Refused:
        return ObjectRead(position, document, None)


def _refused_filled(document: bytes, fragment: Fragment) -> Any:
    """Return a receipt that lacks only what its folders say; None where it is refused all the same."""
    if not fragment.hive:
        return None
    try:
        plain = parse(document)
        if not isinstance(plain, dict):
            return None
        filled = serialise(_filled(plain, fragment))
        return filled, read_receipt(filled)
    except Refused:
        return None


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
