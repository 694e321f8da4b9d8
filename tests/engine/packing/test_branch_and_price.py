"""Offers that want the same units: branching on the linear program finds what a scan of all units finds."""

from random import Random

import pytest
from hypothesis import given

from engine.packing.branch_and_price import pack_by_branching
from engine.packing.dynamic_program import scan
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packing, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import nothing, problems, rival_bundles, rivals_of_any_form

STEPS = 10**6
# What a scan of all units may take, where it is what others are held against.
SCAN_STEPS = 10**5


TWO_WANT_ONE = [
    Offer(Form.ADDITIVE, (Part(1, True, 0b001), Part(1, True, 0b010)), (0, 0, 0), 10),
    Offer(Form.ADDITIVE, (Part(1, True, 0b010), Part(1, True, 0b100)), (0, 0, 0), 10),
    Offer(Form.ADDITIVE, (Part(1, True, 0b100), Part(1, True, 0b001)), (0, 0, 0), 10),
]


def test_half_a_set_of_each_is_no_packing() -> None:
    # The linear program takes half a set of each offer, worth 15; of whole sets there is one.
    packing = pack_by_branching(TWO_WANT_ONE, [1, 1, 1], nothing(TWO_WANT_ONE, [1, 1, 1]), STEPS)
    assert packing.optimal
    assert [one.sets for one in packing.packed] == [1, 0, 0]
    assert packing.most == 10


def test_what_was_found_is_kept_where_nothing_better_is() -> None:
    found = pack_by_trying(TWO_WANT_ONE, [1, 1, 1])
    packing = pack_by_branching(TWO_WANT_ONE, [1, 1, 1], found, STEPS)
    assert packing.packed == found


def test_without_steps_for_one_set_no_linear_program_is_made() -> None:
    found = nothing(TWO_WANT_ONE, [1, 1, 1])
    # No set is worth more than its constant, and of no offer there is more than one.
    assert pack_by_branching(TWO_WANT_ONE, [1, 1, 1], found, 0) == Packing(found, 0, optimal=False, most=30)


@given(problems(3))
def test_it_is_worth_as_much_as_the_best_packing(problem: tuple[list[Offer], list[int]]) -> None:
    offers, counts = problem
    packing = pack_by_branching(offers, counts, nothing(offers, counts), STEPS)
    best = sum(one.worth for one in pack_by_trying(offers, counts))
    assert packing.worth <= best <= packing.most
    assert not packing.optimal or packing.worth == best


@pytest.mark.parametrize(
    "seed", [*range(100), *(pytest.param(seed, marks=pytest.mark.many) for seed in range(100, 400))]
)
def test_branching_finds_what_a_scan_of_all_units_finds(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    scanned = scan(offers, counts, 0, SCAN_STEPS)
    packing = pack_by_branching(offers, counts, nothing(offers, counts), STEPS)
    assert packing.optimal
    if scanned.optimal:
        assert packing.packed == scanned.packed
    else:
        # Too much to scan: what was found is no better.
        assert sum(one.worth for one in packing.packed) >= sum(one.worth for one in scanned.packed)


def worth_of(offers: list[Offer], counts: list[int]) -> int:
    """Return the worth of the best packing."""
    packing = pack(offers, counts, STEPS)
    assert packing.optimal
    return packing.worth


@pytest.mark.parametrize("seed", range(100))
def test_a_cutoff_bounds_what_is_worth_looking_for(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    best = worth_of(offers, counts)
    for cutoff in (best - 1, best, best + 5):
        packing = pack_by_branching(offers, counts, nothing(offers, counts), STEPS, cutoff)
        assert packing.worth <= best <= packing.most
        assert packing.optimal if cutoff < best else packing.most <= cutoff


def test_branching_keeps_its_word_however_few_its_steps() -> None:
    for seed in range(12):
        offers, counts = rival_bundles(Random(seed))
        found = nothing(offers, counts)
        best = pack(offers, counts, 200_000)
        assert best.optimal
        for max_steps in range(20, 2_000, 60):
            solved = pack_by_branching(offers, counts, found, max_steps)
            assert solved.worth <= best.worth <= solved.most
            assert not solved.optimal or solved.worth == best.worth
