"""One offer on its own gets the best sets there are by arithmetic, however many units there are."""

import pytest
from hypothesis import given, settings

from engine.packing.closed_form import pack_alone, stand_alone, take_first
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packed, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems

STEPS = 10**6


@settings(max_examples=settings().max_examples * 3)
@given(problems(1))
def test_an_offer_alone_gets_the_best_sets_there_are(problem: tuple[list[Offer], list[int]]) -> None:
    [offer], counts = problem
    alone = pack_alone(offer, counts)
    if alone is not None:
        assert (alone,) == pack_by_trying([offer], counts)


@settings(max_examples=settings().max_examples * 3)
@given(problems(1))
def test_each_number_of_sets_is_the_best_of_its_number(problem: tuple[list[Offer], list[int]]) -> None:
    [offer], counts = problem
    alone = stand_alone(offer, counts)
    if alone is not None:
        for sets in range(alone.sets + 1):
            limited = Offer(
                offer.form, offer.parts, offer.unit_values, offer.constant, sets, offer.bases, offer.cheapest, offer.cap
            )
            assert alone.packed(sets) == pack_by_trying([limited], counts)[0]
            assert alone.packed(sets).worth == alone.worth(sets)


def test_no_sets_of_units_that_are_not_there_are_worth_nothing() -> None:
    alone = stand_alone(Offer(Form.ADDITIVE, (Part(1, True, 0b11), Part(1, True, 0)), (5, 6)), [1, 1])
    assert alone is not None
    assert (alone.sets, alone.worth(0), alone.packed(0)) == (0, 0, Packed(0, (0, 0), (0, 0), 0))


def test_where_fewer_units_are_left_all_are_taken() -> None:
    taken = [0, 0]
    take_first([1, 0], 9, [3, 4], taken)
    assert taken == [3, 4]


@pytest.mark.parametrize("number", [6, 7])
def test_many_mixes_that_share_goods_form_as_many_sets_as_there_are_units_for(number: int) -> None:
    # Each mix takes the good of its own or the one that all accept.
    parts = tuple(Part(1, True, 1 << place | 1 << number) for place in range(number))
    counts = [3] * (number - 1) + [1, 4]
    found = pack_alone(Offer(Form.ADDITIVE, parts, (10,) * (number + 1)), counts)
    assert found is not None
    # One mix has a single unit of its own: two sets more take two of the shared ones, and a fourth one of each mix.
    assert found.sets == 3


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
