"""Stamp cards of a replay: what expired lies beside them, in each world its own."""

from datetime import UTC, datetime, timedelta

from engine import compile_rules
from engine.grants.stamp_card import CardUse, Stamp, StampCard
from rabatt.simulation.replay.cards import CardKey, Cards
from rules import read_rules

[RULE] = compile_rules(
    read_rules(
        [
            {
                "id": "card",
                "requirement": {"item": {"items": [{"id": "tea"}]}, "stamp": 3},
                "reward": {"type": "discount_item_quantity", "value": 1},
                "limitation": {"stamp_expire_days": 10},
            }
        ]
    )
).rules
KEY: CardKey = ("card", "grant")
FIRST = datetime(2024, 5, 1, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def book(cards: Cards, number: int, *, earned: int = 1, spent: int = 0) -> CardUse:
    at = day(number)
    return cards.book(RULE, KEY, cards.of(KEY, None, at), at, earned=earned, spent=spent)


def take_back(cards: Cards, use: CardUse, bought: int, returned: int) -> CardUse:
    card = cards.of(KEY, None, day(bought))
    return cards.take_back(RULE, KEY, card, use, 1, (day(bought), day(returned)))


def test_a_card_does_not_grow_with_what_expired_on_it() -> None:
    cards = Cards()
    for number in range(100):
        book(cards, number)
        assert len(cards.of(KEY, None, day(number)).stamps) <= 11


def test_what_a_purchase_earned_is_taken_where_it_expired() -> None:
    cards = Cards()
    use = book(cards, 0)
    book(cards, 20)
    assert take_back(cards, use, 0, 21) == CardUse()
    # The stamp that lives is not taken for it, and nothing is owed.
    assert cards.of(KEY, None, day(21)) == StampCard((Stamp(day(20), 1),))
    assert take_back(cards, CardUse(1), 0, 21) == CardUse()
    assert cards.of(KEY, None, day(21)) == StampCard()


def test_what_expired_in_one_world_is_not_there_in_the_other() -> None:
    baseline, scenario = Cards(), Cards()
    book(baseline, 0)
    use = book(scenario, 0)
    book(scenario, 1, earned=0, spent=1)
    for cards in (baseline, scenario):
        book(cards, 20)
    # From here on the same lives in both.
    book(baseline, 21)
    scenario.take_over(KEY, baseline)
    # The scenario spent what this purchase earned, so another stamp goes.
    take_back(scenario, use, 0, 22)
    assert scenario.of(KEY, None, day(22)) == StampCard((Stamp(day(20), 1),))
    take_back(baseline, use, 0, 22)
    assert baseline.of(KEY, None, day(22)) == StampCard((Stamp(day(20), 1), Stamp(day(21), 1)))
