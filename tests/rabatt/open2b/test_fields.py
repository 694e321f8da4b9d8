"""Single fields are what the documents call them, to the last digit and character; nothing is rounded away."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from rabatt.open2b import field_types as fields
from rabatt.open2b.requests import NewDiscount


def read(kind: Any, value: Any) -> Any:
    """What is read of a value."""
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        pytest.param(fields.Price, 56, "56.000", id="a whole number has all places"),
        pytest.param(fields.Price, Decimal("56.33"), "56.330", id="places are filled up"),
        pytest.param(fields.Price, Decimal("56.3300000"), "56.330", id="zeros are no places"),
        pytest.param(fields.Price, Decimal("-9999999.999"), "-9999999.999", id="the lowest price"),
        pytest.param(fields.Price, Decimal("-0.000"), "0.000", id="nothing has no sign"),
        pytest.param(fields.Quantity, Decimal("999999.99"), "999999.99", id="the greatest quantity"),
        pytest.param(fields.Quantity, 0, "0.00", id="no pieces"),
        pytest.param(fields.Cost, Decimal("1E+4"), "10000.000", id="an exponent"),
        pytest.param(fields.DiscountValue, Decimal("0.001"), "0.001", id="the smallest discount"),
    ],
)
def test_a_decimal_has_the_places_of_its_field(kind: Any, value: Any, written: str) -> None:
    assert str(read(kind, value)) == written


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        pytest.param(fields.Quantity, Decimal("1.001"), "2 decimals at most", id="a place too many"),
        pytest.param(fields.Quantity, Decimal("1E-999999"), "2 decimals at most", id="next to nothing"),
        pytest.param(fields.Quantity, 1_000_000, "6 digits before the point", id="a digit too many"),
        pytest.param(fields.Quantity, Decimal("-0.01"), "of 0 or more", id="below zero"),
        pytest.param(fields.DiscountValue, 0, "above 0", id="no discount"),
        pytest.param(fields.Price, Decimal("1E+999"), "7 digits before the point", id="very large"),
        pytest.param(fields.Price, "1", "without quotes", id="text"),
        pytest.param(fields.Price, True, "without quotes", id="true"),
        pytest.param(fields.Price, 1.5, "without quotes", id="a binary fraction"),
        pytest.param(fields.Text20, "x" * 21, "0 to 20 characters", id="long text"),
        pytest.param(fields.Text20, "a\nb", "control characters", id="two lines"),
        pytest.param(fields.Text20, 5, "in quotes", id="a number for text"),
        pytest.param(fields.Time, "2020-09-02T12:00:00", "is written", id="another time"),
        pytest.param(fields.Time, "2020-09-31 12:00:00", "no such time", id="no such time"),
        pytest.param(fields.Day, "2020-9-2", "is written", id="another day"),
        pytest.param(fields.Day, "2021-02-29", "no such day", id="no such day"),
        pytest.param(fields.Country, "gb", "two capitals", id="small letters"),
        pytest.param(fields.Country, "", "two capitals", id="no country"),
        pytest.param(fields.Id, 0, "1 or more", id="no identifier"),
    ],
)
def test_a_field_that_is_none_is_refused(kind: Any, value: Any, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        read(kind, value)


def test_a_time_or_a_country_may_be_left_empty_where_that_is_said() -> None:
    assert [read(fields.TimeOrNothing, value) for value in ("", None)] == [None, None]
    assert read(fields.CountryOrNothing, "") == ""
    assert read(fields.DayOfCondition, "2020-05-01 12:00:00") == "2020-05-01"


def test_a_percentage_takes_no_more_than_all() -> None:
    assert NewDiscount.model_validate({"type": "PercentOff", "value": 100}).value == 100
    assert NewDiscount.model_validate({"type": "AmountOff", "value": 101}).value == 101
    with pytest.raises(ValidationError, match="100 at most"):
        NewDiscount.model_validate({"type": "PercentOff", "value": Decimal("100.001")})
