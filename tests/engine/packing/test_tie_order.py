"""The packing whose choices add up to most is the one that the rules of ties name."""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from engine.packing.tie_order import TieOrder

COUNTS = [1, 2]
OFFERS = 2
# Worth, and by offer the sets, the units it uses of each class and those it rewards.
Choice: TypeAlias = tuple[int, tuple[int, ...], tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]


def number_of(order: TieOrder, choice: Choice) -> int:
    """Return what the choices add up to."""
    worth, sets, used, rewarded = choice
    total = worth * order.worth + sum(map(int.__mul__, sets, order.sets))
    for units, weights in ((used, order.used), (rewarded, order.rewarded)):
        total += sum(
            count * weights[offer][index]
            for offer, of_offer in enumerate(units)
            for index, count in enumerate(of_offer)
        )
    return total


def units_in_order(of_offers: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the list of units of each offer, the first units of each class."""
    places = [range(1), range(1, 3)]
    return [[unit for index, count in enumerate(of_offer) for unit in places[index][:count]] for of_offer in of_offers]


def rank(choice: Choice) -> tuple[object, ...]:
    """Return what the words say: the smallest is the best."""
    worth, sets, used, rewarded = choice
    return -worth, sum(sets), [-number for number in sets], units_in_order(used), units_in_order(rewarded)


per_class = st.tuples(st.integers(0, 1), st.integers(0, 2))
# No more sets than units: each set has one at least, and no unit is in two.
numbers_of_sets = st.sampled_from([sets for sets in product(range(4), repeat=OFFERS) if sum(sets) <= sum(COUNTS)])
# Both have as many units in each place, as packings with the same numbers of sets have.
choices = st.tuples(
    st.integers(0, 2),
    numbers_of_sets,
    st.tuples(per_class, per_class),
    st.tuples(per_class, per_class),
)


def of_equal_size(one: Choice, other: Choice) -> bool:
    return all(
        sum(mine) == sum(theirs)
        for units, others in zip(one[2:], other[2:], strict=True)
        for mine, theirs in zip(units, others, strict=True)
    )


@given(choices, choices)
def test_the_larger_number_is_the_better_packing(one: Choice, other: Choice) -> None:
    order = TieOrder(OFFERS, COUNTS)
    if one[:2] != other[:2] or of_equal_size(one, other):
        more, less = number_of(order, one), number_of(order, other)
        assert (more > less) == (rank(one) < rank(other))


def test_digits_never_carry() -> None:
    # Every choice of the lowest digits has a number of its own, and all of them are less than one unit of worth.
    order = TieOrder(OFFERS, COUNTS)
    units = list(product(range(2), range(3)))
    numbers = {
        number_of(order, (0, (0, 0), (one, other), (given, back)))
        for one, other, given, back in product(units, repeat=4)
    }
    assert len(numbers) == len(units) ** 4
    assert max(numbers) < order.worth


def test_a_set_less_is_better_than_any_units() -> None:
    order = TieOrder(OFFERS, COUNTS)
    most = ((1, 2), (1, 2))
    assert number_of(order, (5, (1, 0), ((0, 0), (0, 0)), ((0, 0), (0, 0)))) > number_of(order, (5, (1, 1), most, most))
