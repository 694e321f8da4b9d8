"""Shares of an amount add up to it, follow the weights, and never exceed what there is room for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.basket.allocate import Run, Share, allocate


def by_unit(runs: list[Run], shares: list[Share]) -> list[int]:
    return [
        each + (number < more)
        for (_, units, _), (each, more) in zip(runs, shares, strict=True)
        for number in range(units)
    ]


def slowly(amount: int, runs: list[Run]) -> list[int]:
    """The specification's words, unit by unit."""
    units = [(weight, room) for weight, count, room in runs for _ in range(count)]
    total = sum(weight for weight, _ in units) or 1
    exact = [Fraction(amount * weight, total) for weight, _ in units]
    shares = [min(int(share), room) for share, (_, room) in zip(exact, units, strict=True)]
    order = sorted(range(len(units)), key=lambda unit: (-(exact[unit] % 1), unit))
    while sum(shares) < amount:
        for unit in order:
            if shares[unit] < units[unit][1] and sum(shares) < amount:
                shares[unit] += 1
    return shares


@pytest.mark.parametrize(
    ("amount", "runs", "shares"),
    [
        pytest.param(100, [(1, 1, 100)] * 3, [34, 33, 33], id="the odd øre goes to the first"),
        pytest.param(100, [(1, 3, 100)], [34, 33, 33], id="three units of a line share alike"),
        pytest.param(10, [(1, 1, 10), (2, 1, 10)], [3, 7], id="the largest fraction comes first"),
        pytest.param(10, [(1, 1, 10), (9, 1, 4)], [6, 4], id="what has no room goes to the next that has"),
        pytest.param(9, [(1, 1, 2), (1, 2, 4)], [2, 4, 3], id="the excess goes round as often as it takes"),
        pytest.param(6, [(1, 1, 2), (9, 1, 4)], [2, 4], id="all the room there is"),
        pytest.param(5, [(0, 1, 3), (0, 1, 3)], [3, 2], id="nothing weighs anything"),
        pytest.param(0, [(1, 2, 5), (1, 1, 5)], [0, 0, 0], id="nothing to share"),
    ],
)
def test_an_amount_is_shared(amount: int, runs: list[Run], shares: list[int]) -> None:
    assert by_unit(runs, allocate(amount, runs)) == shares


some_runs = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(0, 9)), min_size=2, max_size=5)


@given(some_runs, st.data())
def test_runs_share_as_their_units_would(runs: list[Run], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(units * room for _, units, room in runs)))
    assert by_unit(runs, allocate(amount, runs)) == slowly(amount, runs)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_shares_add_up_to_the_amount(amount: int, weights: list[int]) -> None:
    runs = [(weight, 80_000, amount) for weight in weights]
    shares = allocate(amount, runs)
    assert sum(each * units + more for (each, more), (_, units, _) in zip(shares, runs, strict=True)) == amount
