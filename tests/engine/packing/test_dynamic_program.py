"""A scan of all units finds the best packing there is, ties settled, or says that its steps do not suffice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.packing.column_pricing import pricing_problem_of
from engine.packing.dynamic_program import DualPrices, scan
from engine.packing.linear_program import LinearProgram
from engine.packing.problem import Form, Offer, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems, rivals_of_any_form, three_for_two

STEPS = 10**6


def dual_prices_of(offers: list[Offer], counts: list[int]) -> DualPrices:
    """Return the prices of the linear program over whole sets."""
    pricing_problems = [pricing_problem_of(offer, counts) for offer in offers]
    root = LinearProgram(offers, [one for one in pricing_problems if one is not None], counts)
    assert root.solve(STEPS)
    return DualPrices(root.scale, root.class_prices(), root.premiums(len(offers)))


@settings(max_examples=settings().max_examples * 3)
@given(problems(3), st.booleans())
def test_it_finds_the_best_packing_with_prices_and_without(
    problem: tuple[list[Offer], list[int]], has_prices: bool
) -> None:
    offers, counts = problem
    prices = dual_prices_of(offers, counts) if has_prices else None
    scanned = scan(offers, counts, 0, STEPS, prices)
    assert scanned.optimal
    assert scanned.packed == pack_by_trying(offers, counts)
    assert scanned.most == scanned.worth


@pytest.mark.parametrize("seed", range(20))
def test_prices_change_nothing_but_the_work(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    plain = scan(offers, counts, 0, STEPS)
    priced = scan(offers, counts, plain.worth, STEPS, dual_prices_of(offers, counts))
    assert plain.optimal
    assert priced.packed == plain.packed


RIVALS = [three_for_two(50, 40, 30), Offer(Form.ADDITIVE, (Part(2, True, 0b111),), (0, 0, 0), 35)]


@pytest.mark.parametrize("has_prices", [False, True])
def test_what_is_worth_too_little_is_left(has_prices: bool) -> None:
    prices = dual_prices_of(RIVALS, [1, 1, 1]) if has_prices else None
    best = scan(RIVALS, [1, 1, 1], 0, STEPS, prices)
    assert best.worth == 35
    assert scan(RIVALS, [1, 1, 1], 35, STEPS, prices).packed == best.packed
    none = scan(RIVALS, [1, 1, 1], 36, STEPS, prices)
    assert (none.packed, none.optimal, none.most) == ((), True, 35)


@pytest.mark.parametrize("steps", [0, 5])
@pytest.mark.parametrize("has_prices", [False, True])
def test_without_the_steps_nothing_is_said(steps: int, has_prices: bool) -> None:
    prices = dual_prices_of(RIVALS, [2, 2, 2]) if has_prices else None
    found = scan(RIVALS, [2, 2, 2], 0, steps, prices)
    assert (found.packed, found.optimal, found.most) == ((), False, 0)
