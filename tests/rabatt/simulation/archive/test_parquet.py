"""Files of Parquet: rows keep their places, days are kept to, and folders fill what files lack."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rabatt.simulation.archive import fragments, open_archive, parquet, read_fragment
from rabatt.simulation.archive.facts import Facts, ReadPlan
from tests.support.simulation.purchases import (
    PURCHASES,
    SCHEMA,
    Document,
    a_receipt,
    assert_told_by_columns,
    documents_of,
    read,
    write,
    write_columns,
)

FEW = st.integers(1, 9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


def positions(batches: Iterable[Facts]) -> list[int]:
    return [one for facts in batches for one in facts.positions.tolist()]


@given(count=st.integers(0, 30), rows_of_a_group=FEW, rows_of_a_fragment=st.integers(1, 20), batch_receipts=FEW)
@settings(max_examples=settings().max_examples // 5)
def test_each_row_comes_once_with_its_place(
    folder: Path, count: int, rows_of_a_group: int, rows_of_a_fragment: int, batch_receipts: int
) -> None:
    receipts = [a_receipt(number) for number in range(1, count + 1)]
    path = write(folder / "receipts.parquet", receipts, rows_of_a_group=rows_of_a_group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fragments, "_ROWS_OF_A_FRAGMENT", rows_of_a_fragment)
        cut = open_archive([path])
    assert sum(one.rows or 0 for one in cut) == count
    assert [one.first for one in cut] == [
        1 + sum(each.rows or 0 for each in cut[:number]) for number in range(len(cut))
    ]
    batches = [facts for one in cut for facts in read_fragment(one, ReadPlan(), batch_receipts)]
    assert positions(batches) == list(range(1, count + 1))
    assert [one for facts in batches for one in facts.receipt_ids.to_pylist()] == [
        f"r{one}" for one in positions(batches)
    ]
    assert all(0 < facts.count <= batch_receipts for facts in batches)
    # A fragment is read by itself, in any order.
    assert [positions(read_fragment(one, ReadPlan())) for one in cut[::-1]][::-1] == [
        list(range(one.first, one.first + (one.rows or 0))) for one in cut
    ]


def test_files_without_rows_and_without_row_groups(folder: Path) -> None:
    empty = SCHEMA.empty_table()
    pq.write_table(empty, folder / "no-rows.parquet")
    pq.ParquetWriter(folder / "no-groups.parquet", SCHEMA).close()
    with pq.ParquetWriter(folder / "some.parquet", SCHEMA) as writer:
        for rows in ((), PURCHASES[:2], (), PURCHASES[2:3]):
            writer.write_table(pa.Table.from_pylist(list(rows), SCHEMA) if rows else empty)
    assert read(folder / "no-rows.parquet") == []
    assert read(folder / "no-groups.parquet") == []
    assert positions(read(folder / "some.parquet")) == [1, 2, 3]


def moments(column: Sequence[datetime | None], zone: str, unit: str = "us") -> pa.Array:
    return pa.array(column, pa.timestamp(unit, zone))


def days_read(path: Path, since: str | None, until: str | None, batch_receipts: int = 16_384) -> list[int]:
    """The places of the rows that are read; all of them are of days between the bounds, or suspect."""
    batches = read(path, ReadPlan(since=since, until=until), batch_receipts)
    for facts in batches:
        assert_told_by_columns(facts, ReadPlan(since=since, until=until))
    return positions(batches)


DAYS = st.sampled_from([None, "2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01", "2024-04-02"])
HOURS = st.integers(0, 4 * 24 * 2).map(lambda halves: datetime(2024, 3, 29, tzinfo=UTC) + timedelta(hours=halves / 2))


@given(
    hours=st.lists(HOURS, min_size=1, max_size=9),
    zone=st.sampled_from(["UTC", "Europe/Oslo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "+13:45", "-12:00"]),
    unit=st.sampled_from(["ms", "us", "ns"]),
    since=DAYS,
    until=DAYS,
    rows_of_a_group=st.integers(1, 3),
    as_text=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=settings().max_examples // 2)
def test_purchases_of_other_days_are_not_read(
    folder: Path,
    hours: Sequence[datetime],
    zone: str,
    unit: str,
    since: str | None,
    until: str | None,
    rows_of_a_group: int,
    as_text: bool,
) -> None:
    column = moments(hours, zone, unit)
    local = column.cast(pa.timestamp("us", zone)).to_pylist()
    if as_text:
        column = pa.array([one.isoformat() for one in local])
    table = pa.table({"receipt_id": ["r"] * len(hours), "purchase_at": column, "store": [{"id": "s"}] * len(hours)})
    path = folder / "days.parquet"
    pq.write_table(table, path, row_group_size=rows_of_a_group)
    wanted = [
        place
        for place, one in enumerate(local, 1)
        if (since is None or since <= one.date().isoformat()) and (until is None or one.date().isoformat() <= until)
    ]
    assert days_read(path, since, until) == wanted
    assert days_read(path, since, until, 2) == wanted


def test_row_groups_of_other_days_are_skipped_unread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [datetime(2024, 5, day, 12, tzinfo=UTC) for day in range(1, 31)]
    path = folder / "may.parquet"
    table = pa.table(
        {"receipt_id": ["r"] * 30, "purchase_at": moments(days, "Europe/Oslo"), "store": [{"id": "s"}] * 30}
    )
    pq.write_table(table, path, row_group_size=1)
    groups: list[int] = []
    of_group = parquet._of_group

    def noted(file: Any, group: int, *others: Any) -> Any:
        groups.append(group)
        return of_group(file, group, *others)

    monkeypatch.setattr(parquet, "_of_group", noted)
    assert days_read(path, "2024-05-10", "2024-05-12") == [10, 11, 12]
    # A day's difference is left for the zone.
    assert groups == [8, 9, 10, 11, 12]
    assert days_read(path, "2024-05-30", None) == [30]
    assert days_read(path, None, "2024-05-01") == [1]
    assert days_read(path, "2024-06-02", None) == []


FAR = (2**63 - 1, -(2**63), -62_135_596_800_000_000, 253_402_300_800_000_000)


@pytest.mark.parametrize("odd", [None, *FAR])
@pytest.mark.parametrize("rows_of_a_group", [1, 2, 3])
def test_a_row_whose_time_is_not_told_is_read_whatever_lies_beside_it(
    odd: int | None, rows_of_a_group: int, folder: Path
) -> None:
    column = pa.array([1_714_732_200_000_000, odd, 1_714_732_200_000_000], pa.timestamp("us", "Europe/Oslo"))
    table = pa.table({"receipt_id": ["r"] * 3, "purchase_at": column, "store": [{"id": "s"}] * 3})
    path = folder / "odd.parquet"
    pq.write_table(table, path, row_group_size=rows_of_a_group)
    assert days_read(path, "2025-01-01", None) == [2]
    assert days_read(path, None, "2020-01-01") == [2]
    assert days_read(path, "2024-05-03", "2024-05-03") == [1, 2, 3]


def test_a_file_without_statistics_is_read_row_by_row(folder: Path) -> None:
    column = moments([datetime(2024, 5, day, 12, tzinfo=UTC) for day in (1, 2, 3)], "UTC")
    table = pa.table({"receipt_id": ["r"] * 3, "purchase_at": column, "store": [{"id": "s"}] * 3})
    pq.write_table(table, folder / "plain.parquet", row_group_size=1, write_statistics=False)
    assert days_read(folder / "plain.parquet", "2024-05-02", "2024-05-02") == [2]


HIVE = "currency=N%20K/year=2024/customer_id=__HIVE_DEFAULT_PARTITION__/store_id=a%2Fb%3D/receipt_id=r 1"


def test_folders_fill_the_columns_that_are_not_there(tmp_path: Path) -> None:
    below = tmp_path / HIVE / "purchase_at=2024-05-03T10%3A00%3A00%2B02%3A00"
    below.mkdir(parents=True)
    columns: dict[str, Any] = {
        "receipt_id": None,
        "purchase_at": None,
        "customer_id": None,
        "currency": None,
        "store": None,
    }
    write_columns(below / "a.parquet", columns, PURCHASES[:2])
    (facts,) = read(tmp_path)
    assert assert_told_by_columns(facts) == 2
    assert facts.currencies.to_pylist() == ["N K"] * 2
    assert facts.customer_ids.to_pylist() == [None] * 2
    assert facts.store_ids.to_pylist() == ["a/b="] * 2
    assert facts.receipt_ids.to_pylist() == ["r 1"] * 2
    assert facts.days.tolist() == [np.datetime64("2024-05-03").astype(int)] * 2


@pytest.mark.parametrize(
    ("store", "store_ids"),
    [
        (pa.array([{"mcc": 5411}, None]), ["s", "s"]),
        (pa.array([{"id": "own", "mcc": 5411}, {"id": "other", "mcc": None}]), ["own", "other"]),
    ],
)
@pytest.mark.parametrize("whole_store", [True, False])
def test_a_folder_gives_the_store_only_where_the_file_has_none(
    store: pa.Array, store_ids: Sequence[str], whole_store: bool, tmp_path: Path
) -> None:
    (tmp_path / "store_id=s").mkdir()
    write_columns(tmp_path / "store_id=s" / "a.parquet", {"store": store}, PURCHASES[:2])
    asked = ReadPlan(fields=frozenset({("store", ("mcc",))}), whole_store=whole_store)
    (facts,) = read(tmp_path, asked)
    assert assert_told_by_columns(facts, asked) == 2
    assert facts.store_ids.to_pylist() == store_ids


def test_what_is_no_store_is_not_filled_but_refused(tmp_path: Path) -> None:
    (tmp_path / "store_id=s").mkdir()
    write_columns(tmp_path / "store_id=s" / "a.parquet", {"store": pa.array(["s", None])}, PURCHASES[:2])
    (facts,) = read(tmp_path)
    assert facts.suspect.tolist() == [True, True]


@pytest.mark.parametrize("key", ["store_id", "receipt_id", "purchase_at"])
def test_a_partition_of_null_is_refused_where_a_receipt_needs_it(key: str, tmp_path: Path) -> None:
    below = tmp_path / f"{key}=__HIVE_DEFAULT_PARTITION__"
    below.mkdir()
    write_columns(below / "a.parquet", {"store" if key == "store_id" else key: None}, PURCHASES[:1])
    (facts,) = read(tmp_path)
    assert facts.suspect.tolist() == [True]


def test_folders_count_however_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "archive" / "currency=SEK" / "day=1"
    below.mkdir(parents=True)
    write_columns(below / "a.parquet", {"currency": None}, PURCHASES[:1])
    monkeypatch.chdir(below)
    for source in (
        tmp_path,
        tmp_path / "archive" / "currency=SEK",
        below / "a.parquet",
        f"{tmp_path}/archive/*",
        f"{tmp_path}/**/*.parquet",
        "a.parquet",
        "./a.parquet",
        ".",
        "../day=1/*",
    ):
        (facts,) = read(source)
        assert facts.currencies.to_pylist() == ["SEK"]


def test_a_file_that_breaks_off_within_is_unreadable(folder: Path) -> None:
    path = write(folder / "broken.parquet", [a_receipt(number) for number in range(200)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(fragments.Unreadable, match="mend the file, or leave it out"):
        read(path)


def test_documents_are_there_after_the_next_batch_was_read(folder: Path) -> None:
    path = write(folder / "some.parquet", PURCHASES, rows_of_a_group=2)
    batches = read(path, batch_receipts=1)
    ids: list[Document] = [{"receipt_id": f"r{number}"} for number in range(1, len(PURCHASES) + 1)]
    found = [documents_of(facts)[0] for facts in batches]
    assert all(one["receipt_id"].encode() in document for one, document in zip(ids, found, strict=True))
