"""Stamp cards: claims leave on them what the evaluation said, and the law of stamps holds whatever is undone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from engine import RuleSet, compile_rules, evaluate
from engine.grants.stamp_card import Stamp, StampCard, live_count, lives
from rabatt.service.bodies.claim import ClaimedDiscount, uses
from rabatt.service.clock import written
from rabatt.service.store.cancel import cancel
from rabatt.service.store.claim_request import ClaimRefused
from rabatt.service.store.claims import claim_or_repeat
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.stamps import read_stamps
from rabatt.service.store.tables import claim_lines, grants
from rules import read_grants, read_receipt, read_rules
from tests.rabatt.service.conftest import ACCOUNT, START
from tests.support.service.claiming import add_grants, add_rules, request, rule

COFFEE = {"items": [{"id": "coffee"}]}
FREE = {"type": "discount_item_quantity", "value": 1}
TEN_OFF = {"type": "discount_amount", "value": 10}


@contextmanager
def undone(store: ServiceStore) -> Iterator[Connection]:
    """A connection of which nothing is kept."""
    with store.writers.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@dataclass
class Card:
    """A stamp card in the store, the rule that it is for, and the claims made with it."""

    connection: Connection
    document: dict[str, Any]
    rule_set: RuleSet = field(init=False)
    claim_ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rule_set = compile_rules(read_rules([self.document]))
        add_rules(self.connection, [self.document])
        add_grants(self.connection, [("card", self.document["id"], "c")])

    @property
    def days(self) -> int:
        return int(self.document["limitation"]["stamp_expire_days"])

    def row(self) -> Any:
        return self.connection.execute(select(grants).where(grants.c.id == "card")).one()

    def stamps(self) -> StampCard:
        row = self.row()
        return StampCard(read_stamps(row.stamps), row.stamps_owed)

    def evaluate(self, at: datetime, units: int) -> list[dict[str, Any]]:
        """The discounts of a purchase of so many coffees."""
        row = self.row()
        held = {"id": "card", "discount_id": row.discount_id, "customer_id": "c", "created_at": written(row.created_at)}
        held["statistics"] = {"usage": row.usage, "amount": row.amount, "bonus": row.bonus}
        if row.stamps is not None:
            held["stamps"] = json.loads(row.stamps)
        coffee = {"id": "coffee", "quantity": units, "gross_amount": 100 * units, "eligible_for_discount": True}
        receipt = {"receipt_id": "r", "store": {"id": "s"}, "purchase_at": written(at), "customer_id": "c"}
        result = evaluate(self.rule_set, read_receipt(receipt | {"items": [coffee]}), read_grants([held])).receipt
        discounts: list[dict[str, Any]] = result.get("discounts", [])
        return discounts

    def claim(self, at: datetime, discounts: list[dict[str, Any]]) -> None:
        """Claim discounts of a result receipt as they are."""
        asked = uses([ClaimedDiscount.model_validate(discount) for discount in discounts])
        claim_id = str(uuid4())
        what = request(claim_id, "c", *asked, purchase_at=at)
        claim_or_repeat(self.connection, ACCOUNT, what, now=at, new_id=claim_id, subject="till")
        self.claim_ids.append(claim_id)

    def cancel(self, claim_id: str, at: datetime) -> None:
        assert cancel(self.connection, ACCOUNT, claim_id, now=at, subject="till") is not None

    def balance(self) -> int:
        """What lines that stand earned, less what they spent."""
        lines = self.connection.execute(select(claim_lines).where(claim_lines.c.is_cancelled.is_(False))).all()
        return sum(line.stamp - sum(one.count for one in read_stamps(line.stamps_spent)) for line in lines)


@st.composite
def card_rules(draw: st.DrawFn, days: tuple[int, ...] = (-1, 0, 1, 2)) -> dict[str, Any]:
    """Rules that ask for stamps, of every kind of reward, for items or for the receipt."""
    requirement: dict[str, Any] = {"stamp": draw(st.integers(1, 4))}
    rewards: list[dict[str, Any]] = [TEN_OFF, {"type": "discount_percent", "value": 50}]
    if draw(st.booleans()):
        requirement["item"] = COFFEE
        count = draw(st.integers(1, 2))
        rewards += [{"type": "discount_item_quantity", "value": count}, {"type": "discount_item_new_price", "value": 1}]
    reward = draw(st.sampled_from(rewards))
    if draw(st.booleans()):
        reward = reward | {"effect": "bonus"}
    limitation = {
        "stamp_expire_days": draw(st.sampled_from(days)),
        "discount_reward_usage": draw(st.sampled_from([-1, -1, 0, 1, 2])),
    }
    return rule("rule", requirement=requirement, reward=reward, limitation=limitation)


# Hours since the first purchase, which may come in any order, and coffees bought.
PURCHASES = st.lists(st.tuples(st.sampled_from([0, 1, 12, 24, 25, 48, 72]), st.integers(1, 9)), max_size=8)
ON_BOTH_STORES = settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ON_BOTH_STORES
@given(card_rules(), PURCHASES)
def test_claims_leave_on_the_card_what_the_evaluation_said(
    store: ServiceStore, document: dict[str, Any], purchases: list[tuple[int, int]]
) -> None:
    with undone(store) as connection:
        card = Card(connection, document)
        for hours, units in purchases:
            at = START + timedelta(hours=hours)
            discounts = card.evaluate(at, units)
            if not discounts:
                continue
            card.claim(at, discounts)
            [ref] = discounts[0]["refs"]
            after = card.stamps()
            assert live_count(after, at, card.days) == ref["statistics"]["stamp"]
            if "stamps" in ref:
                assert [stamp for stamp in after.stamps if lives(stamp.at, at, card.days)] == merged(ref["stamps"])
            row = card.row()
            assert (row.usage, row.amount) == (ref["statistics"]["usage"], ref["statistics"]["amount"])
            assert row.bonus == ref["statistics"].get("bonus", 0)
            assert sum(stamp.count for stamp in after.stamps) == card.balance()
            assert after.owed == 0


def merged(entries: list[dict[str, Any]]) -> list[Stamp]:
    """The entries of a ref, one for each time."""
    counts: dict[datetime, int] = {}
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        counts[at] = counts.get(at, 0) + entry["count"]
    return [Stamp(at, count) for at, count in counts.items()]


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1, 24, 48]), st.one_of(st.integers(1, 9), st.floats(0, 1, exclude_max=True))),
    max_size=10,
)


def walk(card: Card, steps: list[tuple[int, int | float]]) -> Iterator[datetime]:
    """Buy so many coffees, or cancel one of the claims that stand, and give the time of it; each step later or not."""
    at = START
    for hours, what in steps:
        at += timedelta(hours=hours)
        if isinstance(what, float):
            if card.claim_ids:
                card.cancel(card.claim_ids.pop(int(what * len(card.claim_ids))), at)
        elif discounts := card.evaluate(at, what):
            card.claim(at, discounts)
        yield at


@ON_BOTH_STORES
@given(card_rules(), STEPS)
def test_stamps_less_those_owed_are_what_was_earned_less_what_was_spent(
    store: ServiceStore, document: dict[str, Any], steps: list[tuple[int, int | float]]
) -> None:
    with undone(store) as connection:
        card = Card(connection, document)
        for at in walk(card, steps):
            after = card.stamps()
            assert sum(stamp.count for stamp in after.stamps) - after.owed == card.balance()
            assert all(stamp.count > 0 for stamp in after.stamps)
            assert after.owed >= 0
            times = [stamp.at for stamp in after.stamps]
            assert times == sorted(set(times))
            assert all(stamp.at <= at for stamp in after.stamps)


@ON_BOTH_STORES
@given(card_rules(days=(-1,)), STEPS)
def test_a_card_is_empty_once_every_claim_is_cancelled(
    store: ServiceStore, document: dict[str, Any], steps: list[tuple[int, int | float]]
) -> None:
    with undone(store) as connection:
        card = Card(connection, document)
        for _ in walk(card, steps):
            # What is owed is owed by an empty card.
            assert not card.stamps().owed or not card.stamps().stamps
        for claim_id in card.claim_ids:
            card.cancel(claim_id, START)
        assert card.stamps() == StampCard()
        assert (card.row().usage, card.row().amount, card.row().bonus) == (0, 0, 0)


CARD = rule(
    "rule",
    requirement={"stamp": 3, "item": COFFEE},
    reward=FREE,
    limitation={"stamp_expire_days": 30, "discount_repeat_usage": -1},
)


def test_a_card_that_another_till_emptied_asks_for_a_new_evaluation(store: ServiceStore) -> None:
    with undone(store) as connection:
        card = Card(connection, CARD)
        card.claim(START, card.evaluate(START, 3))
        at_one_till, at_another = card.evaluate(START, 1), card.evaluate(START, 1)
        card.claim(START, at_one_till)
        assert card.stamps() == StampCard()
        with pytest.raises(ClaimRefused) as refused:
            card.claim(START, at_another)
        [problem] = refused.value.problems
        assert (problem.path, problem.limit, problem.most) == ("discounts[0].refs[0]", "requirement.stamp", 0)
        assert "evaluate the receipt again" in problem.sentence


def test_a_reward_of_a_receipt_rule_takes_one_card_of_stamps_whatever_came_between(store: ServiceStore) -> None:
    with undone(store) as connection:
        card = Card(connection, rule("rule", requirement={"stamp": 1}, limitation={"stamp_expire_days": -1}))
        card.claim(START, card.evaluate(START, 1))
        reward = card.evaluate(START, 1)
        later = START + timedelta(hours=1)
        card.claim(later, [{"id": "rule", "refs": [{"id": "card", "usage": 0, "amount": 0, "stamp": 1}]}])
        with pytest.raises(ClaimRefused):
            card.claim(START, reward)


def test_without_the_stamps_that_were_left_each_use_takes_one_card_of_stamps(store: ServiceStore) -> None:
    with undone(store) as connection:
        card = Card(connection, CARD)
        card.claim(START, card.evaluate(START, 3))
        later = START + timedelta(days=1)
        card.claim(later, [{"id": "rule", "refs": [{"id": "card", "usage": 1, "amount": 100, "stamp": 2}]}])
        assert card.stamps() == StampCard((Stamp(later, 2),))
        with pytest.raises(ClaimRefused):
            card.claim(later, [{"id": "rule", "refs": [{"id": "card", "usage": 1, "amount": 100}]}])


def test_spent_stamps_return_with_their_times_and_expired_ones_stay(store: ServiceStore) -> None:
    with undone(store) as connection:
        card = Card(connection, CARD)
        times = [START + timedelta(days=days) for days in (0, 20, 31)]
        card.claim(times[0], card.evaluate(times[0], 1))
        card.claim(times[1], card.evaluate(times[1], 1))
        # One of these four coffees is free, for a stamp of eleven days, since that of 31 is over, and two of their own.
        card.claim(times[2], card.evaluate(times[2], 4))
        assert card.stamps() == StampCard((Stamp(times[0], 1), Stamp(times[2], 1)))
        card.cancel(card.claim_ids[2], times[2])
        assert card.stamps() == StampCard((Stamp(times[0], 1), Stamp(times[1], 1)))


def test_stamps_of_a_cancelled_purchase_that_were_spent_are_made_up_for_by_the_next(store: ServiceStore) -> None:
    with undone(store) as connection:
        card = Card(connection, CARD)
        card.claim(START, card.evaluate(START, 3))
        later = START + timedelta(days=1)
        card.claim(later, card.evaluate(later, 2))
        assert card.stamps() == StampCard((Stamp(later, 1),))
        card.cancel(card.claim_ids[0], later)
        assert card.stamps() == StampCard((), owed=2)
        latest = START + timedelta(days=2)
        # What is owed is paid from what is left: the purchase itself is claimed as it was evaluated.
        card.claim(latest, card.evaluate(latest, 5))
        assert card.stamps() == StampCard((), owed=1)
        card.claim(latest, card.evaluate(latest, 2))
        assert card.stamps() == StampCard((Stamp(latest, 1),))
