"""The best set of an offer against prices is the best of all its sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.packing.column_pricing import SetComposition, pricing_problem_of
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Part
from tests.support.engine.packing_by_trying import sets_of
from tests.support.engine.packing_problems import problems

# What a unit of worth counts, so that prices are fractions of it.
TIMES = 3


def best_net(offer: Offer, counts: list[int], prices: list[int]) -> int | None:
    """Return what the best of all sets leaves after its price; None where there is no set."""
    classes = [index for index, count in enumerate(counts) for _ in range(count)]
    nets = [one.worth * TIMES - sum(prices[classes[unit]] for unit in one.used) for one in sets_of(offer, classes)]
    return max(nets, default=None)


def net_of(offer: Offer, composition: SetComposition, prices: list[int]) -> int:
    assert sum(number for _, number in composition.used) == offer.size
    return composition.worth * TIMES - sum(prices[index] * number for index, number in composition.used)


@given(problems(1), st.lists(st.integers(0, 20), min_size=4, max_size=4))
def test_no_set_leaves_more_after_its_price(problem: tuple[list[Offer], list[int]], prices: list[int]) -> None:
    [offer], counts = problem
    if not offer.has_disjoint_parts or offer.form is Form.CHEAPEST:
        return
    pricing_problem = pricing_problem_of(offer, counts)
    assert pricing_problem is not None
    found = pricing_problem.best(prices, TIMES)
    assert (None if found is None else found[0]) == best_net(offer, counts, prices)
    if found is not None:
        assert net_of(offer, found[1], prices) == found[0]


@given(problems(1), st.lists(st.integers(0, 20), min_size=4, max_size=4))
def test_where_a_unit_could_be_taken_twice_no_set_leaves_more(
    problem: tuple[list[Offer], list[int]], prices: list[int]
) -> None:
    # Parts that share goods each take the best of them, and of a class both the last payer and the first rewarded may
    # be: the set found may want more units than there are, and is a bound all the same.
    [offer], counts = problem
    pricing_problem = pricing_problem_of(offer, counts)
    assert pricing_problem is not None
    found, best = pricing_problem.best(prices, TIMES), best_net(offer, counts, prices)
    assert best is None or (found is not None and found[0] >= best)


PARTS = (Part(1, True, 0b011), Part(1, False, 0b100))
CHEAPEST = Offer(Form.CHEAPEST, (Part(2, True, 0b011), *PARTS[1:]), (9, 4, 0), bases=(9, 4, 1), cheapest=1)


@pytest.mark.parametrize(
    ("offer", "prices", "net", "composition"),
    [
        pytest.param(
            Offer(Form.ADDITIVE, PARTS, (9, 4, 0), -2),
            [0, 0, 0],
            7 * TIMES,
            SetComposition(7, ((0, 1), (2, 1)), ((0, 1),)),
            id="the dearest where nothing costs",
        ),
        pytest.param(
            Offer(Form.ADDITIVE, PARTS, (9, 4, 0), -2),
            [20, 0, 1],
            2 * TIMES - 1,
            SetComposition(2, ((1, 1), (2, 1)), ((1, 1),)),
            id="the cheaper one where the dear one costs more than it adds",
        ),
        pytest.param(
            CHEAPEST,
            [1, 1, 1],
            9 * TIMES - 3,
            SetComposition(9, ((0, 1), (0, 1), (2, 1)), ((0, 1),)),
            id="one of the dear ones pays for the other",
        ),
        pytest.param(
            CHEAPEST,
            [20, 1, 1],
            4 * TIMES - 3,
            SetComposition(4, ((1, 1), (1, 1), (2, 1)), ((1, 1),)),
            id="two cheap ones where a dear one costs more than it is worth",
        ),
        pytest.param(
            Offer(Form.CAPPED, PARTS, (9, 4, 0), cap=5),
            [0, 0, 0],
            5 * TIMES,
            SetComposition(5, ((0, 1), (2, 1)), ((0, 1),)),
            id="no more than the cap",
        ),
    ],
)
def test_prices_say_which_set_is_best(offer: Offer, prices: list[int], net: int, composition: SetComposition) -> None:
    pricing_problem = pricing_problem_of(offer, [2, 2, 1])
    assert pricing_problem is not None
    assert pricing_problem.best(prices, TIMES) == (net, composition)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("counts", [[0, 0, 1], [2, 2, 0], [0, 0, 0]])
def test_where_units_are_lacking_there_is_no_set(form: Form, counts: list[int]) -> None:
    offer = Offer(form, (Part(2, True, 0b011), Part(1, False, 0b100)), (9, 4, 0), bases=(9, 4, 1), cheapest=1, cap=5)
    pricing_problem = pricing_problem_of(offer, counts)
    assert pricing_problem is not None
    assert pricing_problem.best([0, 0, 0], TIMES) is None


def test_an_amount_for_sets_of_many_pieces_has_too_many_sets() -> None:
    offer = Offer(Form.CAPPED, (Part(500, True, 0b11),), (3, 4), cap=1_900)
    assert pricing_problem_of(offer, [600, 700]) is None
    assert pack([offer], [600, 700], 1_000).packed[0].sets == 2
