"""What holds for every shop, whatever its rules: sums, order, purity, and what must not depend on what."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from engine import Evaluation, RuleSet, Settings, compile_rules, evaluate
from engine.selection.upper_bound import STEPS_PER_RULE
from rules import read_grants, read_receipt, read_rules
from tests.reference.basket import hidden_in, lay_out, net_of, own_taken_off
from tests.reference.kinds import money
from tests.reference.rule import Rule
from tests.support.shops import Shop
from tests.support.strategies import shops
from tests.support.themes import Document


def compiled(shop: Shop) -> RuleSet:
    """Return the rules of a shop, ready to use."""
    return compile_rules(read_rules(shop.rules))


def evaluated(shop: Shop, rule_set: RuleSet | None = None) -> Evaluation:
    """Return what the engine makes of a shop."""
    grants = None if shop.grants is None else read_grants(shop.grants, read_rules(shop.rules))
    rule_set = compiled(shop) if rule_set is None else rule_set
    # The laws are for selections that are the best, so the search gets the steps that it takes.
    settings = Settings(**{"max_steps": 500_000, **shop.settings})
    return evaluate(rule_set, read_receipt(shop.receipt), grants, settings)


def bytes_of(receipt: Document) -> str:
    """Return a result receipt as canonical JSON."""
    return json.dumps(receipt, sort_keys=True, allow_nan=False)


def ids_of(shop: Shop) -> set[str]:
    """Return the ids of the rules."""
    return {rule["id"] for rule in shop.rules}


def entries(receipt: Document, name: str, ids: set[str]) -> list[Document]:
    """Return the discount or bonus lines of the rules, on lines that are not voided."""
    return [
        entry
        for line in receipt["items"]
        if line.get("voided") is not True
        for entry in line.get(name) or []
        if entry.get("discount_id") in ids
    ]


def refs(receipt: Document, ids: set[str]) -> list[Document]:
    """Return the refs that were booked for the rules."""
    booked = [discount for discount in receipt.get("discounts") or [] if discount["id"] in ids]
    return [ref for discount in booked for ref in discount["refs"]]


def given_off(receipt: Document, ids: set[str]) -> tuple[int, int]:
    """Return all discount and all bonus that the rules gave."""
    own = refs(receipt, ids)
    return sum(ref["amount"] for ref in own), sum(ref.get("bonus", 0) for ref in own)


@given(shops())
def test_refs_and_lines_and_the_fall_in_net_are_the_same_sum(shop: Shop) -> None:
    result = evaluated(shop).receipt
    ids = ids_of(shop)
    amount, bonus = given_off(result, ids)
    assert amount == sum(entry["amount"] for entry in entries(result, "discount_lines", ids))
    assert bonus == sum(entry["bonus"] for entry in entries(result, "bonus_lines", ids))
    came_in = own_taken_off(shop.receipt, [Rule(rule) for rule in shop.rules])
    assert amount == net_of(came_in) - net_of(result)


@given(shops())
def test_no_discount_takes_the_receipt_below_nought_and_no_balance_pays_more_than_is_due(shop: Shop) -> None:
    result = evaluated(shop).receipt
    came_in = own_taken_off(shop.receipt, [Rule(rule) for rule in shop.rules])
    left = {line.line_id: line.net for line in lay_out(came_in).lines}
    back = sum(net for line_id, net in left.items() if net < 0)
    debits = {rule["id"] for rule in shop.rules if rule["reward"]["type"] == "discount_debit"}
    amount = given_off(result, ids_of(shop))[0]
    drawn = given_off(result, debits)[0]
    assert amount - drawn <= sum(left.values()) - back
    assert drawn == 0 or amount <= sum(left.values())


@given(shops())
def test_what_is_hidden_stays_hidden(shop: Shop) -> None:
    came_in = own_taken_off(shop.receipt, [Rule(rule) for rule in shop.rules])
    assert hidden_in(evaluated(shop).receipt) == hidden_in(came_in)


@given(shops())
def test_refs_add_up_line_by_line(shop: Shop) -> None:
    result = evaluated(shop).receipt
    for ref in refs(result, ids_of(shop)):
        name = "bonus" if "bonus" in ref else "amount"
        assert ref[name] == sum(item[name] for item in ref["items"])
        assert all(item[name] > 0 for item in ref["items"])
        assert ref["usage"] == int(ref[name] > 0)


@given(shops())
def test_no_line_costs_less_than_nothing(shop: Shop) -> None:
    ids = ids_of(shop)
    for line in evaluated(shop).receipt["items"]:
        own = [entry for entry in line.get("discount_lines") or [] if entry.get("discount_id") in ids]
        brought = [entry for entry in line.get("discount_lines") or [] if entry.get("discount_id") not in ids]
        gross = int(line.get("gross_amount") or 0)
        left = gross - min(gross, max(0, sum(entry["amount"] for entry in brought)))
        assert all(entry["amount"] > 0 for entry in own)
        assert not own or sum(entry["amount"] for entry in own) <= left


@given(shops())
def test_evaluating_the_result_again_gives_the_result(shop: Shop) -> None:
    once = evaluated(shop).receipt
    assert bytes_of(evaluated(shop._replace(receipt=once)).receipt) == bytes_of(once)


@given(shops(), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_grants_changes_nothing(shop: Shop, random: Random) -> None:
    grants = None if shop.grants is None else random.sample(shop.grants, len(shop.grants))
    shuffled = shop._replace(rules=random.sample(shop.rules, len(shop.rules)), grants=grants)
    assert bytes_of(evaluated(shuffled).receipt) == bytes_of(evaluated(shop).receipt)


def with_line_ids(receipt: Document) -> Document:
    """Return the receipt with an id on every line: ten times the one it has, or its position."""
    numbered = deepcopy(receipt)
    for position, line in enumerate(numbered["items"], start=1):
        line["line_id"] = 10 * line.get("line_id", position)
    return numbered


@given(shops())
def test_what_everyone_is_granted_may_be_told_by_the_ids_of_the_rules(shop: Shop) -> None:
    assume(shop.grants is not None)
    grants = read_grants(shop.grants, read_rules(shop.rules))
    own = [grant for grant in grants if grant.customer_id != "*"]
    everyones = {grant.discount_id for grant in grants if grant.customer_id == "*"}
    settings = Settings(**shop.settings)
    told = evaluate(compiled(shop), read_receipt(shop.receipt), own, settings, everyones)
    granted = evaluate(compiled(shop), read_receipt(shop.receipt), grants, settings)
    assert bytes_of(told.receipt) == bytes_of(granted.receipt)
    assert told.explain().as_data() == granted.explain().as_data()


@given(shops(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(shop: Shop, random: Random) -> None:
    numbered = with_line_ids(shop.receipt)
    lines = random.sample(numbered["items"], len(numbered["items"]))
    result = evaluated(shop._replace(receipt=numbered)).receipt
    shuffled = evaluated(shop._replace(receipt={**numbered, "items": lines})).receipt
    for receipt in (result, shuffled):
        receipt["items"] = sorted(receipt["items"], key=lambda line: int(line["line_id"]))
    assert bytes_of(shuffled) == bytes_of(result)


@given(shops())
def test_nothing_that_was_given_is_changed(shop: Shop) -> None:
    rules = read_rules(shop.rules)
    receipt = read_receipt(shop.receipt)
    grants = None if shop.grants is None else read_grants(shop.grants, rules)
    rule_set = compile_rules(rules)
    kept = deepcopy(
        (shop, [rule.document for rule in rules], receipt.document, [each.document for each in grants or ()])
    )
    first = evaluate(rule_set, receipt, grants, Settings(**shop.settings))
    first.explain()
    second = evaluate(rule_set, receipt, grants, Settings(**shop.settings))
    given_now = (shop, [rule.document for rule in rules], receipt.document, [each.document for each in grants or ()])
    assert json.dumps(given_now) == json.dumps(kept)
    assert bytes_of(first.receipt) == bytes_of(second.receipt)


@given(shops())
def test_the_index_changes_nothing(shop: Shop) -> None:
    rule_set = compiled(shop)
    with_index = evaluated(shop, rule_set)
    every_rule = evaluated(shop, rule_set.without_index())
    assert bytes_of(with_index.receipt) == bytes_of(every_rule.receipt)
    assert with_index.candidates <= every_rule.candidates == len(shop.rules)


def forms_sets(rule: Document) -> bool:
    """Return whether a rule of `tests.support.shop_rules` forms sets."""
    return Rule(rule).forms_sets


def split(receipt: Document, position: int, count: int) -> Document:
    """Return the receipt with the first units of a line on a line of their own."""
    line = receipt["items"][position]
    price = line["gross_amount"] // line["quantity"]
    rest = {**line, "quantity": line["quantity"] - count, "line_id": line["line_id"] + 1}
    first = {**line, "quantity": count}
    for part in (first, rest):
        part["gross_amount"] = price * part["quantity"]
        part.pop("net_amount", None)
    return {**receipt, "items": [*receipt["items"][:position], first, rest, *receipt["items"][position + 1 :]]}


# Fields of a receipt from which a discount follows that no line tells (POLICY 15).
HIDING = ("total_discount", "total_manual_discount_amount")


def can_be_split(line: Document) -> bool:
    """Return whether a line's units all cost the same, and nothing is said of the line as a whole."""
    quantity = line.get("quantity")
    is_counted = isinstance(quantity, int) and quantity > 1 and not line.get("scale_item")
    return is_counted and not line.get("discount_lines") and line["gross_amount"] % line["quantity"] == 0


