"""Whether mixes can be filled is an assignment problem: no unit is used twice, and no greedy walk decides."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.packing.assignment import can_fill, most_filled


@pytest.mark.parametrize(
    ("demands", "supplies", "fits", "filled"),
    [
        pytest.param([1, 1], [1, 1], [0b11, 0b01], True, id="the picky part gets the only unit it takes"),
        pytest.param([1, 1], [1, 1], [0b01, 0b01], False, id="one unit is not used twice"),
        pytest.param([1, 1, 1], [1, 1, 1], [0b011, 0b110, 0b001], True, id="a path over three parts"),
        pytest.param([2, 2], [3, 1], [0b11, 0b01], True, id="part of a class is given up"),
        pytest.param([2, 3], [3, 1], [0b11, 0b01], False, id="one unit short"),
        pytest.param([40_000, 40_000], [80_000], [0b1, 0b1], True, id="80 000 pieces of a line"),
        pytest.param([], [1], [], True, id="no parts"),
        pytest.param([1], [], [0], False, id="no units"),
    ],
)
def test_parts_are_filled_together(demands: list[int], supplies: list[int], fits: list[int], filled: bool) -> None:
    assert can_fill(demands, supplies, fits) is filled


def test_the_first_parts_are_filled_first() -> None:
    assert most_filled([2, 2], [3], [0b1, 0b1]) == [2, 1]


def test_a_class_without_units_fills_nothing() -> None:
    assert most_filled([2, 1], [0, 2, 0], [0b111, 0b011]) == [2, 0]


def by_trying(demands: list[int], supplies: list[int], fits: list[int]) -> bool:
    """Try every way to give each place a class."""
    places = [part for part, demand in enumerate(demands) for _ in range(demand)]
    for classes in product(range(len(supplies)), repeat=len(places)):
        if all(fits[part] >> index & 1 for part, index in zip(places, classes, strict=True)) and all(
            classes.count(index) <= supply for index, supply in enumerate(supplies)
        ):
            return True
    return False


@given(
    st.lists(st.tuples(st.integers(1, 2), st.integers(0, 7)), min_size=1, max_size=3),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
def test_it_finds_a_way_where_there_is_one(parts: list[tuple[int, int]], supplies: list[int]) -> None:
    demands, fits = [demand for demand, _ in parts], [classes for _, classes in parts]
    assert can_fill(demands, supplies, fits) is by_trying(demands, supplies, fits)
