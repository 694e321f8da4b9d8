"""What comes back is settled without touching what was given, and a receipt that contradicts itself is refused."""

import json
from copy import deepcopy
from typing import Any

import pytest

from engine import Settings, Settlement, returnable, settle_return, settlement_to_wire
from engine.grants.wallet import open_wallet
from engine.returns.settle import settle_return_with
from engine.settings import RETURN_POLICIES
from rules import Receipt, Refused, read_grants, read_receipt, read_returned, read_rules
from tests.support.engine.given import Document, evaluated, grant, line, mix, receipt_document, rule, rule_set

THREE = rule("three", "item_quantity", 1, "a", "b", "c", quantity=3)
GOODS = (line("a", 3000), line("b", 2000), line("c", 1000))


def bought(rules: list[Document], *lines: Document, grants: list[Document] | None = None, **fields: Any) -> Document:
    """Return the result of an evaluation, as JSON gives it back."""
    result = evaluated(rules, receipt_document(*lines, **fields), grants).receipt
    copy: Document = json.loads(json.dumps(result))
    return copy


def settle(
    receipt: Document | Receipt, *lines: int, policy: Any = "as_paid", rules: list[Document] | None = None, **more: Any
) -> Settlement:
    """Return the settlement of whole lines."""
    read = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
    returned = read_returned([{"line_id": line_id} for line_id in lines])
    return settle_return(read, returned, None if rules is None else rule_set(*rules), policy=policy, **more)


def faults_of(receipt: Document, *lines: int, **more: Any) -> list[tuple[str, str]]:
    """Return the paths and sentences of a refusal."""
    with pytest.raises(Refused) as refused:
        settle(receipt, *lines, **more)
    return [(fault.path, fault.sentence) for fault in refused.value.faults]


def test_the_entry_of_a_return_has_the_shape_of_the_receipt() -> None:
    receipt = bought([THREE], *GOODS)
    grant_id = receipt["discounts"][0]["refs"][0]["id"]
    settlement = settle(receipt, 1, policy="spread")
    assert settlement_to_wire(settlement) == {
        "policy": "spread",
        "items": [{"line_id": 1, "quantity": 1, "amount": 2500}],
        "amount": 2500,
        "refund_amount": 2500,
        "credit_amount": 0,
        "discounts": [{"id": "three", "refs": [{"id": grant_id, "usage": 0, "amount": 500}]}],
    }
    assert settlement.receipt == receipt | {"returns": [settlement_to_wire(settlement)]}


def test_bonus_stamps_and_balances_are_written_where_there_are_any() -> None:
    card = rule("card", "item_quantity", 1, "a", stamp=5)
    points = rule("points", "percent", 10, "a", reward={"effect": "bonus"})
    debit = rule("debit", "debit", 100)
    grants = [grant("g", "card"), grant("p", "points"), grant("d", "debit")]
    receipt = bought([card, points, debit], line("a", 3000), grants=grants, customer_id="c")
    discounts = {one["id"]: one["refs"] for one in settlement_to_wire(settle(receipt, 1))["discounts"]}
    assert discounts == {
        "card": [{"id": "g", "usage": 0, "amount": 0, "stamp": 1}],
        "debit": [{"id": "d", "usage": 1, "amount": 100, "debit_balance": 100}],
        "points": [{"id": "p", "usage": 1, "amount": 0, "bonus": 300}],
    }


def test_what_can_still_come_back_is_told_by_line() -> None:
    receipt = bought([], line("a", 300, 3), line("apples", 500, 0.5), line("b", 100, voided=True), line("c", 100))
    assert returnable(read_receipt(receipt)) == {1: 3, 2: 0.5, 4: 1}
    once = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 2}, {"line_id": 2}]))
    assert returnable(read_receipt(once.receipt)) == {1: 1, 4: 1}


def test_nothing_that_is_given_is_changed() -> None:
    receipt = read_receipt(bought([THREE], *GOODS))
    before = deepcopy(receipt.document)
    settlement = settle(receipt, 1, policy="re_evaluate", rules=[THREE])
    assert receipt.document == before
    assert "returns" not in before
    assert settlement.receipt is not receipt.document


