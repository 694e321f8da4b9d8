"""A stamp card over purchases, returns and cancelled purchases: worked rows, one for each branch of what may happen."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.grants.stamp_card import (
    CardUse,
    Stamp,
    StampCard,
    after_cancelling,
    after_purchase,
    after_return,
    live_count,
)

START = datetime(2026, 10, 1, 12, tzinfo=UTC)
FOR_EVER = -1


def day(number: int) -> datetime:
    """Return noon of a day, counted from 0."""
    return START + timedelta(days=number)


def card(*stamps: tuple[int, int], owed: int = 0) -> StampCard:
    """Return a card with counts of stamps by their day."""
    return StampCard(tuple(Stamp(day(number), count) for number, count in stamps), owed)


def test_stamps_live_until_they_expire() -> None:
    held = card((0, 2), (3, 1))
    assert live_count(held, day(5), FOR_EVER) == 3
    assert live_count(held, day(5), 4) == 1
    assert live_count(held, day(5), 1) == 0


@pytest.mark.parametrize(
    ("before", "earned", "spent", "after", "gone"),
    [
        pytest.param(card(), 2, 0, card((5, 2)), (), id="earned stamps have the time of the purchase"),
        pytest.param(card((0, 2), (1, 2)), 1, 3, card((1, 1), (5, 1)), ((0, 2), (1, 1)), id="the oldest go first"),
        pytest.param(card((0, 1)), 3, 2, card((5, 2)), ((0, 1), (5, 1)), id="those of the purchase go last"),
        pytest.param(card(owed=2), 3, 0, card((5, 1)), (), id="what is earned makes up for what is owed"),
        pytest.param(card(owed=4), 3, 0, card(owed=1), (), id="as far as it goes"),
    ],
)
def test_a_purchase_spends_and_earns(
    before: StampCard, earned: int, spent: int, after: StampCard, gone: tuple[tuple[int, int], ...]
) -> None:
    found = after_purchase(before, day(5), FOR_EVER, earned=earned, spent=spent)
    assert found.card == after
    assert found.stamps == tuple(Stamp(day(number), count) for number, count in gone)


def test_stamps_that_expired_are_not_spent() -> None:
    found = after_purchase(card((0, 2), (4, 1)), day(5), 2, earned=1, spent=2)
    assert found.stamps == (Stamp(day(4), 1), Stamp(day(5), 1))
    assert found.card == card((0, 2))


@pytest.mark.parametrize(
    ("before", "earned", "spent", "after"),
    [
        pytest.param(card((0, 1), (2, 3)), 2, (), card((0, 1), (2, 1)), id="its own stamps leave"),
        pytest.param(card((0, 1), (3, 2)), 2, (), card((0, 1)), id="else the newest that live"),
        pytest.param(card((3, 1)), 2, (), card(owed=1), id="what is not there is owed"),
        pytest.param(card(), 0, ((0, 2),), card((0, 2)), id="what was spent returns with its time"),
        pytest.param(card(), 1, ((0, 2),), card((0, 1)), id="and can make up for what was earned"),
    ],
)
def test_a_purchase_is_undone(
    before: StampCard, earned: int, spent: tuple[tuple[int, int], ...], after: StampCard
) -> None:
    back = tuple(Stamp(day(number), count) for number, count in spent)
    assert after_cancelling(before, day(2), FOR_EVER, day(6), earned=earned, spent=back) == after


def test_stamps_that_expired_stay_unless_they_returned_just_now() -> None:
    assert after_cancelling(card((0, 5)), day(2), 1, day(6), earned=1, spent=()) == card((0, 5), owed=1)
    returned = (Stamp(day(0), 2),)
    assert after_cancelling(card((0, 5)), day(2), 1, day(6), earned=3, spent=returned) == card((0, 5), owed=1)


@pytest.mark.parametrize(
    ("use", "stamp", "left", "after"),
    [
        pytest.param(CardUse(3), 2, CardUse(1), card((1, 1), (2, 1)), id="earned stamps leave"),
        pytest.param(CardUse(1), 2, CardUse(), card((1, 1), (2, 2)), id="never more than were earned"),
        pytest.param(
            CardUse(0, (Stamp(day(0), 2), Stamp(day(1), 1))),
            -2,
            CardUse(0, (Stamp(day(0), 1),)),
            card((0, 1), (1, 2), (2, 3)),
            id="spent stamps return, the last first",
        ),
        pytest.param(CardUse(1), -2, CardUse(3), card((1, 1), (2, 5)), id="more than were spent are earned"),
    ],
)
def test_goods_of_a_purchase_come_back(use: CardUse, stamp: int, left: CardUse, after: StampCard) -> None:
    assert after_return(card((1, 1), (2, 3)), use, stamp, day(2), FOR_EVER, day(6)) == (left, after)
