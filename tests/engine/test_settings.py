"""Settings that no evaluation can follow are refused when they are made."""

from typing import Any

import pytest

from engine import Settings
from engine.money import round_down


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"mode": "Up"}, "mode 'Up' is unknown; use one of Down, HalfDown, HalfEven, HalfUp"),
        ({"rule": "PerReceipt"}, "rule 'PerReceipt' is unknown; use one of PerItem, PerLine, Total"),
        ({"max_units": 0}, "max_units shall be a whole number of at least 1"),
        ({"max_steps": 1.5}, "max_steps shall be a whole number of at least 1"),
        ({"return_policy": "never"}, "return_policy 'never' is unknown; use one of as_paid, spread, re_evaluate"),
        ({"max_steps": True}, "max_steps shall be a whole number of at least 1"),
    ],
)
def test_a_setting_that_means_nothing_is_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Settings(**wrong)


def test_the_usual_rounding_is_half_up_by_line() -> None:
    assert (Settings().mode, Settings().rule) == ("HalfUp", "PerLine")


def test_goods_come_back_as_they_were_paid_unless_said_otherwise() -> None:
    assert Settings().return_policy == "as_paid"


def test_equal_settings_are_one_policy() -> None:
    assert Settings(mode="Down") == Settings(mode="Down")
    assert Settings(mode="Down").rounding is round_down