def test_a_result_with_returns_is_evaluated_as_before() -> None:
    receipt = bought([THREE], *GOODS)
    returned = settle(receipt, 1).receipt
    assert evaluated([THREE], returned).receipt == receipt | {"returns": returned["returns"]}


def test_a_wallet_serves_where_grants_would() -> None:
    limited = THREE | {"limitation": {"discount_repeat_usage": 1}}
    grants = [grant("g", "three")]
    known, returned = rule_set(limited), read_returned([{"line_id": 1}])
    read = read_receipt(bought([limited], *GOODS, grants=grants, customer_id="c"))
    wallet = open_wallet(read_grants(grants), known.rules_by_id, "c")
    for policy in RETURN_POLICIES:
        settlement = settle_return_with(read, returned, known, wallet, policy, Settings())
        assert settlement == settle_return(read, returned, known, read_grants(grants), policy)
    assert settle_return_with(read, returned, known, wallet, None, Settings(return_policy="spread")).refund == 2500


def test_what_is_re_evaluated_needs_the_rules() -> None:
    [(path, sentence)] = faults_of(bought([THREE], *GOODS), 1, policy="re_evaluate")
    assert (path, sentence) == (
        "policy",
        "what is kept is re-evaluated, so the rules and grants of the purchase are needed",
    )
    own = THREE | {"limitation": {"return_policy": "re_evaluate"}}
    [(path, sentence)] = faults_of(bought([own], *GOODS), 1)
    assert "the discount 'three' is re-evaluated" in sentence
    # Nothing stays that could be evaluated.
    assert settle(bought([own], *GOODS), 1, 2, 3).refund == 5000


def test_what_everyone_is_granted_is_given_as_to_an_evaluation() -> None:
    receipt = bought([THREE], *GOODS[:2], line("c", 2000, 2), grants=[grant("all", "three", "*")])
    for everyone, refund in ((("three",), 3000), ((), 2000)):
        settlement = settle(receipt, 1, policy="re_evaluate", rules=[THREE], grants=(), granted_to_everyone=everyone)
        assert settlement.refund == refund


def test_a_rule_that_is_gone_stays_on_its_units() -> None:
    receipt = bought([THREE], *GOODS)
    settlement = settle(receipt, 1, policy="re_evaluate", rules=[])
    assert (settlement.refund, settlement.taken_back) == (3000, ())


@pytest.mark.parametrize(
    "since",
    [
        {"active": False},
        {"requirement": {**THREE["requirement"], "purchase_to": "2026-10-16T00:00:00Z"}},
        {"reward": {**THREE["reward"], "value": 2}},
    ],
)
def test_a_rule_that_was_used_and_changed_since_is_re_evaluated_as_it_was(since: Document) -> None:
    receipt = bought([THREE], *GOODS, line("d", 500))
    settlement = settle(receipt, 4, policy="re_evaluate", rules=[THREE | since])
    assert (settlement.refund, settlement.taken_back) == (500, ())


def test_what_an_evaluation_took_back_is_not_booked_again_without_one() -> None:
    receipt = bought([THREE], *GOODS)
    first = settle(receipt, 1, policy="re_evaluate", rules=[THREE])
    assert [(one.usage, one.amount) for one in first.taken_back] == [(1, 1000)]
    for line_id in (3, 2):
        first = settle(first.receipt, line_id)
        assert first.taken_back == ()


def test_what_balances_paid_is_found_anew_by_nobody() -> None:
    debit, half = rule("debit", "debit", 100), rule("half", "percent", 50)
    held = [grant("d", "debit"), grant("h", "half")]
    receipt = bought([debit, half], line("a", 300), line("b", 100), grants=held, customer_id="c", gross_amount=400)
    grants = read_grants(held, read_rules([debit, half]))
    settlement = settle(receipt, 2, policy="re_evaluate", rules=[debit, half], grants=grants)
    assert (settlement.amount, settlement.credit) == (50, 50)
    assert [(one.rule_id, one.usage, one.amount) for one in settlement.taken_back] == [
        ("debit", 0, 50),
        ("half", 0, 50),
    ]


