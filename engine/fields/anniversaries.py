"""Ages and anniversaries on a local date (SPEC 3)."""

from calendar import isleap
from collections.abc import Iterable
from datetime import MAXYEAR, date

from dateutil.relativedelta import relativedelta


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


def ages_on(today: date, dates: Iterable[date]) -> set[int]:
    """Return the ages, each once, of those who were born on these dates."""
    day = (today.month, today.day)
    return {today.year - born.year - (_day_in(today.year, born) > day) for born in dates}


def nearest_anniversaries(today: date, dates: Iterable[date]) -> tuple[int | None, int | None]:
    """Return in how many days the next anniversary of any of the dates is, and how many days ago the last one was."""
    ahead: list[int] = []
    past: list[int] = []
    for born in _one_of_each_day(today, dates):
        if born >= today:
            ahead.append((born - today).days)
        if born > today:
            continue
        this_year = _anniversary(born, today.year - born.year)
        if this_year <= today:
            past.append((today - this_year).days)
        else:
            past.append((today - _anniversary(born, today.year - 1 - born.year)).days)
        if this_year < today:
            this_year = _anniversary(born, today.year + 1 - born.year)
        ahead.append((this_year - today).days)
    return min(ahead, default=None), min(past, default=None)


def _one_of_each_day(today: date, dates: Iterable[date]) -> Iterable[date]:
    """Return one of the dates for each day of the year up to today, and the first one after it."""
    one_of_each: dict[tuple[int, int], date] = {}
    later = None
    for born in dates:
        if born <= today:
            one_of_each[born.month, born.day] = born
        elif later is None or born < later:
            later = born
    return one_of_each.values() if later is None else (*one_of_each.values(), later)


def _day_in(year: int, born: date) -> tuple[int, int]:
    """Return month and day of the anniversary in a year."""
    return (2, 28) if (born.month, born.day) == (2, 29) and not isleap(year) else (born.month, born.day)


def _anniversary(born: date, years: int) -> date:
    return born + relativedelta(years=years)
