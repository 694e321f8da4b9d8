"""What the search rests on, for every kind of reward: less that remains is never more given, and bounds are bounds."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.compiled.rule import CompiledRule
from engine.rewards.kinds import kind_of
from engine.rewards.most_given import most_given
from engine.rewards.unit_value import value_on
from rules import Refused, read_rules
from rules.reward import REWARD_KINDS, RewardKind, traits_of
from tests.support.engine.given import (
    Document,
    basket_of,
    compiled,
    evaluated,
    grant,
    line,
    mix,
    receipt_document,
    rule,
)

BASES, EFFECTS = ("gross", "net"), ("discount", "bonus")
A_LINE = basket_of().lines[0]
KINDS = pytest.mark.parametrize("kind", REWARD_KINDS)
FORMS = {
    "flat": (("*",), None, None),
    "limited": (("*",), None, None),
    "sets": (("*",), 2, None),
    "mixes": ((), None, [mix("a", "b", quantity=2), mix("a", "b", "c")]),
    "mixes of which one is rewarded": ((), None, [mix("a", "b"), mix("b", "c", reward_eligible=False)]),
    "receipt": ((), None, None),
}


def values(kind: RewardKind) -> list[int]:
    """Values that a rule of a kind may have."""
    match states := traits_of(kind).value:
        case "percent":
            return [10, 50, 100]
        case "amount" | "price" | "balance":
            return [100, 300, 700]
        case "count":
            return [1]
        case _:
            assert_never(states)


def rules_of(kind: RewardKind) -> Iterator[Document]:
    """Every rule of a kind that the language allows, in each form, base and effect."""
    for form, value, base, effect in product(FORMS, values(kind), BASES, EFFECTS):
        items, quantity, mixes = FORMS[form]
        document = rule(
            "r",
            kind.removeprefix("discount_"),
            value,
            *items,
            quantity=quantity,
            mixes=mixes,
            reward={"base": base, "effect": effect},
            limitation={"discount_reward_usage": 1} if form == "limited" else None,
        )
        try:
            read_rules([document])
        except Refused:
            continue
        yield document


ALL_RULES = {kind: list(rules_of(kind)) for kind in REWARD_KINDS}
ONE_UNIT = {kind: [compiled(document) for document in documents] for kind, documents in ALL_RULES.items()}


@KINDS
@given(price=st.integers(0, 1_000), data=st.data())
def test_no_kind_gives_more_on_a_unit_of_which_less_remains(kind: RewardKind, price: int, data: st.DataObject) -> None:
    off = data.draw(st.integers(0, price))
    more_off = data.draw(st.integers(off, price))
    for one in ONE_UNIT[kind]:
        before, after = (value_on(one, A_LINE, (0, 1, price, taken)) for taken in (off, more_off))
        assert after <= before
        if not one.is_bonus:
            assert before - after <= most_regained(one, price, more_off, more_off - off)


def most_regained(one: CompiledRule, price: int, off: int, lost: int) -> int:
    """The most that a discount wins back of a loss, as its kind says it, over the rule's denominator."""
    remaining, value = price - off, one.value or 0
    match regains := kind_of(one).regains:
        case "all":
            return lost * one.denominator
        case "its percent":
            is_cut = not one.on_net and price * value > remaining * one.denominator
            return lost * value if one.on_net else lost * one.denominator * is_cut
        case "where little remains":
            return lost * (remaining < value)
        case _:
            assert_never(regains)


UNITS = st.tuples(st.sampled_from("abc"), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))


def given_of(document: Document, units: list[tuple[str, int, int]], kind: RewardKind) -> int:
    """What a rule gives on units of a hundred times so much each, of which so much is off already."""
    lines = [
        line(name, 100 * price, discount_lines=[{"amount": 100 * off, "discount_type": "manual"}] if off else [])
        for name, price, off in units
    ]
    held = [grant(statistics={"debit_balance": 500})] if traits_of(kind).is_balance else None
    evaluation = evaluated([document], receipt_document(*lines, customer_id="c"), held)
    awards = evaluation.trace.bookings
    return sum(ref["amount"] + ref.get("bonus", 0) for booking in awards for ref in booking.refs)


@KINDS
@given(units=st.lists(UNITS, min_size=1, max_size=5), data=st.data())
def test_no_rule_gives_more_on_a_receipt_of_which_less_remains(
    kind: RewardKind, units: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    # Of hundreds, every percent is whole: nothing is rounded.
    document = data.draw(st.sampled_from(ALL_RULES[kind]))
    more = [(name, price, min(off, price)) for name, price, off, _ in units]
    less = [(name, price, min(off + further, price)) for name, price, off, further in units]
    assert given_of(document, less, kind) <= given_of(document, more, kind)


@KINDS
def test_no_form_of_a_kind_gives_more_than_its_bound(kind: RewardKind) -> None:
    # Dear goods, so that an amount is given in full as often as it can be.
    units = [("abc"[number % 3], 50, 0) for number in range(6)]
    assert ALL_RULES[kind]
    for document in ALL_RULES[kind]:
        (read,) = read_rules([document])
        most = most_given(read, len(units))
        bound = most.bonus if read.reward.effect == "bonus" else most.amount
        amount = given_of(document, units, kind)
        assert amount > 0 or Decimal(read.reward.value or 0) == 0
        assert bound is None or amount <= bound
        if kind == "discount_amount":
            # Once for each set, whatever it has of units.
            assert amount == bound