@given(shops(), st.data())
def test_splitting_a_line_changes_no_total(shop: Shop, data: st.DataObject) -> None:
    # Percents round by line, and money of several rules is laid out by line: so one rule, or rules for sets.
    rules = [rule for rule in shop.rules if forms_sets(rule)]
    if len(rules) < 2:
        rules = shop.rules[:1]
    # A rule for goods without discount asks by line, and the parts of a line get theirs apart.
    assume(not any("no_discount" in (rule.get("limitation") or {}).get("discount_eligible", "") for rule in rules))
    # What no line tells is laid over lines, too, so the parts of one need not bear what it bore.
    told = {name: value for name, value in shop.receipt.items() if name not in HIDING}
    whole = Shop(rules, with_line_ids(told), shop.grants, {**shop.settings, "rule": "PerItem"})
    places = [place for place, line in enumerate(whole.receipt["items"]) if can_be_split(line)]
    assume(places)
    place = data.draw(st.sampled_from(places))
    count = data.draw(st.integers(1, whole.receipt["items"][place]["quantity"] - 1))
    parted = whole._replace(receipt=split(whole.receipt, place, count))
    ids = ids_of(whole)
    assert given_off(evaluated(parted).receipt, ids) == given_off(evaluated(whole).receipt, ids)


def names_rule(shop: Shop, rule_id: str) -> bool:
    """Return whether the receipt carries a rule already, or a limitation names it."""
    text = json.dumps([shop.receipt, [rule.get("limitation") for rule in shop.rules]])
    return json.dumps(rule_id) in text


