"""Claims that no evaluation can have given: each is refused with its path and its reason, and nothing is booked."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update as change_rows

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from rabatt.service.store.tables import rules
from tests.rabatt.service.conftest import START, Service
from tests.support.service.claiming import (
    PURCHASE,
    add_grants,
    add_rules,
    body,
    check_sums,
    claim,
    grant_row,
    open_shop,
    places,
    problems,
    ref,
    results,
    rule,
)
from tests.support.service.giving import give

SKEW = timedelta(minutes=10)
MOMENT = timedelta(microseconds=1)
RULES = "discounts/rules"
OF_ITEMS = {"item": {"items": [{"id": "apple"}]}}


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules and grants of every kind."""
    open_shop(service)
    return service


def at(time: datetime) -> dict[str, str]:
    """The time of purchase of a body."""
    return {"purchase_at": written(time)}


def test_what_was_booked_once_and_cannot_have_been_given_is_refused(shop: Service) -> None:
    """The claims of the issue, on a rule that gives ten."""
    [amount] = problems(shop, body("r1", ("plain", [ref("plain-c", amount=99_999_999)])), 422)
    assert amount["path"] == "discounts[0].refs[0].amount"
    assert amount["sentence"] == "the rule gives 10 at most in a purchase; claim what the evaluation gave"
    [usage] = problems(shop, body("r1", ("plain", [ref("plain-c", usage=1_000)])), 422)
    assert usage["path"] == "discounts[0].refs[0].usage"
    assert usage["sentence"] == "a purchase uses a grant once: 1, or 0 where it only earned stamps"
    [early] = problems(shop, body("r1", ("plain", [ref("plain-c")]), purchase_at="2020-11-21T12:00:00Z"), 422)
    assert early["path"] == "discounts[0].id"
    assert "more than 366 days after the purchase, at 2020-11-21T12:00:00.000000Z" in early["sentence"]
    [late] = problems(shop, body("r1", ("plain", [ref("plain-c")]), purchase_at="2999-11-21T12:00:00Z"), 422)
    assert late["path"] == "purchase_at"
    assert "ahead of the service's clock" in late["sentence"]
    assert check_sums(shop.store, debit=100) == 0
    assert results(shop) == {"refused": 4}
    claim(shop, body("r1", ("plain", [ref("plain-c")])))


def test_all_that_cannot_be_is_told_at_once(shop: Service) -> None:
    what = body(
        "r1",
        ("plain", [ref("plain-c", amount=11, bonus=1, usage=2, stamp=1), ref("plain-d")]),
        ("unknown", [ref("x", usage=9)]),
        ("stamps", [ref("stamps-c", stamp=3), ref("nobody's", usage=3)]),
        ("points", [ref("points-c", amount=10, bonus=10)]),
        **at(START + timedelta(days=1)),
    )
    assert places(problems(shop, what, 422)) == [
        "purchase_at",
        "discounts[0].refs[0].usage",
        "discounts[0].refs[0].amount",
        "discounts[0].refs[0].bonus",
        "discounts[0].refs[0].stamp",
        "discounts[0].refs[1].id",
        "discounts[1].id",
        "discounts[2].refs[1].id",
        "discounts[2].refs[1].usage",
        "discounts[3].refs[0].amount",
    ]


@pytest.mark.parametrize(
    ("parts", "most"),
    [
        pytest.param({}, 10, id="once off the receipt"),
        pytest.param({"requirement": OF_ITEMS, "limitation": {"discount_reward_usage": 3}}, 30, id="off three units"),
        pytest.param({"requirement": OF_ITEMS}, 10_000_000, id="off each of a million units"),
    ],
)
def test_a_rule_gives_its_most_and_no_coin_more(service: Service, parts: dict[str, Any], most: int) -> None:
    with service.store.writing() as connection:
        add_rules(connection, [rule("d", **parts)])
        add_grants(connection, [("g", "d", "c")])
    assert places(problems(service, body("r1", ("d", [ref("g", amount=most + 1)])), 422)) == [
        "discounts[0].refs[0].amount"
    ]
    claim(service, body("r2", ("d", [ref("g", amount=most)])))


@pytest.mark.parametrize(
    ("requirement", "most"), [({"stamp": 3}, 1), ({"stamp": 3, **OF_ITEMS}, 1_000_000)], ids=["receipt", "items"]
)
def test_a_purchase_earns_no_more_stamps_than_its_units(service: Service, requirement: Any, most: int) -> None:
    with service.store.writing() as connection:
        add_rules(connection, [rule("d", requirement=requirement)])
        add_grants(connection, [("g", "d", "c")])
    earned = ref("g", usage=0, amount=0, stamp=most)
    if most < 1_000_000:
        assert places(problems(service, body("r1", ("d", [{**earned, "stamp": most + 1}])), 422)) == [
            "discounts[0].refs[0].stamp"
        ]
    claim(service, body("r2", ("d", [earned])))


