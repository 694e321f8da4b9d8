"""Whatever the shop, a search ends within its steps, says truthfully whether it is exact, and keeps what is good."""

from functools import cache
from itertools import pairwise

import pytest

from engine import Evaluation, Settings, compile_rules, evaluate
from engine.basket.basket import lay_out
from engine.basket.basket_state import first_state
from engine.grants.wallet import EVERY_RULE
from engine.qualify import Qualified, qualify
from engine.rewards.award import Awarder
from engine.selection.choose import award_all
from rules import read_grants, read_receipt, read_rules
from tests.support.adversarial import SHOPS, Document, HardShop, a_dozen_set_rules, exclusive_rules, interacting_rules
from tests.support.both_engines import by_reference
from tests.support.shops import shop

# What is done whatever the budget: every rule is bounded and awarded, alone and with others. So many steps a rule, and
# fewer than 150 where no mixes of it share goods.
STEPS_PER_RULE = 1_000
DEFAULT = Settings().max_steps
BUDGETS = (1, 100, 5_000, DEFAULT, 4 * DEFAULT)
SEEDS = (0, pytest.param(1, marks=pytest.mark.many))

# What is tried on a shop is the same for all; these four take longest.
LONGEST = {"limited rewards", "interacting rules", "capped amounts", "rival cheapest free"}
hard_shops = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.many if name in LONGEST else ()) for name in SHOPS]
)
seeds = pytest.mark.parametrize("seed", SEEDS)


def total(receipt: Document) -> int:
    return int(receipt.get("total_discount", 0))


def searched(hard: HardShop, max_steps: int) -> Evaluation:
    return evaluate(
        compile_rules(read_rules(hard.rules)), read_receipt(hard.receipt), None, Settings(max_steps=max_steps)
    )


@cache
def by_budget(name: str, seed: int) -> list[tuple[int, int, bool, int]]:
    """Return for each budget the steps taken, whether the result is exact, and the discount."""
    found = []
    for budget in BUDGETS:
        evaluation = searched(SHOPS[name](seed), budget)
        found.append((budget, evaluation.steps, evaluation.optimal, total(evaluation.receipt)))
    return found


@hard_shops
@seeds
def test_a_search_ends_within_its_steps(name: str, seed: int) -> None:
    rules = len(SHOPS[name](seed).rules)
    for budget, steps, _, _ in by_budget(name, seed):
        assert steps <= budget + STEPS_PER_RULE * rules


@hard_shops
@seeds
def test_more_steps_never_give_a_worse_selection(name: str, seed: int) -> None:
    discounts = [discount for _, _, _, discount in by_budget(name, seed)]
    assert all(fewer <= more for fewer, more in pairwise(discounts))


@hard_shops
@seeds
def test_what_is_called_optimal_is_never_beaten_with_more_steps(name: str, seed: int) -> None:
    found = by_budget(name, seed)
    most = max(discount for _, _, _, discount in found)
    assert all(discount == most for _, _, is_optimal, discount in found if is_optimal)


@pytest.mark.many
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("budget", [1, 100, 1_000])
def test_what_is_called_optimal_in_a_small_shop_is_what_the_reference_finds(seed: int, budget: int) -> None:
    small = shop(seed)
    rules = read_rules(small.rules)
    settings = Settings(**{**small.settings, "max_steps": budget})
    grants = None if small.grants is None else read_grants(small.grants, rules)
    evaluation = evaluate(compile_rules(rules), read_receipt(small.receipt), grants, settings)
    if evaluation.optimal:
        assert total(evaluation.receipt) == total(by_reference(small))


def qualified(hard: HardShop, max_steps: int) -> tuple[list[Qualified], Awarder]:
    rules = compile_rules(read_rules(hard.rules))
    basket = lay_out(read_receipt(hard.receipt), rules.rules_by_id, Settings())
    answers = [qualify(rule, basket, EVERY_RULE, rules.rules_by_id) for rule in rules.rules]
    found = [one for one in answers if isinstance(one, Qualified)]
    return sorted(found, key=lambda one: one.rule.turn), Awarder(
        basket, Settings(max_steps=max_steps), first_state(basket)
    )


def discount_of(rules: list[Qualified], awarder: Awarder) -> int:
    together = award_all(rules, awarder)
    return sum(award.amount for award in together.awards)


@hard_shops
@seeds
@pytest.mark.parametrize("budget", [1, DEFAULT])
def test_no_rule_alone_and_no_greedy_choice_is_better(name: str, seed: int, budget: int) -> None:
    hard = SHOPS[name](seed)
    found = total(searched(hard, budget).receipt)
    rules, awarder = qualified(hard, budget)
    alone = {one.rule.id: discount_of([one], awarder) for one in rules}
    assert max(alone.values()) <= found
    greedy: list[Qualified] = []
    for one in sorted(rules, key=lambda one: -alone[one.rule.id]):
        limits = [other.rule.most_others for other in (*greedy, one) if other.rule.most_others is not None]
        if not limits or len(greedy) <= min(limits):
            greedy.append(one)
    assert discount_of(sorted(greedy, key=lambda one: one.rule.turn), awarder) <= found


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_sixty_exclusive_rules_is_found_one_by_one(seed: int) -> None:
    few, many = (searched(exclusive_rules(seed, rules), DEFAULT) for rules in (15, 60))
    assert few.optimal
    assert many.optimal
    assert len(many.used) == 1
    # Four times the rules: about four times the steps.
    assert many.steps <= 6 * few.steps


def test_a_few_set_rules_on_few_units_are_nearly_always_packed_exactly() -> None:
    evaluations = [searched(a_dozen_set_rules(seed, rules=3, units=40), DEFAULT) for seed in range(12)]
    assert sum(evaluation.optimal for evaluation in evaluations) >= 10


@pytest.mark.many
def test_twenty_rival_bundles_are_nearly_always_packed_exactly() -> None:
    evaluations = [searched(SHOPS["rival bundles"](seed), DEFAULT) for seed in range(8)]
    assert sum(evaluation.optimal for evaluation in evaluations) >= 6


def test_no_selection_gives_more_than_is_said() -> None:
    few_others = {"limitation": {"discount_combination": 6}}
    item = {"items": [{"id": "coffee"}]}
    rules = read_rules(
        [
            {"id": f"{number:02}", "requirement": {"item": item}, **few_others}
            | {"reward": {"type": "discount_amount", "value": 100 + number}}
            for number in range(14)
        ]
    )
    line = {"id": "coffee", "quantity": 3, "gross_amount": 11_700, "eligible_for_discount": True}
    receipt = read_receipt(
        {"receipt_id": "1", "store": {"id": "s"}, "purchase_at": "2024-05-03T12:00:00Z", "items": [line]}
    )
    best = evaluate(compile_rules(rules), receipt, settings=Settings(max_steps=10**6))
    assert best.optimal
    assert best.upper_bound == best.receipt["total_discount"]
    for max_steps in (1, 50, 500):
        hurried = evaluate(compile_rules(rules), receipt, settings=Settings(max_steps=max_steps))
        assert hurried.receipt["total_discount"] <= best.upper_bound <= hurried.upper_bound <= 11_700
        assert not hurried.optimal


@pytest.mark.parametrize("seed", [0, 3])
def test_a_search_that_ends_early_betters_what_it_has_by_one_rule_more_or_other(seed: int) -> None:
    hard = interacting_rules(seed, rules=8)
    found = [total(searched(hard, budget).receipt) for budget in (1, 2_000)]
    assert found[0] < found[1]
