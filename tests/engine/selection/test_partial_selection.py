"""Which of two selections is better is said once, and a bound says truthfully whether any could be."""

from itertools import pairwise

import pytest

from engine.basket.basket_state import first_state
from engine.selection.partial_selection import Amounts, PartialSelection, Rating
from tests.support.engine.given import basket_of

# From the best to the worst; each is better than the next by one of the things that are compared.
IN_ORDER = [
    Rating(-90, 0, 9, ("a",), 9, ("a",)),
    Rating(-80, -5, 2, ("a", "b"), 2, ("a", "b")),
    Rating(-80, 0, 1, ("z",), 1, ("z",)),
    Rating(-80, 0, 2, ("a", "c"), 3, ("a", "c", "d")),
    Rating(-80, 0, 2, ("a", "d"), 2, ("a", "d")),
    Rating(-80, 0, 2, ("a", "d"), 3, ("a", "b", "d")),
    Rating(-80, 0, 2, ("a", "d"), 3, ("a", "c", "d")),
]


def test_more_discount_then_more_bonus_then_fewer_rules_then_lower_ids_are_better() -> None:
    assert all(better < worse for better, worse in pairwise(IN_ORDER))


@pytest.mark.parametrize(("better", "worse"), list(pairwise(IN_ORDER)))
def test_a_bound_never_leaves_what_is_better(better: Rating, worse: Rating) -> None:
    assert worse.can_lose_to(better.amounts, better.discounts)
    assert better.amounts.discount > worse.losing_discount


@pytest.mark.parametrize(
    ("most", "discounts", "can_win"),
    [
        pytest.param(Amounts(81, 0), 9, True, id="more discount"),
        pytest.param(Amounts(80, 6), 9, True, id="as much, and more bonus"),
        pytest.param(Amounts(80, 5), 2, True, id="the same from as few rules, whose ids may be lower"),
        pytest.param(Amounts(80, 5), 3, False, id="the same from more rules"),
        pytest.param(Amounts(80, 4), 0, False, id="less bonus"),
        pytest.param(Amounts(79, 99), 0, False, id="less discount, whatever the bonus"),
    ],
)
def test_what_could_be_better_is_told_from_what_could_not(most: Amounts, discounts: int, can_win: bool) -> None:
    rating = Rating(-80, -5, 2, ("a", "b"), 2, ("a", "b"))
    assert rating.can_lose_to(most, discounts) is can_win
    assert rating.losing_discount == 79


def test_sets_still_to_form_count_in_their_phase() -> None:
    partial = PartialSelection(first_state(basket_of()), amounts=Amounts(7, 3), pending=5)
    assert partial.with_amount(4).amounts == (11, 3)
    assert partial._replace(in_bonuses=True).with_amount(4).amounts == (7, 7)
    assert partial.with_amount(4).pending == 0
