"""A replay goes by the clock on the wall, and cuts days at the midnight of the till, whatever holds the times."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.local_times import DAYS_WRITTEN, GRANTS, MOMENTS, OSLO, RULES, Document
from tests.support.simulation.archives import write_lines
from tests.support.simulation.comparing import simulated
from tests.support.simulation.plain_replay import Question

PRUNED = pytest.mark.parametrize("prune", [True, False], ids=["chosen by columns", "all evaluated"])


def columns(receipts: Sequence[Document], path: Path, zone: str | None = None) -> Path:
    """Write receipts as Parquet, their times as text, or as a column of times in a zone."""
    table = pa.Table.from_pylist(list(receipts))
    if zone is not None:
        kind = pa.timestamp("us", zone)
        times = pa.array([datetime.fromisoformat(receipt["purchase_at"]) for receipt in receipts], kind)
        place = table.schema.get_field_index("purchase_at")
        table = table.set_column(place, pa.field("purchase_at", kind), times)
    pq.write_table(table, path)
    return path


def discounts(path: Path, *, prune: bool) -> dict[str, int]:
    """What each receipt that is given something gets."""
    table = simulated(Question(RULES, grants=GRANTS), [path], prune=prune).tables["by_receipt"]
    return {row["receipt_id"]: row["baseline_discount"] for row in table.to_pylist() if row["baseline_discount"]}


@PRUNED
@pytest.mark.parametrize("form", ["lines", "columns"])
def test_each_purchase_is_replayed_by_the_clock_on_the_wall(form: str, prune: bool, tmp_path: Path) -> None:
    receipts = [moment.receipt for moment in MOMENTS]
    path = (
        write_lines(receipts, tmp_path / "all.jsonl")
        if form == "lines"
        else columns(receipts, tmp_path / "all.parquet")
    )
    assert discounts(path, prune=prune) == {
        moment.receipt["receipt_id"]: moment.discount for moment in MOMENTS if moment.is_given
    }


@PRUNED
@pytest.mark.parametrize("zone", ["UTC", OSLO, "America/New_York"])
def test_a_column_of_times_changes_only_what_goes_by_the_date_as_written(
    zone: str, prune: bool, tmp_path: Path
) -> None:
    # One zone for all takes the place of what each till wrote.
    asked = [moment for moment in MOMENTS if not (moment.born and moment.rule_id.startswith("without a zone"))]
    path = columns([moment.receipt for moment in asked], tmp_path / "all.parquet", zone)
    assert discounts(path, prune=prune) == {
        moment.receipt["receipt_id"]: moment.discount for moment in asked if moment.is_given
    }


def archive(times: Sequence[str]) -> list[Document]:
    """One purchase of 10.00 at each time."""
    line = {"id": "tea", "gross_amount": 1_000, "eligible_for_discount": True}
    return [
        {"receipt_id": str(number), "purchase_at": at, "store": {"id": "s"}, "currency": "NOK", "items": [line]}
        for number, at in enumerate(times)
    ]


def by_day(path: Path, only: str | None = None) -> dict[date, int]:
    """How many receipts each day has, or only one day; gross and discounts are of the same days."""
    rule = {"id": "one", "reward": {"type": "discount_amount", "value": 100}}
    rows = simulated(Question([rule], since=only, until=only), [path]).tables["by_day"].to_pylist()
    found = {row["day"]: row["receipts"] for row in rows}
    assert [row["gross"] for row in rows] == [1_000 * count for count in found.values()]
    assert [row["baseline_discount"] for row in rows] == [100 * count for count in found.values()]
    return found


def counted(days: Sequence[str]) -> dict[date, int]:
    """How often each day is there, in their order."""
    return dict(sorted(Counter(map(date.fromisoformat, days)).items()))


@pytest.mark.parametrize("form", ["lines", "columns"])
def test_a_day_ends_at_midnight_as_the_till_writes_it(form: str, tmp_path: Path) -> None:
    receipts = archive(list(DAYS_WRITTEN))
    path = (
        write_lines(receipts, tmp_path / "all.jsonl")
        if form == "lines"
        else columns(receipts, tmp_path / "all.parquet")
    )
    assert by_day(path) == counted(list(DAYS_WRITTEN.values()))
    assert by_day(path, "2026-10-25") == {date(2026, 10, 25): 4}
    assert by_day(path, "2026-03-29") == {date(2026, 3, 29): 2}


@pytest.mark.parametrize(
    ("times", "utc", "oslo"),
    [
        pytest.param(["2026-11-14T22:59:59Z", "2026-11-14T23:00:00Z"], {14: 2}, {14: 1, 15: 1}, id="near midnight"),
        pytest.param(
            ["2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"],
            {28: 2, 29: 2},
            {28: 1, 29: 2, 30: 1},
            id="a day of 23 hours",
        ),
        pytest.param(
            ["2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"],
            {24: 2, 25: 2},
            {24: 1, 25: 2, 26: 1},
            id="a day of 25 hours",
        ),
    ],
)
def test_a_column_of_times_has_the_days_of_its_zone(
    times: Sequence[str], utc: dict[int, int], oslo: dict[int, int], tmp_path: Path
) -> None:
    month = date.fromisoformat(times[0][:10])
    for zone, days in (("UTC", utc), (OSLO, oslo)):
        found = by_day(columns(archive(times), tmp_path / f"{len(zone)}.parquet", zone))
        assert found == {month.replace(day=day): count for day, count in days.items()}