@pytest.mark.parametrize("skew", [-MOMENT, timedelta(0), SKEW - timedelta(seconds=1)])
def test_a_till_whose_clock_is_a_little_ahead_can_claim(shop: Service, skew: timedelta) -> None:
    claim(shop, body("r1", ("plain", [ref("plain-c")]), **at(shop.hands.at + skew)))


def test_a_purchase_that_is_further_ahead_is_taken_once_its_time_is_near(shop: Service) -> None:
    what = body("r1", ("plain", [ref("plain-c")]), **at(shop.hands.at + SKEW + timedelta(minutes=1)))
    [found] = problems(shop, what, 422)
    assert (found["path"], "set the till's clock" in found["sentence"]) == ("purchase_at", True)
    shop.hands.at += timedelta(minutes=2)
    claim(shop, what)


def test_the_rules_window_is_that_of_its_purchases(service: Service) -> None:
    opens, closes = PURCHASE, PURCHASE + timedelta(minutes=5)
    with service.store.writing() as connection:
        window = {"purchase_from": written(opens), "purchase_to": written(closes)}
        add_rules(connection, [rule("d", requirement=window)])
        add_grants(connection, [("g", "d", "c")])
    for number, time in enumerate((opens, closes)):
        claim(service, body(f"in {number}", ("d", [ref("g")]), **at(time)))
    for time, reason in ((opens - MOMENT, "begins at"), (closes + MOMENT, "ended at")):
        [found] = problems(service, body("out", ("d", [ref("g")]), **at(time)), 422)
        assert found["path"] == "discounts[0].id"
        assert reason in found["sentence"]


@pytest.mark.parametrize(("edge", "beyond"), [("purchase_from", "0001-01-01T00:00:00+14:00")])
def test_a_window_at_the_edge_of_the_calendar_is_no_fault(service: Service, edge: str, beyond: str) -> None:
    with service.store.writing() as connection:
        add_rules(connection, [rule("d", requirement={edge: beyond})])
        add_grants(connection, [("g", "d", "c")])
    assert service.call("PUT", f"{RULES}/d", {"name": "Ti av"}).status_code == 200
    claim(service, body("r1", ("d", [ref("g")])))


def test_a_grant_is_good_for_the_days_of_its_rule(service: Service) -> None:
    with service.store.writing() as connection:
        add_rules(connection, [rule("d", limitation={"dynamic_purchase_to_days": 2})])
        add_grants(connection, [("g", "d", "c"), ("star", "d", "*")])
    service.hands.at += timedelta(days=3)
    claim(service, body("r1", ("d", [ref("g")]), **at(START + timedelta(days=2))))
    [found] = problems(service, body("r2", ("d", [ref("g")]), **at(START + timedelta(days=2) + MOMENT)), 422)
    assert found["path"] == "discounts[0].refs[0].id"
    assert f"good until {written(START + timedelta(days=2))}, for 2 days" in found["sentence"]
    of_everyone = ref(everyones_grant_id("d", "x"))
    [found] = problems(service, body("r3", ("d", [of_everyone]), customer_id="x"), 422)
    assert "a grant of their own" in found["sentence"]


@pytest.mark.parametrize("gone", ["rule", "grant", "everyone's grant"])
def test_what_was_deleted_shortly_before_the_purchase_was_there_by_the_tills_clock(shop: Service, gone: str) -> None:
    with shop.store.writing() as connection:
        deleted = {name: PURCHASE if name == gone else None for name in ("rule", "grant", "everyone's grant")}
        add_rules(connection, [rule("d")], deleted_at=deleted["rule"])
        add_grants(connection, [("g", "d", "c")], deleted_at=deleted["grant"])
        add_grants(connection, [("star", "d", "*")], deleted_at=deleted["everyone's grant"])
    used = ref("g") if gone != "everyone's grant" else ref(everyones_grant_id("d", "x"))
    customer = "c" if gone != "everyone's grant" else "x"
    for number, (time, status) in enumerate(((PURCHASE + SKEW, 201), (PURCHASE + SKEW + MOMENT, 422))):
        claim(shop, body(f"r{number}", ("d", [used]), customer_id=customer, **at(time)), status)


