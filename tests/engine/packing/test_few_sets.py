"""Rivals that form a few sets get the same units by their numbers of sets, by a scan and by trying all packings."""

from random import Random

import pytest
from hypothesis import given, settings

from engine.packing.closed_form import Alone, Overlapping, stand_alone
from engine.packing.dynamic_program import scan
from engine.packing.few_sets import pack_few
from engine.packing.problem import Form, Offer, Packed, Part
from engine.packing.transport import MOST_LOOKS
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems, small_rivals

STEPS = 10**6


def standing(offers: list[Offer], counts: list[int]) -> list[Alone]:
    return [one for one in (stand_alone(offer, counts) for offer in offers) if one is not None]


@settings(max_examples=settings().max_examples * 3)
@given(problems(3))
def test_few_sets_are_the_best_there_are(problem: tuple[list[Offer], list[int]]) -> None:
    offers, counts = problem
    alone = standing(offers, counts)
    packing = pack_few(alone, counts, STEPS) if len(alone) == len(offers) else None
    if packing is not None:
        assert packing.packed == pack_by_trying(offers, counts)


@pytest.mark.parametrize("seed", range(300))
def test_few_sets_are_those_that_a_scan_of_all_units_finds(seed: int) -> None:
    offers, counts = small_rivals(Random(seed))
    alone = standing(offers, counts)
    packing = pack_few(alone, counts, STEPS) if len(alone) == len(offers) else None
    if packing is None:
        return
    scanned = scan(offers, counts, 0, STEPS)
    assert scanned.optimal
    assert packing.packed == scanned.packed


def test_units_that_two_want_go_where_they_are_worth_most() -> None:
    # Both want the first class; only the second can do with the other one.
    one = Offer(Form.ADDITIVE, (Part(1, True, 0b01),), (9, 8))
    other = Offer(Form.ADDITIVE, (Part(1, True, 0b11),), (9, 8), most=1)
    packing = pack_few(standing([one, other], [1, 1]), [1, 1], STEPS)
    assert packing is not None
    assert packing.packed == (Packed(1, (1, 0), (1, 0), 9), Packed(1, (0, 1), (0, 1), 8))


def test_too_many_numbers_of_sets_are_left_to_others() -> None:
    offers = [Offer(Form.ADDITIVE, (Part(1, True, 1),), (9,)) for _ in range(2)]
    assert pack_few(standing(offers, [99]), [99], STEPS) is None


def overlapping(lines: int) -> Offer:
    """An offer of which any unit fits the second part."""
    return Offer(Form.ADDITIVE, (Part(2, True, (1 << lines // 2) - 1), Part(2, True, (1 << lines) - 1)), (5,) * lines)


def test_ways_that_take_too_long_are_left_to_others() -> None:
    counts = [3] * 6
    rivals = standing([overlapping(6), overlapping(6)], counts)
    assert pack_few(rivals, counts, STEPS) is not None
    assert isinstance(rivals[0], Overlapping)
    rivals[0].looks = MOST_LOOKS
    assert pack_few(rivals, counts, STEPS) is None
