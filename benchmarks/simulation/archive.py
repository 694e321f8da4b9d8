"""A seeded archive of receipts to simulate over: a year of purchases as Parquet files, in the order they were made.

Receipts have the fields and the nesting of the archives that shops keep. Goods are bought by Zipf's law, customers
come as often as they are loyal, one receipt in five is anonymous. The same number of receipts and seed make the same
receipts, however large the row groups: they are drawn block by block, each from a seed of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.workload import item_id

Whole: TypeAlias = npt.NDArray[np.int64]

SEED: Final = 20261205
ZONE: Final = "Europe/Oslo"
FIRST_DAY: Final = date(2025, 1, 1)
DAYS: Final = 365
STORES: Final = 200
# Beyond the last of these items nobody bought any.
ITEMS: Final = 20_000
DEPARTMENTS: Final = 20
FAMILIES: Final = 380
RECEIPTS_OF_A_CUSTOMER: Final = 12

RECEIPTS_OF_A_BLOCK: Final = 10_000
RECEIPTS_OF_A_ROW_GROUP: Final = 50_000
ROW_GROUPS_OF_A_FILE: Final = 10

_ZIPF: Final = 0.8
_LOYALTY: Final = 1.5
_MEAN_LINES, _MOST_LINES = 6, 80
# Of all receipts, and of all lines.
_ANONYMOUS, _RETURNED, _VOIDED, _WITHOUT_DISCOUNT, _MARKED_DOWN = 0.2, 0.01, 0.005, 0.03, 0.01
_QUANTITIES: Final = (1, 2, 3, 4, 5, 6, 10, 12)
_QUANTITY_SHARES: Final = (0.68, 0.17, 0.06, 0.04, 0.015, 0.02, 0.01, 0.005)
# When the day's receipts are written: so much of the day's trade is over by so many hours after midnight.
_TRADE: Final = (0.0, 0.06, 0.22, 0.40, 0.55, 0.80, 0.94, 1.0)
_TRADE_HOURS: Final = (7, 9, 12, 14, 16, 18, 20, 23)
_WEEKDAYS: Final = (0.9, 0.9, 0.95, 1.05, 1.3, 1.25, 0.65)
_WORDS: Final = ("Grov", "Fersk", "Norsk", "Mild", "Røkt", "Økologisk", "Lett", "Søt", "Havre", "Salt")
_GOODS: Final = ("brød", "melk", "ost", "skinke", "eple", "kjeks", "suppe", "grøt", "saft", "chips", "fisk")


def department_id(number: int) -> str:
    """Return the id of a department, from 0."""
    return f"dept:{number:02d}"


def family_id(number: int) -> str:
    """Return the id of a family of goods, from 0."""
    return f"family:{number:03d}"


def family_of(number: int) -> int:
    """Return the family of an item; the items of a family are of all degrees of favour."""
    return number * 7 % FAMILIES


def department_of(number: int) -> int:
    """Return the department of an item, which is that of its family."""
    return family_of(number) % DEPARTMENTS


def customers_of(receipts: int) -> int:
    """Return how many customers so many receipts have, most of whom come seldom."""
    return max(receipts // RECEIPTS_OF_A_CUSTOMER, 1)


def write_archive(
    folder: Path, receipts: int, *, seed: int = SEED, row_group: int = RECEIPTS_OF_A_ROW_GROUP
) -> list[Path]:
    """Return the files that hold so many receipts, in their order; no more than a row group is in memory at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    groups = _row_groups(blocks(receipts, seed), row_group)
    while (first := next(groups, None)) is not None:
        paths.append(folder / f"receipts-{len(paths):03d}.parquet")
        with pq.ParquetWriter(paths[-1], first.schema, compression="zstd") as writer:
            for group in chain([first], islice(groups, ROW_GROUPS_OF_A_FILE - 1)):
                writer.write_table(group, row_group_size=row_group)
    return paths


