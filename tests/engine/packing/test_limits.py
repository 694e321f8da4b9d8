"""Where a packing is large or the steps are few, what is skipped is never what makes an answer wrong."""

from random import Random

import pytest

from engine.packing.assignment import most_filled
from engine.packing.branch_and_price import pack_by_branching
from engine.packing.closed_form import pack_alone
from engine.packing.column_pricing import pricing_problem_of
from engine.packing.greedy import pack_set_by_set
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Packed, Part


def test_a_class_without_units_fills_nothing() -> None:
    assert most_filled([2, 1], [0, 2, 0], [0b111, 0b011]) == [2, 0]


@pytest.mark.parametrize("number", [6, 7])
def test_many_mixes_that_share_goods_form_as_many_sets_as_there_are_units_for(number: int) -> None:
    # Each mix takes the good of its own or the one that all accept.
    parts = tuple(Part(1, True, 1 << place | 1 << number) for place in range(number))
    counts = [3] * (number - 1) + [1, 4]
    found = pack_alone(Offer(Form.ADDITIVE, parts, (10,) * (number + 1)), counts)
    assert found is not None
    # One mix has a single unit of its own: two sets more take two of the shared ones, and a fourth one of each mix.
    assert found.sets == 3


def test_an_amount_for_sets_of_many_pieces_is_not_told_apart_by_patterns() -> None:
    offer = Offer(Form.CAPPED, (Part(500, True, 0b11),), (3, 4), cap=1_900)
    assert pricing_problem_of(offer, [600, 700]) is None
    assert pack([offer], [600, 700], 1_000).packed[0].sets == 2


def test_the_program_keeps_its_word_however_few_its_steps() -> None:
    skipped = 0
    for seed in range(12):
        random = Random(seed)
        offers, counts = rival_bundles(random)
        nothing = tuple(Packed(0, (0,) * len(counts), (0,) * len(counts), 0) for _ in offers)
        best = pack(offers, counts, 200_000)
        assert best.optimal
        for max_steps in range(20, 2_000, 60):
            solved = pack_by_branching(offers, counts, nothing, max_steps)
            if solved is None:
                skipped += 1
                continue
            assert solved.worth <= best.worth <= solved.most
            assert not solved.optimal or solved.worth == best.worth
    assert skipped


def rival_bundles(random: Random) -> tuple[list[Offer], list[int]]:
    goods = 8
    counts = [random.randint(1, 6) for _ in range(goods)]
    unit_values = tuple(random.randint(20, 90) for _ in range(goods))
    offers = []
    for _ in range(5):
        some = random.sample(range(goods), 4)
        first, second = (1 << some[0] | 1 << some[1]), (1 << some[2] | 1 << some[3])
        parts = (Part(random.randint(1, 2), True, first), Part(1, True, second))
        offers.append(Offer(Form.ADDITIVE, parts, unit_values, -random.randint(10, 70)))
    return offers, counts


def test_sets_of_many_goods_are_made_of_the_dearest() -> None:
    goods = 60
    every = (1 << goods) - 1
    unit_values = tuple(range(1, goods + 1))
    offer = Offer(Form.CHEAPEST, (Part(2, True, every), Part(1, False, every)), unit_values, 0, None, unit_values, 1)
    packed, steps = pack_set_by_set(offer, [1] * goods, 100_000)
    # Of the three dearest units of each set the middle one or the last is free.
    assert packed.sets == goods // 3
    assert packed.worth >= sum(unit_values) // 3 - goods
    assert steps > 0