def test_the_receipt_without_what_came_back_has_its_own_gross() -> None:
    large = rule("large", "amount", 100, gross_amount=400)
    receipt = bought([large], line("a", 300), line("b", 100), gross_amount=400)
    assert settle(receipt, 2, policy="re_evaluate", rules=[large]).refund == 0
    receipt = bought([large], line("a", 300), line("b", 100), gross_amount=500)
    # The hundred that no line has stays in the gross; it was paid, so it comes back with the goods.
    assert settle(receipt, 2, policy="re_evaluate", rules=[large]).refund == 125


def test_a_balance_that_was_not_drawn_is_not_drawn_by_what_stays() -> None:
    debit, half = rule("debit", "debit", 100), rule("half", "percent", 50)
    receipt = bought([half], line("a", 300), line("b", 100), customer_id="c")
    grants = read_grants([grant("d", "debit"), grant("h", "half")], read_rules([debit, half]))
    settlement = settle(receipt, 2, policy="re_evaluate", rules=[debit], grants=grants)
    assert (settlement.amount, settlement.taken_back[0].rule_id) == (50, "half")


def test_a_net_that_is_absent_is_the_gross_less_the_discounts() -> None:
    assert settle(bought([], line("a", 300), gross_amount=400), 1).refund == 400


def test_a_line_without_an_id_keeps_its_place_when_others_are_gone() -> None:
    per_line = [rule("x", "percent", 10, "b"), rule("y", "percent", 20, "c")]
    receipt = bought(per_line, *GOODS)
    settlement = settle(receipt, 1, policy="re_evaluate", rules=per_line)
    assert (settlement.refund, settlement.taken_back) == (3000, ())
    assert settle(settlement.receipt, 2, policy="re_evaluate", rules=per_line).refund == 1800


@pytest.mark.parametrize(
    ("rules", "units"),
    [
        # The set's free unit has nothing left; the others come down to the new price.
        ([rule("s", "item_quantity", 1, "a", quantity=3), rule("z", "item_new_price", 20, "a")], [0, 20, 20]),
        ([rule("s", "item_percent", 50, "a", quantity=3), rule("z", "item_new_price", 20, "a")], [15, 20, 20]),
        ([rule("s", "item_percent", 50, "a", quantity=3), rule("z", "amount", 20, "a")], [0, 10, 10]),
        ([rule("s", "item_percent", 50, "a", quantity=3), rule("z", "percent", 60, "a")], [0, 12, 12]),
        ([rule("s", "item_percent", 50, "a", quantity=3), rule("z", "percent", 10)], [12, 27, 27]),
        ([rule("s", "item_percent", 50, "a", quantity=3), rule("z", "amount", 15)], [12, 24, 24]),
    ],
)
def test_units_are_worth_what_the_engine_left_of_them(rules: list[Document], units: list[int]) -> None:
    receipt = read_receipt(bought(rules, line("a", 90, 3)))
    worth = []
    for _ in range(3):
        settlement = settle_return(receipt, read_returned([{"line_id": 1, "quantity": 1}]))
        worth.append(settlement.refund)
        receipt = read_receipt(settlement.receipt)
    assert worth[::-1] == units


def test_a_percent_by_piece_is_worth_what_it_was_by_piece() -> None:
    rules = [rule("z", "percent", 50, "a")]
    receipt = evaluated(rules, receipt_document(line("a", 15, 3)), rule="PerItem").receipt
    settings = Settings(rule="PerItem")
    settlement = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 1}]), settings=settings)
    assert settlement.refund == 2


def test_a_bonus_over_the_receipt_leaves_with_its_line() -> None:
    points = rule("points", "amount", 90, reward={"effect": "bonus"})
    receipt = bought([points], line("a", 200, 2), line("b", 100))
    [taken] = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 1}])).taken_back
    assert (taken.bonus, taken.usage) == (30, 0)


def test_groups_tell_which_value_a_unit_had() -> None:
    values = [{"items": [{"group_id": "g"}], "value": 50}]
    rules = [rule("r", "percent", 10, "a", "b", reward={"values": values})]
    receipt = bought(rules, line("a", 200, 2, "g"), line("b", 100, groups=[{"name": "no id"}]))
    assert settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 1}])).refund == 50


