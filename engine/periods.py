"""Local time: hours of the week, age and anniversaries (SPEC 3 and 5). Instants and zones arrive by argument."""

from collections.abc import Iterable
from datetime import MAXYEAR, date, datetime
from typing import Final

from dateutil.relativedelta import relativedelta

from rules.limitation import Period

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(periods: Iterable[Period], local: datetime) -> bool:
    """Say whether a local time, cut to the minute, is inside one of the periods, both ends included (SPEC 5)."""
    weekday = local.weekday()
    today, yesterday = _DAYS[weekday], _DAYS[weekday - 1]
    minute = local.hour * 60 + local.minute
    for period in periods:
        if period.start <= period.end:
            if period.day == today and period.start <= minute <= period.end:
                return True
        elif (period.day == today and minute >= period.start) or (period.day == yesterday and minute <= period.end):
            return True
    return False


def age_on(today: date, born: date) -> int:
    """Return the whole years since a birth; 29 February counts as 28 February in common years."""
    years = today.year - born.year
    return years - (today < _anniversary(born, years))


def is_anniversary(born: date, today: date, days_before: int, days_after: int) -> bool:
    """Say whether an anniversary of a birth is at most so many days ahead of, or behind, the date."""
    # Windows may be longer than a year, so more than the years on either side can reach today.
    first = max(0, today.year - born.year - 1 - days_after // 365)
    last = min(today.year - born.year + 1 + days_before // 365, MAXYEAR - born.year)
    for years in range(first, last + 1):
        ahead = (_anniversary(born, years) - today).days
        if -days_after <= ahead <= days_before:
            return True
    return False


def _anniversary(born: date, years: int) -> date:
    return born + relativedelta(years=years)
