"""All work is counted and bounded: a receipt as large as any ends within a multiple of its steps, or is refused."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from engine import Evaluation, RuleSet, Settings, TooMuchWork, compile_rules, evaluate
from engine.explanation.explain import Explanation
from rules import Receipt, read_receipt, read_rules
from tests.support.adversarial import HardShop
from tests.support.engine.given import line, mix, receipt_document, rule
from tests.support.large_shops import SHOPS, Kind, set_rules

UNBOUNDED = Settings(max_work=None)
# What is done whatever the budget, in steps: so many for each line of each rule.
STEPS_PER_LINE_OF_A_RULE = 12
# A rule whose mixes share goods has a few sets made one by one.
STEPS_PER_RULE = 20_000
# Of a kind of shop some lines and rules: a tenth of what a service lets in, so that each is tried in a moment.
LINES, RULES = 100, 20


def ready(hard: HardShop) -> tuple[RuleSet, Receipt]:
    return compile_rules(read_rules(hard.rules)), read_receipt(hard.receipt)


def evaluated(hard: HardShop, settings: Settings = UNBOUNDED) -> Evaluation:
    return evaluate(*ready(hard), settings=settings)


def most_work(settings: Settings, lines: int, rules: int, own: int = 0) -> int:
    return 2 * settings.max_steps + (STEPS_PER_LINE_OF_A_RULE * lines + own) * rules


# That kind takes as long as all others together.
SLOW = "mixes that share goods"


def own_steps(kind: Kind) -> int:
    return STEPS_PER_RULE if kind is SHOPS[SLOW] else 0


kinds = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=name, marks=pytest.mark.long if name == SLOW else pytest.mark.many)
        for name, kind in SHOPS.items()
    ],
)


@kinds
def test_the_work_of_a_large_receipt_is_bounded(kind: Kind) -> None:
    few_steps = Settings(max_work=None, max_steps=1_000)
    for settings in (UNBOUNDED, few_steps):
        evaluation = evaluated(kind.shop(0, LINES, RULES), settings)
        assert evaluation.steps <= evaluation.work <= most_work(settings, LINES, RULES, own_steps(kind))


@pytest.mark.many
@pytest.mark.parametrize(
    "hard",
    [
        pytest.param(SHOPS["n for m"].shop(), id="100 lines, 30 n for m"),
        pytest.param(SHOPS["set rules"].shop(1, 1_000, 15), id="1 000 lines, 15 set rules"),
        pytest.param(SHOPS["set rules"].shop(2, 2_000, 14), id="2 000 lines, 14 set rules"),
    ],
)
def test_the_work_of_what_once_took_seconds_is_bounded(hard: HardShop) -> None:
    evaluation = evaluated(hard)
    explanation = evaluation.explain()
    lines, rules = len(hard.receipt["items"]), len(hard.rules)
    assert evaluation.work <= UNBOUNDED.max_steps + 3 * lines * rules
    assert explanation.work <= 8 * UNBOUNDED.max_steps + 6 * lines * rules


@kinds
def test_the_work_of_an_explanation_is_bounded(kind: Kind) -> None:
    settings = Settings(max_work=None, max_steps=2_000)
    explanation = evaluated(kind.shop(0, LINES, RULES), settings).explain()
    assert explanation.work <= 8 * settings.max_steps + 2 * most_work(settings, LINES, RULES, own_steps(kind))


@kinds
@pytest.mark.parametrize("most", [200, 5_000])
def test_work_beyond_the_bound_is_refused(kind: Kind, most: int) -> None:
    hard = kind.shop(0, LINES, RULES)
    work = evaluated(hard).work
    if work <= most:
        assert evaluated(hard, Settings(max_work=most)).work == work
        return
    with pytest.raises(TooMuchWork) as refused:
        evaluated(hard, Settings(max_work=most))
    [fault] = refused.value.faults
    assert fault.path == "items"
    assert f"max_work ({most} steps)" in fault.sentence
    assert "raise max_work" in fault.sentence


@kinds
@pytest.mark.parametrize("most", [500, 20_000])
def test_the_bound_is_met_soon_after_it_is_passed(kind: Kind, most: int) -> None:
    rule_set, receipt = ready(kind.shop(0, LINES, RULES))
    try:
        work = evaluate(rule_set, receipt, settings=Settings(max_work=most)).work
    except TooMuchWork as refused:
        work = refused.work
    # What is about to be done is counted before it is.
    assert work <= 2 * most + (2 * LINES + own_steps(kind) // 4) * RULES


def test_an_explanation_counts_anew_and_is_refused_by_itself() -> None:
    hard = SHOPS["nearly exclusive rules"].shop(0, 30, 12)
    evaluation = evaluated(hard)
    explanation: Explanation = evaluation.explain()
    assert evaluation.explain().work == explanation.work
    assert explanation.work > 0
    bounded = evaluated(hard, Settings(max_work=evaluation.work))
    assert bounded.receipt == evaluation.receipt
    # Comparisons take half of what may be done at all, and say that they are not proven.
    assert explanation.work > evaluation.work >= bounded.explain().work
    trace = evaluation.trace._replace(settings=Settings(max_work=100))
    with pytest.raises(TooMuchWork, match="12 qualifying rules"):
        replace(evaluation, trace=trace).explain()


def test_the_same_receipt_takes_the_same_work() -> None:
    hard = SHOPS["rules of all kinds"].shop(0, LINES, RULES)
    rule_set, receipt = ready(hard)
    first, again = (evaluate(rule_set, receipt) for _ in range(2))
    assert (first.work, first.steps, first.receipt) == (again.work, again.steps, again.receipt)
    assert evaluated(hard).work == first.work


def test_a_rule_without_steps_left_says_that_it_was_not_worked_out() -> None:
    hard = SHOPS["nearly exclusive rules"].shop(0, LINES, 60)
    evaluation = evaluated(hard, Settings(max_work=None, max_steps=500))
    outvoted = [outcome for outcome in evaluation.explain().rules if outcome.outcome == "outvoted"]
    unproven = [outcome for outcome in outvoted if not outcome.proven]
    assert unproven
    for outcome in unproven:
        assert outcome.as_data()["proven"] is False
        assert outcome.sentence.endswith(", at most: not every selection was looked at.")


def test_a_proven_comparison_looks_as_ever() -> None:
    rules = [rule("r", "amount", 7, limitation={"discount_combination": 0}), rule("w", "amount", 10)]
    outcome = evaluate(compile_rules(read_rules(rules)), read_receipt(receipt_document(line("a", 100)))).explain("r")
    [shown] = outcome.as_data()["rules"]
    assert "proven" not in shown
    assert shown["sentence"] == "r: another selection gives 3 more discount (w)."


def test_a_line_may_have_more_awards_than_calls_can_be_nested() -> None:
    percents = [rule(f"p{number:04}", "percent", 1, reward={"base": "net"}) for number in range(1_500)]
    last = rule("z", "amount", 3)
    receipt = receipt_document(line("a", 10_007, quantity=7))
    evaluation = evaluate(compile_rules(read_rules([*percents, last])), read_receipt(receipt), settings=UNBOUNDED)
    assert evaluation.receipt["total_discount"] <= 10_007


def test_mixes_of_many_goods_are_filled_without_trying_every_unit() -> None:
    goods = [f"g{number}" for number in range(300)]
    mixes = [mix(*goods, quantity=2), mix(*goods[:200], quantity=1), mix(*goods[100:], quantity=1)]
    lines = [line(good, 1_000 + 7 * number, quantity=1) for number, good in enumerate(goods)]
    hard = HardShop([rule("r", "mix_new_price", 100, mixes=mixes)], receipt_document(*lines))
    assert evaluated(hard).work <= most_work(UNBOUNDED, len(lines), 1, STEPS_PER_RULE)


@given(st.integers(0, 2**32), st.sampled_from(list(SHOPS)), st.integers(1, 60), st.integers(1, 12))
def test_no_shop_is_found_whose_work_is_not_bounded(seed: int, name: str, lines: int, rules: int) -> None:
    settings = Settings(max_work=None, max_steps=1_000)
    work = evaluated(SHOPS[name].shop(seed, lines, rules), settings).work
    target((work - 2 * settings.max_steps) / (lines * rules), label="steps for a line of a rule")
    assert work <= most_work(settings, lines, rules, own_steps(SHOPS[name]) + 1_000)


def test_work_grows_as_lines_times_rules() -> None:
    settings = Settings(max_work=None, max_steps=1)
    one, many = (evaluated(set_rules(Random(3), lines, 10), settings).work for lines in (200, 800))
    assert many <= 5 * one
