"""Sums as Arrow tables: by rule, campaign, day, store and customer group, what rules lost, what was returned."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from rabatt.simulation.tally import FIGURES, TAKEN_BACK, WORLDS, Figure, Grouping, Tally
from rabatt.simulation.worlds import Worlds

_WHOLE: Final = pa.int64()
_FIGURE_FIELDS: Final = [pa.field(f"{world}_{name}", _WHOLE) for world in WORLDS for name in FIGURES]
_ARCHIVE_FIELDS: Final = [pa.field("receipts", _WHOLE), pa.field("gross", _WHOLE)]
_NOTHING: Final = (0,) * (2 * len(Figure))
OVERLAP: Final = pa.schema(
    [
        pa.field("currency", pa.string()),
        pa.field("lost_by", pa.string()),
        pa.field("gained_by", pa.string()),
        *(pa.field(name, _WHOLE) for name in ("receipts", "uses", "discount", "bonus")),
    ]
)


RETURNS: Final = pa.schema(
    [
        pa.field("currency", pa.string()),
        pa.field("rule_id", pa.string()),
        *(pa.field(f"{world}_{name}", _WHOLE) for world in WORLDS for name in TAKEN_BACK),
    ]
)


class SumTooLarge(Exception):
    """A sum is beyond what a table can hold."""


def tables_of(tally: Tally, worlds: Worlds) -> dict[str, pa.Table]:
    """Return the tables by name; their rows are in the order of currency and what they are by, none first.

    SumTooLarge where a number does not fit.
    """
    return {
        "by_rule": _by_rule(tally, worlds),
        "by_campaign": _by(tally, "campaign", pa.field("campaign_id", pa.string()), of_archive=False),
        "by_day": _by(tally, "day", pa.field("day", pa.date32()), of_archive=True),
        "by_store": _by(tally, "store", pa.field("store_id", pa.string()), of_archive=True),
        "by_group": _by(tally, "group", pa.field("customer_group", pa.string()), of_archive=True),
        "overlap": _overlap(tally),
        "returns": _returns(tally),
    }


def _in_order(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what keys are sorted by: none comes before all others."""
    return tuple((member is not None, member) if not isinstance(member, tuple) else member for member in key)


def currencies_of(tally: Tally) -> Sequence[str | None]:
    """Return the currencies of the archive, that with the most receipts first."""
    found = {currency: values[0] for (by, currency, _), values in tally.archive.items() if by == "total"}
    return sorted(found, key=lambda currency: (-found[currency], currency or ""))


def _by(tally: Tally, grouping: Grouping, name: pa.Field, *, of_archive: bool) -> pa.Table:
    sums = tally.archive if of_archive else tally.figures
    keys = sorted({(currency, one) for by, currency, one in sums if by == grouping}, key=_in_order)
    rows = []
    for currency, one in keys:
        key = (grouping, currency, one)
        whole = tuple(tally.archive[key]) if of_archive else ()
        rows.append((currency, one, *whole, *tally.figures.get(key, _NOTHING)))
    archive = _ARCHIVE_FIELDS if of_archive else []
    return _table(pa.schema([pa.field("currency", pa.string()), name, *archive, *_FIGURE_FIELDS]), rows)


def _by_rule(tally: Tally, worlds: Worlds) -> pa.Table:
    names = ("rule_id", "name", "campaign_id", "status")
    schema = pa.schema(
        [pa.field("currency", pa.string()), *(pa.field(name, pa.string()) for name in names), *_FIGURE_FIELDS]
    )
    rows = []
    # A rule that gave nothing anywhere is reported all the same: that is an answer too.
    for currency in sorted(currencies_of(tally), key=lambda one: (one is not None, one)):
        for rule_id, rule in worlds.rules.items():
            figures = tally.figures.get(("rule", currency, rule_id), _NOTHING)
            rows.append((currency, rule_id, rule.name, rule.campaign_id, worlds.status[rule_id], *figures))
    return _table(schema, rows)


def _overlap(tally: Tally) -> pa.Table:
    keys = sorted(tally.overlap, key=_in_order)
    return _table(OVERLAP, [(*key, *tally.overlap[key]) for key in keys])


def _returns(tally: Tally) -> pa.Table:
    """Return what returned goods took with them of each rule."""
    keys = sorted(tally.taken_back, key=_in_order)
    return _table(RETURNS, [(*key, *tally.taken_back[key]) for key in keys])


def _table(schema: pa.Schema, rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(schema)
    try:
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    except (OverflowError, pa.ArrowInvalid):
        message = (
            f"a sum of this archive is beyond {2**63 - 1} minor units, the most a table holds; look at its amounts"
        )
        raise SumTooLarge(message) from None
    return pa.Table.from_arrays(arrays, schema=schema)