@given(shops())
def test_one_more_rule_never_lowers_the_total(shop: Shop) -> None:
    rules = [rule for rule in shop.rules if not Rule(rule).is_debit]
    assume(rules and not names_rule(shop, rules[-1]["id"]))
    more = evaluated(shop._replace(rules=rules))
    fewer = evaluated(shop._replace(rules=rules[:-1]))
    ids = ids_of(shop)
    assert more.optimal
    assert given_off(more.receipt, ids) >= given_off(fewer.receipt, ids)


def scaled(shop: Shop, factor: int) -> Shop:
    """Return the shop with so many times the goods on every line."""
    receipt = deepcopy(shop.receipt)
    for line in receipt["items"]:
        if line.get("quantity", 1) == int(line.get("quantity", 1)):
            line["quantity"] = factor * line.get("quantity", 1)
            line["gross_amount"] = factor * line["gross_amount"]
    return shop._replace(receipt=receipt)


def with_one_rule_for_sets(shop: Shop) -> Shop:
    """Return the shop without all but one of the rules for sets, so that no two of them want the same unit."""
    sets = [rule for rule in shop.rules if forms_sets(rule)]
    return shop._replace(rules=[*sets[:1], *(rule for rule in shop.rules if not forms_sets(rule))])


# What fails here fails slowly, so it is shown as it was drawn.
QUICKLY = settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))


