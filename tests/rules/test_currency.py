"""Amounts are shown with the currency's own number of decimals."""

import pytest

from rules.currency import amount_text


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        pytest.param(1050, "NOK", "10.50", id="øre"),
        pytest.param(1050, "nok", "10.50", id="a currency in small letters"),
        pytest.param(1050, "JPY", "1050", id="yen have no smaller coin"),
        pytest.param(1050, "ISK", "1050", id="nor have Icelandic krónur"),
        pytest.param(1050, "KWD", "1.050", id="a dinar has a thousand fils"),
        pytest.param(1050, "CLF", "0.1050", id="four decimals"),
        pytest.param(1050, None, "10.50", id="no currency: two decimals"),
        pytest.param(1050, "XYZ", "10.50", id="unknown currency: two decimals"),
        pytest.param(5, "NOK", "0.05", id="less than ten øre"),
        pytest.param(-5, "NOK", "-0.05", id="less than nothing"),
        pytest.param(-1050, "JPY", "-1050", id="less than nothing in yen"),
        pytest.param(0, "KWD", "0.000", id="nothing"),
        pytest.param(10**15, "NOK", "10000000000000.00", id="the most that is counted"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(minor_units: int, currency: str | None, text: str) -> None:
    assert amount_text(minor_units, currency) == text
