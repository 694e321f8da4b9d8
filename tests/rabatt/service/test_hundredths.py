"""Amounts in hundredths: rounded away from 0 in the middle, written with two places, read without loss."""

from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rabatt.service.hundredths import as_decimal, half_up, in_hundredths
from rabatt.service.notes.amounts import ProductLine, TextLine, sums_of


@pytest.mark.parametrize(
    ("numerator", "whole"), [(0, 0), (1, 0), (2, 1), (3, 1), (5, 1), (6, 2), (-1, 0), (-2, -1), (-5, -1), (-6, -2)]
)
def test_quarters_are_rounded_half_up(numerator: int, whole: int) -> None:
    assert half_up(numerator, 4) == whole


@pytest.mark.parametrize(
    ("hundredths", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10**15, "10000000000000.00"), (12345, "123.45")]
)
def test_they_are_written_with_two_places(hundredths: int, text: str) -> None:
    assert str(as_decimal(hundredths)) == text


class Amounts(BaseModel):
    """A body with one amount."""

    amount: Annotated[int, in_hundredths(-(10**9), 10**9, "an amount")]


@given(st.integers(-(10**11), 10**11), st.sampled_from(["int", "float", "decimal"]))
def test_they_are_read_as_they_are_written(hundredths: int, kind: str) -> None:
    number: object = as_decimal(hundredths)
    if kind == "float":
        number = hundredths / 100
    elif kind == "int":
        hundredths -= hundredths % 100
        number = hundredths // 100
    assert Amounts.model_validate({"amount": number}).amount == hundredths


RATES = st.sampled_from([0, 600, 1250, 2500, 10_000])
LINES = st.builds(
    ProductLine,
    description=st.just("x"),
    quantity=st.integers(-1_000, 1_000),
    base=st.integers(-100_000, 100_000),
    account_number=st.just(1),
    account_name=st.just("x"),
    vat=RATES,
    discount=st.integers(0, 10_000),
)


@given(st.lists(st.one_of(LINES, st.just(TextLine("x"))), max_size=8))
def test_the_sums_are_those_of_decimal_arithmetic(lines: list[ProductLine | TextLine]) -> None:
    bases: dict[int, Decimal] = {}
    cent = Decimal("0.01")
    for line in lines:
        if isinstance(line, ProductLine):
            price = Decimal(line.quantity) / 100 * Decimal(line.base) / 100
            left = price * (Decimal(10_000 - line.discount) / 10_000)
            bases[line.vat] = bases.get(line.vat, Decimal(0)) + left.quantize(cent, "ROUND_HALF_UP")
    vat = sum((base * rate / 10_000).quantize(cent, "ROUND_HALF_UP") for rate, base in bases.items())
    sums = sums_of(lines)
    assert as_decimal(sums.without_vat) == sum(bases.values())
    assert as_decimal(sums.non_vatable) == bases.get(0, Decimal(0))
    assert as_decimal(sums.vat) == vat
    assert sums.with_vat == sums.vatable + sums.non_vatable + sums.vat