def is_entangled(rule: dict[str, Any]) -> bool:
    """Return whether a set's worth hangs on how the units of several mixes are combined."""
    mixes = rule["requirement"]["item"].get("mixes") or []
    kind = Rule(rule).kind
    # An amount for a set is held to what remains of the set as a whole.
    return (len(mixes) > 1 and kind.rewarded != "all") or kind.of_set is money


@QUICKLY
@given(shops())
def test_the_search_does_not_grow_with_quantities(shop: Shop) -> None:
    alone = with_one_rule_for_sets(shop)
    assume(not any(forms_sets(rule) and is_entangled(rule) for rule in alone.rules))
    few = evaluated(scaled(alone, 100))
    many = evaluated(scaled(alone, 10_000))
    assert few.optimal
    assert many.optimal
    # Rounding tells other branches apart, so every rule may be tried with and without; and what is distributed over
    # units twice cuts runs of equal ones in up to four. That is no growth, of a hundred times the goods.
    assert many.steps <= 4 * few.steps + STEPS_PER_RULE * 2 ** (len(alone.rules) + 1)


@QUICKLY
@given(shops(), st.sampled_from([100, 10_000]))
def test_the_search_is_exact_whatever_the_quantities(shop: Shop, factor: int) -> None:
    alone = with_one_rule_for_sets(shop)
    assume(not any(forms_sets(rule) and is_entangled(rule) for rule in alone.rules))
    assert evaluated(scaled(alone, factor)).optimal


@given(shops(), st.integers(2, 40))
def test_many_times_the_goods_save_at_least_as_many_times(shop: Shop, factor: int) -> None:
    rules = [
        {"id": rule["id"], "reward": rule["reward"], "requirement": {"item": rule["requirement"]["item"]}}
        for rule in shop.rules
        if forms_sets(rule) and not Rule(rule).is_percent and rule["reward"].get("effect") != "bonus"
    ]
    lines = [
        {
            name: line[name]
            for name in ("id", "groups", "quantity", "gross_amount", "eligible_for_discount")
            if name in line
        }
        for line in shop.receipt["items"]
        if line.get("quantity", 1) in (1, 2, 3, 4) and line["gross_amount"] % line.get("quantity", 1) == 0
    ]
    once = Shop(rules, {**shop.receipt, "items": lines}, None, {})
    few = evaluated(once)
    many = evaluated(scaled(once, factor))
    assume(few.optimal and many.optimal)
    assert given_off(many.receipt, ids_of(once))[0] >= factor * given_off(few.receipt, ids_of(once))[0]


UNKNOWN = st.dictionaries(
    st.sampled_from(["x_colour", "x_note", "æ"]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=4,
    ),
    min_size=1,
)


def without_unknown(value: Any) -> Any:
    """Return a receipt without the fields that are unknown, at the places where they were put."""
    receipt = {name: field for name, field in value.items() if name not in ("x_colour", "x_note", "æ")}
    receipt["store"] = {
        name: field for name, field in value["store"].items() if name not in ("x_colour", "x_note", "æ")
    }
    receipt["items"] = [
        {name: field for name, field in line.items() if name not in ("x_colour", "x_note", "æ")}
        for line in value["items"]
    ]
    return receipt


@given(shops(), UNKNOWN, UNKNOWN)
def test_unknown_fields_come_back_and_change_nothing(shop: Shop, unknown: Document, of_line: Document) -> None:
    receipt = {**shop.receipt, **unknown, "store": {**shop.receipt["store"], **unknown}}
    receipt["items"] = [{**line, **of_line} for line in receipt["items"]]
    result = evaluated(shop._replace(receipt=receipt)).receipt
    assert {name: result[name] for name in unknown} == unknown
    assert {name: result["store"][name] for name in unknown} == unknown
    for line in result["items"]:
        assert {name: line[name] for name in of_line} == of_line
    assert bytes_of(without_unknown(result)) == bytes_of(evaluated(shop).receipt)
