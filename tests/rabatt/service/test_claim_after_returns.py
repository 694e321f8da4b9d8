"""Claims that come after goods of their purchase were returned: the end is the same as if they had come before."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from rabatt.service.store.stamps import read_stamps
from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.service.claiming import CLAIMS, check_sums
from tests.support.service.returning import TEN_PERCENT, bought, grant, line, open_shop, returned, usage

CARD: dict[str, Any] = {"id": "card", "reward": {"type": "discount_debit", "value": 5_000}}
COUPON: dict[str, Any] = {**TEN_PERCENT, "limitation": {"discount_repeat_usage": 1}}
BONUS: dict[str, Any] = {"id": "points", "reward": {"type": "discount_percent", "value": 5, "effect": "bonus"}}
STAMPS: dict[str, Any] = {
    "id": "stamps",
    "reward": {"type": "discount_percent", "value": 100},
    "requirement": {"stamp": 3, "item": {"items": [{"id": "item-1"}]}},
}
EARLIER = "2026-11-21T10:30:00Z"
LATER = "2026-11-21T11:30:00Z"
REFS = pytest.mark.parametrize("ref", ["r1", "till 7, 16:45"])


def claimed(service: Service, evaluated: dict[str, Any], ref: str, status: int = 201, **more: Any) -> Any:
    """The answer to the claim of an evaluated receipt."""
    body = {
        "purchase_at": evaluated["purchase_at"],
        "customer_id": evaluated.get("customer_id"),
        "discounts": evaluated["discounts"],
        "ref": ref,
        **more,
    }
    answer = service.call("POST", CLAIMS, body)
    assert answer.status_code == status, answer.text
    return answer.json()


def balance(service: Service) -> int:
    """What is left on the customer's gift card."""
    (rule,) = service.call("GET", "discounts/customers/c/rules").json()
    return int(rule["refs"][0]["statistics"]["debit_balance"])


def stamps(service: Service) -> int:
    """What is on the customer's stamp card, less what it owes."""
    row = grant(service, "stamps")
    return int(sum(stamp.count for stamp in read_stamps(row.stamps)) - row.stamps_owed)


def where(service: Service) -> list[Any]:
    """All that the customer's grants count."""
    check_sums(service.store)
    rows = [grant(service, rule_id) for rule_id in ("points", "stamps", "ten")]
    return [
        (row.usage, row.amount, row.bonus, row.debit_balance, read_stamps(row.stamps), row.stamps_owed) for row in rows
    ]


@REFS
def test_a_card_whose_goods_came_back_before_the_claim_is_full(service: Service, ref: str) -> None:
    open_shop(service, CARD, everyone=False)
    evaluated = bought(service, line(1, 6_000), claim_ref=None)
    entry = returned(service, "back", (1, None))
    assert (entry["refund_amount"], entry["credit_amount"]) == (1_000, 5_000)
    # Nothing was drawn yet, so nothing is given back yet.
    assert entry["awaits_claim"] == {"credit_amount": 5_000, "discounts": entry["discounts"]}
    assert balance(service) == 5_000
    claimed(service, evaluated, ref)
    assert (balance(service), usage(service, "card")) == (5_000, (0, 0))
    check_sums(service.store, debit=5_000)


@REFS
def test_half_comes_back_then_the_claim_then_the_other_half(service: Service, ref: str) -> None:
    open_shop(service, CARD, everyone=False)
    evaluated = bought(service, line(1, 3_000, 2), claim_ref=None)
    assert returned(service, "one", (1, 1))["awaits_claim"]["credit_amount"] == 3_000
    claimed(service, evaluated, ref)
    assert (balance(service), usage(service, "card")) == (3_000, (1, 2_000))
    second = returned(service, "two", (1, 1))
    assert (second["credit_amount"], second["refund_amount"]) == (2_000, 1_000)
    assert "awaits_claim" not in second
    assert (balance(service), usage(service, "card")) == (5_000, (0, 0))
    check_sums(service.store, debit=5_000)


def test_a_claim_with_a_ref_of_its_own_is_found_by_the_return(service: Service) -> None:
    open_shop(service, CARD, everyone=False)
    bought(service, line(1, 6_000), claim_ref="till 7, 16:45")
    assert balance(service) == 0
    assert "awaits_claim" not in returned(service, "back", (1, None))
    assert (balance(service), usage(service, "card")) == (5_000, (0, 0))


def test_what_came_back_to_the_card_may_be_spent_before_the_claim_comes(service: Service) -> None:
    open_shop(service, CARD, everyone=False)
    evaluated = bought(service, line(1, 5_000), claim_ref=None)
    returned(service, "back", (1, None))
    bought(service, line(1, 5_000), receipt_id="r2", purchase_at=LATER)
    assert balance(service) == 0
    claimed(service, evaluated, "late")
    assert (balance(service), usage(service, "card")) == (0, (1, 5_000))


