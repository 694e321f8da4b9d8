"""The workload is the same for the same knobs, looks like a shop, and gives the same with and without index."""

import json
from collections import Counter
from typing import Any

import pytest

from benchmarks.engine.growth import SERIES
from benchmarks.engine.road import counts_of, evaluations_of, name_of
from benchmarks.engine.run import SIZES, check
from benchmarks.workload import CHOICE, LINES_OF_A_PAIR, NEAR_PER_LINE, Knobs, make_workload, matchers_of
from engine import Evaluation, compile_rules, evaluate, evaluate_json
from rules import read_receipt, read_rules

Document = dict[str, Any]

SMALL = [knobs for knobs in SIZES if knobs.rules <= 1_000]
SHOP = Knobs(2_000, receipts=6)


def evaluated(knobs: Knobs, *, indexed: bool = True) -> list[Evaluation]:
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    return evaluations_of(rule_set if indexed else rule_set.without_index(), workload)


def most_rules_for_one_of_the_goods(knobs: Knobs, prefix: str) -> int:
    workload = make_workload(knobs)
    bought = {line["id"] for receipt in workload.receipts for line in receipt["items"]}
    rules = [rule for rule in workload.rules if rule["id"].startswith(prefix)]
    wanted = Counter(matcher["id"] for rule in rules for matcher in matchers_of(rule) if matcher.get("id") in bought)
    return max(wanted.values())


def test_the_same_knobs_make_the_same_shop() -> None:
    first, again = make_workload(SHOP), make_workload(SHOP)
    assert first.rules == again.rules
    assert first.receipts_json == again.receipts_json


def test_another_seed_makes_another_shop() -> None:
    first, other = make_workload(SHOP), make_workload(Knobs(2_000, receipts=6, seed=1))
    assert first.rules != other.rules
    assert first.receipts_json != other.receipts_json


def test_a_receipt_is_of_the_size_that_tills_send() -> None:
    assert all(6_000 <= len(data) <= 7_000 for data in make_workload(Knobs(10)).receipts_json)


def test_no_two_receipts_are_alike() -> None:
    receipts = make_workload(SHOP).receipts
    for name in ("receipt_id", "customer_id", "gross_amount"):
        assert len({receipt[name] for receipt in receipts}) == len(receipts)
    orders = {tuple(line["id"] for line in receipt["items"]) for receipt in receipts}
    baskets = {frozenset(order) for order in orders}
    assert len(orders) == len(baskets) == len(receipts)


def test_there_are_as_many_rules_and_lines_as_asked_for() -> None:
    workload = make_workload(Knobs(500, lines=33, dormant=200, receipts=3))
    assert len(workload.rules) == len({rule["id"] for rule in workload.rules}) == 500
    assert sum(rule["id"].startswith("dormant-") for rule in workload.rules) == 200
    assert [len(receipt["items"]) for receipt in workload.receipts] == [33] * 3


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_receipts_get_what_was_known_beforehand(knobs: Knobs) -> None:
    evaluations = evaluated(knobs)
    check(knobs, evaluations)
    assert all(evaluation.optimal for evaluation in evaluations)
    # A rule that could not concern the receipt is not looked at.
    assert max(evaluation.candidates for evaluation in evaluations) <= knobs.matches


@pytest.mark.parametrize("knobs", SMALL, ids=name_of)
def test_the_road_from_json_to_json_is_that_of_documents(knobs: Knobs) -> None:
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    assert read_receipt(workload.receipt_json).document == workload.receipt
    written = json.loads(evaluate_json(rule_set, workload.receipt_json))
    assert written == evaluate(rule_set, read_receipt(workload.receipt)).receipt


def test_a_wrong_total_is_noticed() -> None:
    with pytest.raises(AssertionError, match="expected"):
        check(SMALL[1], evaluated(SMALL[0]))


