"""Returns: goods are paid back once, and what they used of their discounts is given back with them, once."""

from typing import Any

import pytest
from sqlalchemy import select

from rabatt.service.clock import written
from rabatt.service.store.stamps import read_stamps
from rabatt.service.store.tables import claim_lines
from tests.rabatt.service.conftest import Service
from tests.rabatt.service.test_receipts import a_receipt, searched, stored
from tests.support.service.answers import refusal
from tests.support.service.claiming import CLAIMS, check_sums
from tests.support.service.returning import (
    TEN_PERCENT,
    THREE_FOR_TWO,
    body,
    bought,
    grant,
    line,
    open_shop,
    post,
    returned,
    usage,
)

ONCE = {**TEN_PERCENT, "id": "once", "limitation": {"discount_repeat_usage": 1}}
APPLES = {"item": {"items": [{"id": "item-1"}]}}
GIFT_CARD = {"id": "card", "reward": {"type": "discount_debit", "value": 1_000}}
STAMP_CARD = {
    "id": "stamps",
    "reward": {"type": "discount_percent", "value": 100},
    "requirement": {"stamp": 3, **APPLES},
}
FLOWERS = (line(1, 3_000), line(2, 2_000), line(3, 1_000))


def faults(answer: Any) -> dict[str, str]:
    """What is wrong with a body, by path."""
    assert answer.status_code == 422, answer.text
    return {fault["path"]: fault["sentence"] for fault in answer.json()["error"]["errors"]}


@pytest.mark.parametrize(("policy", "refund"), [("as_paid", 3_000), ("spread", 2_500), ("re_evaluate", 2_000)])
def test_three_for_two_of_which_the_dearest_comes_back(service: Service, policy: str, refund: int) -> None:
    open_shop(service, THREE_FOR_TWO)
    assert bought(service, *FLOWERS)["net_amount"] == 5_000
    entry = returned(service, "back-1", (1, 1), policy=policy)
    assert (entry["policy"], entry["refund_amount"], entry["credit_amount"]) == (policy, refund, 0)
    assert entry["items"] == [{"line_id": 1, "quantity": 1, "amount": refund}]
    assert (entry["ref"], entry["receipt_id"], entry["created_by"]) == ("back-1", "r1", "till-1")
    (receipt,) = searched(service, "r1")
    assert receipt["returns"] == [entry]
    assert receipt["net_amount"] == 5_000
    assert receipt["updated_at"] == entry["created_at"]
    check_sums(service.store)
    # Whatever the policy, all of them together are what was paid.
    rest = returned(service, "back-2", (2, None), (3, None), policy=policy)
    assert rest["refund_amount"] == 5_000 - refund
    assert usage(service, "three-for-two") == (0, 0)
    assert [one["ref"] for one in searched(service, "r1")[0]["returns"]] == ["back-1", "back-2"]
    check_sums(service.store)


def test_the_policy_of_the_settings_holds_where_none_is_said(service: Service) -> None:
    open_shop(service, THREE_FOR_TWO)
    bought(service, *FLOWERS)
    assert returned(service, "back", (1, 1))["policy"] == "as_paid"


def test_a_rule_keeps_its_own_policy(service: Service) -> None:
    open_shop(service, {**THREE_FOR_TWO, "limitation": {"return_policy": "re_evaluate"}})
    bought(service, *FLOWERS)
    assert returned(service, "back", (1, 1), policy="as_paid")["refund_amount"] == 2_000


def test_the_same_return_again_has_the_same_answer_and_no_further_effect(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 4))
    first = post(service, body("back", (1, 1)))
    assert first.status_code == 201
    before = searched(service, "r1")
    assert post(service, body("back", (1, 1))).content == first.content
    assert searched(service, "r1") == before
    for other in (body("back", (1, 2)), body("back", (1, 1), policy="spread"), body("back", (1, None))):
        assert refusal(post(service, other)) == (409, "RETURN_DIFFERS")
    bought(service, line(1, 1_000), receipt_id="r2")
    assert refusal(post(service, body("back", (1, 1)), "r2")) == (409, "RETURN_DIFFERS")
    assert "returns" not in searched(service, "r2")[0]


