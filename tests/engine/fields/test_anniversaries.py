"""Hours of the week in local time, ages and birthdays."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.compiled.calendar import is_open
from engine.fields.anniversaries import age_on, is_anniversary, nearest_anniversaries
from rules import read_rules
from rules.limitation import Period


def periods(*hours: str) -> tuple[Period, ...]:
    """The periods of texts like `fri 22:00 02:00`."""
    written = [dict(zip(("day", "start", "end"), text.split(), strict=True)) for text in hours]
    rule = {
        "id": "r",
        "reward": {"type": "discount_percent", "value": 1},
        "limitation": {"discount_hours": {"hours": written}},
    }
    found = read_rules(rule)[0].limitation.discount_hours
    assert found is not None
    return found.hours


@pytest.mark.parametrize(
    ("hours", "at", "opened"),
    [
        ("fri 10:00 20:00", "2026-10-16T10:00:00", True),
        ("fri 10:00 20:00", "2026-10-16T20:00:59", True),
        ("fri 10:00 20:00", "2026-10-16T20:01:00", False),
        ("fri 10:00 20:00", "2026-10-16T09:59:59", False),
        ("fri 10:00 20:00", "2026-10-17T12:00:00", False),
        ("fri 22:00 02:00", "2026-10-16T22:00:00", True),
        ("fri 22:00 02:00", "2026-10-17T02:00:30", True),
        ("fri 22:00 02:00", "2026-10-17T02:01:00", False),
        ("fri 22:00 02:00", "2026-10-16T01:00:00", False),
        ("sun 22:00 02:00", "2026-10-19T01:00:00", True),
        ("fri 12:00 12:00", "2026-10-16T12:00:59", True),
        ("fri 12:00 12:00", "2026-10-16T12:01:00", False),
        ("fri 00:00 23:59", "2026-10-16T23:59:59", True),
    ],
)
def test_both_ends_of_a_period_belong_to_it(hours: str, at: str, opened: bool) -> None:
    assert is_open(periods(hours), datetime.fromisoformat(at)) is opened


def test_one_period_that_is_open_is_enough() -> None:
    hours = periods("mon 10:00 12:00", "fri 10:00 12:00")
    assert is_open(hours, datetime.fromisoformat("2026-10-16T11:00"))
    assert not is_open(hours, datetime.fromisoformat("2026-10-14T11:00"))


@pytest.mark.parametrize(
    ("hours", "instant", "opened"),
    [
        # On 25 October 2026 the hour from 02:00 comes twice in Oslo.
        pytest.param("sun 02:30 02:59", "2026-10-25T00:30", True, id="autumn, the first half past two"),
        pytest.param("sun 02:30 02:59", "2026-10-25T01:30", True, id="autumn, the second half past two"),
        pytest.param("sun 03:00 04:00", "2026-10-25T01:59", False, id="autumn, the minute before three"),
        pytest.param("sun 03:00 04:00", "2026-10-25T02:00", True, id="autumn, three o'clock"),
        pytest.param("sat 22:00 02:10", "2026-10-25T01:10", True, id="autumn, past midnight into the second hour"),
        # On 29 March 2026 there is no hour from 02:00.
        pytest.param("sun 02:00 02:59", "2026-03-29T00:59", False, id="spring, the minute before"),
        pytest.param("sun 02:00 02:59", "2026-03-29T01:00", False, id="spring, it is three at once"),
        pytest.param("sun 03:00 03:00", "2026-03-29T01:00", True, id="spring, three o'clock"),
    ],
)
def test_daylight_saving_is_that_of_the_zone(hours: str, instant: str, opened: bool) -> None:
    local = datetime.fromisoformat(instant).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Oslo"))
    assert is_open(periods(hours), local) is opened


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        ("1990-09-20", "2026-09-19", 35),
        ("1990-09-20", "2026-09-20", 36),
        ("2000-02-29", "2026-02-27", 25),
        ("2000-02-29", "2026-02-28", 26),
        ("2000-02-29", "2028-02-28", 27),
        ("2000-02-29", "2028-02-29", 28),
        ("2026-10-16", "2026-10-16", 0),
    ],
)
def test_an_age_is_in_whole_years(born: str, today: str, age: int) -> None:
    assert age_on(date.fromisoformat(today), date.fromisoformat(born)) == age


@pytest.mark.parametrize(
    ("born", "today", "before", "after", "near"),
    [
        pytest.param("1990-10-16", "2026-10-16", 0, 0, True, id="the day"),
        pytest.param("1990-10-17", "2026-10-16", 0, 3, False, id="tomorrow is not behind"),
        pytest.param("1990-10-17", "2026-10-16", 1, 0, True, id="tomorrow is one ahead"),
        pytest.param("1990-10-13", "2026-10-16", 0, 3, True, id="three days behind"),
        pytest.param("1990-10-12", "2026-10-16", 0, 3, False, id="four days behind"),
        pytest.param("1990-01-02", "2026-12-30", 3, 0, True, id="ahead in the next year"),
        pytest.param("1990-12-30", "2026-01-02", 0, 3, True, id="behind in the last year"),
        pytest.param("2000-02-29", "2026-02-28", 0, 0, True, id="the 29th of February in a common year"),
        pytest.param("2000-02-29", "2028-02-28", 0, 0, False, id="the 29th of February in a leap year"),
        pytest.param("2026-10-20", "2026-10-16", 7, 0, True, id="the birth itself counts"),
        pytest.param("2027-10-10", "2026-10-16", 0, 7, False, id="never before the birth"),
        pytest.param("1990-10-17", "2026-10-16", 0, 364, True, id="a window of a year"),
        pytest.param("9999-01-01", "9999-12-31", 300, 0, False, id="the last year there is"),
    ],
)
def test_a_birthday_is_near(born: str, today: str, before: int, after: int, near: bool) -> None:
    assert is_anniversary(date.fromisoformat(born), date.fromisoformat(today), before, after) is near


@pytest.mark.parametrize("ahead", [("2026-10-20", "2026-10-25"), ("2026-10-25", "2026-10-20")])
def test_of_several_births_to_come_the_first_counts(ahead: tuple[str, ...]) -> None:
    today = date.fromisoformat("2026-10-16")
    assert nearest_anniversaries(today, [date.fromisoformat(born) for born in ahead]) == (4, None)
