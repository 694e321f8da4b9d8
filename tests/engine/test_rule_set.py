"""A rule set whose rules change one by one answers as one that is compiled afresh, and the old one as before."""

import json
from random import Random

import pytest

from engine import RuleSet, Settings, compile_rules, evaluate
from engine.basket.basket import lay_out
from rules import Receipt, Rule, read_receipt, read_rules
from tests.support.engine.given import Document, receipt_of, rule, rule_set
from tests.support.shops import shop

CHANGES = 1_000


def some_rules() -> list[Rule]:
    """Return rules of many small shops, under as many ids as make up a set of twenty."""
    rules: list[Rule] = []
    for seed in range(250):
        for number, document in enumerate(shop(seed).rules):
            limitation = {"discount_combination": -1}
            renamed = {**document, "id": f"r{(7 * seed + number) % 20:02}", "limitation": limitation}
            rules += read_rules([renamed])
    return rules


def some_receipts() -> list[Receipt]:
    """Return receipts of several stores, days and customers."""
    receipts = []
    for seed in range(40):
        document = shop(seed).receipt
        document["store"] = {**document["store"], "id": f"s{seed % 3}"}
        receipts.append(read_receipt(document))
    return receipts


def result_of(rules: RuleSet, receipt: Receipt) -> str:
    """Return the result as text."""
    return json.dumps(evaluate(rules, receipt, settings=Settings(max_steps=50)).receipt)


@pytest.mark.many
def test_a_thousand_changes_give_what_a_fresh_set_gives() -> None:
    random = Random(3)
    changing, plain = compile_rules([]), dict[str, Rule]()
    rules, receipts = some_rules(), some_receipts()
    old: list[tuple[RuleSet, Receipt, str]] = []
    for _ in range(CHANGES):
        new = random.choice(rules)
        if plain and random.random() < 0.4:
            gone = random.choice(sorted(plain))
            changing = changing.without_rule(gone)
            del plain[gone]
        else:
            changing = changing.with_rule(new)
            plain[new.id] = new
        receipt = random.choice(receipts)
        result = result_of(changing, receipt)
        assert result == result_of(compile_rules(plain.values()), receipt)
        old.append((changing, receipt, result))
    assert [found.id for found in changing.rules] == sorted(plain)
    for then, receipt, result in random.sample(old, 50):
        assert result_of(then, receipt) == result


def found_by(rules: RuleSet, receipt: Receipt) -> list[str]:
    """Return the ids of the candidates."""
    return [found.id for found in rules.candidates(lay_out(receipt, (), Settings()))]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rule("x"), id="always"),
        rule("x", "percent", 10, "a", "g:g"),
        rule("x", discount_code="TACO"),
        rule("x", customer={"status": ["vip"]}),
        rule("x", store_ids=["s"]),
        rule("x", store={"chain": ["Kjeden"]}),
        rule("x", "percent", 10, "a", store={"mcc": ["5411"]}),
    ],
)
def test_a_rule_comes_and_goes_whatever_it_is_filed_under(written: Document) -> None:
    fields: Document = {
        "store": {"id": "s", "chain": "Kjeden", "mcc": "5411"},
        "customer": {"status": "vip"},
        "discount_code": "TACO",
    }
    receipt = receipt_of(**fields)
    without = rule_set(rule("r", "percent", 10, "a"), rule("z"))
    assert found_by(without, receipt) == ["r", "z"]
    [one] = read_rules([written])
    added = without.with_rule(one)
    assert found_by(added, receipt) == ["r", "x", "z"]
    assert found_by(added.with_rule(one), receipt) == ["r", "x", "z"]
    assert found_by(added.without_rule("x"), receipt) == ["r", "z"]
    assert found_by(without, receipt) == ["r", "z"]


def test_a_rule_that_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(KeyError, match="other"):
        rule_set(rule("a")).without_rule("other")


def test_what_a_change_does_not_touch_is_shared() -> None:
    rules = rule_set(rule("a", "percent", 10, "a"), rule("b", "percent", 10, "b"))
    changed = rules.with_rule(read_rules([rule("c", "percent", 10, "b")])[0])
    assert rules.index is not None
    assert changed.index is not None
    assert changed.rules_by_id["a"] is rules.rules_by_id["a"]
    assert changed.index.by_item["a"] is rules.index.by_item["a"]
    assert changed.index.by_item["b"] is not rules.index.by_item["b"]
    assert changed.index.views is rules.index.views


def test_without_the_index_rules_change_as_well() -> None:
    rules = rule_set(rule("a", "percent", 10, "x")).without_index()
    changed = rules.with_rule(read_rules([rule("b", "percent", 10, "x")])[0])
    assert found_by(changed, receipt_of()) == ["a", "b"]
    assert found_by(changed.without_rule("a"), receipt_of()) == ["b"]


def test_a_rule_that_cannot_qualify_is_in_the_set_and_in_no_posting() -> None:
    asleep = read_rules([rule("b", fields={"active": False}, store_ids=["s"])])[0]
    rules = rule_set(rule("a"))
    changed = rules.with_rule(asleep)
    assert len(changed) == 2
    assert changed.index == rules.index
    assert found_by(changed, receipt_of()) == ["a"]
    assert found_by(changed.with_rule(read_rules([rule("b")])[0]), receipt_of()) == ["a", "b"]