def test_what_is_booked_without_its_rule_is_on_the_units_of_its_lines() -> None:
    receipt = bought(
        [rule("r", "percent", 10, "a"), rule("b", "percent", 10, "a", reward={"effect": "bonus"})], line("a", 300, 3)
    )
    for discount in receipt["discounts"]:
        effect = discount["reward"].get("effect")
        del discount["requirement"], discount["reward"]["value"]
        discount["reward"] = {"effect": effect} if effect else None
    settlement = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 1}]))
    assert settlement.refund == 90
    assert [(one.rule_id, one.amount, one.bonus) for one in settlement.taken_back] == [("b", 0, 10), ("r", 10, 0)]


def test_a_card_that_was_booked_without_its_rule_gives_back_what_it_earned() -> None:
    receipt = bought([rule("card", "percent", 10, "a", stamp=5)], line("a", 300, 3))
    receipt["discounts"][0]["reward"] = None
    [taken] = settle(receipt, 1).taken_back
    assert taken.stamp == 3


def test_what_was_earned_on_a_card_before_units_were_remembered_leaves_with_the_last() -> None:
    receipt = bought([rule("card", "percent", 10, "a", stamp=5)], line("a", 300, 3))
    del receipt["discounts"][0]["refs"][0]["units"]
    first = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 2}]))
    assert first.taken_back == ()
    [taken] = settle(first.receipt, 1).taken_back
    assert taken.stamp == 3


def test_a_set_that_was_given_before_units_were_remembered_is_on_its_line() -> None:
    receipt = bought([rule("three", "item_quantity", 1, "a", quantity=3)], line("a", 90, 3))
    del receipt["discounts"][0]["refs"][0]["units"]
    for policy in ("as_paid", "spread"):
        settlement = settle_return(read_receipt(receipt), read_returned([{"line_id": 1, "quantity": 1}]), policy=policy)
        assert settlement.refund == 20


def test_a_discount_in_two_entries_is_one() -> None:
    receipt = bought([rule("r", "percent", 10)], line("a", 300), line("b", 100))
    booked = receipt["discounts"][0]
    [ref] = booked["refs"]
    receipt["discounts"] = [
        {**booked, "refs": [{**ref, "id": "one", "amount": 30}]},
        {**booked, "refs": [{**ref, "id": "two", "amount": 10}]},
        {"id": "no refs"},
        {"refs": [ref]},
    ]
    settlement = settle(receipt, 1)
    assert [(one.grant_id, one.amount, one.usage) for one in settlement.taken_back] == [("one", 20, 0), ("two", 10, 0)]


def test_a_line_that_was_voided_since_is_no_part_of_it() -> None:
    receipt = bought([THREE], *GOODS)
    receipt["items"][2]["voided"] = True
    settlement = settle(receipt, 1, 2, policy="spread")
    assert settlement.is_everything
    [taken] = settlement.taken_back
    assert (taken.usage, taken.amount) == (1, 1000)


def test_a_receipt_that_says_more_discount_than_price_pays_nothing_below_nought() -> None:
    receipt = bought([rule("r", "percent", 50, "a"), rule("s", "percent", 40)], line("a", 100, 2))
    del receipt["net_amount"], receipt["items"][0]["net_amount"]
    for entry in receipt["items"][0]["discount_lines"]:
        entry["amount"] = 90
    assert settle(receipt, 1).refund == 0


def test_sets_that_take_more_than_there_is_are_left_where_they_are() -> None:
    receipt = bought([THREE], *GOODS)
    receipt["items"][0]["discount_lines"] = [{"amount": 3000}]
    receipt["items"][1]["discount_lines"] = [{"amount": 2000}]
    receipt["items"][2]["discount_lines"].append({"amount": 900})
    for item in receipt["items"]:
        item.pop("net_amount", None)
    del receipt["net_amount"]
    assert settle(receipt, 1, policy="spread").refund == 0


@pytest.mark.parametrize("code", ["", "TACO", [{"prefix": "TA"}], [""]])
def test_a_code_that_was_shown_is_not_asked_for_again(code: object) -> None:
    receipt = bought([THREE], *GOODS)
    receipt["discounts"][0]["requirement"]["discount_code"] = code
    assert settle(receipt, 1, policy="spread").refund == 2500


