"""Receipts from JSON lines: each is read as an object, since nothing less tells whether it is sound."""

import gzip
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from engine.basket import Basket, lay_out
from engine.requirements import customer_field, field_at, instant_of
from engine.settings import Settings
from engine.view import texts_of
from rules import Refused, read_receipt
from rules.parse import LARGEST_DOCUMENT, parse
from rules.serialise import serialise
from simulation.archive.fragments import Fragment, Unreadable
from simulation.archive.texts import ragged_of
from simulation.facts import Asked, Facts, Field, Ragged, days_of

_SETTINGS: Final = Settings()
# What stands for a line that is longer than any receipt.
_TOO_LONG: Final = b'"the line is longer than any receipt"'


class _Line(NamedTuple):
    """A line of the file, and the receipt that it is; None where it is refused."""

    position: int
    document: bytes
    basket: Basket | None


def read_lines(fragment: Fragment, asked: Asked, batch_receipts: int) -> Iterator[Facts]:
    """Yield the facts of a fragment's lines; Unreadable where the file breaks off."""
    held: list[_Line] = []
    try:
        with gzip.open(fragment.path) if fragment.path.endswith(".gz") else Path(fragment.path).open("rb") as stream:
            for position, document in _numbered(stream, fragment):
                line = _read(position, document, fragment)
                if _is_within(line, asked):
                    held.append(line)
                if len(held) == batch_receipts:
                    yield _facts(held, asked)
                    held = []
    except (OSError, EOFError) as problem:
        raise Unreadable(fragment.path, f"this can't be read: {problem}") from None
    if held:
        yield _facts(held, asked)


def _numbered(stream: BufferedIOBase, fragment: Fragment) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, each with its number in the file."""
    is_whole = fragment.path.endswith(".gz")
    if not is_whole:
        stream.seek(fragment.start)
    at, number = fragment.start, fragment.first
    while is_whole or at < fragment.stop:
        piece = stream.readline(LARGEST_DOCUMENT + 1)
        if not piece:
            return
        at += len(piece)
        document = piece.rstrip(b"\r\n")
        while not piece.endswith(b"\n") and len(piece) > LARGEST_DOCUMENT:
            # The rest of a line that is too long is passed over, not kept.
            document = _TOO_LONG
            piece = stream.readline(LARGEST_DOCUMENT + 1)
            at += len(piece)
        if document.strip():
            yield number, document.removeprefix(b"\xef\xbb\xbf") if number == 1 else document
        number += 1


def _read(position: int, document: bytes, fragment: Fragment) -> _Line:
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
            return _Line(position, document, None)
        document, receipt = filled
    try:
        return _Line(position, document, lay_out(receipt, (), _SETTINGS))
    except Refused:
        return _Line(position, document, None)


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
            store = filled.get("store") or {}
            if isinstance(store, dict) and store.get("id") is None:
                filled = {**filled, "store": {**store, "id": value}}
        elif filled.get(key) is None:
            filled = {**filled, key: value}
    return filled


def _is_within(line: _Line, asked: Asked) -> bool:
    if line.basket is None or (asked.since is None and asked.until is None):
        return True
    day = line.basket.purchase_at.date().isoformat()
    return (asked.since is None or asked.since <= day) and (asked.until is None or day <= asked.until)


def _facts(lines: Sequence[_Line], asked: Asked) -> Facts:
    baskets = [line.basket for line in lines]
    receipts = [None if basket is None else basket.receipt for basket in baskets]
    items: list[list[str]] = []
    groups: list[list[str]] = []
    takes: list[bool] = []
    shows: list[bool] = []
    offsets = [0]
    for basket in baskets:
        takers = set() if basket is None else {line.position for line in basket.lines}
        for position, line in enumerate(basket.receipt.items if basket is not None else ()):
            items.append([] if line.id is None else [line.id])
            groups.append([name for group in line.groups if (name := group.get("id")) is not None])
            takes.append(position in takers)
            shows.append(not line.voided and not line.is_return_item)
        offsets.append(len(items))
    documents = [line.document for line in lines]
    return Facts(
        count=len(lines),
        instants=np.array([0 if one is None else instant_of(one.purchase_at) for one in receipts], dtype=np.int64),
        days=np.array([0 if one is None else days_of(one.purchase_at) for one in receipts], dtype=np.int32),
        receipt_ids=_texts([None if one is None else one.receipt_id for one in receipts]),
        customer_ids=_texts([None if one is None else one.customer_id for one in receipts]),
        store_ids=_texts([None if basket is None else basket.store["id"] for basket in baskets]),
        currencies=_texts([None if one is None else one.currency for one in receipts]),
        gross=np.array([0 if basket is None else basket.gross for basket in baskets], dtype=np.int64),
        line_offsets=np.array(offsets, dtype=np.int64),
        items=ragged_of(items),
        groups=ragged_of(groups),
        takes=np.array(takes, dtype=np.bool_),
        shows_code=np.array(shows, dtype=np.bool_),
        codes=ragged_of([] if one is None else one.discount_codes for one in receipts),
        fields={field: _field(field, baskets) for field in asked.fields},
        suspect=np.array([basket is None for basket in baskets], dtype=np.bool_),
        positions=np.array([line.position for line in lines], dtype=np.int64),
        documents=lambda rows: [documents[row] for row in rows],
    )


def _texts(values: Sequence[str | None]) -> pa.StringArray:
    return pa.array(values, type=pa.string())


def _field(field: Field, baskets: Sequence[Basket | None]) -> Ragged:
    family, path = field
    look_up = customer_field if family == "customer" else field_at
    documents = [
        None if basket is None else basket.customer if family == "customer" else basket.store for basket in baskets
    ]
    return ragged_of([] if document is None else texts_of(look_up(document, path)) for document in documents)
