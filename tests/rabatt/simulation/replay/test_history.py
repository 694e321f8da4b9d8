"""Grants carried from purchase to purchase: what is booked, what expires, and when the worlds differ."""

from typing import Any

import pytest

from engine.basket.basket import lay_out
from engine.evaluate import work_out
from engine.grants.wallet import everyones_grant_id
from engine.settings import Settings
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.replay.history import History
from rabatt.simulation.worlds import Worlds, make_worlds
from rules import read_grants, read_receipt, read_rules

COFFEE = {"items": [{"id": "coffee"}]}
FREE = {"type": "discount_item_quantity", "value": 1}
EVERYTHING = SharedGrants(None)
TEN_OFF = {"type": "discount_amount", "value": 10}
ONCE = {"id": "once", "requirement": {"item": COFFEE}, "reward": TEN_OFF, "limitation": {"discount_repeat_usage": 1}}
CARD = {"id": "card", "requirement": {"item": COFFEE, "stamp": 2}, "reward": FREE}


def worlds_of(*rules: dict[str, Any], draft: tuple[dict[str, Any], ...] = ()) -> Worlds:
    return make_worlds(read_rules(list(rules)), read_rules(list(draft)) if draft else (), [])


class Shopper:
    """A customer who buys coffees at 100, one a day unless said otherwise, in May 2024."""

    def __init__(
        self, worlds: Worlds, granted: SharedGrants = EVERYTHING, grants: tuple[dict[str, Any], ...] = ()
    ) -> None:
        self.worlds = worlds
        self.history = History("c1", worlds, granted)
        for grant in read_grants([{"customer_id": "c1", **grant} for grant in grants]):
            self.history.take_grant(grant)

    def buys(self, day: int, coffees: int = 1, *, price: int = 100) -> tuple[int, int]:
        """What is taken off in the baseline and in the scenario."""
        line = {"id": "coffee", "quantity": coffees, "gross_amount": price * coffees, "eligible_for_discount": True}
        receipt = read_receipt(
            {
                "receipt_id": f"{day}",
                "purchase_at": f"2024-05-{day:02d}T12:00:00Z",
                "store": {"id": "s"},
                "customer_id": "c1",
                "items": [line],
            }
        )
        basket = lay_out(receipt, self.worlds.ids, Settings())
        wallets = self.history.wallets(basket.purchase_at)
        rule_sets = (self.worlds.baseline, self.worlds.scenario)
        baseline, scenario = (
            work_out(rule_set, basket, wallet, Settings()) for rule_set, wallet in zip(rule_sets, wallets, strict=True)
        )
        self.history.book(baseline, scenario)
        return tuple(sum(booking.amount for booking in one.bookings) for one in (baseline, scenario))  # type: ignore[return-value]


def test_a_coupon_that_everyone_has_is_used_once_by_each() -> None:
    shopper = Shopper(worlds_of(ONCE))
    assert [shopper.buys(day) for day in (1, 2, 3)] == [(10, 10), (0, 0), (0, 0)]


def test_a_card_fills_and_is_spent() -> None:
    shopper = Shopper(worlds_of(CARD))
    assert [shopper.buys(day)[0] for day in range(1, 7)] == [0, 0, 100, 0, 0, 100]


def test_stamps_expire_whether_earned_or_brought() -> None:
    card = {**CARD, "limitation": {"stamp_expire_days": 3}}
    assert [Shopper(worlds_of(card)).buys(day)[0] for day in (1,)] == [0]
    slow = Shopper(worlds_of(card))
    assert [slow.buys(day)[0] for day in (1, 5, 9, 10, 11)] == [0, 0, 0, 0, 100]
    brought = {"id": "g", "discount_id": "card", "created_at": "2024-04-01T00:00:00Z", "statistics": {"stamp": 2}}
    assert Shopper(worlds_of(card), SharedGrants((), frozenset({"card"})), (brought,)).buys(1) == (0, 0)
    fresh = {**brought, "created_at": "2024-04-30T00:00:00Z"}
    assert Shopper(worlds_of(card), SharedGrants((), frozenset({"card"})), (fresh,)).buys(1) == (100, 100)


def test_stamps_without_any_time_are_of_the_first_purchase_that_is_stamped_on_the_card() -> None:
    card = {**CARD, "limitation": {"stamp_expire_days": 3}}
    undated = {"id": "g", "discount_id": "card", "statistics": {"stamp": 1}}
    for days, expected in (((10, 11), [0, 100]), ((10, 14, 15), [0, 0, 0])):
        shopper = Shopper(worlds_of(card), SharedGrants((), frozenset({"card"})), (undated,))
        assert [shopper.buys(day)[0] for day in days] == expected