def _row_groups(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield what the tables hold, so many receipts at a time; only the last may hold fewer."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting = [pa.concat_tables([*waiting, table])]
        while len(waiting[0]) >= size:
            yield waiting[0].slice(0, size)
            waiting = [waiting[0].slice(size)]
    yield from (table for table in waiting if len(table))


def blocks(receipts: int, seed: int = SEED) -> Iterator[pa.Table]:
    """Yield the receipts in their order, so many at a time."""
    for first in range(0, receipts, RECEIPTS_OF_A_BLOCK):
        count = min(RECEIPTS_OF_A_BLOCK, receipts - first)
        yield _block(np.random.default_rng([seed, first]), first, count, receipts)


def _block(random: np.random.Generator, first: int, count: int, receipts: int) -> pa.Table:
    numbers = np.arange(first, first + count)
    counts = np.minimum(random.geometric(1 / _MEAN_LINES, count), _MOST_LINES)
    lines, gross, net = _lines(random, counts)
    customers = np.floor(customers_of(receipts) * random.random(count) ** _LOYALTY).astype(np.int64)
    anonymous = random.random(count) < _ANONYMOUS
    customer_ids = pa.array([f"c{customer:07d}" for customer in customers.tolist()], mask=anonymous)
    # A customer is of one segment and lives near one store.
    segments = pa.array(("club", "student", "staff", "regular")).take(pa.array(np.minimum(customers % 10 // 2, 3)))
    metadata = _struct(segment=segments, home_store=_stores().take(pa.array(customers * 13 % STORES)))
    stores = _stores().take(pa.array(np.floor(STORES * random.random(count) ** 1.3).astype(np.int64)))
    marks = random.bytes(16 * count).hex()
    purchases = _purchases((numbers + random.random(count)) / receipts)
    columns = {
        "id": pa.array([marks[place : place + 32] for place in range(0, len(marks), 32)]),
        "receipt_id": pa.array([f"r{number:09d}" for number in numbers.tolist()]),
        "store": _struct(id=stores),
        "customer_id": customer_ids,
        "customer": _struct(pa.array(anonymous), customer_id=customer_ids, metadata=metadata),
        "purchase_at": purchases,
        "currency": pa.repeat(pa.scalar("NOK"), count),
        "gross_amount": pa.array(gross),
        "net_amount": pa.array(net),
        "items": _lists(counts, lines),
    }
    return pa.table(columns)


def _lines(random: np.random.Generator, counts: Whole) -> tuple[pa.StructArray, Whole, Whole]:
    """Return the lines of receipts that have so many, one beside the other, and what each receipt comes to."""
    total = int(counts.sum())
    items = np.searchsorted(_popularity(), random.random(total), side="right") + 1
    quantities = random.choice(np.array(_QUANTITIES), total, p=np.array(_QUANTITY_SHARES))
    quantities = np.where(random.random(total) < _RETURNED, -quantities, quantities)
    # Prices move by a few percent through the year and from store to store.
    prices = _prices()[items] * random.integers(95, 106, total) // 100
    gross = prices * quantities
    marked_down = np.where((random.random(total) < _MARKED_DOWN) & (gross > 0), gross // 10, 0)
    voided = random.random(total) < _VOIDED
    marks = marked_down[marked_down > 0]
    discounts = _struct(
        amount=pa.array(marks),
        discount_type=pa.repeat(pa.scalar("manual"), len(marks)),
        discount_id=pa.nulls(len(marks), pa.string()),
    )
    known = {name: values.take(pa.array(items)) for name, values in _items().items()}
    firsts = np.cumsum(counts) - counts
    lines = _struct(
        line_id=pa.array((np.arange(total) - np.repeat(firsts, counts) + 1).astype(np.int32)),
        id=known["id"],
        groups=known["groups"],
        quantity=pa.array(quantities),
        gross_amount=pa.array(gross),
        net_amount=pa.array(gross - marked_down),
        cost_price=pa.array(_prices()[items] * (55 + items % 30) // 100),
        tax_percent=pa.array(np.where(items % 5 == 0, 25, 15)),
        eligible_for_discount=pa.array(random.random(total) >= _WITHOUT_DISCOUNT),
        is_return_item=pa.array(quantities < 0),
        voided=pa.array(voided),
        description=known["description"],
        discount_lines=_lists((marked_down > 0).astype(np.int64), discounts),
    )
    # What is voided does not count; every receipt has a line.
    sums = (np.add.reduceat(np.where(voided, 0, amounts), firsts) for amounts in (gross, gross - marked_down))
    return lines, *sums


def _struct(mask: pa.Array | None = None, **columns: pa.Array) -> pa.StructArray:
    return pa.StructArray.from_arrays(list(columns.values()), names=list(columns), mask=mask)


def _lists(counts: Whole, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)), values)


def _purchases(parts: npt.NDArray[np.float64]) -> pa.Array:
    """Return when purchases were made, by how much of the year's trade was over: whole seconds, never back in time."""
    starts, openings = _days()
    day = np.minimum(np.searchsorted(starts, parts, side="right") - 1, DAYS - 1)
    part_of_day = (parts - starts[day]) / (starts[day + 1] - starts[day])
    seconds = np.interp(part_of_day, _TRADE, np.array(_TRADE_HOURS) * 3600.0)
    return pa.array((openings[day] + seconds.astype(np.int64)) * 1000).cast(pa.timestamp("ms", tz=ZONE))


@cache
def _days() -> tuple[npt.NDArray[np.float64], Whole]:
    """Return how much of the trade is over when each day begins, and the second of its midnight by noon's offset."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    weights = np.array([_WEEKDAYS[day.weekday()] * (1.3 if day.month == 12 else 1.0) for day in days])
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ZONE)).astimezone(UTC) for day in days]
    # Shops are shut when the clocks change.
    openings = np.array([int(noon.timestamp()) - 12 * 3600 for noon in noons])
    return np.concatenate([[0.0], np.cumsum(weights) / weights.sum()]), openings


@cache
def _popularity() -> npt.NDArray[np.float64]:
    """Return the likelihood of each item, summed up from the first; the last is left out, being all that remains."""
    shares = np.arange(1, ITEMS + 1, dtype=np.float64) ** -_ZIPF
    likelihoods: npt.NDArray[np.float64] = np.cumsum(shares) / shares.sum()
    return likelihoods[:-1]


@cache
def _prices() -> Whole:
    """Return the price of a piece by item number, those of 0 to be left alone."""
    random = np.random.default_rng(SEED)
    return 10 * np.round(np.exp(random.normal(5.7, 0.7, ITEMS + 1))).astype(np.int64).clip(50, 20_000)


@cache
def _stores() -> pa.Array:
    return pa.array([f"s{number:03d}" for number in range(STORES)])


@cache
def _items() -> Mapping[str, pa.Array]:
    """Return the id, the description and the groups by item number."""
    numbers = range(ITEMS + 1)
    words = [f"{_WORDS[number % len(_WORDS)]} {_GOODS[number % len(_GOODS)]}" for number in numbers]
    kinds = [(department_of(number), family_of(number)) for number in numbers]
    groups: Sequence[list[dict[str, Any]]] = [
        [
            {"id": department_id(department), "name": f"Department {department}"},
            {"id": family_id(family), "name": f"Family {family}"},
        ]
        for department, family in kinds
    ]
    return {"id": pa.array(map(item_id, numbers)), "description": pa.array(words), "groups": pa.array(groups)}
