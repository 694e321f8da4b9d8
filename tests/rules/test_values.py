"""The types of single fields take what is written in any right way, and nothing else."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from rules.values import LARGEST, Clock, Code, Instant, Integer, Money, Number, Percent, Price, known_zones


@pytest.mark.parametrize("value", [100, 100.0, Decimal(100), Decimal("100.00"), Decimal("1E+2")])
def test_a_whole_number_may_be_written_in_several_ways(value: Any) -> None:
    read = TypeAdapter(Money).validate_python(value)
    assert (read, type(read)) == (100, int)


@pytest.mark.parametrize("kind", [Money, Number])
def test_the_largest_amount_is_taken_and_the_next_is_not(kind: Any) -> None:
    adapter = TypeAdapter(kind)
    assert adapter.validate_python(-LARGEST) == -LARGEST
    assert adapter.validate_python(float(LARGEST)) == LARGEST
    for beyond in (LARGEST + 1, -LARGEST - 1, float(LARGEST) * 2):
        with pytest.raises(ValidationError):
            adapter.validate_python(beyond)


@pytest.mark.parametrize(
    "value",
    [100.5, "100", True, None, [], float("nan"), float("inf"), Decimal("NaN"), Decimal("0.5"), Decimal("1E+999999")],
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Integer).validate_python(value)


@pytest.mark.parametrize("value", [-1, -1.0])
def test_a_price_is_not_negative(value: Any) -> None:
    with pytest.raises(ValidationError, match="0 or more"):
        TypeAdapter(Price).validate_python(value)


@pytest.mark.parametrize("value", ["5", True, float("nan"), None])
def test_a_number_is_a_number(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(value)


@pytest.mark.parametrize(
    ("value", "percent"), [(10, "10"), (12.5, "12.5"), (0.1, "0.1"), (Decimal("33.3333"), "33.3333"), (1e-7, "1E-7")]
)
def test_a_percent_is_exact(value: Any, percent: str) -> None:
    assert TypeAdapter(Percent).validate_python(value) == Decimal(percent)


@pytest.mark.parametrize("value", [float("inf"), Decimal("NaN")])
def test_a_percent_is_finite(value: Any) -> None:
    with pytest.raises(ValidationError, match="finite"):
        TypeAdapter(Percent).validate_python(value)


@pytest.mark.parametrize(
    "written",
    ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.5+02:00", "2024-05-01T12:00-05:30", "2024-05-01 12:00:00+0000"],
)
def test_an_instant_may_be_written_in_several_ways(written: str) -> None:
    assert TypeAdapter(Instant).validate_python(written) == datetime.fromisoformat(written)


@pytest.mark.parametrize(
    "written", ["1714557600", "20240501T120000Z", "2024-W18-3T12:00:00Z", "2024-05-01T25:00:00Z", ""]
)
def test_what_is_no_instant_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(written)


def test_a_clock_time_is_minutes_after_midnight() -> None:
    assert [TypeAdapter(Clock).validate_python(time) for time in ("00:00", "09:30", "23:59")] == [0, 570, 1439]


def test_a_code_has_four_digits() -> None:
    assert [TypeAdapter(Code).validate_python(code) for code in (0, "5", 742.0, Decimal(5814))] == [
        "0000",
        "0005",
        "0742",
        "5814",
    ]


def test_time_zones_are_those_of_the_zone_data() -> None:
    assert {"Europe/Oslo", "UTC", "America/New_York"} <= set(known_zones())
    assert "localtime" not in known_zones()
