"""FIK codes: their shape, and the check digit by which a mistyped payment is found out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabatt.service.notes.fik import check_digit, fik_code


@pytest.mark.parametrize(
    ("payment", "digit"),
    [
        pytest.param("00000001646090", 9, id="that of the source document"),
        pytest.param("00000000000000", 0, id="nothing"),
        pytest.param("00000000000001", 8, id="the last digit counts twice"),
        pytest.param("00000000000005", 9, id="of ten, the sum of its digits counts"),
        pytest.param("00000000000010", 9, id="the one before it once"),
        pytest.param("99999999999999", 4, id="nines: nine each"),
    ],
)
def test_the_check_digit(payment: str, digit: int) -> None:
    assert check_digit(payment) == digit


def test_a_code_names_the_payment_and_the_creditor() -> None:
    assert fik_code(1_646_090, "12345678") == "+71<000000016460909+12345678<"
    assert fik_code(2_147_483_647, "00000001") == f"+71<00002147483647{check_digit('00002147483647')}+00000001<"


@given(st.integers(0, 10**14 - 1), st.integers(0, 13), st.integers(1, 9))
def test_a_mistyped_digit_has_another_check_digit(payment: int, place: int, by: int) -> None:
    digits = f"{payment:014d}"
    other = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert check_digit(digits) != check_digit(other)
