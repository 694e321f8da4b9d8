"""Two stores of an account claim under one ref: each claim is booked, found, repeated and cancelled by itself."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rabatt.service.clock import written
from tests.rabatt.service.conftest import START, Service
from tests.support.service.answers import refusal
from tests.support.service.claiming import CLAIMS, PURCHASE, check_sums
from tests.support.service.returning import TEN_PERCENT, line, open_shop, usage

REF = "1001"


def claim_of(service: Service, pieces: int, **fields: Any) -> dict[str, Any]:
    """The claim of a purchase of so many pieces."""
    receipt = {
        "receipt_id": REF,
        "purchase_at": written(PURCHASE),
        "store": {"id": "s1"},
        "customer_id": "c",
        "items": [line(1, 1_000, pieces)],
    }
    discounts = service.call("POST", "discounts/available_for_receipt", receipt).json()["discounts"]
    return {"ref": REF, "purchase_at": written(PURCHASE), "customer_id": "c", "discounts": discounts, **fields}


def claimed(service: Service, claim: dict[str, Any]) -> Any:
    answer = service.call("POST", CLAIMS, claim)
    assert answer.status_code == 201, answer.text
    return answer


def found(service: Service, query: str = "") -> Any:
    return service.call("GET", f"{CLAIMS}?ref={REF}{query}")


def test_both_are_booked_once_and_found_by_their_stores(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    bergen, oslo = claim_of(service, 1, store_id="bergen"), claim_of(service, 2, store_id="oslo")
    first, second = claimed(service, bergen), claimed(service, oslo)
    assert (first.json()["store_id"], second.json()["store_id"]) == ("bergen", "oslo")
    assert claimed(service, bergen).content == first.content
    assert claimed(service, oslo).content == second.content
    assert usage(service, "ten") == (2, 300)
    which = found(service)
    assert refusal(which) == (409, "STORE_IS_NEEDED")
    assert [fault["store_id"] for fault in which.json()["error"]["errors"]] == ["bergen", "oslo"]
    assert found(service, "&store_id=oslo").content == second.content
    assert found(service, "&store_id=troms").status_code == 404
    check_sums(service.store)


def test_another_claim_of_the_same_store_differs(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    claimed(service, claim_of(service, 1, store_id="bergen"))
    for more in ({"store_id": "bergen"}, {}):
        answer = service.call("POST", CLAIMS, claim_of(service, 2, **more))
        assert refusal(answer) == (409, "CLAIM_DIFFERS")
        assert answer.json()["error"]["message"].endswith("give each purchase its own, or say its store_id")


def test_who_says_the_store_only_later_has_the_claim_that_was_made(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    first = claimed(service, claim_of(service, 1))
    assert claimed(service, claim_of(service, 1, store_id="bergen")).content == first.content
    assert "store_id" not in first.json()
    assert found(service, "&store_id=bergen").content == first.content
    assert usage(service, "ten") == (1, 100)


def test_a_claim_without_a_store_is_of_the_purchase_of_its_time(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    claimed(service, claim_of(service, 1))
    # At the same time it is the same purchase, and says something else.
    assert refusal(service.call("POST", CLAIMS, claim_of(service, 2, store_id="oslo"))) == (409, "CLAIM_DIFFERS")
    second = claimed(service, claim_of(service, 2, store_id="oslo", purchase_at=written(START)))
    assert usage(service, "ten") == (2, 300)
    which = found(service)
    assert refusal(which) == (409, "STORE_IS_NEEDED")
    sentences = [fault["sentence"] for fault in which.json()["error"]["errors"]]
    assert sentences == ['the store "oslo" has one', "one names no store"]
    assert found(service, "&store_id=oslo").content == second.content
    assert found(service, "&store_id=bergen").json()["discounts"][0]["refs"][0]["amount"] == 100


def test_cancelling_one_leaves_the_others(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    claims = [claim_of(service, pieces, store_id=f"s{pieces}") for pieces in (1, 2, 3)]
    ids = [claimed(service, claim).json()["id"] for claim in claims]
    assert service.call("DELETE", f"{CLAIMS}/{ids[0]}").status_code == 200
    assert usage(service, "ten") == (2, 500)
    assert refusal(service.call("POST", CLAIMS, claims[0])) == (409, "CLAIM_CANCELLED")
    assert [claimed(service, claim).json()["id"] for claim in claims[1:]] == ids[1:]
    check_sums(service.store)


def test_many_stores_at_once_have_one_claim_each(service: Service) -> None:
    open_shop(service, TEN_PERCENT)
    claims = [claim_of(service, pieces, store_id=f"s{pieces}") for pieces in range(1, 5)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda claim: service.call("POST", CLAIMS, claim), claims * 4))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 4
    assert usage(service, "ten") == (4, 1_000)
    check_sums(service.store)
