"""One offer on more units than are searched one by one still gets the sets that are worth most."""

import pytest
from hypothesis import given, settings

from engine.packing.closed_form_untied import pack_many
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Part
from tests.support.engine.packing_by_trying import pack_by_trying
from tests.support.engine.packing_problems import problems

STEPS = 10**4


@settings(max_examples=settings().max_examples * 5)
@given(problems(1))
def test_what_many_units_get_is_worth_as_much_as_any_packing(problem: tuple[list[Offer], list[int]]) -> None:
    [offer], counts = problem
    if offer.form is Form.ADDITIVE:
        return
    packed = pack_many(offer, counts)
    if packed is None:
        return
    assert packed.worth == pack_by_trying([offer], counts)[0].worth
    assert sum(packed.used) == packed.sets * offer.size
    assert all(
        rewarded <= used <= count for rewarded, used, count in zip(packed.rewarded, packed.used, counts, strict=True)
    )
    assert offer.most is None or packed.sets <= offer.most


@pytest.mark.parametrize(
    ("offer", "counts", "is_known"),
    [
        pytest.param(
            Offer(
                Form.CHEAPEST,
                (Part(2, True, 0b0011), Part(1, True, 0b1100)),
                (9, 8, 7, 6),
                bases=(9, 8, 7, 6),
                cheapest=1,
            ),
            [1, 3, 1, 1],
            True,
            id="sets that straddle two prices",
        ),
        pytest.param(
            Offer(Form.CHEAPEST, (Part(3, True, 0b11),), (0, 5), bases=(9, 8), cheapest=2),
            [2, 1],
            True,
            id="a set whose second free unit gains nothing",
        ),
        pytest.param(
            Offer(Form.CAPPED, (Part(2, True, 0b11),), (9, 1), cap=9),
            [1, 3],
            True,
            id="a set that wastes what is beside a dear unit",
        ),
        pytest.param(
            Offer(Form.CAPPED, (Part(3, True, 0b11),), (5, 1), cap=8),
            [3, 3],
            False,
            id="a set that wastes what two units give",
        ),
    ],
)
def test_few_units_are_packed_like_many(offer: Offer, counts: list[int], is_known: bool) -> None:
    packed = pack_many(offer, counts)
    assert (packed is not None) is is_known
    assert packed is None or packed.worth == pack_by_trying([offer], counts)[0].worth


BASES = (9, 8, 7, 6)
OFFERS = [
    pytest.param(
        Offer(Form.CHEAPEST, (Part(3, True, 0b1111),), (1, 5, 2, 4), bases=BASES, cheapest=1), id="percents by item"
    ),
    pytest.param(
        Offer(Form.CHEAPEST, (Part(3, True, 0b0011), Part(1, False, 0b1100)), (0, 5, 0, 0), bases=BASES, cheapest=2),
        id="gains of nothing, and goods that are only needed",
    ),
    pytest.param(
        Offer(Form.CHEAPEST, (Part(2, True, 0b0011), Part(1, True, 0b1100)), BASES, bases=BASES, cheapest=1),
        id="free in a mix of two",
    ),
    pytest.param(
        Offer(
            Form.CHEAPEST,
            (Part(1, True, 0b0001), Part(1, True, 0b0100), Part(1, False, 0b1000)),
            BASES,
            bases=BASES,
            cheapest=1,
        ),
        id="free in a mix of two with goods that are only needed",
    ),
    pytest.param(
        Offer(Form.CHEAPEST, (Part(1, True, 0b0001), Part(1, True, 0b0110)), (9, 0, 0, 0), bases=BASES, cheapest=1),
        id="the cheapest gain nothing",
    ),
    pytest.param(Offer(Form.CAPPED, (Part(2, True, 0b1111),), BASES, cap=13), id="at most 13 for each two"),
    pytest.param(
        Offer(Form.CAPPED, (Part(1, True, 0b0011), Part(2, True, 0b1100)), BASES, cap=30), id="less than the cap"
    ),
    pytest.param(
        Offer(Form.CAPPED, (Part(1, True, 0b0011), Part(1, False, 0b1100)), BASES, cap=9, most=100), id="a hundred sets"
    ),
]


@pytest.mark.parametrize("offer", OFFERS)
def test_many_units_get_as_much_for_each_as_few_do(offer: Offer) -> None:
    few = pack([offer], [6, 6, 6, 6], STEPS).packed[0]
    many = pack([offer], [6_000, 6_000, 6_000, 6_000], STEPS)
    assert many.optimal
    times = 1_000 if offer.most is None else offer.most / few.sets
    assert many.packed[0].worth >= few.worth * times


def test_units_that_no_closed_form_covers_still_get_sets() -> None:
    meeting = Offer(Form.CAPPED, (Part(2, True, 0b0111), Part(1, True, 0b1110)), BASES, cap=21)
    assert pack([meeting], [200, 200, 200, 200], STEPS).packed[0].worth > 0
