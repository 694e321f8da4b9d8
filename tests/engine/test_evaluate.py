"""One receipt through the engine: what a caller is told beside the receipt, and what stays untouched."""

import json
from copy import deepcopy
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Evaluation, RuleUse, compile_rules, evaluate
from rules import Refused, read_receipt, read_rules
from tests.support.engine.given import Document, amounts, evaluated, line, mix, receipt_document, rule

RULES = [
    rule("three", "item_quantity", 1, "a", quantity=3),
    rule("pair", "mix_new_price", 100, mixes=[mix("a"), mix("b")]),
    rule("card", "percent", 100, "c", stamp=2),
    rule("flat", "percent", 12.5, "*"),
    rule("whole", "amount", 20, gross_amount=300),
    rule("bonus", "percent", 2, reward={"effect": "bonus", "base": "net"}),
]
LINES = [line("a", 298, 4), line("b", 75), line("c", 99, 3), line("d", 33, 0.5)]


def shop(lines: list[Document] | None = None, **settings: Any) -> Evaluation:
    return evaluated(RULES, receipt_document(*(lines or LINES)), **settings)


def test_uses_say_what_each_rule_gave_and_took() -> None:
    rules = [rule("s", "amount", 10, "a", quantity=2), rule("b", "percent", 10, reward={"effect": "bonus"})]
    evaluation = evaluated(rules, receipt_document(line("a", 90, 3, line_id=4)))
    assert evaluation.used == (
        RuleUse("b", 0, 9, 0, {}, {}),
        RuleUse("s", 10, 0, 1, {4: ((0, 2),)}, {4: ((0, 2),)}),
    )
    assert (evaluation.optimal, evaluation.candidates) == (True, 2)


@pytest.mark.parametrize("rule_name", ["PerItem", "PerLine", "Total"])
@pytest.mark.parametrize("mode", ["Down", "HalfDown", "HalfEven", "HalfUp"])
def test_refs_lines_and_net_agree_to_the_last_unit(rule_name: str, mode: str) -> None:
    evaluation = shop(rule=rule_name, mode=mode)
    receipt = evaluation.receipt
    by_refs = sum(ref["amount"] for booked in receipt["discounts"] for ref in booked["refs"])
    by_lines = sum(entry["amount"] for item in receipt["items"] for entry in item.get("discount_lines", []))
    assert by_refs == by_lines == receipt["total_discount"] == 505 - receipt["net_amount"]
    assert all(item["net_amount"] >= 0 for item in receipt["items"] if "net_amount" in item)


def test_evaluating_the_result_again_gives_the_result() -> None:
    once = shop().receipt
    again = evaluate(compile_rules(read_rules(RULES)), read_receipt(deepcopy(once))).receipt
    assert again == once


@given(st.permutations(RULES), st.permutations([{**taker, "line_id": number} for number, taker in enumerate(LINES)]))
def test_the_order_of_rules_and_lines_changes_nothing(rules: list[Document], lines: list[Document]) -> None:
    there = evaluated(rules, receipt_document(*lines)).receipt
    ordered = sorted(lines, key=lambda taker: int(taker["line_id"]))
    here = evaluated(RULES, receipt_document(*ordered)).receipt
    assert there["discounts"] == here["discounts"]
    assert sorted(there["items"], key=lambda item: int(item["line_id"])) == here["items"]


def test_nothing_that_is_given_is_changed() -> None:
    rules, receipt = read_rules(RULES), read_receipt(receipt_document(*LINES))
    before = json.dumps([*(found.document for found in rules), receipt.document])
    evaluate(compile_rules(rules), receipt).explain()
    assert json.dumps([*(found.document for found in rules), receipt.document]) == before


def test_one_rule_set_serves_many_threads() -> None:
    rule_set, receipt = compile_rules(read_rules(RULES)), read_receipt(receipt_document(*LINES))
    results: list[Document] = []
    threads = [Thread(target=lambda: results.append(evaluate(rule_set, receipt).receipt)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [shop().receipt] * 4


def test_with_and_without_the_index_the_result_is_the_same() -> None:
    rule_set, receipt = (
        compile_rules(read_rules([*RULES, rule("x", "percent", 10, "x")])),
        read_receipt(receipt_document()),
    )
    indexed, tried = evaluate(rule_set, receipt), evaluate(rule_set.without_index(), receipt)
    assert indexed.receipt == tried.receipt
    assert indexed.candidates < tried.candidates == len(RULES) + 1


@pytest.mark.parametrize("lines", [[], [line(voided=True)]])
def test_a_receipt_without_goods_comes_back_as_it_was(lines: list[Document]) -> None:
    document = receipt_document() | {"items": lines}
    evaluation = evaluated(RULES, document)
    assert evaluation.receipt == document
    assert (evaluation.used, evaluation.optimal) == ((), True)


def test_no_rules_change_nothing() -> None:
    assert evaluated([]).receipt == receipt_document()


def test_a_receipt_of_too_many_units_is_refused() -> None:
    with pytest.raises(Refused, match="more than 5 units"):
        evaluated(RULES, receipt_document(line("a", 100, 6)), max_units=5)


def test_the_work_does_not_grow_with_the_quantity() -> None:
    few = shop([line("a", 300, 3), line("c", 99, 3)])
    many = shop([line("a", 8_000_000, 80_000), line("c", 9_900_000, 90_000)])
    assert few.steps == many.steps
    assert amounts(many)["three"] == 26_666 * 100
