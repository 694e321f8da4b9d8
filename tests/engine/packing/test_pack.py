"""Sets are packed so that they are worth most together, and ties are settled as the specification says."""

from itertools import pairwise

import pytest
from hypothesis import given, settings

from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packed, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import bundle, problems, rivals_of_any_form, three_for_two

STEPS = 10**6
FEW_STEPS = 10**4


@settings(max_examples=settings().max_examples * 3)
@given(problems(3))
def test_offers_together_get_the_best_sets_there_are(problem: tuple[list[Offer], list[int]]) -> None:
    wanting, counts = problem
    packing = pack(wanting, counts, STEPS)
    assert packing.optimal
    assert packing.packed == pack_by_trying(wanting, counts)


def test_three_for_two_frees_the_third_dearest_of_each_three() -> None:
    [packed] = pack([three_for_two(50, 40, 30, 20)], [1, 2, 2, 1], STEPS).packed
    assert packed == Packed(2, (1, 2, 2, 1), (0, 1, 0, 1), 40 + 20)


@pytest.mark.parametrize("pieces", [3, 300, 80_000, 999_999])
def test_the_work_for_one_offer_does_not_grow_with_the_pieces(pieces: int) -> None:
    packing = pack([three_for_two(10)], [pieces], STEPS)
    assert packing.packed[0].sets == pieces // 3
    assert packing.steps == pack([three_for_two(10)], [3], STEPS).steps
    assert packing.optimal


def test_offers_that_want_different_units_are_packed_apart() -> None:
    rules = [three_for_two(10, 8, classes=0b01), three_for_two(10, 8, classes=0b10)]
    packing = pack(rules, [80_000, 80_000], STEPS)
    assert [packed.sets for packed in packing.packed] == [26_666, 26_666]
    assert packing.optimal
    assert packing.steps == pack(rules, [3, 3], STEPS).steps


def test_groups_of_offers_that_meet_in_a_third_are_packed_together() -> None:
    rules = [
        bundle(5, 0b001, unit_values=(0, 0, 0)),
        bundle(5, 0b100, unit_values=(0, 0, 0)),
        bundle(11, 0b001, 0b100, unit_values=(0, 0, 0)),
    ]
    packing = pack(rules, [1, 0, 1], STEPS)
    assert [packed.sets for packed in packing.packed] == [0, 0, 1]


def test_offers_with_units_enough_for_all_get_what_each_gets_alone() -> None:
    rules = [bundle(0, 0b11, unit_values=(9, 8), most=1), bundle(0, 0b11, unit_values=(9, 8), most=1)]
    assert [packed.worth for packed in pack(rules, [2, 1], STEPS).packed] == [9, 9]
    assert [packed.worth for packed in pack(rules, [1, 1], STEPS).packed] == [9, 8]


