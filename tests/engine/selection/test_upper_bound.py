"""What a rule gives in any selection is never more than its bound, so no branch that could win is left."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Settings
from engine.basket.basket import lay_out
from engine.basket.basket_state import first_state
from engine.grants.wallet import EVERY_RULE
from engine.qualify import Qualified, qualify
from engine.rewards.award import Awarder
from engine.selection.upper_bound import most_of
from rules import read_receipt
from tests.support.engine.few_shops import BONUS, RECEIPT, rules_of_any_kind
from tests.support.engine.given import Document, amounts, evaluated, line, receipt_document, rule, rule_set


def check_bounds(documents: list[Document], rounding: str, receipt: Document = RECEIPT) -> None:
    """Check what each rule gives in every selection of these."""
    rules = rule_set(*documents)
    settings = Settings(rule=rounding)  # type: ignore[arg-type]
    basket = lay_out(read_receipt(receipt), rules.rules_by_id, settings)
    awarder = Awarder(basket, settings, first_state(basket))
    most = {
        one.rule.id: most_of(one, awarder)
        for one in (qualify(found, basket, EVERY_RULE, rules.rules_by_id) for found in rules.rules)
        if isinstance(one, Qualified)
    }
    for size in range(1, len(documents) + 1):
        for selection in combinations(documents, size):
            for rule_id, amount in amounts(evaluated(list(selection), receipt, rule=rounding)).items():
                assert amount <= most[rule_id]


@given(rules_of_any_kind, st.sampled_from(["PerLine", "PerItem", "Total"]))
def test_no_rule_gives_more_than_its_bound(documents: list[Document], rounding: str) -> None:
    check_bounds(documents, rounding)


@pytest.mark.parametrize("rounding", ["PerLine", "PerItem", "Total"])
def test_a_bonus_that_rises_with_a_discount_stays_within_its_bound(rounding: str) -> None:
    reward = {**BONUS, "base": "net", "values": [{"items": [{"id": "a"}], "value": 100}]}
    bonus = rule("bonus", "item_percent", 10, "a", "b", quantity=2, reward=reward)
    # Makes the unit of the higher value the cheapest of its set.
    off = rule("off", "item_new_price", 40, "a")
    receipt = receipt_document(line("a", 99), line("b", 50))
    assert amounts(evaluated([bonus], receipt)) == {"bonus": 5}
    assert amounts(evaluated([bonus, off], receipt)) == {"bonus": 40, "off": 59}
    check_bounds([bonus, off], rounding, receipt)


@pytest.mark.parametrize("rounding", ["PerLine", "PerItem", "Total"])
def test_stamps_in_percent_stay_within_their_bound(rounding: str) -> None:
    check_bounds([rule("card", "percent", 33.3, "a", "b", stamp=2), rule("off", "percent", 10, "*")], rounding)
