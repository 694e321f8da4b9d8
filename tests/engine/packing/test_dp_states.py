"""The ways one offer can take the next unit, and what its open places lack."""

import pytest

from engine.packing.dp_states import Cycle, Machine, Move, Open, Sets, Slots
from engine.packing.problem import Form, Offer, Part

# One unit of worth weighs ten; a set costs one, and a unit used or rewarded counts one.
UNIT = 10


def machine(
    kind: type[Machine], offer: Offer, *, start: Open = (), in_order: bool = True, limit: int | None = None
) -> Machine:
    ones = (1,) * len(offer.unit_values)
    weights = [UNIT * value for value in offer.unit_values]
    first = start if limit is None else (start, 0)
    return kind(offer, -1, ones, ones, weights, UNIT, first, in_order=in_order, limit=limit)


THREE_FOR_TWO = Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (9, 4), bases=(9, 4), cheapest=1)


def test_a_cycle_counts_the_units_of_its_open_set_and_rewards_the_last() -> None:
    cycle = machine(Cycle, THREE_FOR_TWO, start=0)
    assert list(cycle.moves(0, 0)) == [Move(1, 1 - 1, opens=True, rewards=())]
    assert list(cycle.moves(1, 0)) == [Move(2, 1, opens=False, rewards=())]
    assert list(cycle.moves(2, 1)) == [Move(0, 1 + 40, opens=False, rewards=(1,))]
    assert [list(cycle.needs(place)) for place in range(3)] == [[], [(2, 0b11)], [(1, 0b11)]]


PAIR = Offer(Form.ADDITIVE, (Part(1, True, 0b01), Part(2, False, 0b11)), (9, 4))


def test_slots_are_counted_by_part_and_a_set_opens_them_all() -> None:
    slots = machine(Slots, PAIR, start=(0, 0))
    assert list(slots.moves((0, 0), 0)) == [
        Move((0, 2), 1 - 1 + 90 + 1, opens=True, rewards=(0,)),
        Move((1, 1), 1 - 1, opens=True, rewards=()),
    ]
    assert list(slots.moves((1, 1), 1)) == [Move((1, 0), 1, opens=False, rewards=())]
    assert list(slots.needs((1, 2))) == [(1, 0b01), (2, 0b11)]
    assert list(slots.needs((0, 0))) == []


def test_a_limited_offer_opens_no_set_beyond_its_limit() -> None:
    slots = machine(Slots, PAIR, start=(0, 0), limit=1)
    [first, other] = slots.moves(slots.start, 0)
    assert first.after == ((0, 2), 1)
    assert other.after == ((1, 1), 1)
    # Part of the second set only: the places of the first are filled, and no other set may be opened.
    assert list(slots.moves(((0, 0), 1), 0)) == []
    assert [move.after for move in slots.moves(((0, 1), 1), 1)] == [((0, 0), 1)]
    assert list(slots.needs(((0, 1), 1))) == [(1, 0b11)]


def test_a_capped_set_holds_no_more_than_its_cap() -> None:
    sets = machine(Sets, Offer(Form.CAPPED, (Part(2, True, 0b11),), (9, 4), cap=10))
    [opened] = sets.moves((), 0)
    assert opened == Move((((1,), (9,)),), 1 - 1 + 90 + 1, opens=True, rewards=(0,), held=9)
    filled, another = sets.moves(opened.after, 1)
    # The second unit adds what is left up to the cap.
    assert filled == Move((), 1 + 10 + 1, opens=False, rewards=(1,), held=1)
    assert another.opens
    assert list(sets.needs(opened.after)) == [(1, 0b11)]


def test_alike_open_sets_are_one_choice() -> None:
    sets = machine(Sets, Offer(Form.CAPPED, (Part(2, True, 0b1),), (9,), cap=10))
    alike = (((1,), (9,)), ((1,), (9,)))
    assert [move.opens for move in sets.moves(alike, 0)] == [False, True]


@pytest.mark.parametrize(("left", "rewards"), [(3, ()), (2, ()), (1, (1,))])
def test_a_set_in_order_rewards_the_last_units_it_takes(left: int, rewards: tuple[int, ...]) -> None:
    sets = machine(Sets, THREE_FOR_TWO)
    move = next(iter(sets.moves((((left,), ()),), 1)))
    assert move.rewards == rewards


def test_a_set_out_of_order_rewards_its_cheapest_when_it_is_full() -> None:
    # Three units of one class or another, the two cheapest of which are free; the dear ones come last.
    offer = Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (100, 40), cheapest=2, bases=(100, 40))
    sets = Sets(offer, 0, (0, 0), (1, 1), (1000, 400), 10, (), in_order=False, limit=None)
    places = sets.start
    for index in (1, 0):
        [move] = [move for move in sets.ways(places, index) if not places or not move.opens]
        assert (move.weight, move.rewards) == (0, ())
        places = move.after
    assert next(iter(sets.ways(places, 0))) == Move((), 1400 + 2, opens=False, rewards=(1, 0))
