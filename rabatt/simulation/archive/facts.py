"""The facts of a batch of receipts as columns: what is asked of every receipt before any becomes an object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rabatt.receipt_files import Conversions

Int64Array: TypeAlias = npt.NDArray[np.int64]
Int32Array: TypeAlias = npt.NDArray[np.int32]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
# A field of the customer or of the store, by its path below it.
FieldPath: TypeAlias = tuple[Literal["customer", "store"], tuple[str, ...]]

_FIRST_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What of a receipt is read besides what every evaluation needs.

    `fields` are looked up as columns; where `whole_customer` or `whole_store` is false, no other field of them need be
    read. `since` and `until` bound the purchases that are read, as local days as written, both included (YYYY-MM-DD).
    A receipt has at most `max_units` units. `conversions` are made of every receipt before it is read.
    """

    fields: frozenset[FieldPath] = frozenset()
    whole_customer: bool = True
    whole_store: bool = True
    since: str | None = None
    until: str | None = None
    max_units: int = 1_000_000
    conversions: Conversions = field(default_factory=Conversions)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of texts, one for each row: those of row i are `names[code]` for the codes from `offsets[i]` on.

    `names` are distinct; a code of -1 is no text.
    """

    offsets: Int64Array
    codes: Int32Array
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """A batch of receipts in the order of their file.

    `instants` are microseconds since 1970, `days` the local date as written, in days since 1970. `gross` is the
    receipt's gross amount, else the sum of its lines that are not voided, returned goods below 0. Line i of the batch
    belongs to the receipt r with `line_offsets[r] <= i < line_offsets[r + 1]`; `items` has at most one text for each
    line, `groups` any number. `takes` says which lines can take discounts (SPEC 2), `shows_code` which are neither
    voided nor returned, so that their ids count as codes. `codes` are the receipts' discount codes, `fields` the fields
    that were asked for, each scalar as its text (SPEC 3). `line_gross` is what each line costs, 0 where it says
    nothing. `return_lines` counts the return lines of each receipt, `naming_lines` those of them that name the receipt
    they were bought with. `has_fractions` says which receipts have an amount that is written as a fraction (49.0); also
    of suspect ones.

    A receipt that is `suspect` may be at fault, or have a fact that the columns cannot hold: nothing else of it counts,
    and it has to be read as an object. Every receipt that is not suspect is one that `read_receipt` takes.

    `documents` returns the receipts of some rows as JSON bytes, with all that an evaluation reads: converted, or where
    they are suspect as they came. `positions` are their places in the file, from 1.
    """

    count: int
    instants: Int64Array
    days: Int32Array
    receipt_ids: pa.StringArray
    customer_ids: pa.StringArray
    store_ids: pa.StringArray
    currencies: pa.StringArray
    gross: Int64Array
    line_offsets: Int64Array
    items: Ragged
    groups: Ragged
    takes: BoolArray
    shows_code: BoolArray
    line_gross: Int64Array
    has_fractions: BoolArray
    return_lines: Int64Array
    naming_lines: Int64Array
    codes: Ragged
    fields: Mapping[FieldPath, Ragged]
    suspect: BoolArray
    positions: Int64Array
    documents: Callable[[npt.NDArray[Any]], Sequence[bytes]]


def days_of(moment: datetime) -> int:
    """Return the local date of a moment as it is written, in days since 1970."""
    return moment.toordinal() - _FIRST_DAY
