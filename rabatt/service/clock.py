"""The time and new ids: the one place of the service that asks the machine for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def machine_time() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - handed on as an argument from here


def random_id() -> str:
    """A new UUID."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class ServiceClock:
    """Where the time and new ids come from; tests hand in their own."""

    now: Callable[[], datetime] = machine_time
    new_id: Callable[[], str] = random_id


def written(instant: datetime) -> str:
    """An instant as the documents write it: UTC, to the microsecond."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def in_the_calendar(instant: datetime | None) -> datetime | None:
    """The instant in UTC; the first or last one where its offset takes it beyond the calendar."""
    try:
        return instant and instant.astimezone(UTC)
    except OverflowError:
        return EARLIEST if instant is not None and instant.year == EARLIEST.year else LATEST
