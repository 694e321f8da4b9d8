"""Rivals that form a few sets get the same units by their numbers of sets, by a scan and by trying all packings."""

import random

import pytest
from hypothesis import given, settings

from engine.packing.closed_form import Alone, Overlapping, stand_alone
from engine.packing.dynamic_program import scan
from engine.packing.few_sets import pack_few
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packed, Part
from engine.packing.transport import MOST_LOOKS
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems

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


@settings(max_examples=settings().max_examples * 3)
@given(problems(1))
def test_each_number_of_sets_is_the_best_of_its_number(problem: tuple[list[Offer], list[int]]) -> None:
    [offer], counts = problem
    for alone in standing([offer], counts):
        for sets in range(alone.sets + 1):
            limited = Offer(
                offer.form, offer.parts, offer.unit_values, offer.constant, sets, offer.bases, offer.cheapest, offer.cap
            )
            assert alone.packed(sets) == pack_by_trying([limited], counts)[0]
            assert alone.packed(sets).worth == alone.worth(sets)


def rivals(chance: random.Random) -> tuple[list[Offer], list[int]]:
    """Two or three offers on a dozen units or two; prices are few, so that ties are many."""
    classes = chance.randint(2, 6)
    prices = tuple(chance.choice((10, 20, 30)) for _ in range(classes))
    offers = []
    for _ in range(chance.randint(2, 3)):
        masks = [chance.randrange(1, 1 << classes) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
        if chance.random() < 0.3:
            part = Part(chance.randint(2, 4), True, masks[0])
            offers.append(Offer(Form.CHEAPEST, (part,), prices, bases=prices, cheapest=1))
            continue
        parts = tuple(Part(chance.choice((1, 1, 2)), chance.random() < 0.8, mask) for mask in masks)
        most = chance.choice((None, None, 1, 2))
        offers.append(Offer(Form.ADDITIVE, parts, prices, chance.choice((-30, -10, 0, 5)), most))
    return offers, [chance.randint(0, 4) for _ in range(classes)]


@pytest.mark.parametrize("seed", range(300))
def test_few_sets_are_those_that_a_scan_of_all_units_finds(seed: int) -> None:
    offers, counts = rivals(random.Random(seed))
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


def test_a_transport_of_many_odd_units_is_given_up_and_good_sets_are_found_all_the_same() -> None:
    lines = 60
    offer = Offer(
        Form.ADDITIVE,
        tuple(
            Part(2, True, sum(1 << index for index in range(lines) if index % 7 in {part, part + 1}))
            for part in range(6)
        ),
        tuple(1000 + 37 * index for index in range(lines)),
        constant=-3000,
    )
    counts = [1, 99] * (lines // 2)
    assert stand_alone(offer, counts) is None
    packing = pack([offer], counts, 30_000)
    assert packing.packed[0].worth > 0
    assert packing.steps <= 30_000
