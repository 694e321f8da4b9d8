"""One batch of rows of a Parquet file: its facts, and its receipts as documents."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.compiled.requirements import instant_of
from rabatt.receipt_files import Conversions, as_written
from rabatt.simulation.archive.converted_columns import converted_rows, fractions_in, with_exact_singles
from rabatt.simulation.archive.documents import UNWRITABLE, documents_of
from rabatt.simulation.archive.facts import BoolArray, Facts, FieldPath, Int64Array, Ragged, ReadPlan, days_of
from rabatt.simulation.archive.field_lookup import doubtful, looked_up
from rabatt.simulation.archive.line_columns import line_columns
from rabatt.simulation.archive.numbers import any_by_row, whole_numbers, wrong_text
from rabatt.simulation.archive.texts import coded, field_of, lists_of, one_each, text_or_null
from rules.values import EARLIEST_PURCHASE_YEAR, LATEST_PURCHASE_YEAR

# The form of a time that is taken as it stands; what is written in another way is read as an object.
_PLAIN_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_EARLIEST: Final = instant_of(datetime(EARLIEST_PURCHASE_YEAR + 1, 1, 1, tzinfo=UTC))
_LATEST: Final = instant_of(datetime(LATEST_PURCHASE_YEAR - 1, 1, 1, tzinfo=UTC))
# Before, some zones were off by seconds, and no offset is written so.
_WHOLE_MINUTES: Final = instant_of(datetime(1973, 1, 1, tzinfo=UTC))
_RECEIPT_AMOUNTS: Final = (
    "gross_amount",
    "net_amount",
    "total_discount",
    "total_manual_discount_amount",
    "total_bonus",
)


class _Source(NamedTuple):
    """Rows as they came, what was made of them, and of which of them it could not be made."""

    rows: pa.RecordBatch
    conversions: Conversions
    doubtful: BoolArray


class ParquetBatch:
    """Rows in the order of their file, with their positions there."""

    def __init__(
        self,
        rows: pa.RecordBatch,
        positions: Int64Array,
        garbled: BoolArray | None = None,
        source: _Source | None = None,
    ) -> None:
        """Take rows of the wanted columns in plain types; those that are garbled are null throughout."""
        if garbled is None:
            garbled = _garbled(rows)
            if garbled.any():
                rows = rows.take(pa.array(np.arange(len(rows)), mask=garbled))
        self.rows = rows
        self.positions = positions
        self.count = len(rows)
        self._garbled = garbled
        self._source = source
        self.suspect: BoolArray = garbled.copy() if source is None else garbled | source.doubtful

    def converted(self, conversions: Conversions) -> "ParquetBatch":
        """Return the batch of receipts as we write them."""
        if not conversions.are_asked:
            return self
        came = with_exact_singles(self.rows) if conversions.amounts == "major" else self.rows
        rows, doubtful = converted_rows(came, conversions)
        return ParquetBatch(rows, self.positions, self._garbled, _Source(came, conversions, doubtful))

    def column(self, name: str) -> pa.Array:
        """Return a column; nulls where there is none."""
        place = self.rows.schema.get_field_index(name)
        return pa.nulls(self.count) if place < 0 else self.rows.column(place)

    def taken(self, chosen: BoolArray) -> "ParquetBatch":
        """Return the batch of chosen rows only."""
        if chosen.all():
            return self
        mask = pa.array(chosen)
        source = self._source
        if source is not None:
            source = source._replace(rows=source.rows.filter(mask), doubtful=source.doubtful[chosen])
        return ParquetBatch(self.rows.filter(mask), self.positions[chosen], self._garbled[chosen], source)

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
        lines = line_columns(self.column("items"), plan.max_units)
        self.suspect |= lines.suspect
        amounts = {name: whole_numbers(self.column(name)) for name in _RECEIPT_AMOUNTS}
        for numbers in amounts.values():
            self.suspect |= numbers.faulty
        gross = np.where(amounts["gross_amount"].there, amounts["gross_amount"].values, lines.gross)
        fields = {field: self._field(field) for field in plan.fields}
        codes = self._codes()
        return Facts(
            count=self.count,
            instants=instants,
            days=days,
            receipt_ids=text_or_null(self.column("receipt_id")),
            customer_ids=text_or_null(self.column("customer_id")),
            store_ids=text_or_null(field_of(store, "id")),
            currencies=text_or_null(self.column("currency")),
            gross=gross,
            line_offsets=lines.offsets,
            items=lines.items,
            groups=lines.groups,
            takes=lines.takes,
            shows_code=lines.shows_code,
            line_gross=lines.line_gross,
            has_fractions=fractions_in(self.rows),
            return_lines=lines.return_lines,
            naming_lines=lines.naming_lines,
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
            self.suspect |= any_by_row(wrong_text(members) | members.is_null().to_numpy(zero_copy_only=False), offsets)
            codes, names = coded(text_or_null(members))
            return Ragged(offsets, codes, names)
        self.suspect |= wrong_text(column)
        return one_each(text_or_null(column))

    def _field(self, field: FieldPath) -> Ragged:
        family, path = field
        found, doubts = looked_up(self.column(family), family, path)
        self.suspect |= doubts
        if pa.types.is_list(found.type):
            offsets, members = lists_of(found)
            codes, names = coded(members)
            return Ragged(offsets, codes, names)
        return one_each(found)

    def documents(self, rows: npt.NDArray[Any]) -> Sequence[bytes]:
        """Return the receipts of some rows as JSON; what is suspect is so once the facts are known."""
        source, taken = self._source, pa.array(rows)
        documents = documents_of((self.rows if source is None else source.rows).take(taken))
        if source is not None:
            documents = [
                document if is_suspect else as_written(document, source.conversions)
                for is_suspect, document in zip(self.suspect[rows].tolist(), documents, strict=True)
            ]
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


def _is_empty(column: pa.Array) -> BoolArray:
    trimmed = pc.utf8_trim_whitespace(text_or_null(column))
    empty: BoolArray = pc.fill_null(pc.equal(trimmed, ""), fill_value=True).to_numpy(zero_copy_only=False)
    return empty


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
