"""When a purchase was, from moments of a zone or from text; what is written in another way is read as an object."""

from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from engine.compiled.requirements import instant_of
from rabatt.simulation.archive.facts import days_of
from tests.support.simulation.purchases import (
    PURCHASES,
    a_receipt,
    can_be_read_as_an_object,
    documents_of,
    suspects,
    the_batch,
    write,
    write_columns,
)

# Either side of the hours in which clocks change, of midnight, and of what is suspect.
MOMENTS = (
    "1973-01-01T00:00:00Z",
    "2024-03-10T07:00:00Z",
    "2024-03-31T00:59:59.999Z",
    "2024-03-31T01:00:00Z",
    "2024-05-02T21:59:59.999Z",
    "2024-05-02T22:00:00Z",
    "2024-10-27T00:30:00Z",
    "2024-10-27T01:30:00Z",
    "2024-11-03T05:59:59Z",
    "2024-11-03T06:00:01Z",
)


ODD_MOMENTS = ("1972-12-31T23:59:59Z", "1969-12-31T23:59:59.5Z")


FAR_MOMENTS = ("9001-01-02T00:00:00Z", "0001-01-01T00:00:00Z", "0999-12-30T00:00:00Z")


NAMED = ("UTC", "Europe/Oslo", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata")


OFFSETS = {"+02:00": 120, "-11:30": -690, "+00:00": 0}


ZONES: dict[str, tzinfo] = {name: ZoneInfo(name) for name in NAMED} | {
    text: timezone(timedelta(minutes=minutes)) for text, minutes in OFFSETS.items()
}


PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_moment_has_the_day_of_its_column_s_zone(unit: str, file: Path) -> None:
    texts = (*MOMENTS, *ODD_MOMENTS, *(FAR_MOMENTS if unit != "ns" else ()))
    written = [datetime.fromisoformat(text) for text in texts]
    # Of a second, a part is left of in seconds, and what is finer than a microsecond is added in nanoseconds.
    scaled = [instant_of(one) * 1_000 // (1_000_000_000 // PER_SECOND[unit]) + (unit == "ns") for one in written]
    for zone, local in ZONES.items():
        column = pa.array(scaled, pa.timestamp(unit, zone))
        facts = the_batch(write_columns(file, {"purchase_at": column}, [a_receipt(1)] * len(written)))
        assert suspects(facts) == [False] * len(MOMENTS) + [True] * (len(written) - len(MOMENTS))
        for row, moment in enumerate(written[: len(MOMENTS)]):
            assert facts.instants[row] == instant_of(moment.replace(microsecond=0) if unit == "s" else moment)
            assert facts.days[row] == days_of(moment.astimezone(local))


@pytest.mark.parametrize("stamp", [2**63 - 1, -(2**63), 253_402_300_800_000_000, -62_135_596_800_000_001])
def test_a_moment_that_no_calendar_has_is_refused_alone(stamp: int, file: Path) -> None:
    column = pa.array([0, stamp, 1_714_732_200_000_000], pa.timestamp("us", "Europe/Oslo"))
    facts = the_batch(write_columns(file, {"purchase_at": column}, PURCHASES[:3]))
    assert suspects(facts) == [True, True, False]
    assert [can_be_read_as_an_object(one) for one in documents_of(facts)] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "is_suspect"),
    [
        ("2024-05-03T10:00:00Z", False),
        ("2024-05-03T10:00:00.1Z", False),
        ("2024-05-03T10:00:00.123456-05:45", False),
        ("2024-05-03T23:59:59-12:00", False),
        ("2024-05-03T00:00:00+14:00", False),
        ("2024-02-29T00:00:00-00:00", False),
        ("2024-05-03T10:00Z", True),
        ("2024-05-03 10:00:00Z", True),
        ("2024-05-03T10:00:00+0200", True),
        ("2024-05-03T10:00:00+02", True),
        ("2024-05-03T10:00:00,5Z", True),
        ("2024-05-03T10:00:00.123456789Z", True),
        ("2024-05-03T10:00:00", True),
        ("2024-05-03T10:00:00z", True),
        ("2023-02-29T00:00:00Z", True),
        ("2024-05-03T24:00:00Z", True),
        ("2024-05-03T10:00:60Z", True),
        ("2024-05-03T10:00:00+24:00", True),
        ("1000-01-01T00:00:00+14:00", True),
        ("0999-01-01T00:00:00Z", True),
        ("9000-12-31T23:59:59Z", True),
        ("9999-12-31T23:59:59-12:00", True),
        ("２０２４-05-03T10:00:00Z", True),  # noqa: RUF001
        ("yesterday", True),
        ("", True),
        (None, True),
    ],
)
def test_a_time_in_another_form_is_read_as_an_object(text: str | None, is_suspect: bool, file: Path) -> None:
    facts = the_batch(write(file, [a_receipt(1, purchase_at=text)]))
    assert suspects(facts) == [is_suspect]
