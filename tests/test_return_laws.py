"""What holds of every return, whatever the shop, the order and the policy."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from engine import Evaluation, RuleSet, Settings, Settlement, compile_rules, evaluate, returnable, settle_return
from engine.basket.line_state import Segment
from engine.returns.purchase import Purchase, purchase_of
from engine.returns.unit_worth import worth_of
from engine.settings import RETURN_POLICIES
from rules import Grant, Receipt, read_grants, read_receipt, read_returned, read_rules
from rules.limitation import ReturnPolicy
from tests.support.shops import Shop
from tests.support.strategies import shops

ALLOCATED: list[ReturnPolicy] = ["as_paid", "spread"]
RANDOMS = st.randoms(use_true_random=False)

# What each grant was given, by rule and grant: uses, discount, bonus, stamps, and what was put back on it.
Taken = dict[tuple[str, str], tuple[int, ...]]


class Bought(NamedTuple):
    """A purchase that was paid, and what it was evaluated with."""

    receipt: Receipt
    purchase: Purchase
    rule_set: RuleSet
    grants: tuple[Grant, ...] | None
    settings: Settings
    evaluation: Evaluation

    def settle(self, receipt: Receipt, back: dict[int, int | float], policy: ReturnPolicy) -> Settlement:
        """Return the settlement of so much of each line."""
        returned = read_returned([{"line_id": line_id, "quantity": quantity} for line_id, quantity in back.items()])
        return settle_return(receipt, returned, self.rule_set, self.grants, policy, self.settings)


def bought(shop: Shop) -> Bought:
    """Return what a shop sold, as JSON keeps it; a shop that sold nothing is not looked at."""
    rules = read_rules(shop.rules)
    rule_set = compile_rules(rules)
    grants = None if shop.grants is None else read_grants(shop.grants, rules)
    settings = Settings(**shop.settings)
    evaluation = evaluate(rule_set, read_receipt(shop.receipt), grants, settings)
    receipt = read_receipt(json.dumps(evaluation.receipt))
    purchase = purchase_of(receipt)
    assume(purchase.lines)
    return Bought(receipt, purchase, rule_set, grants, settings, evaluation)


def a_part(random: Random, one: Bought, receipt: Receipt) -> dict[int, int | float]:
    """Return some of what can still come back."""
    left = returnable(receipt)
    counted = {sold.line.line_id: sold.has_pieces for sold in one.purchase.lines}
    chosen = random.sample(sorted(left), random.randint(1, len(left)))
    return {line_id: random.randint(1, int(left[line_id])) if counted[line_id] else left[line_id] for line_id in chosen}


def taken(settlements: Sequence[Settlement]) -> Taken:
    """Return what several returns took back together."""
    found: Taken = {}
    for settlement in settlements:
        for one in settlement.taken_back:
            key = one.rule_id, one.grant_id
            more = one.usage, one.amount, one.bonus, one.stamp, one.debit_balance
            found[key] = tuple(a + b for a, b in zip(found.get(key, (0,) * 5), more, strict=True))
    return {key: numbers for key, numbers in found.items() if any(numbers)}


def all_back(one: Bought, random: Random, policies: Sequence[ReturnPolicy]) -> list[Settlement]:
    """Return the settlements of everything, part by part, each by one of the policies."""
    receipt, settlements = one.receipt, []
    while returnable(receipt):
        settlement = one.settle(receipt, a_part(random, one, receipt), random.choice(policies))
        settlements.append(settlement)
        receipt = read_receipt(json.dumps(settlement.receipt))
    return settlements


@given(shops(), RANDOMS, st.lists(st.sampled_from(RETURN_POLICIES), min_size=1, max_size=3))
def test_returning_everything_pays_exactly_the_net(shop: Shop, random: Random, policies: list[ReturnPolicy]) -> None:
    one = bought(shop)
    settlements = all_back(one, random, policies)
    assert sum(settlement.refund for settlement in settlements) == max(one.purchase.paid - one.purchase.drawn, 0)
    assert sum(settlement.credit for settlement in settlements) == min(one.purchase.drawn, one.purchase.paid)
    assert [settlement.is_everything for settlement in settlements] == [False] * (len(settlements) - 1) + [True]


@given(shops())
def test_the_net_is_that_of_the_receipt(shop: Shop) -> None:
    one = bought(shop)
    goods = [item for item in one.receipt.items if not item.voided]
    # Where all lines were sold, nothing is worked out.
    assume(len(goods) == len(one.purchase.lines) and one.receipt.net_amount is not None)
    assert one.purchase.paid - one.purchase.drawn == max(one.receipt.net_amount or 0, -one.purchase.drawn)


@given(shops(), RANDOMS, st.sampled_from(RETURN_POLICIES))
def test_no_refund_exceeds_what_was_paid_and_none_is_below_nought(
    shop: Shop, random: Random, policy: ReturnPolicy
) -> None:
    one = bought(shop)
    left, drawn = one.purchase.paid, one.purchase.drawn
    for settlement in all_back(one, random, [policy]):
        assert settlement.amount == settlement.refund + settlement.credit
        assert 0 <= settlement.amount <= left
        assert 0 <= settlement.credit <= drawn
        assert settlement.refund >= 0
        assert sum(line.amount for line in settlement.lines) == settlement.amount
        assert all(line.amount >= 0 for line in settlement.lines)
        left -= settlement.amount
        drawn -= settlement.credit


@given(shops(), RANDOMS, st.sampled_from(ALLOCATED))
def test_parts_come_to_what_they_come_to_at_once(shop: Shop, random: Random, policy: ReturnPolicy) -> None:
    one = bought(shop)
    assume(all(booked.policy != "re_evaluate" for booked in one.purchase.discounts))
    together = a_part(random, one, one.receipt)
    at_once = one.settle(one.receipt, together, policy)
    counted = {sold.line.line_id: sold.has_pieces for sold in one.purchase.lines}
    pieces = [
        (line_id, 1 if counted[line_id] else quantity)
        for line_id, quantity in together.items()
        for _ in range(int(quantity) if counted[line_id] else 1)
    ]
    random.shuffle(pieces)
    receipt, settlements = one.receipt, []
    for line_id, quantity in pieces:
        settlements.append(one.settle(receipt, {line_id: quantity}, policy))
        receipt = read_receipt(json.dumps(settlements[-1].receipt))
    assert sum(settlement.refund for settlement in settlements) == at_once.refund
    assert sum(settlement.credit for settlement in settlements) == at_once.credit
    assert taken(settlements) == taken([at_once])


@given(shops(), RANDOMS, st.lists(st.sampled_from(RETURN_POLICIES), min_size=1, max_size=3))
def test_all_that_was_booked_is_taken_back_once(shop: Shop, random: Random, policies: list[ReturnPolicy]) -> None:
    one = bought(shop)
    # Of a net below 0 nobody paid back what balances paid.
    assume(one.purchase.paid >= one.purchase.drawn)
    found = taken(all_back(one, random, policies))
    booked = {
        (discount.rule_id, ref.grant_id): (ref.usage, ref.amount, ref.bonus)
        for discount in one.purchase.discounts
        for ref in discount.refs
    }
    # A re-evaluation may have used others for a time; nothing of that is left.
    assert {key: found.get(key, (0,) * 5)[:3] for key in {*found, *booked}} == booked
    assert all(numbers[4] in {0, numbers[1]} for numbers in found.values())


@given(shops(), RANDOMS, st.sampled_from(RETURN_POLICIES))
def test_nothing_that_is_given_is_changed(shop: Shop, random: Random, policy: ReturnPolicy) -> None:
    one = bought(shop)
    before = json.dumps(one.receipt.document)
    settlement = one.settle(one.receipt, a_part(random, one, one.receipt), policy)
    assert json.dumps(one.receipt.document) == before
    returns: Any = settlement.receipt["returns"]
    assert json.dumps({**settlement.receipt, "returns": returns[:-1]}) == json.dumps(
        {**one.receipt.document, "returns": []}
    )


@given(shops())
def test_units_are_worth_what_the_engine_left_of_them(shop: Shop) -> None:
    one = bought(shop)
    worth = worth_of(one.purchase, {}, one.settings)
    assume(all(left(worth.lines[sold.line.index]) == sold.paid for sold in one.purchase.lines))
    state, basket = one.evaluation.trace.choice.selection.state, one.evaluation.trace.basket
    by_line_id = {line.line_id: units(state.lines[line.index].segments) for line in basket.lines}
    for sold in one.purchase.lines:
        found = units(worth.lines[sold.line.index])
        assert found == by_line_id.get(sold.line.line_id, found)


def units(segments: Sequence[Segment]) -> list[int]:
    """Return what remains of each unit."""
    return [price - off for start, stop, price, off in segments for _ in range(stop - start)]


def left(segments: Sequence[Segment]) -> int:
    """Return what remains of all units."""
    return sum(units(segments))