@pytest.mark.parametrize(
    ("units", "path"),
    [
        ([{"line_id": 1, "from": 1, "to": 2}], "discounts[0].refs[0].units"),
        ([{"line_id": 1, "from": 0, "to": 1}], "discounts[0].refs[0].units"),
        ([{"line_id": 3, "from": 1, "to": 1, "amount": 999}], "discounts[0].refs[0].units"),
        ([{"line_id": 3, "from": 1, "to": 1, "amount": -1}], "discounts[0].refs[0].units"),
        ([{"line_id": 2, "from": 1, "to": 1}], "discounts[0].refs[0].units"),
    ],
)
def test_units_that_contradict_the_receipt_are_refused(units: list[Document], path: str) -> None:
    receipt = bought([THREE], *GOODS)
    receipt["discounts"][0]["refs"][0]["units"] = units
    [(found, sentence)] = faults_of(receipt, 1)
    assert found == path
    assert "evaluate the receipt again" in sentence


def test_units_of_lines_that_nobody_knows_are_passed_over() -> None:
    receipt = bought([THREE], *GOODS)
    receipt["discounts"][0]["refs"][0]["units"] += [{"line_id": 9, "from": 1, "to": 1}, {"from": 1}]
    assert settle(receipt, 1, policy="spread").refund == 2500


def test_a_policy_that_was_booked_and_means_nothing_is_refused() -> None:
    receipt = bought([THREE], *GOODS)
    receipt["discounts"][0]["limitation"] = {"return_policy": "never"}
    [(path, sentence)] = faults_of(receipt, 1)
    assert path == "discounts[0].limitation.return_policy"
    assert "use one of as_paid, spread, re_evaluate" in sentence


@pytest.mark.parametrize(
    ("items", "path", "says"),
    [
        ([{"line_id": 9, "quantity": 1}], "returns[0].items[0].line_id", "no line 9 was sold"),
        ([{"quantity": 1}], "returns[0].items[0].line_id", "no line null was sold"),
        ([{"line_id": 1, "quantity": 2}], "returns[0].items[0].quantity", "more of line 1"),
        ([{"line_id": 1, "quantity": 0.5}], "returns[0].items[0].quantity", "more of line 1"),
        ([{"line_id": 1}], "returns[0].items[0].quantity", "more of line 1"),
        ([{"line_id": 1, "quantity": 0}], "returns[0].items[0].quantity", "more of line 1"),
    ],
)
def test_returns_that_cannot_have_been_are_refused(items: list[Document], path: str, says: str) -> None:
    receipt = bought([], *GOODS) | {"returns": [{"items": items}]}
    [(found, sentence)] = faults_of(receipt, 2)
    assert found == path
    assert says in sentence


def test_returns_that_say_little_count_as_far_as_they_go() -> None:
    receipt = bought([], *GOODS) | {"returns": [{}, {"items": None, "discounts": [{"refs": [{}]}, {"refs": None}]}]}
    assert settle(receipt, 1).refund == 3000
    receipt["returns"] = [{"amount": 5000, "items": [{"line_id": 1, "quantity": 1}]}]
    assert settle(receipt, 2).refund == 1000


def test_shares_of_what_is_paid_go_by_price_where_nothing_was_worth_anything() -> None:
    receipt = bought([], line("a", 300), line("b", 100), line("c", 100)) | {
        "returns": [{"amount": 50, "items": [{"line_id": 3, "quantity": 1}]}]
    }
    settlement = settle(receipt, 1, 2)
    assert [one.amount for one in settlement.lines] == [338, 112]
    free = bought([rule("r", "percent", 100, "a", "b")], line("a", 300), line("b", 100), line("c", 100))
    free["returns"] = [{"amount": 50, "items": [{"line_id": 3, "quantity": 1}]}]
    assert [one.amount for one in settle(free, 1, 2).lines] == [38, 12]


def test_mixes_spread_over_what_was_only_needed() -> None:
    meal = rule("meal", "percent", 50, mixes=[mix("a"), mix("b", reward_eligible=False)])
    receipt = bought([meal], line("a", 200), line("b", 600))
    assert settle(receipt, 1).refund == 100
    assert settle(receipt, 1, policy="spread").refund == 175
