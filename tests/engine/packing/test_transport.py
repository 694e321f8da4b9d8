"""Units are sent to parts so that they are worth most together, or it is said that they do not suffice."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.packing.transport import TooLong, Transport, last_where


def best_by_trying(masks: list[int], weights: list[list[int]], counts: list[int], demands: list[int]) -> int | None:
    """Try every way to give each place of each part a class."""
    places = [part for part, demand in enumerate(demands) for _ in range(demand)]
    found = [
        sum(weights[part][index] for part, index in zip(places, classes, strict=True))
        for classes in product(range(len(counts)), repeat=len(places))
        if all(masks[part] >> index & 1 for part, index in zip(places, classes, strict=True))
        and all(classes.count(index) <= count for index, count in enumerate(counts))
    ]
    return max(found, default=None)


weights = st.lists(st.integers(0, 5), min_size=3, max_size=3)


@given(
    st.lists(st.tuples(st.integers(0, 7), weights, st.integers(0, 2)), min_size=1, max_size=3),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_no_other_way_is_worth_more(parts: list[tuple[int, list[int], int]], counts: list[int]) -> None:
    masks, worths, demands = [part[0] for part in parts], [part[1] for part in parts], [part[2] for part in parts]
    transport = Transport(masks, worths, counts)
    found = transport.run(list(demands))
    assert found == best_by_trying(masks, worths, counts, demands)
    if found is not None:
        assert [sum(taken) for taken in transport.taken] == demands
        assert [
            sum(used) + left for used, left in zip(zip(*transport.taken, strict=True), transport.left, strict=True)
        ] == counts


def test_a_unit_is_handed_on_where_another_part_needs_it_more() -> None:
    # The first part takes the dear unit at once; the second accepts no other, so the first gives it up.
    transport = Transport([0b11, 0b01], [[9, 2], [5, 0]], [1, 1])
    assert transport.run([1, 1]) == 2 + 5
    assert transport.taken == [[0, 1], [1, 0]]


def test_many_equal_units_move_at_once() -> None:
    transport = Transport([0b11, 0b01], [[9, 2], [5, 0]], [80_000, 80_000])
    assert transport.run([80_000, 80_000]) == 80_000 * 7
    assert transport.looks <= 4 * 2 * 2 * 2


def test_units_that_do_not_suffice_are_not_sent() -> None:
    assert Transport([0b1, 0b1], [[1], [1]], [1]).run([1, 1]) is None


def test_a_transport_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TooLong):
        Transport([0b1], [[1]], [1], most_looks=0).run([1])


@pytest.mark.parametrize("last", range(6))
def test_the_last_number_that_holds_is_found_by_halving(last: int) -> None:
    assert last_where(lambda number: number <= last, 5) == last
    assert last_where(lambda number: number <= last, 2) == min(last, 2)
