"""A packing problem is numbers: what an offer says of itself follows from its parts."""

import pytest

from engine.packing.problem import Form, Offer, Packed, Packing, Part

APART = (Part(2, True, 0b0011), Part(1, False, 0b0100))
MEETING = (Part(2, True, 0b0011), Part(1, True, 0b0110))


def test_an_offer_knows_its_size_its_classes_and_whether_parts_share_some() -> None:
    apart, meeting = Offer(Form.ADDITIVE, APART, (9, 8, 7, 6)), Offer(Form.ADDITIVE, MEETING, (9, 8, 7, 6))
    assert (apart.size, apart.classes, apart.has_disjoint_parts) == (3, 0b0111, True)
    assert (meeting.size, meeting.classes, meeting.has_disjoint_parts) == (3, 0b0111, False)
    assert apart.places() == [[0, 1], [2]]
    assert apart.places() is apart.places()
    assert apart.supplies([1, 2, 3, 4]) == [3, 3]


@pytest.mark.parametrize(
    ("parts", "rewarded_part"),
    [
        pytest.param(APART, APART[0], id="one of two"),
        pytest.param(MEETING, None, id="both"),
        pytest.param(APART[1:], None, id="none"),
    ],
)
def test_the_rewarded_part_is_known_where_there_is_just_one(
    parts: tuple[Part, ...], rewarded_part: Part | None
) -> None:
    assert Offer(Form.ADDITIVE, parts, (9, 8, 7, 6)).rewarded_part == rewarded_part


def test_sets_are_worth_their_constant_and_their_rewarded_units_or_what_they_hold() -> None:
    additive = Offer(Form.ADDITIVE, APART, (9, 8, 7, 6), -3)
    assert additive.packed(2, [3, 1, 2, 0], [3, 1, 0, 0]) == Packed(2, (3, 1, 2, 0), (3, 1, 0, 0), 27 + 8 - 6)
    capped = Offer(Form.CAPPED, APART, (9, 8, 7, 6), cap=10)
    assert capped.packed(2, [3, 1, 2, 0], [3, 1, 0, 0], held=20).worth == 20


@pytest.mark.parametrize(
    ("unit_values", "bases", "levels"),
    [
        pytest.param((5, 9, 5), (5, 9, 5), [(9, [1]), (5, [0, 2])], id="classes of one base are one level"),
        pytest.param((5, 9, 4), (5, 9, 5), None, id="units of one base and two values"),
        pytest.param((9, 5, 5), (5, 9, 5), None, id="a dearer unit of lower value"),
        pytest.param((5, 5, 5), (5, 9, 5), None, id="a dearer unit of the same value"),
    ],
)
def test_levels_are_bases_that_tell_the_value(
    unit_values: tuple[int, ...], bases: tuple[int, ...], levels: list[tuple[int, list[int]]] | None
) -> None:
    offer = Offer(Form.CHEAPEST, (Part(3, True, 0b111),), unit_values, bases=bases, cheapest=1)
    assert offer.levels() == levels


def test_several_rewarded_parts_have_no_levels() -> None:
    offer = Offer(Form.CHEAPEST, MEETING, (9, 8, 7, 6), bases=(9, 8, 7, 6), cheapest=1)
    assert offer.levels() is None


def test_a_packing_is_worth_what_its_sets_are_worth() -> None:
    packed = (Packed(1, (1,), (1,), 7), Packed(0, (0,), (0,), 0), Packed(2, (2,), (2,), 5))
    assert Packing(packed, 0, optimal=True, most=12).worth == 12