def test_the_use_of_a_coupon_is_free_again(service: Service) -> None:
    open_shop(service, COUPON)
    evaluated = bought(service, line(1, 1_000), claim_ref=None)
    returned(service, "back", (1, None))
    bought(service, line(1, 2_000), receipt_id="r2")
    claimed(service, evaluated, "late")
    assert usage(service, "ten") == (1, 200)
    check_sums(service.store)


def test_a_limit_is_upheld_for_what_did_not_come_back(service: Service) -> None:
    open_shop(service, COUPON)
    evaluated = bought(service, line(1, 1_000, 2), claim_ref=None)
    bought(service, line(1, 2_000), receipt_id="r2")
    returned(service, "back", (1, 1))
    (problem,) = claimed(service, evaluated, "late", 409)["error"]["errors"]
    assert problem["limit"] == "limitation.discount_repeat_usage"


def test_stamps_that_came_back_may_be_spent_before_the_claim_comes(service: Service) -> None:
    open_shop(service, STAMPS)
    bought(service, line(1, 500, 3), receipt_id="r0")
    assert stamps(service) == 3
    evaluated = bought(service, line(1, 500), claim_ref=None)
    assert evaluated["net_amount"] == 0
    returned(service, "back", (1, None))
    assert bought(service, line(1, 500), receipt_id="r2", purchase_at=LATER)["net_amount"] == 0
    claimed(service, evaluated, "late")
    assert (stamps(service), usage(service, "stamps")) == (0, (1, 500))
    check_sums(service.store)


