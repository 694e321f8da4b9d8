"""One batch of rows of a Parquet file: its facts, and its receipts as documents."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.compiled.requirements import instant_of
from rabatt.simulation.archive.documents import UNWRITABLE, documents_of
from rabatt.simulation.archive.facts import BoolArray, Facts, FieldPath, Int64Array, Ragged, ReadPlan, days_of
from rabatt.simulation.archive.field_lookup import doubtful, looked_up
from rabatt.simulation.archive.numbers import flags, quantities, whole_numbers, wrong_text
from rabatt.simulation.archive.return_lines import RECEIPT_FIELD
from rabatt.simulation.archive.texts import coded, field_of, lists_of, one_each, ragged_of
from rules.values import EARLIEST_PURCHASE_YEAR, LATEST_PURCHASE_YEAR

# The form of a time that is taken as it stands; what is written in another way is read as an object.
_PLAIN_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_LARGEST_PERCENT: Final = 1_000_000
# A receipt with more may hold more values than one document may.
_MOST_LINES: Final = 10_000
_EARLIEST: Final = instant_of(datetime(EARLIEST_PURCHASE_YEAR + 1, 1, 1, tzinfo=UTC))
_LATEST: Final = instant_of(datetime(LATEST_PURCHASE_YEAR - 1, 1, 1, tzinfo=UTC))
# Before, some zones were off by seconds, and no offset is written so.
_WHOLE_MINUTES: Final = instant_of(datetime(1973, 1, 1, tzinfo=UTC))
_RECEIPT_AMOUNTS: Final = ("gross_amount", "net_amount", "total_discount", "total_bonus")
_LINE_AMOUNTS: Final = ("gross_amount", "net_amount", "cost_price")
_LINE_FLAGS: Final = ("eligible_for_discount", "voided", "is_return_item", "scale_item")
_LINE_TEXTS: Final = ("id", "description")


class Batch:
    """Rows in the order of their file, with their positions there."""

    def __init__(self, rows: pa.RecordBatch, positions: Int64Array, garbled: BoolArray | None = None) -> None:
        """Take rows of the wanted columns in plain types; those that are garbled are null throughout."""
        if garbled is None:
            garbled = _garbled(rows)
            if garbled.any():
                rows = rows.take(pa.array(np.arange(len(rows)), mask=garbled))
        self.rows = rows
        self.positions = positions
        self.count = len(rows)
        self._garbled = garbled
        self.suspect: BoolArray = garbled.copy()

    def column(self, name: str) -> pa.Array:
        """Return a column; nulls where there is none."""
        place = self.rows.schema.get_field_index(name)
        return pa.nulls(self.count) if place < 0 else self.rows.column(place)

    def taken(self, chosen: BoolArray) -> "Batch":
        """Return the batch of chosen rows only."""
        if chosen.all():
            return self
        return Batch(self.rows.filter(pa.array(chosen)), self.positions[chosen], self._garbled[chosen])

    def within(self, since: str | None, until: str | None) -> BoolArray | None:
        """Return which purchases are within days, both included; those without a day are. None where all are."""
        if since is None and until is None:
            return None
        _, days, known = self._times
        chosen = np.ones(self.count, dtype=np.bool_)
        if since is not None:
            chosen &= days >= _day(since)
        if until is not None:
            chosen &= days <= _day(until)
        return chosen | ~known

    @cached_property
    def _times(self) -> tuple[Int64Array, npt.NDArray[np.int32], BoolArray]:
        """Return the instant and the local day of each purchase, and which of them are known."""
        column = self.column("purchase_at")
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            # What is finer than a microsecond is cut off, as the engine does not tell it either.
            stamps = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
            known = stamps.is_valid().to_numpy(zero_copy_only=False)
            instants = pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
            known = known & (instants >= _WHOLE_MINUTES) & (instants < _LATEST)
            local = pc.local_timestamp(stamps).cast(pa.int64())
            days = pc.fill_null(local, 0).to_numpy(zero_copy_only=False) // 86_400_000_000
            return instants, days.astype(np.int32), known
        instants = np.zeros(self.count, dtype=np.int64)
        days = np.zeros(self.count, dtype=np.int32)
        known = np.zeros(self.count, dtype=np.bool_)
        for row, text in enumerate(column.to_pylist()):
            moment = _moment(text)
            if moment is not None:
                instants[row], days[row], known[row] = instant_of(moment), days_of(moment), True
        return instants, days, known

    def facts(self, plan: ReadPlan) -> Facts:
        """Return the facts of the batch."""
        instants, days, known = self._times
        self.suspect |= ~known
        store = self.column("store")
        self._check_texts()
        lines = self._lines(plan.max_units)
        amounts = {name: whole_numbers(self.column(name)) for name in _RECEIPT_AMOUNTS}
        for numbers in amounts.values():
            self.suspect |= numbers.faulty
        gross = np.where(amounts["gross_amount"].there, amounts["gross_amount"].values, lines["gross"])
        fields = {field: self._field(field) for field in plan.fields}
        codes = self._codes()
        return Facts(
            count=self.count,
            instants=instants,
            days=days,
            receipt_ids=_text(self.column("receipt_id")),
            customer_ids=_text(self.column("customer_id")),
            store_ids=_text(field_of(store, "id")),
            currencies=_text(self.column("currency")),
            gross=gross,
            line_offsets=lines["offsets"],
            items=lines["items"],
            groups=lines["groups"],
            takes=lines["takes"],
            shows_code=lines["shows_code"],
            return_lines=lines["returns"],
            naming_lines=lines["naming"],
            codes=codes,
            fields=fields,
            suspect=self.suspect,
            positions=self.positions,
            documents=self.documents,
        )

    def _check_texts(self) -> None:
        store = self.column("store")
        for column in (self.column("receipt_id"), field_of(store, "id")):
            self.suspect |= wrong_text(column) | _is_empty(column)
        for name in ("customer_id", "currency"):
            self.suspect |= wrong_text(self.column(name))
        for name in ("store", "customer"):
            self.suspect |= doubtful(self.column(name), name)

    def _codes(self) -> Ragged:
        column = self.column("discount_code")
        if pa.types.is_list(column.type):
            offsets, members = lists_of(column)
            self.suspect |= _any(wrong_text(members) | members.is_null().to_numpy(zero_copy_only=False), offsets)
            codes, names = coded(_text(members))
            return Ragged(offsets, codes, names)
        self.suspect |= wrong_text(column)
        return one_each(_text(column))

    def _field(self, field: FieldPath) -> Ragged:
        family, path = field
        found, doubts = looked_up(self.column(family), family, path)
        self.suspect |= doubts
        if pa.types.is_list(found.type):
            offsets, members = lists_of(found)
            codes, names = coded(members)
            return Ragged(offsets, codes, names)
        return one_each(found)

    def _lines(self, max_units: int) -> dict[str, Any]:
        """Return the facts of the lines; what is wrong with one makes its receipt suspect."""
        column = self.column("items")
        if not pa.types.is_list(column.type):
            self.suspect |= column.is_valid().to_numpy(zero_copy_only=False)
            nothing = ragged_of([])
            offsets = np.zeros(self.count + 1, dtype=np.int64)
            empty = np.zeros(0, dtype=np.bool_)
            gross = np.zeros(self.count, dtype=np.int64)
            return {
                "offsets": offsets, "items": nothing, "groups": nothing, "takes": empty, "shows_code": empty,
                "gross": gross, "returns": gross, "naming": gross,
            }  # fmt: skip
        offsets, lines = lists_of(column)
        faulty = _no_objects(lines)
        for name in _LINE_TEXTS:
            faulty = faulty | wrong_text(field_of(lines, name))
        amounts = {name: whole_numbers(field_of(lines, name)) for name in _LINE_AMOUNTS}
        marks = {name: flags(field_of(lines, name)) for name in _LINE_FLAGS}
        quantity, positive, wrong_quantity = quantities(field_of(lines, "quantity"))
        for wrong in (*(one.faulty for one in amounts.values()), *(one.faulty for one in marks.values())):
            faulty = faulty | wrong
        faulty = faulty | wrong_quantity | _wrong_percent(field_of(lines, "tax_percent"))
        groups, wrong_groups = self._groups(field_of(lines, "groups"))
        faulty = faulty | wrong_groups | _wrong_entries(field_of(lines, "discount_lines"), "amount")
        faulty = faulty | _wrong_entries(field_of(lines, "bonus_lines"), "bonus")
        voided, returned = marks["voided"].values, marks["is_return_item"].values
        price = amounts["gross_amount"].values
        pieces = np.where((quantity > 1) & ~marks["scale_item"].values, quantity, 1)
        self.suspect |= _any(faulty, offsets) | self._wrong_line_ids(lines, offsets) | (np.diff(offsets) > _MOST_LINES)
        self.suspect |= _sum(np.minimum(pieces, max_units + 1), offsets) > max_units
        takes = marks["eligible_for_discount"].values & (price > 0) & positive & ~voided & ~returned
        return {
            "offsets": offsets,
            "items": one_each(_text(field_of(lines, "id"))),
            "groups": groups,
            "takes": takes,
            "shows_code": ~voided & ~returned,
            "gross": _sum(np.where(voided, 0, price), offsets),
            "returns": _sum((returned & ~voided).astype(np.int64), offsets),
            "naming": _sum((returned & ~voided & _names_receipt(lines)).astype(np.int64), offsets),
        }

    def _groups(self, column: pa.Array) -> tuple[Ragged, BoolArray]:
        if not pa.types.is_list(column.type):
            nothing = Ragged(np.zeros(len(column) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32), [])
            return nothing, column.is_valid().to_numpy(zero_copy_only=False)
        offsets, members = lists_of(column)
        ids = field_of(members, "id")
        wrong = _no_objects(members) | wrong_text(ids)
        codes, names = coded(_text(ids))
        return Ragged(offsets, codes, names), _any(wrong, offsets)

    def _wrong_line_ids(self, lines: pa.Array, offsets: Int64Array) -> BoolArray:
        """Return the receipts whose line ids do not plainly rise from line to line, if there are any."""
        ids = whole_numbers(field_of(lines, "line_id"))
        lengths = np.diff(offsets)
        given = _sum(ids.there.astype(np.int64), offsets)
        receipt_of = np.repeat(np.arange(self.count), lengths)
        falls = np.zeros(len(ids.values), dtype=np.bool_)
        if len(falls) > 1:
            falls[1:] = (ids.values[1:] <= ids.values[:-1]) & (receipt_of[1:] == receipt_of[:-1])
        wrong = _any(ids.faulty | (falls & ids.there), offsets)
        result: BoolArray = wrong | ((given != 0) & (given != lengths))
        return result

    def documents(self, rows: npt.NDArray[Any]) -> Sequence[bytes]:
        """Return the receipts of some rows as JSON."""
        documents = documents_of(self.rows.take(pa.array(rows)))
        if not self._garbled.any():
            return documents
        garbled = self._garbled[rows]
        return [UNWRITABLE if lost else document for lost, document in zip(garbled, documents, strict=True)]


def _garbled(rows: pa.RecordBatch) -> BoolArray:
    """Return the rows with bytes that are no text."""
    try:
        rows.validate(full=True)
    except pa.ArrowInvalid:
        if len(rows) <= 1:
            return np.ones(len(rows), dtype=np.bool_)
        # Rows are taken, not sliced: a slice of a list is checked with all that lies beside it.
        halves = np.array_split(np.arange(len(rows)), 2)
        return np.concatenate([_garbled(rows.take(pa.array(half))) for half in halves])
    return np.zeros(len(rows), dtype=np.bool_)


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str) or not _PLAIN_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if _EARLIEST <= instant_of(moment) < _LATEST else None
    except (ValueError, OverflowError):
        return None


def _text(column: pa.Array) -> pa.StringArray:
    """Return a column as plain text; nulls where it is something else."""
    return column if pa.types.is_string(column.type) else pa.nulls(len(column), pa.string())


def _is_empty(column: pa.Array) -> BoolArray:
    trimmed = pc.utf8_trim_whitespace(_text(column))
    empty: BoolArray = pc.fill_null(pc.equal(trimmed, ""), fill_value=True).to_numpy(zero_copy_only=False)
    return empty


def _wrong_percent(column: pa.Array) -> BoolArray:
    kind = column.type
    there: BoolArray = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        # What a float cannot hold to the last digit is beyond any percent all the same.
        values = pc.fill_null(column.cast(pa.float64(), safe=False), 0.0).to_numpy(zero_copy_only=False)
        wrong: BoolArray = ~np.isfinite(values) | (np.abs(values) > _LARGEST_PERCENT)
        return wrong
    return there


def _wrong_entries(column: pa.Array, amount: str) -> BoolArray:
    """Return the lines that carry discounts or bonuses of which something is not as it must be."""
    if not pa.types.is_list(column.type):
        there: BoolArray = column.is_valid().to_numpy(zero_copy_only=False)
        return there
    offsets, entries = lists_of(column)
    wrong = _no_objects(entries) | whole_numbers(field_of(entries, amount)).faulty
    for name in ("discount_id", "discount_type"):
        wrong = wrong | wrong_text(field_of(entries, name))
    return _any(wrong, offsets)


def _names_receipt(lines: pa.Array) -> BoolArray:
    """Return which lines name a receipt, whether or not they are returns."""
    named: BoolArray = pc.fill_null(pc.not_equal(_text(field_of(lines, RECEIPT_FIELD)), ""), fill_value=False).to_numpy(
        zero_copy_only=False
    )
    return named


def _no_objects(members: pa.Array) -> BoolArray:
    """Return which members of lists are null, or no objects at all."""
    missing: BoolArray = members.is_null().to_numpy(zero_copy_only=False)
    return missing if pa.types.is_struct(members.type) else np.ones(len(members), dtype=np.bool_)


def _any(marks: BoolArray, offsets: Int64Array) -> BoolArray:
    return _sum(marks.astype(np.int64), offsets) > 0


def _sum(values: Int64Array, offsets: Int64Array) -> Int64Array:
    sums = np.concatenate(([0], np.cumsum(values)))
    totals: Int64Array = sums[offsets[1:]] - sums[offsets[:-1]]
    return totals