def test_who_was_granted_the_rule_during_the_purchase_had_it_as_everyone_or_alone(service: Service) -> None:
    with service.store.writing() as connection:
        add_rules(connection, [rule("d")])
        add_grants(connection, [("star", "d", "*")])
        add_grants(connection, [("own", "d", "c")], created_at=PURCHASE)
    everyones = ref(everyones_grant_id("d", "c"))
    claim(service, body("r1", ("d", [everyones]), **at(PURCHASE + SKEW - MOMENT)))
    claim(service, body("r2", ("d", [ref("own")]), **at(PURCHASE - SKEW)))
    claim(service, body("r3", ("d", [everyones]), **at(PURCHASE + SKEW)), 422)


def changed(service: Service, rule_id: str, **change: Any) -> None:
    answer = service.call("PUT", f"{RULES}/{rule_id}", change)
    assert answer.status_code == 200, answer.text


def test_a_purchase_before_a_change_is_claimed_as_the_rule_was_then(shop: Service) -> None:
    shop.hands.at += timedelta(days=1)
    changed(shop, "plain", reward={"value": 3})
    before, after = at(START + timedelta(hours=1)), at(shop.hands.at + SKEW + timedelta(seconds=1))
    shop.hands.at += timedelta(hours=1)
    assert places(problems(shop, body("r1", ("plain", [ref("plain-c", amount=10)]), **after), 422)) == [
        "discounts[0].refs[0].amount"
    ]
    claim(shop, body("r2", ("plain", [ref("plain-c", amount=10)]), **before))
    # What it never gave it gives to no purchase.
    assert places(problems(shop, body("r3", ("plain", [ref("plain-c", amount=11)]), **before), 422)) == [
        "discounts[0].refs[0].amount"
    ]
    claim(shop, body("r4", ("plain", [ref("plain-c", amount=3)]), **after))


def test_every_document_that_a_rule_had_counts(service: Service) -> None:
    give_to_c = {"id": "d", "reward": {"type": "discount_amount", "value": 10}}
    assert service.call("POST", RULES, give_to_c).status_code == 201
    [grant] = give(service, "d", "c")
    changed(service, "d", reward={"value": 7, "effect": "bonus"})
    changed(service, "d", requirement={"purchase_from": written(START - timedelta(minutes=30))})
    changed(service, "d", active=False)
    changed(service, "d", limitation={"dynamic_purchase_to_days": 0})
    service.hands.at += timedelta(days=1)
    early = at(PURCHASE)
    claim(service, body("r1", ("d", [ref(grant["id"], amount=10)]), **early))
    claim(service, body("r2", ("d", [ref(grant["id"], amount=0, bonus=7)]), **early))
    late = body("r3", ("d", [ref(grant["id"], amount=10)]), **at(START + timedelta(hours=12)))
    assert places(problems(service, late, 422)) == [
        "discounts[0].id",
        "discounts[0].refs[0].id",
        "discounts[0].refs[0].amount",
    ]


def test_a_rule_that_was_off_gave_nothing_until_it_was_on(service: Service) -> None:
    off = {"id": "d", "active": False, "reward": {"type": "discount_amount", "value": 10}}
    assert service.call("POST", RULES, off).status_code == 201
    [grant] = give(service, "d", "c")
    service.hands.at += timedelta(hours=2)
    time = at(START + timedelta(hours=1))
    [found] = problems(service, body("r1", ("d", [ref(grant["id"])]), **time), 422)
    assert (found["path"], "switched off" in found["sentence"]) == ("discounts[0].id", True)
    changed(service, "d", active=True)
    claim(service, body("r2", ("d", [ref(grant["id"])]), **at(service.hands.at)))


def test_of_a_rule_from_before_nobody_knows_what_it_was(shop: Service) -> None:
    """What the migration writes of rules that had been changed: nothing bounds the purchases of that time."""
    with shop.store.writing() as connection:
        connection.execute(change_rows(rules).where(rules.c.id == "plain").values(former_bounds="{}", updated_at=START))
    claim(shop, body("r1", ("plain", [ref("plain-c", amount=11, stamp=1, bonus=1)])))
    shop.hands.at += timedelta(hours=2)
    late = body("r2", ("plain", [ref("plain-c", amount=11)]), **at(START + timedelta(hours=1)))
    assert places(problems(shop, late, 422)) == ["discounts[0].refs[0].amount"]


@pytest.mark.parametrize(
    ("items", "faults"),
    [
        pytest.param([{"line_id": 1, "amount": 4}, {"line_id": 2, "amount": 6}], [], id="they add up"),
        pytest.param([], [], id="there are none"),
        pytest.param(None, [], id="null is none"),
        pytest.param([{"line_id": 1}, {"line_id": 2, "amount": None}], [], id="lines alone"),
        pytest.param([{"line_id": 1, "amount": 9}], ["amount"], id="less"),
        pytest.param([{"line_id": 1, "amount": 10}, {"line_id": 2, "amount": 1}], ["amount"], id="more"),
        pytest.param([{"line_id": 1, "amount": 10, "bonus": 1}], ["bonus"], id="a bonus that is not claimed"),
    ],
)
def test_where_items_are_sent_they_add_up(shop: Service, items: Any, faults: list[str]) -> None:
    what = body("r1", ("plain", [ref("plain-c", items=items)]))
    if faults:
        assert places(problems(shop, what, 422)) == [f"discounts[0].refs[0].{name}" for name in faults]
    else:
        claim(shop, what)


