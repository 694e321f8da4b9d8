"""Where no closed form covers an offer, good sets are made of the dearest units left, within the steps."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.packing.greedy import pack_set_by_set
from engine.packing.problem import Form, Offer, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems


@given(problems(1), st.sampled_from([1, 1_000, 100_000]))
def test_what_is_made_are_sets_and_never_better_than_the_best(
    problem: tuple[list[Offer], list[int]], max_steps: int
) -> None:
    [offer], counts = problem
    packed, _ = pack_set_by_set(offer, counts, max_steps)
    assert packed.worth <= pack_by_trying([offer], counts)[0].worth
    assert sum(packed.used) == packed.sets * offer.size
    assert all(
        rewarded <= used <= count for rewarded, used, count in zip(packed.rewarded, packed.used, counts, strict=True)
    )
    assert offer.most is None or packed.sets <= offer.most


def test_sets_that_no_form_covers_are_made_of_the_dearest_units_left() -> None:
    # Any unit fits the second place, so the parts share the first class.
    parts = (Part(1, True, 0b001), Part(1, True, 0b111))
    capped = Offer(Form.CAPPED, parts, (2, 10, 3), cap=5)
    packed, steps = pack_set_by_set(capped, [3, 1, 1], 1_000)
    assert (packed.sets, packed.used, packed.rewarded, packed.worth) == (2, (2, 1, 1), (2, 1, 1), 10)
    assert 0 < steps < 1_000
    cheapest = Offer(Form.CHEAPEST, parts, (2, 10, 3), bases=(2, 10, 3), cheapest=1)
    assert pack_set_by_set(cheapest, [3, 1, 1], 1_000)[0] == (2, (2, 1, 1), (2, 0, 0), 4)


def test_equal_sets_are_made_at_once_and_no_more_than_there_are_steps_for() -> None:
    parts = (Part(1, True, 0b01), Part(1, True, 0b11))
    offer = Offer(Form.CAPPED, parts, (2, 2), cap=3)
    assert pack_set_by_set(offer, [9_000, 5_000], 1_000)[0].worth == 3 * 7_000
    assert pack_set_by_set(replace(offer, most=2), [9, 5], 1_000)[0].sets == 2
    uneven = Offer(Form.CAPPED, (Part(2, True, 0b11111111), Part(1, True, 0b1)), (1, 9, 8, 7, 6, 5, 4, 3), cap=100)
    few, some = (pack_set_by_set(uneven, [9, 3, 3, 3, 3, 3, 3, 3], budget)[0].sets for budget in (1, 100_000))
    assert 0 < few < some


def test_sets_worth_nothing_are_not_made() -> None:
    parts = (Part(1, True, 0b01), Part(1, True, 0b11))
    assert pack_set_by_set(Offer(Form.CAPPED, parts, (0, 0), cap=3), [4, 4], 1_000)[0].sets == 0
    cheapest = Offer(Form.CHEAPEST, parts, (0, 0), bases=(3, 3), cheapest=1)
    assert pack_set_by_set(cheapest, [4, 4], 1_000)[0].sets == 0


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
