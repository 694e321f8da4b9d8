"""The scan of an archive: all receipts are counted, and those that rules can concern become rows for the replay."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.basket.basket import lay_out
from rabatt.receipt_files import receipt_of
from rabatt.receipt_files.conversions import id_text, in_zone, names_no_zone
from rabatt.simulation.archive import Fragment, ObjectRead, facts_of_objects, read_fragment
from rabatt.simulation.archive.facts import Facts, ReadPlan
from rabatt.simulation.archive.identities import Identities, identities_of
from rabatt.simulation.customer_group import ANONYMOUS, KNOWN, group_named, is_somebody
from rabatt.simulation.row_batches import (
    REFUSED,
    TALLY,
    ReplayRow,
    RowKind,
    batch_of_rows,
    key_of,
    result_row,
    tie_of,
)
from rabatt.simulation.scan.notices import notice
from rabatt.simulation.scan.refused_receipts import ReceiptRefused, refusal_of
from rabatt.simulation.scan.returned_goods import returned_goods_rows
from rabatt.simulation.scan.rule_classes import EVERY_TOUCH, Touch
from rabatt.simulation.scan.what_if import WhatIf
from rabatt.simulation.tally import NO_RECEIPT_NAMED, Tally, add
from rules import Refused
from rules.parse import parse

Rows: TypeAlias = npt.NDArray[np.int64]
_EVERY: Any = EVERY_TOUCH.value
_RETURNED: Final = np.uint8(Touch.RETURNED)
# It is there to find the receipt by, whatever else is wrong with it.
_LONGEST_ID: Final = 80
_MOST_SUM: Final = 2**63


@dataclass(frozen=True, slots=True)
class Copies:
    """What becomes of receipts that are there again.

    Every batch's identities are given to `keep`; the receipts at the places `left_out` are passed over.
    """

    keep: Callable[[Identities], None] | None = None
    left_out: Rows | None = None


KEEP_ALL: Final = Copies()


def scan(what_if: WhatIf, fragment: Fragment, copies: Copies = KEEP_ALL) -> Iterator[pa.RecordBatch]:
    """Yield the rows of the receipts that any rule can concern, and at last one with the count of all others.

    ReceiptRefused where the simulation is strict and a receipt is at fault.
    """
    tally = Tally()
    plan = what_if.read_plan
    for facts in read_fragment(fragment, plan, what_if.options.batch_receipts):
        rows = _rows_of(what_if, fragment.source, facts, plan, tally, copies)
        if rows:
            yield batch_of_rows(rows)
    yield batch_of_rows([result_row(TALLY, tally.to_bytes())])


def _rows_of(
    what_if: WhatIf, source: str, facts: Facts, plan: ReadPlan, tally: Tally, copies: Copies
) -> list[ReplayRow]:
    tally.notice("fractions", int(facts.has_fractions.sum()))
    rows = _touched_rows(what_if, source, facts, tally, copies)
    suspect = np.flatnonzero(facts.suspect)
    if len(suspect):
        positions = facts.positions[suspect].tolist()
        documents = zip(positions, facts.documents(suspect), strict=True)
        sound = list(_sound_ones(what_if, source, documents, plan, tally, rows))
        rows += _touched_rows(what_if, source, facts_of_objects(sound, plan), tally, copies)
    return rows


def _touched_rows(what_if: WhatIf, source: str, facts: Facts, tally: Tally, copies: Copies) -> list[ReplayRow]:
    """Return the rows of the receipts that a rule can concern, and count the others; suspect ones are passed over.

    Receipts that return lines name are rows too, and what was returned is.
    """
    if copies.keep is not None:
        copies.keep(identities_of(facts))
    if copies.left_out is not None:
        left_out = np.isin(facts.positions, copies.left_out) & ~facts.suspect
        tally.notice("duplicates", int(left_out.sum()))
        facts = replace(facts, suspect=facts.suspect | left_out)
    notice(tally, facts, what_if.named_goods)
    touch = what_if.toucher.touched(facts) if what_if.options.prune else np.full(facts.count, _EVERY, np.uint8)
    if what_if.named_purchases:
        touch[what_if.is_named_purchase(facts.receipt_ids)] |= _RETURNED
    _count(tally, facts, np.flatnonzero((touch == 0) & ~facts.suspect), what_if.options.group_path)
    rows = _plain_rows(facts, np.flatnonzero((touch != 0) & ~facts.suspect), touch, source)
    return [*rows, *returned_goods_rows(facts, source)]


def _sound_ones(
    what_if: WhatIf,
    source: str,
    documents: Iterable[tuple[int, bytes]],
    plan: ReadPlan,
    tally: Tally,
    rows: list[ReplayRow],
) -> Iterator[ObjectRead]:
    """Yield the suspect receipts that are sound as objects; of the others a row is added that says why they are not."""
    for position, document in documents:
        try:
            written, receipt = receipt_of(document, plan.conversions)
            basket = lay_out(receipt, (), what_if.options.settings)
        except Refused as refused:
            at = _said(document, "purchase_at")
            if _is_outside(_day_of(in_zone(at, plan.conversions.zone)), plan):
                continue
            if plan.conversions.timezone is None and names_no_zone(at):
                tally.notice("without_zone")
            if what_if.options.strict:
                raise ReceiptRefused(source, position, refused) from None
            tally.refused += 1
            rows.append(result_row(REFUSED, refusal_of(source, position, _id_said(document), refused)))
            continue
        if not _is_outside(basket.purchase_at.date().isoformat(), plan):
            yield ObjectRead(position, written, basket)


def _is_outside(day: str | None, plan: ReadPlan) -> bool:
    """Say whether a day, if it is known, is before or after the days that are asked about."""
    if day is None:
        return False
    return (plan.since is not None and day < plan.since) or (plan.until is not None and day > plan.until)


def _day_of(at: Any) -> str | None:
    """Return the day of the time that a refused receipt says, where that can be made out."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment.date().isoformat()


