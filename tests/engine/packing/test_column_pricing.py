"""The best set of an offer against prices is the best of all its sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.packing.column_pricing import SetComposition, pricing_problem_of
from engine.packing.pack import pack
from engine.packing.problem import Form, Offer, Part
from engine.packing.transport import TooLong
from tests.support.engine.packing_by_trying import sets_of
from tests.support.engine.packing_problems import problems

# What a unit of worth counts, so that prices are fractions of it.
TIMES = 3


def best_net(offer: Offer, counts: list[int], prices: list[int], rewards: dict[int, int]) -> int | None:
    """Return what the best of all sets leaves after its price; None where there is no set."""
    classes = [index for index, count in enumerate(counts) for _ in range(count)]
    nets = [
        one.worth * TIMES
        - sum(prices[classes[unit]] for unit in one.used)
        - sum(rewards.get(classes[unit], 0) for unit in one.rewarded)
        for one in sets_of(offer, classes)
    ]
    return max(nets, default=None)


def net_of(offer: Offer, composition: SetComposition, prices: list[int], rewards: dict[int, int]) -> int:
    assert sum(number for _, number in composition.used) == offer.size
    return (
        composition.worth * TIMES
        - sum(prices[index] * number for index, number in composition.used)
        - sum(rewards.get(index, 0) * number for index, number in composition.rewarded)
    )


prices_of_classes = st.lists(st.integers(0, 20), min_size=4, max_size=4)
prices_of_some = st.dictionaries(st.integers(0, 3), st.integers(-6, 6), max_size=2)


@given(problems(1), prices_of_classes, prices_of_some)
def test_no_set_leaves_more_after_its_price(
    problem: tuple[list[Offer], list[int]], prices: list[int], rewards: dict[int, int]
) -> None:
    [offer], counts = problem
    if not offer.has_disjoint_parts or offer.form is Form.CHEAPEST:
        return
    found = pricing_problem_of(offer, counts).best(prices, rewards, TIMES)
    assert (None if found is None else found[0]) == best_net(offer, counts, prices, rewards)
    if found is not None:
        assert net_of(offer, found[1], prices, rewards) == found[0]


@given(problems(1), prices_of_classes, prices_of_some)
def test_where_a_unit_could_be_taken_twice_no_set_leaves_more(
    problem: tuple[list[Offer], list[int]], prices: list[int], rewards: dict[int, int]
) -> None:
    # Parts that share goods each take the best of them, and of a class both the last payer and the first rewarded may
    # be: the set found may want more units than there are, and is a bound all the same.
    [offer], counts = problem
    found = pricing_problem_of(offer, counts).best(prices, rewards, TIMES)
    best = best_net(offer, counts, prices, rewards)
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
    assert pricing_problem_of(offer, [2, 2, 1]).best(prices, {}, TIMES) == (net, composition)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("counts", [[0, 0, 1], [2, 2, 0], [0, 0, 0]])
def test_where_units_are_lacking_there_is_no_set(form: Form, counts: list[int]) -> None:
    offer = Offer(form, (Part(2, True, 0b011), Part(1, False, 0b100)), (9, 4, 0), bases=(9, 4, 1), cheapest=1, cap=5)
    assert pricing_problem_of(offer, counts).best([0, 0, 0], {}, TIMES) is None


def test_what_costs_more_where_it_is_rewarded_is_left_for_what_does_not() -> None:
    offer = Offer(Form.ADDITIVE, PARTS, (9, 8, 0))
    found = pricing_problem_of(offer, [2, 2, 1]).best([0, 0, 0], {0: 2 * TIMES}, TIMES)
    assert found == (8 * TIMES, SetComposition(8, ((1, 1), (2, 1)), ((1, 1),)))


@pytest.mark.parametrize("counts", [[2, 2, 0], [0, 0, 2]])
def test_an_amount_for_sets_with_a_part_that_lacks_units_has_no_set(counts: list[int]) -> None:
    offer = Offer(Form.CAPPED, PARTS, (9, 4, 0), cap=5)
    assert pricing_problem_of(offer, counts).best([0, 0, 0], {}, TIMES) is None


CAPPED = Offer(Form.CAPPED, (Part(2, True, 0b111),), (9, 6, 1), cap=10)


@pytest.mark.parametrize(
    ("prices", "net", "worth", "rewarded"),
    [
        pytest.param([30, 17, 1], 3, 7, ((2, 1), (1, 1)), id="less than the cap where nothing more pays"),
        pytest.param([9, 1, 9], 28, 10, ((1, 2),), id="the cheapest that reach the cap"),
        pytest.param([15, 9, 0], 15, 10, ((0, 1), (2, 1)), id="a dear one, and a cheap one to fill the set"),
    ],
)
def test_where_the_cap_decides_units_are_weighed(
    prices: list[int], net: int, worth: int, rewarded: tuple[tuple[int, int], ...]
) -> None:
    found = pricing_problem_of(CAPPED, [2, 2, 1]).best(prices, {}, TIMES)
    assert found == (net, SetComposition(worth, rewarded, rewarded))


def test_labels_are_counted_and_too_many_are_not_made() -> None:
    few = pricing_problem_of(CAPPED, [2, 2, 1])
    few.best([15, 9, 0], {}, TIMES)
    assert 0 < few.labels < 20
    few.best([0, 0, 0], {}, TIMES)
    assert few.labels == 0
    unit_values = tuple(1_000 + 37 * number for number in range(60))
    prices = [index * index % 97 for index in range(60)]
    many = pricing_problem_of(Offer(Form.CAPPED, (Part(12, True, 2**60 - 1),), unit_values, cap=20_000), [3] * 60)
    with pytest.raises(TooLong):
        many.best(prices, {}, 1)
    assert many.labels < 20_000


def test_an_amount_for_sets_of_many_pieces_is_packed_all_the_same() -> None:
    offer = Offer(Form.CAPPED, (Part(500, True, 0b11),), (3, 4), cap=1_900)
    assert pack([offer], [600, 700], 1_000).packed[0].sets == 2


def test_what_a_reward_costs_counts_for_sets_with_a_cap() -> None:
    # Of two goods the second is as dear, and its reward costs more.
    offer = Offer(Form.CAPPED, (Part(1, True, 0b11),), (4, 4), cap=5)
    problem = pricing_problem_of(offer, [1, 1])
    for rewards, wanted in (({0: 6}, 1), ({1: 6}, 0)):
        found = problem.best([1, 1], rewards, TIMES)
        assert found is not None
        assert found[0] == 4 * TIMES - 1 == best_net(offer, [1, 1], [1, 1], rewards)
        assert found[1].used == ((wanted, 1),)
