"""The linear program bounds every packing, and no set is worth more than its units cost at its prices."""

from fractions import Fraction

import pytest
from hypothesis import given

from engine.packing.column_pricing import pricing_problem_of
from engine.packing.linear_program import Constraint, LinearProgram, SetColumn, pivot_cost
from engine.packing.problem import Form, Offer, Part
from tests.support.engine.packing_by_trying import pack_by_trying, sets_of
from tests.support.engine.packing_problems import problems, rivals_of_any_form

STEPS = 10**6


def program_of(offers: list[Offer], counts: list[int]) -> LinearProgram:
    """Return the linear program of some offers, with nothing packed."""
    return LinearProgram(offers, [pricing_problem_of(offer, counts) for offer in offers], counts)


def value_of(program: LinearProgram) -> Fraction:
    return Fraction(program.value, program.scale)


def sets_by_offer(program: LinearProgram, offers: int) -> list[Fraction]:
    sets = [Fraction(0)] * offers
    for basic, value in zip(program.basis, program.values, strict=True):
        if isinstance(basic, SetColumn):
            sets[basic.offer] += Fraction(value, program.scale)
    return sets


def check(offers: list[Offer], counts: list[int]) -> None:
    """Check the value against the best packing, and the prices against every set."""
    program = program_of(offers, counts)
    assert program.solve(STEPS)
    assert value_of(program) >= sum(one.worth for one in pack_by_trying(offers, counts))
    prices, premiums = program.class_prices(), program.premiums(len(offers))
    assert min(prices) >= 0
    # Duality: what all units cost and the limits is what the sets are worth.
    paid = sum(price * count for price, count in zip(prices, counts, strict=True)) + sum(premiums)
    assert paid == program.value
    classes = [index for index, count in enumerate(counts) for _ in range(count)]
    for offer, premium in zip(offers, premiums, strict=True):
        limit = Fraction(premium, offer.most) if offer.most else Fraction(0)
        for one in sets_of(offer, classes) if offer.most != 0 else ():
            assert one.worth * program.scale <= sum(prices[classes[unit]] for unit in one.used) + limit


@given(problems(3))
def test_no_packing_is_worth_more_and_no_set_more_than_it_costs(problem: tuple[list[Offer], list[int]]) -> None:
    check(*problem)


def pair(*masks: int, most: int | None = None) -> Offer:
    return Offer(Form.ADDITIVE, tuple(Part(1, True, mask) for mask in masks), (0, 0, 0), 10, most)


# Three goods, one of each, and a bundle for every two of them.
TRIANGLE = [pair(0b001, 0b010), pair(0b010, 0b100), pair(0b100, 0b001)]
ONE_EACH = [1, 1, 1]


def test_half_a_set_of_each_is_worth_more_than_any_whole_ones() -> None:
    program = program_of(TRIANGLE, ONE_EACH)
    assert program.solve(STEPS)
    assert value_of(program) == 15
    assert sets_by_offer(program, 3) == [Fraction(1, 2)] * 3
    assert [Fraction(price, program.scale) for price in program.class_prices()] == [5, 5, 5]


@pytest.mark.parametrize(
    ("constraint", "value", "sets"),
    [
        pytest.param(Constraint(0, 1, 0), 10, 0, id="none of the first"),
        pytest.param(Constraint(0, -1, -1), 10, 1, id="one of the first at least"),
        pytest.param(Constraint(0, 1, 0, 1), 10, 0, id="no unit of the second good for the first"),
    ],
)
def test_a_limit_is_restored_by_other_sets(constraint: Constraint, value: int, sets: int) -> None:
    root = program_of(TRIANGLE, ONE_EACH)
    assert root.solve(STEPS)
    half = root.copy()
    half.limit(constraint)
    assert half.restore(STEPS) is True
    assert half.solve(STEPS)
    assert value_of(half) == value
    assert sets_by_offer(half, 3)[0] == sets
    # The half is a state of its own.
    assert value_of(root) == 15


def test_a_limit_that_nothing_fits_is_told() -> None:
    program = program_of(TRIANGLE, ONE_EACH)
    assert program.solve(STEPS)
    program.limit(Constraint(0, -1, -2))
    assert program.restore(STEPS) is False


def test_without_steps_nothing_is_solved_and_nothing_restored() -> None:
    program = program_of(TRIANGLE, ONE_EACH)
    assert not program.solve(0)
    assert program.solve(STEPS)
    program.limit(Constraint(0, 1, 0))
    assert program.restore(0) is None


def test_what_a_limit_on_sets_costs_is_a_premium() -> None:
    program = program_of([pair(0b001, 0b010, most=1)], [3, 3, 0])
    assert program.solve(STEPS)
    assert value_of(program) == 10
    assert program.premiums(1) == [10 * program.scale]
    assert program.class_prices() == [0, 0, 0]


def test_offers_that_cannot_win_are_dropped() -> None:
    offers = [Offer(Form.ADDITIVE, (Part(1, True, 1),), (9,)), Offer(Form.ADDITIVE, (Part(1, True, 1),), (2,))]
    program = program_of(offers, [1])
    assert program.solve(STEPS)
    program.drop(9)
    assert program.active == [0]


@pytest.mark.parametrize("seed", range(40))
def test_more_sets_bound_what_few_are_worth(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    program, twice = program_of(offers, counts), program_of(offers, [2 * count for count in counts])
    assert program.solve(STEPS)
    assert twice.solve(STEPS)
    assert value_of(program) <= value_of(twice)


def test_a_pivot_costs_more_where_there_are_more_constraints_and_longer_numbers() -> None:
    assert pivot_cost(1, 1) < pivot_cost(50, 1) < pivot_cost(50, 1 << 200)


def test_a_limit_on_rewarded_units_leaves_those_that_pay_alone() -> None:
    # Two sets of three for two: each class may be the one that is free.
    offers = [Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (30, 20), bases=(30, 20), cheapest=1)]
    program = program_of(offers, [3, 3])
    assert program.solve(STEPS)
    assert value_of(program) == 50
    none_dear = program.copy()
    none_dear.limit(Constraint(0, 1, 0, 0, of_rewarded=True))
    assert none_dear.restore(STEPS)
    assert none_dear.solve(STEPS)
    assert value_of(none_dear) == 40
    used = sum(
        Fraction(value, none_dear.scale) * number
        for basic, value in zip(none_dear.basis, none_dear.values, strict=True)
        if isinstance(basic, SetColumn)
        for index, number in basic.composition.used
        if index == 0
    )
    assert used > 0


def test_where_one_set_takes_too_long_nothing_is_solved() -> None:
    unit_values = tuple(1_000 + 37 * number for number in range(60))
    offers = [
        Offer(Form.CAPPED, (Part(12, True, 2**60 - 1),), unit_values, cap=20_000),
        *(Offer(Form.ADDITIVE, (Part(1, True, 1 << number),), (number * number % 97,) * 60) for number in range(60)),
    ]
    program = program_of(offers, [3] * 60)
    assert not program.solve(STEPS)
    assert program.steps < STEPS
