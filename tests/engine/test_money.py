"""Fractions become whole amounts by the mode that was asked for, exactly."""

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import ROUNDINGS, round_signed

DECIMAL_MODES = {
    "Down": ROUND_DOWN,
    "HalfDown": ROUND_HALF_DOWN,
    "HalfEven": ROUND_HALF_EVEN,
    "HalfUp": ROUND_HALF_UP,
}


@pytest.mark.parametrize(
    ("tenths", "down", "half_down", "half_even", "half_up"),
    [
        (0, 0, 0, 0, 0),
        (4, 0, 0, 0, 0),
        (5, 0, 0, 0, 1),
        (6, 0, 1, 1, 1),
        (10, 1, 1, 1, 1),
        (14, 1, 1, 1, 1),
        (15, 1, 1, 2, 2),
        (16, 1, 2, 2, 2),
        (25, 2, 2, 2, 3),
    ],
)
def test_each_mode_rounds_tenths_as_its_name_says(
    tenths: int, down: int, half_down: int, half_even: int, half_up: int
) -> None:
    rounded = {name: rounding(tenths, 10) for name, rounding in ROUNDINGS.items()}
    assert rounded == {"Down": down, "HalfDown": half_down, "HalfEven": half_even, "HalfUp": half_up}


@pytest.mark.parametrize("mode", ROUNDINGS)
@given(st.integers(0, 10**12), st.integers(0, 4))
def test_modes_are_those_of_decimal(mode: str, numerator: int, zeros: int) -> None:
    exact = Decimal(numerator).scaleb(-zeros, Context(prec=40))
    assert ROUNDINGS[mode](numerator, 10**zeros) == int(exact.quantize(Decimal(1), DECIMAL_MODES[mode]))


@pytest.mark.parametrize("mode", ROUNDINGS)
def test_amounts_beyond_binary_floats_are_exact(mode: str) -> None:
    assert ROUNDINGS[mode](3 * (2**80 + 1), 3) == 2**80 + 1


@pytest.mark.parametrize(("mode", "off"), [("Down", 1), ("HalfDown", 1), ("HalfEven", 2), ("HalfUp", 2)])
def test_a_credit_is_rounded_as_the_same_charge(mode: str, off: int) -> None:
    assert [round_signed(numerator, 10, ROUNDINGS[mode]) for numerator in (15, 0, -15)] == [off, 0, -off]