def test_a_balance_shrinks() -> None:
    gift_card = {"id": "gift", "requirement": {"item": COFFEE}, "reward": {"type": "discount_debit", "value": 150}}
    grant = {"id": "g", "discount_id": "gift"}
    shopper = Shopper(worlds_of(gift_card), SharedGrants((), frozenset({"gift"})), (grant,))
    assert [shopper.buys(day)[0] for day in (1, 2, 3)] == [100, 50, 0]


@pytest.mark.parametrize("everyone", [False, True], ids=["own", "everyone's"])
def test_a_grant_counts_from_when_it_was_made(everyone: bool) -> None:
    rule = {**ONCE, "limitation": {}}
    at = "2024-05-03T00:00:00Z"
    if everyone:
        [made] = read_grants([{"id": "g", "discount_id": "once", "customer_id": "*", "created_at": at}])
        shopper = Shopper(worlds_of(rule), SharedGrants(((made.created_at, "once"),)))
    else:
        grant = {"id": "g", "discount_id": "once", "created_at": at}
        shopper = Shopper(worlds_of(rule), SharedGrants((), frozenset({"once"})), (grant,))
    assert [shopper.buys(day)[0] for day in (2, 3, 4)] == [0, 10, 10]


def test_worlds_differ_from_the_first_use_that_differs_until_they_meet_again() -> None:
    better = {"id": "better", "requirement": {"purchase_to": "2024-05-01T23:00:00Z", "item": COFFEE}}
    draft = {**better, "reward": {"type": "discount_amount", "value": 50}, "limitation": {"discount_combination": 0}}
    shopper = Shopper(worlds_of(ONCE, draft=(draft,)))
    differed = [shopper.history.differs]
    assert shopper.buys(1) == (10, 50)
    differed.append(shopper.history.differs)
    assert differed == [False, True]
    assert shopper.buys(2) == (0, 10)
    # By now both worlds have used it once: their grants differ in their times, not in what is left of them.
    assert shopper.buys(3) == (0, 0)


@pytest.mark.parametrize(("usage", "expected"), [(1, [10, 10, 0, 0]), (2, [10, 10, 0, 0]), (0, [10, 10, 0, 0])])
def test_of_two_grants_with_one_id_the_one_of_which_more_was_used_counts(usage: int, expected: list[int]) -> None:
    twice = {**ONCE, "limitation": {"discount_repeat_usage": 2}}
    stored = {
        "id": everyones_grant_id("once", "c1"),
        "discount_id": "once",
        "created_at": "2024-05-03T00:00:00Z",
        "statistics": {"usage": usage},
    }
    shopper = Shopper(worlds_of(twice), grants=(stored,))
    assert [shopper.buys(day)[0] for day in (1, 2, 3, 4)] == expected
    spent = Shopper(worlds_of(twice), grants=({**stored, "statistics": {"usage": 2}},))
    assert [spent.buys(day)[0] for day in (2, 3, 4)] == [10, 0, 0]


def test_sums_that_no_grant_can_state_are_booked_as_the_largest() -> None:
    many = {**ONCE, "reward": {"type": "discount_percent", "value": 100}, "limitation": {"discount_repeat_usage": 3}}
    shopper = Shopper(worlds_of(many))
    dear = 9 * 10**14 // 100
    assert [shopper.buys(day, price=dear * 100)[0] for day in (1, 2, 3, 4)] == [dear * 100] * 3 + [0]


def test_nothing_is_booked_for_nobody() -> None:
    history = History(None, worlds_of(ONCE), SharedGrants(None))
    assert not history.has_customer
    receipt = read_receipt(
        {
            "receipt_id": "1",
            "purchase_at": "2024-05-01T12:00:00Z",
            "store": {"id": "s"},
            "items": [{"id": "coffee", "gross_amount": 100, "eligible_for_discount": True}],
        }
    )
    worlds = worlds_of(ONCE)
    basket = lay_out(receipt, worlds.ids, Settings())
    for _ in range(2):
        wallet, _ = history.wallets(basket.purchase_at)
        trace = work_out(worlds.baseline, basket, wallet, Settings())
        assert [booking.amount for booking in trace.bookings] == [10]
        history.book(trace, trace)
