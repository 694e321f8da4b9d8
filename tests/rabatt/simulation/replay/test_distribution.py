"""The bins of discounts per receipt leave no gap and do not overlap."""

from hypothesis import given
from hypothesis import strategies as st

from rabatt.simulation.replay.discount_bins import ENDS, bin_of, bounds_of


@given(st.integers(0, 10**9))
def test_every_discount_lies_within_the_bounds_of_its_bin(discount: int) -> None:
    above, up_to = bounds_of(bin_of(discount))
    assert above is None or above < discount
    assert up_to is None or discount <= up_to


def test_bins_follow_each_other() -> None:
    bounds = [bounds_of(number) for number in range(len(ENDS) + 1)]
    assert bounds[0] == (None, 0)
    assert bounds[-1] == (ENDS[-1], None)
    assert [above for above, _ in bounds[1:]] == [up_to for _, up_to in bounds[:-1]]