@pytest.mark.parametrize("items", [[{"line_id": 1}], [{"line_id": 1, "amount": 9}]])
def test_a_claim_that_is_booked_is_answered_whatever_its_items_say(shop: Service, items: Any) -> None:
    first = claim(shop, body("r1", ("plain", [ref("plain-c")])))
    assert claim(shop, body("r1", ("plain", [ref("plain-c", items=items)]))) == first
    assert grant_row(shop.store, "plain-c").usage == 1


def test_the_items_of_a_receipts_update_add_up(shop: Service) -> None:
    assert shop.call("POST", "receipts", receipt([])).status_code == 201
    added = [{"name": "at the till"}, {"id": "plain", "refs": [ref("plain-c", items=[{"line_id": 1, "amount": 9}])]}]
    answer = shop.call("PUT", "receipts/all/s1", {"customer_id": "c", "discounts": added})
    assert (answer.status_code, places(answer.json()["error"]["errors"])) == (422, ["discounts[1].refs[0].amount"])
    put(shop, ("plain", [ref("plain-c", items=[{"line_id": 1}])]), status=200)


def test_what_was_booked_before_is_answered_as_before(shop: Service) -> None:
    what = body("r1", ("plain", [ref("plain-c")]))
    first = claim(shop, what)
    changed(shop, "once", reward={"value": 1})
    shop.hands.at = START - timedelta(days=1)
    assert claim(shop, what) == first
    assert grant_row(shop.store, "plain-c").usage == 1


def receipt(goods: list[dict[str, Any]]) -> dict[str, Any]:
    return {"receipt_id": "s1", "purchase_at": written(PURCHASE), "store": {"id": "x"}, "items": goods}


def put(service: Service, *discounts: tuple[str, list[dict[str, Any]]], status: int, **more: Any) -> Any:
    added = [{"id": rule_id, "refs": refs} for rule_id, refs in discounts]
    answer = service.call("PUT", "receipts/all/s1", {"customer_id": "c", "discounts": added, **more})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_claim_of_a_receipt_is_held_against_the_rules_too(shop: Service) -> None:
    shop.hands.at = PURCHASE - SKEW - timedelta(seconds=3)
    assert shop.call("POST", "receipts", receipt([])).status_code == 201
    refs = [ref("plain-c", amount=11, usage=2)]
    answer = shop.call(
        "PUT",
        "receipts/all/s1",
        {"customer_id": "c", "discounts": [{"name": "at the till"}, {"id": "plain", "refs": refs}]},
    )
    assert answer.status_code == 422, answer.text
    assert places(answer.json()["error"]["errors"]) == [
        "receipt.purchase_at",
        "discounts[1].refs[0].usage",
        "discounts[1].refs[0].amount",
    ]
    shop.hands.at = START
    put(shop, ("plain", [ref("plain-c")]), status=200)


@pytest.mark.parametrize(
    ("goods", "most"),
    [
        pytest.param([{"gross_amount": 500}, {"gross_amount": 300}], 800, id="all lines"),
        pytest.param([{"gross_amount": 500}, {"gross_amount": 300, "voided": True}], 500, id="but voided ones"),
        pytest.param([{"gross_amount": 500}, {"gross_amount": -300, "is_return_item": True}], 500, id="and returned"),
        pytest.param([{"gross_amount": 500}, {"gross_amount": -100}], 500, id="a deposit takes nothing off"),
        pytest.param([{"gross_amount": 500}, {"id": "apple"}], None, id="a line of unknown cost"),
        pytest.param([], None, id="no lines"),
    ],
)
def test_no_more_is_taken_off_a_stored_receipt_than_its_goods_cost(
    shop: Service, goods: list[dict[str, Any]], most: int | None
) -> None:
    assert shop.call("POST", "receipts", receipt(goods)).status_code == 201
    refs = [("share", [ref("share-c", amount=(most or 800))]), ("plain", [ref("plain-c", amount=1)])]
    if most is not None:
        answer = put(shop, *refs, status=422)
        assert places(answer["error"]["errors"]) == ["discounts"]
        refs[0][1][0]["amount"] -= 1
    put(shop, *refs, status=200)
