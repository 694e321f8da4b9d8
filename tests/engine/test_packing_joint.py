"""Offers that want the same units: what happens where nothing is good enough, or nothing fits."""

from engine.packing import Form, Offer, Part, pack
from engine.packing.joint import pack_jointly

GAINS = (900, 870, 730, 610, 590, 430, 310, 290, 170, 130)
COUNTS = [4] * len(GAINS)


def mixes(*masks: int, gain: int) -> Offer:
    """Return an offer of one unit of each mask, worth a part of their gains."""
    return Offer(Form.ADDITIVE, tuple(Part(1, True, mask) for mask in masks), tuple(one * gain for one in GAINS))


RIVALS = [
    mixes(0b0001111100, 0b1111000011, gain=7),
    mixes(0b0011001111, 0b1111110000, 0b0101010101, gain=8),
    mixes(0b1110001110, 0b0111111000, gain=6),
]


def test_no_packing_is_returned_where_none_is_worth_enough() -> None:
    best = pack_jointly(RIVALS, COUNTS, 1, 300_000)
    assert best is not None
    assert best.optimal
    worth = sum(packed.worth for packed in best.packed)
    assert pack_jointly(RIVALS, COUNTS, 100 * worth, 300_000) is None
    assert pack_jointly(RIVALS, COUNTS, worth + 1, 300_000) is None


def test_sets_larger_than_a_part_of_the_units_are_packed_from_all_of_them() -> None:
    many = Offer(Form.ADDITIVE, (Part(200, True, 1),), (2,))
    more = Offer(Form.ADDITIVE, (Part(160, True, 1),), (3,))
    packing = pack([many, more], [300], 1_000)
    assert [packed.sets for packed in packing.packed] == [0, 1]
