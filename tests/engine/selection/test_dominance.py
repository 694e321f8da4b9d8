"""Where all rules together are proven to be best, the search would have found the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.selection import choose
from tests.support.engine.few_shops import RECEIPT, plain_rules
from tests.support.engine.given import Document, evaluated, line, mix, receipt_document, rule


@pytest.mark.plain
@given(plain_rules, st.sampled_from(["PerLine", "PerItem", "Total"]))
def test_what_is_proven_is_what_the_search_finds(rules: list[Document], rounding: str) -> None:
    proven = evaluated(rules, RECEIPT, rule=rounding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "is_plain", lambda *_: False)
        searched = evaluated(rules, RECEIPT, rule=rounding)
    assert proven.receipt == searched.receipt


RIVALS = [rule(str(number), "amount", 40 + number, mixes=[mix("a"), mix(item)]) for number, item in enumerate("bcdef")]


def basket_with(pieces: int) -> Document:
    """So many pieces of what all rivals want, and one of each other item."""
    return receipt_document(line("a", 100 * pieces, pieces), *(line(item, 100) for item in "bcdef"))


@pytest.mark.parametrize("pieces", [1, 4])
@pytest.mark.parametrize("count", [2, 4, 5])
def test_rivals_are_chosen_together_however_many(count: int, pieces: int) -> None:
    evaluation = evaluated(RIVALS[:count], basket_with(pieces))
    assert evaluation.optimal
    # The rules that give most get what is there.
    best = sorted((40 + number for number in range(count)), reverse=True)[:pieces]
    assert sorted((use.amount for use in evaluation.used), reverse=True) == best


def test_rules_that_only_take_from_each_other_need_no_search() -> None:
    rules = [rule(f"{number:02d}", "percent", 5, "*") for number in range(12)]
    evaluation = evaluated(rules, receipt_document(line("a", 100_000, 10)))
    assert len(evaluation.used) == 12
    assert evaluation.steps <= 12 * 20


def test_an_amount_off_some_of_the_receipt_is_no_whole_one_where_nothing_of_these_goods_is_left() -> None:
    off = rule("off", "amount", 80) | {"limitation": {"blacklist": [{"id": "a"}]}}
    evaluation = evaluated([off, rule("piece", "amount", 20, "b")], receipt_document(line("a", 100), line("b", 50)))
    assert [(use.rule_id, use.amount) for use in evaluation.used] == [("off", 50)]


def test_many_rivals_under_another_percent_are_left_to_the_search() -> None:
    # A percent of the price reacts to what is cut short at 0, so fewer rivals may be better in the end.
    rules = [*RIVALS, rule("ten", "percent", 10, "*")]
    evaluation = evaluated(rules, basket_with(2))
    assert evaluation.optimal
    assert sum(use.amount for use in evaluation.used) == 44 + 43 + 70


def test_rivals_of_which_a_net_percent_wants_only_some_goods_are_weighed_line_by_line() -> None:
    # A quarter of what a pizza costs after its set: less taken off the pizza by a set is more taken off by the percent.
    bundles = [
        rule("x", "amount", 400, mixes=[mix("a"), mix("b")]),
        rule("y", "amount", 300, mixes=[mix("a"), mix("c")]),
    ]
    quarter = rule("z", "percent", 25, "a", reward={"base": "net"})
    receipt = receipt_document(line("a", 2000, 2), line("b", 1000), line("c", 1000))
    together = evaluated([*bundles, quarter], receipt)
    assert together.optimal
    assert {use.rule_id: use.amount for use in together.used} == {"x": 400, "y": 300, "z": 413}
    single = evaluated([*bundles, quarter], receipt_document(line("a", 1000), line("b", 1000), line("c", 1000)))
    assert single.optimal
    assert {use.rule_id: use.amount for use in single.used} == {"x": 400, "z": 200}
