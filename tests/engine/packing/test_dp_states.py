"""The ways one offer can take the next unit."""

from engine.packing.dp_states import Move, Sets
from engine.packing.problem import Form, Offer, Part


def test_a_set_out_of_order_rewards_its_cheapest_when_it_is_full() -> None:
    # Three units of one class or another, the two cheapest of which are free; the dear ones come last.
    offer = Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (100, 40), cheapest=2, bases=(100, 40))
    machine = Sets(offer, 0, (0, 0), (1, 1), (1000, 400), 10, (), in_order=False, limit=None)
    places = machine.start
    for index in (1, 0):
        [move] = [move for move in machine.ways(places, index) if not places or not move.opens]
        assert (move.weight, move.rewards) == (0, ())
        places = move.after
    assert next(iter(machine.ways(places, 0))) == Move((), 1400 + 2, opens=False, rewards=(1, 0))