def test_nothing_is_paid_twice(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 999, 3))
    amounts = [returned(service, f"back-{place}", (1, 1))["refund_amount"] for place in range(3)]
    assert sum(amounts) == 2_697
    sentence = "all of line 1 has come back already; leave it out"
    assert faults(post(service, body("more", (1, 1)))) == {"items[0].quantity": sentence}


def test_what_came_back_can_be_used_again(service: Service) -> None:
    open_shop(service, ONCE)
    bought(service, line(1, 1_000, 2))
    assert usage(service, "once") == (1, 200)
    returned(service, "half", (1, 1))
    assert usage(service, "once") == (1, 100)
    assert "discounts" not in bought(service, line(1, 1_000), receipt_id="r2", claim_ref=None)
    returned(service, "all", (1, 1))
    assert usage(service, "once") == (0, 0)
    assert bought(service, line(1, 1_000), receipt_id="r3")["net_amount"] == 900
    assert usage(service, "once") == (1, 100)
    check_sums(service.store)


def test_cancelling_the_claim_afterwards_gives_back_only_the_rest(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 3))
    bought(service, line(1, 1_000), receipt_id="r2")
    returned(service, "one", (1, 1))
    assert usage(service, "ten") == (2, 300)
    claim = service.call("GET", f"{CLAIMS}?ref=r1").json()
    assert service.call("DELETE", f"{CLAIMS}/{claim['id']}").status_code == 200
    assert usage(service, "ten") == (1, 100)
    # Whose claim is cancelled gives nothing back any more, and is paid all the same.
    assert returned(service, "two", (1, 2))["refund_amount"] == 1_800
    assert usage(service, "ten") == (1, 100)
    check_sums(service.store)


def test_a_gift_card_is_credited_before_any_money_is_paid(service: Service) -> None:
    open_shop(service, GIFT_CARD, everyone=False)

    def balance() -> int:
        (rule,) = service.call("GET", "discounts/customers/c/rules").json()
        check_sums(service.store)
        return int(rule["refs"][0]["statistics"]["debit_balance"])

    assert bought(service, line(1, 800, 2))["net_amount"] == 600
    assert balance() == 0
    first = returned(service, "one", (1, 1))
    assert (first["credit_amount"], first["refund_amount"], balance()) == (800, 0, 800)
    second = returned(service, "two", (1, 1))
    assert (second["credit_amount"], second["refund_amount"], balance()) == (200, 600, 1_000)
    assert usage(service, "card") == (0, 0)


def test_stamps_leave_with_the_goods_and_spent_ones_return(service: Service) -> None:
    open_shop(service, STAMP_CARD)

    def stamps() -> tuple[int, int]:
        """What is on the card less what it owes, and how often it was used."""
        row = grant(service, "stamps")
        check_sums(service.store)
        return sum(stamp.count for stamp in read_stamps(row.stamps)) - row.stamps_owed, row.usage

    bought(service, line(1, 500, 2))
    assert stamps() == (2, 0)
    # One is free for three stamps, the other two earn one each.
    bought(service, line(1, 500, 3), receipt_id="r2")
    assert stamps() == (1, 1)
    for ref, left in (("third", 0), ("second", -1)):
        returned(service, ref, (1, 1), receipt_id="r2")
        assert stamps() == (left, 1)
    returned(service, "first", (1, 1), receipt_id="r2")
    assert stamps() == (2, 0)
    returned(service, "all", (1, None))
    assert stamps() == (0, 0)


def test_what_was_never_claimed_is_not_given_back(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 2))
    bought(service, line(1, 1_000, 2), receipt_id="r2", claim_ref=None)
    assert returned(service, "back", (1, None), receipt_id="r2")["refund_amount"] == 1_800
    assert usage(service, "ten") == (1, 200)
    check_sums(service.store)


def test_a_claim_with_another_ref_is_named(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000), claim_ref="till 7, 16:45")
    bought(service, line(1, 1_000), customer_id="d", receipt_id="r2")
    sentence = "no claim of this ref stands that is of the receipt's customer; leave it out if nothing was claimed"
    for ref in ("nowhere", "r2"):
        assert faults(post(service, body("back", (1, None), claim_ref=ref))) == {"claim_ref": sentence}
    returned(service, "back", (1, None), claim_ref="till 7, 16:45")
    assert usage(service, "ten") == (0, 0)
    check_sums(service.store)


