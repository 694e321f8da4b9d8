"""Percents are rounded by unit, by line or in total, and what is laid out adds up."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Settings
from engine.basket.basket_state import Given, amounts_by_line
from engine.basket.distribute import WeightedUnits, distribute_each, distribute_money, distribute_percent
from engine.money import ROUNDINGS

# 15 % of units of 33 and of 50: 4.95 and 7.5 each.
FIFTEEN_PERCENT = [
    WeightedUnits(0, 0, 3, 33 * 15, 33),
    WeightedUnits(2, 0, 1, 50 * 15, 50),
    WeightedUnits(2, 1, 2, 50 * 15, 50),
]


def units(given_units: Given) -> dict[int, list[int]]:
    """What each unit gets, by line, units that get nothing left out."""
    return {
        line: [each for start, stop, each in portions for _ in range(start, stop)]
        for line, portions in given_units.items()
    }


@pytest.mark.parametrize(
    ("settings", "laid"),
    [
        ({"rule": "PerItem"}, {0: [5, 5, 5], 2: [8, 8]}),
        ({"rule": "PerItem", "mode": "Down"}, {0: [4, 4, 4], 2: [7, 7]}),
        ({"rule": "PerItem", "mode": "HalfEven"}, {0: [5, 5, 5], 2: [8, 8]}),
        ({"rule": "PerItem", "mode": "HalfDown"}, {0: [5, 5, 5], 2: [7, 7]}),
        ({"rule": "PerLine"}, {0: [5, 5, 5], 2: [8, 7]}),
        ({"rule": "PerLine", "mode": "Down"}, {0: [5, 5, 4], 2: [8, 7]}),
        ({"rule": "Total"}, {0: [5, 5, 5], 2: [8, 7]}),
        ({"rule": "Total", "mode": "Down"}, {0: [5, 5, 4], 2: [8, 7]}),
    ],
)
def test_a_percent_is_rounded_by_the_policy(settings: dict[str, Any], laid: dict[int, list[int]]) -> None:
    assert units(distribute_percent(FIFTEEN_PERCENT, 100, Settings(**settings))) == laid


weighted = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 100)), min_size=1, max_size=6).map(
    lambda drawn: [
        WeightedUnits(line, number * 10, number * 10 + count, price * 15, price)
        for number, (line, count, price) in enumerate(sorted(drawn))
    ]
)


@pytest.mark.parametrize("mode", ROUNDINGS)
@pytest.mark.parametrize("rule", ["PerItem", "PerLine", "Total"])
@given(weighted)
def test_a_percent_is_rounded_once(mode: Any, rule: Any, wanted: list[WeightedUnits]) -> None:
    laid = distribute_percent(wanted, 100, Settings(mode=mode, rule=rule))
    rounding = ROUNDINGS[mode]
    of_units = [
        (units_of_line.line, units_of_line.weight)
        for units_of_line in wanted
        for _ in range(units_of_line.start, units_of_line.stop)
    ]
    lines = {line: sum(weight for number, weight in of_units if number == line) for line, _ in of_units}
    expected = {
        "PerItem": sum(rounding(weight, 100) for _, weight in of_units),
        "PerLine": sum(rounding(weight, 100) for weight in lines.values()),
        "Total": rounding(sum(weight for _, weight in of_units), 100),
    }
    assert sum(amounts_by_line(laid).values()) == expected[rule]
    for line, amount in amounts_by_line(laid).items():
        assert abs(amount - Fraction(lines[line], 100)) <= len(of_units)


@given(weighted, st.data())
def test_money_adds_up_and_fits(wanted: list[WeightedUnits], data: st.DataObject) -> None:
    wanted = [units_of_line._replace(weight=units_of_line.room) for units_of_line in wanted]
    amount = data.draw(
        st.integers(0, sum((units_of_line.stop - units_of_line.start) * units_of_line.room for units_of_line in wanted))
    )
    laid = distribute_money(amount, wanted)
    assert sum(amounts_by_line(laid).values()) == amount
    for units_of_line in wanted:
        mine = [
            portion
            for portion in laid.get(units_of_line.line, ())
            if units_of_line.start <= portion[0] < units_of_line.stop
        ]
        assert all(0 < each <= units_of_line.room and stop <= units_of_line.stop for _start, stop, each in mine)


def test_money_goes_to_lines_first_then_to_their_units() -> None:
    wanted = [WeightedUnits(0, 0, 2, 10, 10), WeightedUnits(1, 0, 1, 20, 20), WeightedUnits(1, 1, 2, 40, 40)]
    assert units(distribute_money(17, wanted)) == {0: [2, 2], 1: [4, 9]}


def test_each_unit_gets_its_own_amount_and_nothing_is_no_portion() -> None:
    wanted = [WeightedUnits(0, 0, 2, 5, 9), WeightedUnits(0, 2, 3, 0, 9), WeightedUnits(1, 0, 1, 0, 9)]
    assert distribute_each(wanted) == {0: [(0, 2, 5)]}


@pytest.mark.parametrize("rule", ["PerLine", "Total"])
def test_a_percent_that_rounds_to_nothing_is_nothing(rule: Any) -> None:
    assert distribute_percent([WeightedUnits(0, 0, 1, 4, 1)], 100, Settings(rule=rule)) == {}
