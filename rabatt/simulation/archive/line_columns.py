"""The lines of receipts as columns: their facts, and which of them make a receipt suspect."""

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rabatt.simulation.archive.facts import BoolArray, Int64Array, Ragged
from rabatt.simulation.archive.numbers import any_by_row, flags, quantities, sum_by_row, whole_numbers, wrong_text
from rabatt.simulation.archive.return_lines import RECEIPT_FIELD
from rabatt.simulation.archive.texts import coded, field_of, lists_of, one_each, ragged_of, text_or_null

_LARGEST_PERCENT: Final = 1_000_000
# A receipt with more may hold more values than one document may.
_MOST_LINES: Final = 10_000
_AMOUNTS: Final = ("gross_amount", "net_amount", "cost_price")
_FLAGS: Final = ("eligible_for_discount", "voided", "is_return_item", "scale_item")
_TEXTS: Final = ("id", "description")


class LineColumns(NamedTuple):
    """The facts of lines, as `Facts` has them, and which receipts are suspect for one of their lines."""

    offsets: Int64Array
    items: Ragged
    groups: Ragged
    takes: BoolArray
    shows_code: BoolArray
    line_gross: Int64Array
    gross: Int64Array
    return_lines: Int64Array
    naming_lines: Int64Array
    suspect: BoolArray


def line_columns(column: pa.Array, max_units: int) -> LineColumns:
    """Return the facts of the lines of each receipt, and which receipts have a line that makes them suspect."""
    if not pa.types.is_list(column.type):
        return _no_lines(len(column), column.is_valid().to_numpy(zero_copy_only=False))
    offsets, lines = lists_of(column)
    faulty = _no_objects(lines)
    for name in _TEXTS:
        faulty = faulty | wrong_text(field_of(lines, name))
    amounts = {name: whole_numbers(field_of(lines, name)) for name in _AMOUNTS}
    marks = {name: flags(field_of(lines, name)) for name in _FLAGS}
    quantity, positive, wrong_quantity = quantities(field_of(lines, "quantity"))
    for wrong in (*(one.faulty for one in amounts.values()), *(one.faulty for one in marks.values())):
        faulty = faulty | wrong
    faulty = faulty | wrong_quantity | _wrong_percent(field_of(lines, "tax_percent"))
    groups, wrong_groups = _groups(field_of(lines, "groups"))
    faulty = faulty | wrong_groups | _wrong_entries(field_of(lines, "discount_lines"), "amount")
    faulty = faulty | _wrong_entries(field_of(lines, "bonus_lines"), "bonus")
    voided, returned = marks["voided"].values, marks["is_return_item"].values
    price = amounts["gross_amount"].values
    pieces = np.where((quantity > 1) & ~marks["scale_item"].values, quantity, 1)
    suspect = any_by_row(faulty, offsets) | _wrong_line_ids(lines, offsets) | (np.diff(offsets) > _MOST_LINES)
    suspect |= sum_by_row(np.minimum(pieces, max_units + 1), offsets) > max_units
    takes = marks["eligible_for_discount"].values & (price > 0) & positive & ~voided & ~returned
    return LineColumns(
        offsets=offsets,
        items=one_each(text_or_null(field_of(lines, "id"))),
        groups=groups,
        takes=takes,
        shows_code=~voided & ~returned,
        line_gross=price,
        # What is returned is below 0, whatever sign it was sent with (POLICY 13).
        gross=sum_by_row(np.where(voided, 0, np.where(returned, -np.abs(price), price)), offsets),
        return_lines=sum_by_row((returned & ~voided).astype(np.int64), offsets),
        naming_lines=sum_by_row((returned & ~voided & _names_receipt(lines)).astype(np.int64), offsets),
        suspect=suspect,
    )


def _no_lines(receipts: int, suspect: BoolArray) -> LineColumns:
    """Return the facts of receipts without lines."""
    nothing, none = np.zeros(receipts, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    offsets = np.zeros(receipts + 1, dtype=np.int64)
    no_amounts = np.zeros(0, dtype=np.int64)
    return LineColumns(
        offsets, ragged_of([]), ragged_of([]), none, none, no_amounts, nothing, nothing, nothing, suspect
    )


def _groups(column: pa.Array) -> tuple[Ragged, BoolArray]:
    if not pa.types.is_list(column.type):
        nothing = Ragged(np.zeros(len(column) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32), [])
        return nothing, column.is_valid().to_numpy(zero_copy_only=False)
    offsets, members = lists_of(column)
    ids = field_of(members, "id")
    wrong = _no_objects(members) | wrong_text(ids)
    codes, names = coded(text_or_null(ids))
    return Ragged(offsets, codes, names), any_by_row(wrong, offsets)


def _wrong_line_ids(lines: pa.Array, offsets: Int64Array) -> BoolArray:
    """Return the receipts whose line ids do not plainly rise from line to line, if there are any."""
    ids = whole_numbers(field_of(lines, "line_id"))
    lengths = np.diff(offsets)
    given = sum_by_row(ids.there.astype(np.int64), offsets)
    receipt_of = np.repeat(np.arange(len(lengths)), lengths)
    falls = np.zeros(len(ids.values), dtype=np.bool_)
    if len(falls) > 1:
        falls[1:] = (ids.values[1:] <= ids.values[:-1]) & (receipt_of[1:] == receipt_of[:-1])
    wrong = any_by_row(ids.faulty | (falls & ids.there), offsets)
    result: BoolArray = wrong | ((given != 0) & (given != lengths))
    return result


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
    return any_by_row(wrong, offsets)


def _names_receipt(lines: pa.Array) -> BoolArray:
    """Return which lines name a receipt, whether or not they are returns."""
    named = pc.not_equal(text_or_null(field_of(lines, RECEIPT_FIELD)), "")
    marks: BoolArray = pc.fill_null(named, fill_value=False).to_numpy(zero_copy_only=False)
    return marks


def _no_objects(members: pa.Array) -> BoolArray:
    """Return which members of lists are null, or no objects at all."""
    missing: BoolArray = members.is_null().to_numpy(zero_copy_only=False)
    return missing if pa.types.is_struct(members.type) else np.ones(len(members), dtype=np.bool_)
