"""What a packing under way can still come to is never more than its bound says."""

import pytest
from hypothesis import given

from engine.packing.column_pricing import pricing_problem_of
from engine.packing.dp_bound import DualBound, cost_of
from engine.packing.dp_states import Cycle, Machine, Open, Sets, Slots
from engine.packing.dynamic_program import _machines, _scan_order
from engine.packing.linear_program import LinearProgram
from engine.packing.problem import Form, Offer, Part
from engine.packing.tie_order import TieOrder
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems

STEPS = 10**6
SHARES = 16


def check_from_the_start(offers: list[Offer], counts: list[int]) -> None:
    """Check that the best packing is worth no more than the bound before any unit is taken."""
    pricing_problems = [pricing_problem_of(offer, counts) for offer in offers]
    root = LinearProgram(offers, [one for one in pricing_problems if one is not None], counts)
    assert root.solve(STEPS)
    order = _scan_order(offers)
    sizes = 1
    for offer in offers:
        sizes *= offer.size
    machines = _machines(offers, TieOrder(len(offers), counts), order, counts, sizes)
    scale = sizes * SHARES
    prices = [-(-price * scale // root.scale) for price in root.class_prices()]
    premiums = [-(-premium * scale // root.scale) for premium in root.premiums(len(offers))]
    bound = DualBound(machines, counts, order, scale, prices, premiums)
    bound.begin(counts)
    ahead = bound.ahead(counts)
    for number, machine in enumerate(machines):
        most = bound.most(number, machine.start, 0)
        assert most is not None
        ahead += most
    assert ahead >= scale * sum(one.worth for one in pack_by_trying(offers, counts))


@given(problems(3))
def test_the_best_packing_is_within_the_bound(problem: tuple[list[Offer], list[int]]) -> None:
    check_from_the_start(*problem)


def one(kind: type[Machine], offer: Offer, start: Open, counts: list[int], premium: int = 0) -> DualBound:
    """Return the bound of one offer at a price of 1 for each unit, before any unit is taken."""
    zeros = (0,) * len(counts)
    machine = kind(offer, 0, zeros, zeros, offer.unit_values, 1, start, in_order=True, limit=None)
    bound = DualBound([machine], counts, range(len(counts)), 1, [1] * len(counts), [premium])
    bound.begin(counts)
    return bound


THREE_FOR_TWO = Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (9, 4), bases=(9, 4), cheapest=1)


def test_a_cycle_makes_the_most_of_the_units_left() -> None:
    bound = one(Cycle, THREE_FOR_TWO, 0, [2, 2])
    assert bound.ahead([2, 2]) == 4
    # Two dear units and a cheap one, which is free: 4 less three prices.
    assert bound.most(0, 0, 0) == 4 - 3
    # One unit short of a set: a dear one is free, and the three others make another set.
    assert bound.most(0, 2, 0) == (9 - 1) + (4 - 3)
    # Two units from the end one set can be finished, after the last unit none.
    assert bound.most(0, 1, 2) == 4 - 2
    assert bound.most(0, 1, 4) is None


PAIR = Offer(Form.ADDITIVE, (Part(1, True, 0b01), Part(2, False, 0b11)), (9, 4))


def test_open_slots_take_the_units_that_leave_most() -> None:
    bound = one(Slots, PAIR, (0, 0), [1, 2], premium=5)
    assert bound.most(0, (0, 0), 0) == 5
    assert bound.most(0, (1, 2), 0) == 5 + (9 - 1) - 2
    bound.begin([0, 2])
    assert bound.most(0, (0, 2), 0) == 5 - 2
    assert bound.most(0, (1, 0), 0) is None


@pytest.mark.parametrize(
    ("places", "left", "most"),
    [
        pytest.param((), [1, 1], 0, id="nothing open"),
        pytest.param((((1,), (9,)),), [1, 1], 9 - 1, id="a unit short"),
        pytest.param((((1,), (9,)), ((2,), ())), [1, 1], 3 * (9 - 1), id="two sets, each for itself"),
        pytest.param((((1,), (9,)),), [0, 0], None, id="no unit left"),
        pytest.param((((1,), (9,)), ((1,), (9,))), [0, 0], None, id="no unit left for either"),
    ],
)
def test_capped_sets_are_completed_with_the_best_units_left(places: Open, left: list[int], most: int | None) -> None:
    bound = one(Sets, Offer(Form.CAPPED, (Part(2, True, 0b11),), (9, 4), cap=30), (), [1, 1])
    bound.begin(left)
    assert bound.most(0, places, 0) == most


def test_of_a_cheapest_free_set_only_so_many_units_are_worth_anything() -> None:
    bound = one(Sets, THREE_FOR_TWO, (), [2, 2])
    # Two units to come, of which one is free, the dearest at most.
    assert bound.most(0, (((2,), ()),), 0) == 9 - 2
    # What the set holds may be the free one, even when only cheaper units are left.
    bound.begin([0, 2])
    assert bound.most(0, (((1,), ((9, 0), (9, 0))),), 2) == 9 - 1
    bound.begin([0, 0])
    assert bound.most(0, (((1,), ((9, 0), (9, 0))),), 4) is None


def test_only_the_tables_of_cycles_cost_steps() -> None:
    cycle = Cycle(THREE_FOR_TWO, 0, (0, 0), (0, 0), (9, 4), 1, 0, in_order=True, limit=None)
    slots = Slots(PAIR, 0, (0, 0), (0, 0), (9, 4), 1, (0, 0), in_order=True, limit=None)
    assert cost_of([cycle, slots], [30, 30]) == 60