def test_a_claim_names_its_receipt(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    evaluated = bought(service, line(1, 1_000, 2), claim_ref=None)
    returned(service, "back", (1, 1))
    answer = claimed(service, {**evaluated, "purchase_at": "2026-11-21T10:59:59Z"}, "late", receipt_id="r1")
    assert answer["receipt_id"] == "r1"
    assert usage(service, "ten") == (1, 100)
    returned(service, "rest", (1, 1))
    assert usage(service, "ten") == (0, 0)


def test_a_claim_that_names_a_receipt_which_comes_later_is_found(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    receipt: dict[str, Any] = {"receipt_id": "r1", "purchase_at": "2026-11-21T11:00:00Z", "store": {"id": "s1"}}
    receipt |= {"customer_id": "c", "items": [line(1, 1_000)]}
    evaluated = service.call("POST", "discounts/available_for_receipt", receipt).json()
    claimed(service, {**evaluated, "purchase_at": "2026-11-21T10:59:59Z"}, "till 7", receipt_id="r1")
    assert service.call("POST", "receipts", evaluated).status_code == 201
    assert "awaits_claim" not in returned(service, "back", (1, None))
    assert usage(service, "ten") == (0, 0)


def test_another_receipt_in_the_same_claim_is_another_claim(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    evaluated = bought(service, line(1, 1_000), claim_ref=None)
    first = claimed(service, evaluated, "late", receipt_id="r1")
    assert claimed(service, evaluated, "late", receipt_id="r1") == first
    assert claimed(service, evaluated, "late", 409, receipt_id="r2")["error"]["code"] == "CLAIM_DIFFERS"


def test_a_claim_is_of_the_receipt_of_its_customer_only(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000), claim_ref=None, customer_id="d")
    returned(service, "back", (1, None))
    evaluated = bought(service, line(1, 1_000), receipt_id="r2", claim_ref=None)
    claimed(service, evaluated, "r1")
    assert usage(service, "ten") == (1, 100)


def test_each_of_two_equal_purchases_has_its_own_claim(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    both = [bought(service, line(1, 1_000), receipt_id=name, claim_ref=None) for name in ("r1", "r2")]
    returned(service, "back", (1, None), receipt_id="r2")
    claimed(service, both[0], "first")
    claimed(service, both[1], "second")
    assert usage(service, "ten") == (1, 100)
    returned(service, "again", (1, None), receipt_id="r1")
    assert usage(service, "ten") == (0, 0)
    check_sums(service.store)


def test_a_claim_under_the_id_of_another_receipt_is_not_taken_for_this_one(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bought(service, line(1, 1_000), claim_ref=None)
    # Equal to the microsecond.
    bought(service, line(1, 1_000), receipt_id="r2")
    assert "awaits_claim" in returned(service, "back", (1, None))
    assert usage(service, "ten") == (1, 100)


def test_the_parts_of_a_purchase_may_be_claimed_one_by_one(service: Service) -> None:
    open_shop(service, TEN_PERCENT, BONUS)
    evaluated = bought(service, line(1, 1_000, 2), claim_ref=None)
    first, second = evaluated["discounts"]
    claimed(service, {**evaluated, "discounts": [first]}, "one")
    waiting = returned(service, "back", (1, 1))["awaits_claim"]
    assert [one["id"] for one in waiting["discounts"]] == [second["id"]]
    claimed(service, {**evaluated, "discounts": [second]}, "two")
    assert (usage(service, "ten"), grant(service, "points").bonus) == ((1, 100), 50)
    returned(service, "rest", (1, 1))
    assert (usage(service, "ten"), grant(service, "points").bonus) == ((0, 0), 0)
    check_sums(service.store)


def test_who_claims_again_after_cancelling_claims_what_is_left(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    evaluated = bought(service, line(1, 1_000, 3))
    returned(service, "one", (1, 1))
    claim = service.call("GET", f"{CLAIMS}?ref=r1").json()
    assert service.call("DELETE", f"{CLAIMS}/{claim['id']}").status_code == 200
    assert "awaits_claim" in returned(service, "two", (1, 1))
    assert usage(service, "ten") == (0, 0)
    claimed(service, evaluated, "again")
    assert usage(service, "ten") == (1, 100)
    check_sums(service.store)


def test_what_only_the_kept_goods_use_is_booked_with_the_late_claim(service: Service) -> None:
    alone = {"discount_combination": 0}
    dear = {"reward": {"type": "discount_percent", "value": 30}, "requirement": {"gross_amount": 2_000}}
    cheap = {"reward": {"type": "discount_percent", "value": 20}}
    only = {"requirement": {"item": {"items": [{"id": "item-1"}]}}}
    open_shop(
        service, {"id": "dear", **dear, "limitation": alone}, {"id": "cheap", **cheap, **only, "limitation": alone}
    )
    at = service.hands.now().isoformat()
    evaluated = bought(service, line(1, 1_500), line(2, 1_000), purchase_at=at, claim_ref=None)
    assert returned(service, "back", (2, None), policy="re_evaluate")["refund_amount"] == 1_750 - 1_200
    claimed(service, evaluated, "late")
    assert (usage(service, "dear"), usage(service, "cheap")) == ((0, 0), (1, 300))
    check_sums(service.store)
    returned(service, "rest", (1, None), policy="re_evaluate")
    assert usage(service, "cheap") == (0, 0)
    check_sums(service.store)


def test_claims_and_receipts_find_each_other_by_an_index(tmp_path: Path) -> None:
    """So that a claim and a return cost the same however many of them an account has."""
    for service in running(new_url("sqlite", tmp_path)):
        open_shop(service, TEN_PERCENT)
        evaluated = bought(service, line(1, 1_000, 2), claim_ref=None)
        asked: list[tuple[str, Any]] = []

        @event.listens_for(service.store.writers, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, query: str, values: Any, *_: Any, asked: Any = asked) -> None:
            asked.append((query, values))

        returned(service, "one", (1, 1))
        claimed(service, evaluated, "late")
        returned(service, "two", (1, 1))
        event.remove(service.store.writers, "before_cursor_execute", note)
        queries = dict(asked)
        found = [
            query for query in queries if "SELECT" in query and ("FROM claims" in query or "FROM receipts" in query)
        ]
        assert len(found) > 6
        with service.store.reading() as connection:
            for query in found:
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", queries[query]):
                    # Never all of an account; what was found may be sorted.
                    is_looked_up = not step[3].startswith(("SEARCH", "SCAN")) or "=? AND " in step[3]
                    assert is_looked_up, (query, step[3])


STEPS = ("claim", "one", "two")


def test_claims_and_returns_end_in_the_same_grants_in_every_order(service: Service) -> None:
    open_shop(service, TEN_PERCENT, BONUS, STAMPS)
    ends = []
    for number, order in enumerate(permutations(STEPS)):
        for ref in ("", "till "):
            receipt_id = f"{ref}r{number}"
            bought(service, line(1, 500, 3), line(2, 700, 2), receipt_id=f"{receipt_id} before", purchase_at=EARLIER)
            evaluated = bought(service, line(1, 500, 5), line(2, 700, 2), receipt_id=receipt_id, claim_ref=None)
            do: dict[str, Callable[[], Any]] = {
                "claim": lambda: claimed(service, evaluated, ref + receipt_id),  # noqa: B023 - called at once
                "one": lambda: returned(service, f"{receipt_id} 1", (1, 3), receipt_id=receipt_id),  # noqa: B023
                "two": lambda: returned(service, f"{receipt_id} 2", (2, 1), receipt_id=receipt_id),  # noqa: B023
            }
            before = where(service)
            for step in order:
                do[step]()
            after = where(service)
            ends.append([tuple(b[i] - a[i] for i in range(3)) for a, b in zip(before, after, strict=True)])
            claim = service.call("GET", f"{CLAIMS}?ref={ref + receipt_id}").json()
            assert service.call("DELETE", f"{CLAIMS}/{claim['id']}").status_code == 200
            assert where(service) == before
            claim = service.call("GET", f"{CLAIMS}?ref={receipt_id} before").json()
            assert service.call("DELETE", f"{CLAIMS}/{claim['id']}").status_code == 200
    assert len({str(end) for end in ends}) == 1, ends
