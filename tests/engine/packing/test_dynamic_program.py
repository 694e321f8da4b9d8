"""Offers that want the same units: what the program over whole sets makes of them, and what a scan does."""

import random
from itertools import pairwise

import pytest

from engine.packing.branch_and_price import pack_by_branching
from engine.packing.dynamic_program import scan
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packed, Part
from tests.engine.packing.test_few_sets import rivals

STEPS = 10**6
# What a scan of all units may take, where it is what others are held against.
SCAN_STEPS = 10**5


def nothing(offers: list[Offer], counts: list[int]) -> tuple[Packed, ...]:
    """No sets at all."""
    none = (0,) * len(counts)
    return tuple(Packed(0, none, none, 0) for _ in offers)


def rivals_of_any_form(seed: int) -> tuple[list[Offer], list[int]]:
    """Return a few rivals, one of them often of a form that no closed form covers."""
    chance = random.Random(seed)
    offers, counts = rivals(chance)
    number = chance.randrange(len(offers))
    one = offers[number]
    rewarded = sum(part.quantity for part in one.parts if part.rewarded)
    if rewarded and chance.random() < 0.5:
        cap = chance.choice((15, 25, 45))
        offers[number] = Offer(Form.CAPPED, one.parts, one.unit_values, most=one.most, cap=cap)
    elif rewarded > 1:
        bases = tuple(chance.choice((10, 20, 30)) for _ in counts)
        cheapest = chance.randint(1, rewarded - 1)
        offers[number] = Offer(Form.CHEAPEST, one.parts, one.unit_values, most=one.most, bases=bases, cheapest=cheapest)
    return offers, counts


def worth_of(offers: list[Offer], counts: list[int]) -> int:
    """Return the worth of the best packing."""
    packing = pack(offers, counts, STEPS)
    assert packing.optimal
    return packing.worth


@pytest.mark.parametrize(
    "seed", [*range(100), *(pytest.param(seed, marks=pytest.mark.many) for seed in range(100, 400))]
)
def test_the_program_finds_what_a_scan_of_all_units_finds(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    scanned = scan(offers, counts, 0, SCAN_STEPS)
    packing = pack_by_branching(offers, counts, nothing(offers, counts), STEPS)
    assert packing is not None
    assert packing.optimal
    if scanned.optimal:
        assert packing.packed == scanned.packed
    else:
        # Too much to scan: what was found is no better.
        assert sum(one.worth for one in packing.packed) >= sum(one.worth for one in scanned.packed)


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("steps", [0, 30, 300])
def test_no_packing_is_worth_more_than_is_said(seed: int, steps: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    best = worth_of(offers, counts)
    packing = pack(offers, counts, steps)
    assert packing.worth <= best <= packing.most
    assert not packing.optimal or packing.worth == best


@pytest.mark.parametrize("seed", range(100))
def test_what_is_enough_bounds_what_is_worth_looking_for(seed: int) -> None:
    offers, counts = rivals_of_any_form(seed)
    best = worth_of(offers, counts)
    for enough in (best - 1, best, best + 5):
        packing = pack_by_branching(offers, counts, nothing(offers, counts), STEPS, enough)
        assert packing is not None
        assert packing.worth <= best <= packing.most
        assert packing.optimal if enough < best else packing.most <= enough


@pytest.mark.parametrize("seed", range(40))
def test_more_steps_never_make_a_packing_worse(seed: int) -> None:
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
