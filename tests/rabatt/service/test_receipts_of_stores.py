"""Two stores of an account have receipts of one number: each is stored, completed, returned and credited by itself."""

from typing import Any
from urllib.parse import quote

import pytest

from rabatt.service.identifiers import LONGEST, store_key
from tests.rabatt.service.conftest import Service
from tests.rabatt.service.test_receipts import a_receipt, post, searched, stored
from tests.support.service.answers import refusal
from tests.support.service.claiming import CLAIMS, check_sums
from tests.support.service.noting import call, made
from tests.support.service.returning import TEN_PERCENT, body, line, open_shop, usage
from tests.support.service.returning import post as post_return

NUMBER = "1001"
LATER = "2026-11-20T19:30:00+01:00"


def of(store_id: str, **fields: Any) -> dict[str, Any]:
    """A receipt of the number."""
    return a_receipt(NUMBER, store={"id": store_id}, **fields)


def two_stores(service: Service, **fields: Any) -> None:
    """The number is that of a receipt in Bergen, and of another in Oslo."""
    stored(service, of("bergen", **fields))
    stored(service, of("oslo", purchase_at=LATER, **fields))


def asked_which(answer: Any, path: str = "query.store_id") -> bool:
    """Whether an answer names both stores and asks which is meant."""
    named = [
        {"path": path, "sentence": f'the store "{store}" has one', "nearest": None, "store_id": store}
        for store in ("bergen", "oslo")
    ]
    assert answer.json()["error"]["errors"] == named, answer.text
    return refusal(answer) == (409, "STORE_IS_NEEDED")


def test_each_store_has_a_receipt_of_the_number(service: Service) -> None:
    first = post(service, of("bergen"))
    second = post(service, of("oslo"))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert post(service, of("bergen")).content == first.content
    assert post(service, of("oslo")).content == second.content
    # A till beside it, or the year after, has to say so in the number.
    answer = post(service, of("oslo", purchase_at="2027-11-20T18:30:00+01:00"))
    assert refusal(answer) == (409, "RECEIPT_EXISTS")
    assert answer.json()["error"]["message"].endswith("as of another till or year, say that in its receipt_id")


def test_a_search_has_the_receipts_of_all_stores(service: Service) -> None:
    two_stores(service)
    assert [one["store"]["id"] for one in searched(service, NUMBER)] == ["bergen", "oslo"]
    assert [one["store"]["id"] for one in searched(service, NUMBER, store_id="bergen")] == ["bergen"]
    assert searched(service, NUMBER, store_id="tromsø") == []


def test_an_update_names_its_store_where_two_have_the_number(service: Service) -> None:
    two_stores(service)
    kim = {"customer_id": "kim"}
    assert asked_which(service.call("PUT", f"receipts/all/{NUMBER}", kim))
    first = service.call("PUT", f"receipts/all/{NUMBER}?store_id=bergen", kim)
    assert (first.status_code, first.json()["store"]["id"]) == (200, "bergen")
    assert service.call("PUT", f"receipts/all/{NUMBER}?store_id=troms", kim).status_code == 404
    assert [one.get("customer_id") for one in searched(service, NUMBER)] == ["kim", None]


def test_an_update_that_was_made_before_the_other_store_had_the_number_is_known_again(service: Service) -> None:
    stored(service, of("bergen"))
    kim = {"customer_id": "kim", "discounts": [{"id": "coupon"}]}
    first = service.call("PUT", f"receipts/all/{NUMBER}", kim)
    stored(service, of("oslo"))
    again = service.call("PUT", f"receipts/all/{NUMBER}", kim)
    assert (again.status_code, again.content) == (200, first.content)
    assert asked_which(service.call("PUT", f"receipts/all/{NUMBER}", {"customer_id": "ida"}))


def test_goods_are_returned_to_the_store_that_is_named(service: Service) -> None:
    two_stores(service, items=[line(1, 1_000, 3)])
    assert asked_which(post_return(service, body("back", (1, 1)), NUMBER))
    here, there = (
        service.call("POST", f"receipts/all/{NUMBER}/returns?store_id={store}", body("back", (1, pieces)))
        for store, pieces in (("bergen", 1), ("oslo", 2))
    )
    assert (here.json()["refund_amount"], there.json()["refund_amount"]) == (1_000, 2_000)
    bergen, oslo = searched(service, NUMBER)
    assert [one["refund_amount"] for one in oslo["returns"]] == [2_000]
    assert [one["refund_amount"] for one in bergen["returns"]] == [1_000]
    # Each is known again by what it says, where that is one of them alone.
    assert post_return(service, body("back", (1, 2)), NUMBER).content == there.content
    other = service.call("POST", f"receipts/all/{NUMBER}/returns?store_id=oslo", body("back", (1, 1)))
    assert refusal(other) == (409, "RETURN_DIFFERS")


def test_a_return_of_the_ref_that_two_stores_have_is_credited_where_the_store_is_named(service: Service) -> None:
    two_stores(service, items=[line(1, 1_000, 2)], currency="DKK")
    for store, pieces in (("bergen", 1), ("oslo", 2)):
        back = body("back", (1, pieces))
        assert service.call("POST", f"receipts/all/{NUMBER}/returns?store_id={store}", back).status_code == 201
    assert asked_which(call(service, "POST", "", {"fromReturn": "back"}), "fromStore")
    notes = [made(service, {"fromReturn": "back", "fromStore": store}) for store in ("bergen", "oslo")]
    assert [note["TotalInclVat"] for note in notes] == [10.0, 20.0]
    for store in ("bergen", "oslo"):
        again = call(service, "POST", "", {"fromReturn": "back", "fromStore": store})
        assert refusal(again) == (409, "RETURN_HAS_NOTE")
    unknown = call(service, "POST", "", {"fromReturn": "back", "fromStore": "troms"})
    assert refusal(unknown) == (422, "INVALID")


