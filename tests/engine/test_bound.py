"""What a rule gives in any selection is never more than its bound, so no branch that could win is left."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from engine import Settings
from engine.award import Awarder
from engine.basket import lay_out
from engine.bound import most_of
from engine.grants import EVERY_RULE
from engine.layout import first_layout
from engine.qualify import Qualified, qualify
from rules import read_receipt
from tests.engine.few_shops import RECEIPT, rules_of_any_kind
from tests.engine.given import Document, amounts, evaluated, rule_set


@given(rules_of_any_kind, st.sampled_from(["PerLine", "PerItem", "Total"]))
def test_no_rule_gives_more_than_its_bound(documents: list[Document], rounding: str) -> None:
    rules = rule_set(*documents)
    settings = Settings(rule=rounding)  # type: ignore[arg-type]
    basket = lay_out(read_receipt(RECEIPT), rules.rules_by_id, settings)
    awarder = Awarder(basket, settings)
    most = {
        one.rule.id: most_of(one, first_layout(basket), awarder)
        for one in (qualify(found, basket, EVERY_RULE, rules.rules_by_id) for found in rules.rules)
        if isinstance(one, Qualified)
    }
    for size in range(1, len(documents) + 1):
        for selection in combinations(documents, size):
            for rule_id, amount in amounts(evaluated(list(selection), RECEIPT, rule=rounding)).items():
                assert amount <= most[rule_id]