def _id_said(document: bytes) -> str | None:
    """Return what a refused receipt calls itself, where that can be made out."""
    receipt_id = _said(document, "receipt_id")
    text = id_text(receipt_id)
    return text[:_LONGEST_ID] if isinstance(text, str) else None


def _said(document: bytes, name: str) -> Any:
    try:
        plain: Any = parse(document)
    except Refused:
        return None
    return plain.get(name) if isinstance(plain, dict) else None


def _plain_rows(facts: Facts, chosen: Rows, touch: npt.NDArray[np.uint8], source: str) -> list[ReplayRow]:
    if not len(chosen):
        return []
    indices = pa.array(chosen)
    customers = facts.customer_ids.take(indices).to_pylist()
    receipts = facts.receipt_ids.take(indices).to_pylist()
    stores = facts.store_ids.take(indices).to_pylist()
    instants = facts.instants[chosen].tolist()
    positions = facts.positions[chosen].tolist()
    touches = touch[chosen].tolist()
    rows = []
    for place, document in enumerate(facts.documents(chosen)):
        key = key_of(customers[place], receipts[place])
        rows.append(
            ReplayRow(
                key,
                RowKind.RECEIPT,
                instants[place],
                receipts[place],
                stores[place],
                tie_of(document),
                touches[place],
                source,
                positions[place],
                document,
            )
        )
    return rows


def _count(tally: Tally, facts: Facts, chosen: Rows, group: tuple[str, ...] | None) -> None:
    """Count receipts that no rule can concern, column by column."""
    if not len(chosen):
        return
    days = facts.days[chosen]
    tally.saw_days(int(days.min()), int(days.max()))
    gross = facts.gross[chosen]
    # Numbers of Python, where those of the machine may not hold the sum.
    exact = gross if len(gross) * int(np.abs(gross).max()) < _MOST_SUM else gross.astype(object)
    currencies, currency_codes = _coded(facts.currencies, chosen)
    unnamed = facts.return_lines[chosen] - facts.naming_lines[chosen]
    if unnamed.any():
        lines = np.zeros(len(currencies), dtype=np.int64)
        np.add.at(lines, currency_codes, unnamed)
        for place in np.flatnonzero(lines).tolist():
            add(tally.return_lines, (currencies[place], NO_RECEIPT_NAMED), (int(lines[place]),))
    by_day, day_codes = np.unique(days, return_inverse=True)
    stores, store_codes = _coded(facts.store_ids, chosen)
    groups, group_codes = _groups(facts, chosen, group)
    keyed: tuple[tuple[str, Sequence[Any], npt.NDArray[Any]], ...] = (
        ("total", [None], np.zeros(len(chosen), dtype=np.int64)),
        ("day", by_day.tolist(), day_codes),
        ("store", stores, store_codes),
        ("group", groups, group_codes),
    )
    for dimension, names, codes in keyed:
        both = currency_codes * len(names) + codes
        counts = np.bincount(both, minlength=len(currencies) * len(names))
        sums = np.zeros(len(counts), dtype=exact.dtype)
        np.add.at(sums, both, exact)
        for place in np.flatnonzero(counts).tolist():
            currency, name = divmod(place, len(names))
            add(tally.archive, (dimension, currencies[currency], names[name]), (int(counts[place]), int(sums[place])))


def _coded(column: pa.Array, chosen: Rows) -> tuple[Sequence[str | None], Rows]:
    """Return the texts of a column, with None for none, and the place of each row's among them."""
    encoded = column.take(pa.array(chosen)).dictionary_encode()
    texts: list[str | None] = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    return [*texts, None], codes


def _groups(facts: Facts, chosen: Rows, path: tuple[str, ...] | None) -> tuple[Sequence[str], Rows]:
    if path is None:
        texts, codes = _coded(facts.customer_ids, chosen)
        known = np.array([is_somebody(text) for text in texts], dtype=np.int64)
        return [ANONYMOUS, KNOWN], known[codes]
    ragged = facts.fields[("customer", path)]
    starts, stops = ragged.offsets[chosen], ragged.offsets[chosen + 1]
    names: dict[str, int] = {}
    codes = np.empty(len(chosen), dtype=np.int64)
    known_rows: dict[tuple[int, ...], int] = {}
    for place, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        row = tuple(ragged.codes[start:stop].tolist()) if stop - start != 1 else (int(ragged.codes[start]),)
        number = known_rows.get(row)
        if number is None:
            name = group_named([ragged.names[code] for code in row if code >= 0])
            number = known_rows[row] = names.setdefault(name, len(names))
        codes[place] = number
    return list(names), codes
