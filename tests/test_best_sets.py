"""No answer claims more than is so: sets on baskets that are too large for the reference engine, against HiGHS.

`RABATT_EXAMPLES` sets how many shops are tried: some hundred in every run, thousands in `make deep`.
"""

import os
from collections.abc import Callable, Sequence

import pytest

from engine import compile_rules, evaluate
from engine.evaluate import Evaluation
from engine.settings import Settings
from rules import read_receipt, read_rules
from tests.support.adversarial import HardShop
from tests.support.both_engines import by_reference, bytes_of
from tests.support.set_shops import large_shop, middle_shop, small_shop, wide_mixes
from tests.support.shops import Shop

pytest.importorskip("highspy", reason="there is no solver here: pip install highspy")

from tests.reference.best_sets import Best, best_sets

IS_DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
BLOCKS = 4
# How long HiGHS may look; what it has not proven by then bounds the answer all the same.
SECONDS = 3.0


def evaluated(shop: HardShop, settings: Settings | None = None) -> Evaluation:
    """What the engine makes of a shop."""
    return evaluate(compile_rules(read_rules(shop.rules)), read_receipt(shop.receipt), settings=settings or Settings())


def given(evaluation: Evaluation) -> int:
    """The discount in all."""
    return sum(use.amount for use in evaluation.used)


def check(shop: HardShop, best: Best) -> bool:
    """Hold an answer against what is possible; whether it is proven."""
    evaluation = evaluated(shop)
    assert given(evaluation) <= best.most
    assert evaluation.upper_bound >= best.given
    if evaluation.optimal:
        assert given(evaluation) == evaluation.upper_bound
        assert given(evaluation) >= best.given
    return evaluation.optimal


@pytest.mark.many
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize(
    ("make", "shops"),
    [
        pytest.param(small_shop, 100, id="small"),
        pytest.param(middle_shop, 60, id="middle"),
        pytest.param(large_shop, 16, id="large"),
        pytest.param(wide_mixes, 8, id="wide"),
    ],
)
def test_no_answer_claims_more_than_is_possible(make: Callable[[int], HardShop], shops: int, block: int) -> None:
    tried = 0
    for seed in range(block, shops * (20 if IS_DEEP else 1), BLOCKS):
        shop = make(seed)
        best = best_sets(shop.rules, shop.receipt, SECONDS)
        if best is not None:
            check(shop, best)
            tried += 1
    assert tried


@pytest.mark.many
def test_nearly_every_small_shop_is_proven() -> None:
    unproven = [seed for seed in range(200) if not evaluated(small_shop(seed)).optimal]
    assert len(unproven) <= 3, unproven


@pytest.mark.deep
@pytest.mark.parametrize("block", range(100))
def test_no_small_shop_claims_more_than_is_possible(block: int) -> None:
    for seed in range(block, 100_000, 100):
        shop = small_shop(seed)
        best = best_sets(shop.rules, shop.receipt, SECONDS)
        assert best is not None
        check(shop, best)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100))
def test_the_solver_the_reference_engine_and_the_engine_name_the_same_best(seed: int) -> None:
    # Some of these take the reference engine half a minute.
    shop = small_shop(seed)
    best = best_sets(shop.rules, shop.receipt)
    assert best is not None
    assert best.given == best.most
    result = by_reference(Shop(shop.rules, shop.receipt, None, {}))
    assert result.get("total_discount", 0) == best.given
    evaluation = evaluated(shop)
    if evaluation.optimal:
        assert bytes_of(evaluation.receipt) == bytes_of(result)


def separate(shop: HardShop) -> list[HardShop]:
    """The shop with each line on a receipt of its own."""
    return [HardShop(shop.rules, {**shop.receipt, "items": [line]}) for line in shop.receipt["items"]]


def alone(shop: HardShop) -> Sequence[HardShop]:
    """The shop with each rule alone."""
    return [HardShop([rule], shop.receipt) for rule in shop.rules]


@pytest.mark.many
@pytest.mark.parametrize("make", [small_shop, middle_shop])
def test_no_answer_is_below_one_of_its_parts(make: Callable[[int], HardShop]) -> None:
    for seed in range(6):
        shop = make(seed)
        for steps in (1, 100, 3_000, 30_000):
            settings = Settings(max_steps=steps)
            found = evaluated(shop, settings)
            assert given(found) <= found.upper_bound
            best_alone = max(given(evaluated(one, settings)) for one in alone(shop))
            assert given(found) >= best_alone, (seed, steps)
            by_line = sum(given(evaluated(one, settings)) for one in separate(shop))
            assert given(found) >= by_line, (seed, steps)