def discounted(service: Service, store_id: str, purchase_at: str, pieces: int) -> dict[str, Any]:
    """An anonymous receipt of the number that is stored, and the discounts that its customer gets."""
    receipt = of(store_id, purchase_at=purchase_at, items=[line(1, 1_000, pieces)])
    answer = service.call("POST", "discounts/available_for_receipt", {**receipt, "customer_id": "kim"})
    stored(service, receipt)
    return {"customer_id": "kim", "discounts": answer.json()["discounts"]}


def test_the_uses_of_both_stores_count_and_each_return_gives_back_its_own(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    for store, at, pieces in (("bergen", "2026-11-20T18:30:00+01:00", 1), ("oslo", LATER, 2)):
        update = discounted(service, store, at, pieces)
        for _ in range(2):
            answer = service.call("PUT", f"receipts/all/{NUMBER}?store_id={store}", update)
            assert answer.status_code == 200, answer.text
    assert usage(service, "ten", "kim") == (2, 300)
    back = service.call("POST", f"receipts/all/{NUMBER}/returns?store_id=oslo", body("back", (1, None)))
    assert back.json()["refund_amount"] == 2_000
    assert usage(service, "ten", "kim") == (1, 100)
    check_sums(service.store)


@pytest.mark.parametrize("names_store", [True, False], ids=["with its store", "without"])
def test_a_receipt_that_was_claimed_before_it_is_updated_is_counted_once(service: Service, names_store: bool) -> None:
    open_shop(service, TEN_PERCENT)
    stored(service, of("bergen"))
    update = discounted(service, "oslo", LATER, 2)
    claim = {"ref": NUMBER, "purchase_at": LATER, **update}
    if names_store:
        claim["store_id"] = "oslo"
    assert service.call("POST", CLAIMS, claim).status_code == 201
    assert service.call("PUT", f"receipts/all/{NUMBER}?store_id=oslo", update).status_code == 200
    assert usage(service, "ten", "kim") == (1, 200)


def test_a_return_gives_back_no_claim_that_may_be_another_stores(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    update = discounted(service, "bergen", "2026-11-20T18:30:00+01:00", 1)
    # The till in Bergen claims and names no store; the one in Oslo never claimed.
    claim = {"ref": NUMBER, "purchase_at": "2026-11-20T18:30:00+01:00", **update}
    assert service.call("POST", CLAIMS, claim).status_code == 201
    receipt = of("oslo", purchase_at=LATER, items=[line(1, 1_000, 1)], customer_id="kim")
    stored(service, service.call("POST", "discounts/available_for_receipt", receipt).json())
    oslo = f"receipts/all/{NUMBER}/returns?store_id=oslo"
    assert service.call("POST", oslo, body("back", (1, 1))).json()["refund_amount"] == 900
    assert usage(service, "ten", "kim") == (1, 100)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        pytest.param("bodø", "bodo\u0338", False, id="another letter"),
        pytest.param("troms\u00e5", "tromsa\u030a", True, id="another spelling"),
        pytest.param("s1", "S1", False, id="another case"),
        pytest.param("s", "s\0", False, id="a sign that no index holds"),
        pytest.param("x" * (LONGEST + 1), "x" * (LONGEST + 2), False, id="too long for an index"),
    ],
)
def test_stores_are_told_apart_by_their_ids(service: Service, one: str, other: str, is_same: bool) -> None:
    assert (store_key(one) == store_key(other)) is is_same
    stored(service, of(one))
    assert post(service, of(other, purchase_at=LATER)).status_code == (409 if is_same else 201)
    assert [found["store"]["id"] for found in searched(service, NUMBER, store_id=one)] == [one]


@pytest.mark.parametrize(
    "store_id",
    [
        pytest.param("oslo ", id="a blank at its end"),
        pytest.param("os\u200blo", id="a sign that nobody sees"),
        pytest.param("os\0lo", id="a sign that no index holds"),
        pytest.param("x" * (LONGEST + 1), id="too long for an index"),
    ],
)
def test_a_store_is_named_wherever_it_has_to_be_whatever_its_id_is(service: Service, store_id: str) -> None:
    open_shop(service, TEN_PERCENT)
    for store, amount in (("bergen", 1_000), (store_id, 2_000)):
        receipt = of(store, items=[line(1, amount, 1)], customer_id="kim")
        answered = service.call("POST", "discounts/available_for_receipt", receipt).json()
        stored(service, answered)
        claim = {"ref": NUMBER, "store_id": store, "purchase_at": receipt["purchase_at"], "customer_id": "kim"}
        booked = service.call("POST", CLAIMS, {**claim, "discounts": answered["discounts"]})
        assert booked.status_code == 201, booked.text
    assert usage(service, "ten", "kim") == (2, 300)
    named = service.call("POST", f"receipts/all/{NUMBER}/returns", body("back", (1, 1))).json()["error"]["errors"]
    (key,) = [error["store_id"] for error in named if error["store_id"] != "bergen"]
    # What the answer names, and what the receipt says, are both the store.
    for which in (key, store_id):
        back = service.call("POST", f"receipts/all/{NUMBER}/returns?store_id={quote(which)}", body("back", (1, 1)))
        assert back.json()["refund_amount"] == 1_800, back.text
        found = service.call("GET", f"{CLAIMS}?ref={NUMBER}&store_id={quote(which)}")
        assert found.json()["store_id"] == key, found.text
    assert usage(service, "ten", "kim") == (1, 100)