@pytest.mark.parametrize("units", [199, 200])
def test_three_rival_offers_on_two_hundred_units_are_packed_exactly(units: int) -> None:
    unit_values = (90, 70, 50, 30)
    rivals = [
        three_for_two(*unit_values),
        Offer(Form.CHEAPEST, (Part(4, True, 0b1111),), unit_values, bases=unit_values, cheapest=2),
        Offer(Form.CHEAPEST, (Part(3, True, 0b0111),), unit_values, bases=unit_values, cheapest=1, most=20),
    ]
    packing = pack(rivals, [units // 4, units // 4, units // 4, units - units // 4 * 3], STEPS)
    assert packing.optimal
    assert sum(sum(packed.used) for packed in packing.packed) <= units
    # Two of four free is better than one of three, so no dear unit is left to the latter.
    assert packing.packed[1].sets == units // 4


def test_the_first_of_equal_offers_gets_the_sets() -> None:
    rivals = [three_for_two(10), three_for_two(10)]
    assert [packed.sets for packed in pack(rivals, [5], STEPS).packed] == [1, 0]


def test_the_earliest_units_are_used_and_rewarded() -> None:
    [packed] = pack([three_for_two(10, 10, 10)], [2, 2, 2], STEPS).packed
    assert (packed.used, packed.rewarded) == ((2, 2, 2), (2, 0, 0))


def crowd(units: int) -> tuple[list[Offer], list[int]]:
    """Two bundles that fight for more units than are searched one by one."""
    unit_values = (0, 0, 0)
    rivals = [
        bundle(30, 0b001, 0b010, unit_values=unit_values, most=units),
        bundle(31, 0b010, 0b100, unit_values=unit_values),
    ]
    return rivals, [units, units, units]


@pytest.mark.parametrize("units", [400, 5_000, 80_000])
def test_many_contended_units_go_to_the_rival_that_makes_most_of_them(units: int) -> None:
    rivals, counts = crowd(units)
    packing = pack(rivals, counts, FEW_STEPS)
    assert packing.optimal
    assert [packed.sets for packed in packing.packed] == [0, units]


def test_without_steps_contended_units_are_not_said_to_be_packed_best() -> None:
    rivals, counts = crowd(400)
    packing = pack(rivals, counts, 0)
    assert not packing.optimal
    alone = [pack([rival], counts, FEW_STEPS).worth for rival in rivals]
    assert max(alone) <= packing.worth < packing.most


def test_more_steps_never_make_a_packing_worse() -> None:
    unit_values = (9, 8, 7, 6, 5, 4)
    rivals = [
        Offer(Form.CHEAPEST, (Part(3, True, 0b111111),), unit_values, bases=unit_values[::-1], cheapest=1),
        Offer(Form.CHEAPEST, (Part(2, True, 0b111110),), unit_values, bases=unit_values, cheapest=1),
        Offer(Form.CAPPED, (Part(2, True, 0b011111),), unit_values, cap=14),
    ]
    worths = []
    for steps in (1, 100, STEPS):
        packing = pack(rivals, [2] * 6, steps)
        worths.append(sum(packed.worth for packed in packing.packed))
    assert packing.optimal
    assert all(fewer <= more for fewer, more in pairwise(worths))


def test_capped_sets_of_many_kinds_are_packed_with_proof() -> None:
    unit_values = tuple(range(100, 112))
    capped = Offer(Form.CAPPED, (Part(6, True, 0xFFF),), unit_values, cap=640)
    other = Offer(Form.ADDITIVE, (Part(2, True, 0xFFF),), (0,) * 12, 100)
    packing = pack([capped, other], [9] * 12, STEPS)
    assert packing.optimal
    # The sets hold all units, and none as much as the cap.
    assert packing.worth == 9 * sum(unit_values)
    hurried = pack([capped, other], [9] * 12, FEW_STEPS)
    assert not hurried.optimal
    assert hurried.worth <= packing.worth <= hurried.most
    assert hurried.steps > FEW_STEPS // 2


def worth_of(offers: list[Offer], counts: list[int]) -> int:
    """Return the worth of the best packing."""
    packing = pack(offers, counts, STEPS)
    assert packing.optimal
    return packing.worth


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("steps", [0, 30, 300])
def test_no_packing_is_worth_more_than_is_said(seed: int, steps: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    best = worth_of(offers, counts)
    packing = pack(offers, counts, steps)
    assert packing.worth <= best <= packing.most
    assert not packing.optimal or packing.worth == best


@pytest.mark.parametrize("seed", range(40))
def test_more_steps_never_make_a_packing_of_many_units_worse(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    counts = [count * 40 for count in counts]
    packings = [pack(offers, counts, steps) for steps in (0, 100, 1_000, 10_000)]
    assert all(fewer.worth <= more.worth for fewer, more in pairwise(packings))
    for packing in packings:
        used = [sum(column) for column in zip(*(one.used for one in packing.packed), strict=True)]
        assert all(taken <= count for taken, count in zip(used, counts, strict=True))
        assert all(
            offer.most is None or one.sets <= offer.most for one, offer in zip(packing.packed, offers, strict=True)
        )


def test_sets_larger_than_a_part_of_the_units_are_packed_from_all_of_them() -> None:
    many = Offer(Form.ADDITIVE, (Part(200, True, 1),), (2,))
    more = Offer(Form.ADDITIVE, (Part(160, True, 1),), (3,))
    packing = pack([many, more], [300], 1_000)
    assert [packed.sets for packed in packing.packed] == [0, 1]