def test_a_purchase_without_a_customer_is_returned_too(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000, 2), customer_id=None)
    assert returned(service, "back", (1, None))["refund_amount"] == 1_800
    with service.store.reading() as connection:
        (used,) = connection.execute(select(claim_lines.c.usage, claim_lines.c.amount)).all()
    assert tuple(used) == (0, 0)


def test_what_stays_is_evaluated_with_the_uses_of_its_own_purchase_given_back(service: Service) -> None:
    open_shop(service, ONCE)
    bought(service, line(1, 1_000, 2))
    # Its one use is the purchase's own: what stays is still discounted.
    assert returned(service, "back", (1, 1), policy="re_evaluate")["refund_amount"] == 900
    assert usage(service, "once") == (1, 100)
    check_sums(service.store)


def test_a_discount_that_only_what_stays_would_have_had_is_booked(service: Service) -> None:
    alone = {"discount_combination": 0}
    dear = {"reward": {"type": "discount_percent", "value": 30}, "requirement": {"gross_amount": 2_000}}
    cheap = {"reward": {"type": "discount_percent", "value": 20}, "requirement": APPLES}
    open_shop(service, {"id": "dear", **dear, "limitation": alone}, {"id": "cheap", **cheap, "limitation": alone})
    now = written(service.hands.now())
    assert bought(service, line(1, 1_500), line(2, 1_000), purchase_at=now)["net_amount"] == 1_750
    entry = returned(service, "back", (2, None), policy="re_evaluate")
    assert entry["refund_amount"] == 1_750 - 1_200
    assert usage(service, "dear") == (0, 0)
    assert usage(service, "cheap") == (1, 300)
    check_sums(service.store)
    returned(service, "rest", (1, None), policy="re_evaluate")
    assert usage(service, "cheap") == (0, 0)
    check_sums(service.store)


@pytest.mark.parametrize(
    ("items", "path", "sentence"),
    [
        pytest.param([(7, 1)], "items[0].line_id", "the receipt has no line 7", id="no such line"),
        pytest.param([(1, 3)], "items[0].quantity", "2 of line 1 can come back; here is 3", id="too many"),
        pytest.param([(1, 0.5)], "items[0].quantity", "line 1 has whole pieces; here is 0.5", id="half a piece"),
        pytest.param([(1, 1), (1, 1)], "items[1].line_id", "line 1 is there twice", id="a line twice"),
    ],
)
def test_what_was_not_sold_does_not_come_back(
    service: Service, items: list[tuple[int, float]], path: str, sentence: str
) -> None:
    bought(service, line(1, 1_000, 2))
    found = faults(post(service, body("back", *items)))
    assert list(found) == [path]
    assert found[path].startswith(sentence)
    assert "returns" not in searched(service, "r1")[0]


def test_a_body_is_refused_with_every_fault(service: Service) -> None:
    bought(service, line(1, 1_000))
    wrong = {"ref": "", "items": [{"line": 1}], "policy": "paid", "when": "now"}
    assert set(faults(post(service, wrong))) == {"ref", "items[0].line", "items[0].line_id", "policy", "when"}
    assert faults(post(service, {"ref": "x", "items": []})) == {
        "items": "one at least is wanted; here is an empty list"
    }


def test_only_stored_receipts_have_returns(service: Service) -> None:
    assert refusal(post(service, body("back", (1, 1)))) == (404, "NOT_FOUND")


def test_a_receipt_that_came_with_returns_goes_on_after_them(service: Service) -> None:
    earlier = {"items": [{"line_id": 1, "quantity": 1, "amount": 2_495}], "amount": 2_495, "refund_amount": 2_495}
    stored(service, a_receipt(returns=[earlier]))
    entry = returned(service, "back", (1, None))
    assert (entry["items"][0]["quantity"], entry["refund_amount"]) == (1, 2_495)
    assert searched(service, "r1")[0]["returns"] == [earlier, entry]


def test_after_a_return_nothing_is_added_to_the_receipt(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    evaluated = bought(service, line(1, 1_000, 2), customer_id=None, claim_ref=None)
    returned(service, "back", (1, 1))
    update = {"customer_id": "c", "discounts": evaluated["discounts"]}
    assert refusal(service.call("PUT", "receipts/all/r1", update)) == (409, "RECEIPT_HAS_RETURNS")
    # The receipt as it was first stored is still the same receipt.
    assert service.call("POST", "receipts", evaluated).status_code == 201
