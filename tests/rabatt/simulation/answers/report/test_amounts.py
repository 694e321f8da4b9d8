"""Amounts, counts and shares as the page says them."""

import pytest

from rabatt.simulation.answers.figures.number_text import (
    change_percent,
    coins,
    count,
    figure,
    money,
    plural,
    share,
    short_money,
    signed,
)


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        pytest.param(123456, "NOK", "1,234.56", id="two decimals"),
        pytest.param(-123456, "NOK", "−1,234.56", id="below nothing"),
        pytest.param(-5, "NOK", "−0.05", id="below nothing by less than a coin"),
        pytest.param(123456, "JPY", "123,456", id="no decimals"),
        pytest.param(1234567, "KWD", "1,234.567", id="three decimals"),
        pytest.param(10**18 + 1, "NOK", "10,000,000,000,000,000.01", id="more than a binary number holds"),
        pytest.param(100, None, "1.00", id="no currency"),
    ],
)
def test_an_amount_is_grouped_and_has_the_decimals_of_its_currency(
    minor_units: int, currency: str | None, text: str
) -> None:
    assert figure(minor_units, currency) == text


def test_money_names_its_currency_where_there_is_one() -> None:
    assert (money(100, "NOK"), money(100, None)) == ("1.00 NOK", "1.00")


def test_a_label_has_no_decimals_that_say_nothing() -> None:
    assert [short_money(amount, "NOK") for amount in (500, 550, 100_000, 5)] == ["5", "5.50", "1,000", "0.05"]


def test_a_plot_puts_an_amount_where_its_coins_are() -> None:
    assert [coins(1050, currency) for currency in ("NOK", "JPY", "KWD")] == [10.5, 1050, 1.05]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(1000, 1125, "+12.5 %", id="more"),
        pytest.param(1000, 875, "−12.5 %", id="less"),
        pytest.param(1000, 1000, "0.0 %", id="the same"),
        pytest.param(0, 10, "", id="nothing before"),
        pytest.param(1, 100, "+9,900.0 %", id="very much more"),
    ],
)
def test_a_change_is_told_in_percent(before: int, after: int, text: str) -> None:
    assert change_percent(before, after) == text


def test_counts_and_shares() -> None:
    assert (count(-1234), signed(count(5), 5), signed(count(0), 0)) == ("−1,234", "+5", "0")
    assert (share(2.3456), share(-0.5), share(None)) == ("2.35 %", "−0.50 %", "–")
    assert (plural(1, "receipt"), plural(2000, "receipt")) == ("1 receipt", "2,000 receipts")