@pytest.mark.parametrize(
    "knobs",
    [
        pytest.param(SHOP, id="a shop"),
        pytest.param(Knobs(400, receipts=6, dormant=300), id="dormant rules"),
        pytest.param(Knobs(400, receipts=3, matches=20, rivals=4, lines=40), id="rivals"),
        pytest.param(Knobs(400, receipts=6, pieces=20, matches=9, rivals=0), id="many pieces"),
        pytest.param(Knobs(400, receipts=3, matches=29, rivals=0), id="many that qualify"),
    ],
)
def test_the_index_changes_nothing(knobs: Knobs) -> None:
    indexed, plain = evaluated(knobs), evaluated(knobs, indexed=False)
    assert [one.receipt for one in indexed] == [one.receipt for one in plain]
    assert max(one.candidates for one in indexed) < knobs.rules == plain[0].candidates


@pytest.mark.long
def test_more_rules_bring_no_more_matches_nor_near_misses() -> None:
    small, large = (evaluated(Knobs(rules, receipts=6)) for rules in (1_000, 10_000))
    for name in ("total_discount", "total_bonus"):
        assert [one.receipt[name] for one in small] == [one.receipt[name] for one in large]
    assert counts_of(large)["candidates"] <= counts_of(small)["candidates"] * 1.1
    assert most_rules_for_one_of_the_goods(Knobs(10_000, receipts=6), "other-") == NEAR_PER_LINE


def test_dormant_rules_are_for_what_is_bought() -> None:
    assert most_rules_for_one_of_the_goods(Knobs(1_000, dormant=900, receipts=6), "dormant-") > 10


def test_popular_goods_are_in_more_rules() -> None:
    rules = make_workload(Knobs(10_000)).rules
    numbers = [int(matcher["id"][1:]) for rule in rules for matcher in matchers_of(rule) if "id" in matcher]
    popular = sum(number <= 5_000 for number in numbers)
    # By Zipf's law a tenth of the goods has far more than a tenth of the rules, and far from all.
    assert 0.4 < popular / len(numbers) < 0.8


def test_rival_pairs_want_the_same_line() -> None:
    workload = make_workload(Knobs(100, matches=20, rivals=3, lines=40))
    rules = {rule["id"]: rule for rule in workload.rules if rule["id"].startswith("pair-")}
    pairs = [
        [{matcher["id"] for matcher in matchers_of(rules[f"pair-{number:02d}-{kind}"])} for kind in ("price", "amount")]
        for number in range(2)
    ]
    for price, amount in pairs:
        assert len(price & amount) == 1
        assert len(price | amount) == LINES_OF_A_PAIR
        bought = [{line["id"] for line in receipt["items"]} for receipt in workload.receipts]
        assert all(price | amount <= items for items in bought)
    assert not set.union(*pairs[0]) & set.union(*pairs[1])


def test_pieces_are_multiplied() -> None:
    one, many = (make_workload(Knobs(10, matches=3, pieces=pieces, receipts=2)) for pieces in (1, 50))
    for few, lots in zip(one.receipts, many.receipts, strict=True):
        assert [line["quantity"] * 50 for line in few["items"]] == [line["quantity"] for line in lots["items"]]
        assert few["gross_amount"] * 50 == lots["gross_amount"]


def test_goods_are_chosen_from_more_than_one_receipt_has() -> None:
    workload = make_workload(Knobs(10, matches=3))
    bought = {line["id"] for receipt in workload.receipts for line in receipt["items"]}
    assert len(bought) == 10 + CHOICE * 10


def test_every_series_turns_one_knob() -> None:
    for series in SERIES.values():
        values = {name: {getattr(knobs, name) for knobs in series.knobs.values()} for name in Knobs.__slots__}
        turned = {name for name, different in values.items() if len(different) > 1}
        # Dormant rules come on top of the others.
        assert turned == {"rules", "dormant"} or len(turned) == 1
        assert any(different == set(series.knobs) for different in values.values())


def test_reading_a_receipt_again_changes_nothing() -> None:
    workload = make_workload(SHOP)
    rule_set = compile_rules(read_rules(workload.rules))
    once, twice = (evaluate(rule_set, read_receipt(workload.receipt_json)).receipt for _ in range(2))
    assert once == twice
