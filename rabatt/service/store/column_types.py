"""What columns hold that SQL has no one type for: instants, and sums of any size."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from rabatt.service.clock import EPOCH

MICROSECOND = timedelta(microseconds=1)


class StoredInstant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970: both stores order and compare it as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """The instant as a number."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """The instant in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


# A whole number of any size, where the store knows one.
SUM = BigInteger().with_variant(postgresql.NUMERIC(40, 0), "postgresql")
