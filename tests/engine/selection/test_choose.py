"""The selection with the largest discount wins, then bonus, then fewer rules, then lower ids; limits are kept."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import compile_rules, evaluate
from rules import read_rules
from tests.support.engine.given import Document, amounts, evaluated, line, mix, receipt_document, receipt_of, rule

BONUS = {"effect": "bonus"}


def only(most: int) -> Document:
    return {"discount_combination": most}


def used(*rules: Document, receipt: Document | None = None) -> list[str]:
    return list(amounts(evaluated(list(rules), receipt)))


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        pytest.param([rule("a", "percent", 10), rule("b", "percent", 20)], ["a", "b"], id="all that give"),
        pytest.param(
            [rule("a", "percent", 10, limitation=only(0)), rule("b", "percent", 20)], ["b"], id="alone or not"
        ),
        pytest.param(
            [rule("a", "percent", 30, limitation=only(0)), rule("b", "amount", 20), rule("c", "amount", 5)],
            ["a"],
            id="one alone beats two",
        ),
        pytest.param(
            [rule("a", "percent", 30, limitation=only(0)), rule("b", "amount", 20), rule("c", "amount", 15)],
            ["b", "c"],
            id="two beat one alone",
        ),
        pytest.param(
            [rule("a", "amount", 9, limitation=only(1)), rule("b", "amount", 8), rule("c", "amount", 7)],
            ["a", "b"],
            id="a limit of one other",
        ),
        pytest.param(
            [rule("a", "amount", 1, limitation=only(1)), rule("b", "amount", 8), rule("c", "amount", 7)],
            ["b", "c"],
            id="the limited one stays out",
        ),
        pytest.param(
            [rule("b", "amount", 100), rule("a", "amount", 100)], ["a"], id="the lower id where nothing is left"
        ),
        pytest.param([rule("a", "amount", 60), rule("b", "percent", 100)], ["b"], id="fewer rules"),
        pytest.param(
            [rule("a", "amount", 9, limitation=only(0)), rule("b", "amount", 9), rule("c", "percent", 5, reward=BONUS)],
            ["b", "c"],
            id="more bonus",
        ),
        pytest.param(
            [rule("a", "amount", 10, limitation=only(0)), rule("c", "percent", 500, reward=BONUS)],
            ["a"],
            id="a discount before any bonus",
        ),
        pytest.param(
            [
                rule("a", "amount", 10, limitation=only(1)),
                rule("b", "amount", 9),
                rule("c", "percent", 5, reward=BONUS),
            ],
            ["a", "b"],
            id="bonus rules count for the limit",
        ),
        pytest.param([rule("a", "percent", 0), rule("b", "percent", 0.1)], [], id="what gives nothing is not used"),
        pytest.param([], [], id="no rules"),
    ],
)
def test_the_best_selection_is_chosen(rules: list[Document], chosen: list[str]) -> None:
    assert used(*rules) == chosen


def test_a_discount_that_was_brought_counts_for_the_limit() -> None:
    brought = receipt_document(line(discount_lines=[{"amount": 1, "discount_id": "till"}]))
    rules = [rule("a", "amount", 9, limitation=only(1)), rule("b", "amount", 8)]
    assert used(*rules, receipt=brought) == ["a"]


def test_the_sets_of_fewer_rules_may_be_worth_more() -> None:
    # Step 1 gives the pair to `sets`, whose amount is larger; then `flat`, for goods without discount, gives nothing.
    sets = rule("sets", "amount", 50, "*", quantity=2)
    flat = rule("flat", "percent", 40, "*", limitation={"discount_eligible": "item_eligible_for_discount_no_discount"})
    assert used(sets, flat, receipt=receipt_document(line("a", 200, 2))) == ["flat"]


kinds = st.sampled_from(
    [
        ("percent", 10, {}),
        ("percent", 33.3, {"reward": {"base": "net"}}),
        ("amount", 7, {}),
        ("item_new_price", 20, {}),
        ("amount", 30, {"quantity": 2}),
        ("item_quantity", 1, {"quantity": 3}),
        ("percent", 5, {"reward": BONUS}),
    ]
)
limits = st.sampled_from([{}, {}, {}, only(0), only(1), {"discount_eligible": "receipt_no_discount"}])


@given(st.lists(st.tuples(kinds, st.sampled_from(["a", "b", "*"]), limits), min_size=1, max_size=5))
def test_no_selection_beats_the_chosen_one(drawn: list[tuple[tuple[str, float, Document], str, Document]]) -> None:
    documents = [
        rule(str(number), kind, value, item, limitation=limitation, **more)
        for number, ((kind, value, more), item, limitation) in enumerate(drawn)
    ]
    receipt = receipt_of(line("a", 99, 2), line("b", 50, 3))
    rules = read_rules(documents)
    best = evaluate(compile_rules(rules), receipt)
    subsets = chain.from_iterable(combinations(rules, size) for size in range(len(rules) + 1))
    for subset in subsets:
        other = evaluate(compile_rules(subset), receipt)
        assert total(other.receipt) <= total(best.receipt)
    assert best.optimal


def total(receipt: Document) -> tuple[int, int]:
    return receipt.get("total_discount", 0), receipt.get("total_bonus", 0)


def crowd(count: int) -> list[Document]:
    """Rules no two of which are combined, and none of which stands out."""
    return [rule(f"{number:02d}", "amount", 10, "*", limitation=only(count // 2)) for number in range(count)]


def test_beyond_its_steps_the_search_says_that_it_may_not_be_exact() -> None:
    evaluation = evaluated(crowd(14), receipt_document(line("a", 99)), max_steps=1)
    assert not evaluation.optimal
    assert evaluation.receipt["total_discount"] >= 10


def test_beyond_its_steps_a_rule_that_is_best_alone_is_still_found() -> None:
    alone = rule("zz", "amount", 90, "*", limitation=only(0))
    evaluation = evaluated([*crowd(14), alone], receipt_document(line("a", 99)), max_steps=1)
    assert amounts(evaluation) == {"zz": 90}


def test_twelve_rules_on_two_hundred_units_are_searched_exactly() -> None:
    groups = ["*", "a", "b", "c", "d"]
    rules = [
        rule("three", "item_quantity", 1, "*", quantity=3),
        rule("four", "item_quantity", 2, "a", "b", quantity=4),
        rule("pair", "mix_new_price", 150, mixes=[mix("a"), mix("b")]),
        rule("off", "amount", 25, "c", "d", quantity=2),
        *(rule(f"flat-{item}", "percent", 5 + number, item) for number, item in enumerate(groups[1:])),
        rule("alone", "percent", 20, "*", limitation=only(0)),
        rule("few", "amount", 3, "*", limitation=only(2)),
        rule("whole", "percent", 5),
        rule("bonus", "percent", 2, reward=BONUS),
    ]
    lines = [line(item, 100 * 50 + 7 * number, 50) for number, item in enumerate("abcd")]
    evaluation = evaluated(rules, receipt_document(*lines), max_steps=100_000)
    assert len(evaluation.trace.qualified) == 12
    assert evaluation.optimal
