"""The hours of the week in which a rule holds (SPEC 5). Instants and zones arrive by argument."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

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
