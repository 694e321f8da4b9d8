"""Claims and what happens to their rules and grants meanwhile: no limit is passed, and no balance is lost."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

import pytest

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from rabatt.service.routes.claims import ClaimBody, request_of
from rabatt.service.store.claims import claim_or_repeat
from tests.rabatt.service.conftest import START, Service
from tests.support.service.answers import paths
from tests.support.service.claiming import PURCHASE
from tests.support.service.rows import put_grants, put_rules
from tests.support.waiting import PATIENCE

CLAIMS = "discounts/available_for_receipt/claims"
Document = dict[str, Any]


def a_rule(rule_id: str, reward: Document, **parts: Any) -> Document:
    return {"id": rule_id, "requirement": {"item": {"items": [{"id": "apple"}]}}, "reward": reward, **parts}


def debit(rule_id: str, value: int) -> Document:
    return a_rule(rule_id, {"type": "discount_debit", "value": value})


def a_claim(ref: str, rule_id: str, grant_id: str, **used: Any) -> Document:
    refs = [{"id": grant_id, "amount": 10, "usage": 1, **used}]
    discounts = [{"id": rule_id, "refs": refs}]
    return {"ref": ref, "purchase_at": written(PURCHASE), "customer_id": "c1", "discounts": discounts}


def granted(service: Service, rule_id: str, **entry: Any) -> Document:
    answer = service.call("POST", f"discounts/rules/{rule_id}/customers", {"grants": [{"customer_id": "c1", **entry}]})
    assert answer.status_code == 201, answer.text
    [ref] = answer.json()["refs"]
    found: Document = ref
    return found


@pytest.mark.parametrize("gave", [{"amount": 1}, {"amount": 0, "bonus": 1}])
def test_what_gave_something_was_used(service: Service, gave: Document) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [a_rule("once", {"type": "discount_percent", "value": 10})])
        put_grants(connection, [{"id": "g", "discount_id": "once", "customer_id": "c1"}])
    answer = service.call("POST", CLAIMS, a_claim("r", "once", "g", usage=0, **gave))
    assert paths(answer) == ["discounts[0].refs[0].usage"]


@pytest.mark.parametrize(("made", "status"), [("2026-01-01T00:00:00Z", 422), ("2027-01-01T00:00:00Z", 201)])
def test_who_had_a_grant_at_the_purchase_has_no_part_in_everyones(service: Service, made: str, status: int) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [a_rule("d", {"type": "discount_percent", "value": 10})], everyones=["d"])
        put_grants(
            connection,
            [
                {"id": "star", "discount_id": "d", "customer_id": "*"},
                {"id": "own", "discount_id": "d", "customer_id": "c1", "created_at": made},
            ],
        )
    answer = service.call("POST", CLAIMS, a_claim("r", "d", everyones_grant_id("d", "c1")))
    assert answer.status_code == status, answer.text


def test_a_card_that_was_made_out_wrongly_is_put_right_with_its_rule(service: Service) -> None:
    assert service.call("POST", "discounts/rules", debit("card", 10_000)).status_code == 201
    ref = granted(service, "card")
    assert ref["statistics"]["debit_balance"] == 10_000
    assert service.call("PUT", "discounts/rules/card", {"reward": {"value": 1_000}}).status_code == 200
    assert service.call("POST", CLAIMS, a_claim("r1", "card", ref["id"], amount=1_001)).status_code == 409
    first = service.call("POST", CLAIMS, a_claim("r2", "card", ref["id"], amount=900))
    assert first.status_code == 201
    assert service.call("POST", CLAIMS, a_claim("r3", "card", ref["id"], amount=101)).status_code == 409
    assert service.call("DELETE", f"{CLAIMS}/{first.json()['id']}").status_code == 200
    assert service.call("POST", CLAIMS, a_claim("r4", "card", ref["id"], amount=1_000)).status_code == 201
    [rule] = service.call("GET", "discounts/customers/c1/rules").json()
    assert rule["refs"][0]["statistics"] == {"usage": 1, "amount": 1_000, "debit_balance": 0}


def test_a_balance_that_was_moved_in_is_given_back_as_it_was(service: Service) -> None:
    assert service.call("POST", "discounts/rules", debit("card", 10_000)).status_code == 201
    ref = granted(service, "card", statistics={"debit_balance": 300})
    claimed = service.call("POST", CLAIMS, a_claim("r", "card", ref["id"], amount=300)).json()
    assert service.call("POST", CLAIMS, a_claim("r2", "card", ref["id"], amount=1)).status_code == 409
    service.call("DELETE", f"{CLAIMS}/{claimed['id']}")
    [rule] = service.call("GET", "discounts/customers/c1/rules").json()
    assert rule["refs"][0]["statistics"] == {"usage": 0, "amount": 0, "debit_balance": 300}


def test_a_rule_waits_for_the_claims_that_are_being_booked(service: Service) -> None:
    """On SQLite, which has one writer, it waits for the whole transaction anyway."""
    with service.store.writing() as connection:
        put_rules(connection, [debit("card", 1_000)])
        put_grants(connection, [{"id": "g", "discount_id": "card", "customer_id": "c1"}])
    body = a_claim("r", "card", "g", amount=900)
    asked = request_of(ClaimBody.model_validate(body))
    with ThreadPoolExecutor(1) as threads:
        with service.store.writing() as connection:
            claim_or_repeat(connection, "T12345678", asked, now=START, new_id="claim", subject="till")
            change = {"reward": {"type": "discount_amount", "value": 5}}
            changing = threads.submit(service.call, "PUT", "discounts/rules/card", change)
            with pytest.raises(NotYet):
                changing.result(timeout=0.5)
        assert changing.result(timeout=PATIENCE).json()["error"]["code"] == "RULE_IS_USED"


def test_the_claim_of_a_stored_receipt_is_found_by_its_ref_and_cancelled(service: Service) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [a_rule("d", {"type": "discount_percent", "value": 10})])
        put_grants(connection, [{"id": "g", "discount_id": "d", "customer_id": "c1"}])
    receipt = {"receipt_id": "71", "purchase_at": written(PURCHASE), "store": {"id": "s1"}}
    assert service.call("POST", "receipts", receipt).status_code == 201
    discounts = a_claim("71", "d", "g")["discounts"]
    update = {"customer_id": "c1", "discounts": discounts}
    assert service.call("PUT", "receipts/all/71", update).status_code == 200
    found = service.call("GET", f"{CLAIMS}?ref=71")
    assert found.json()["type"] == "receipt"
    again = service.call("POST", CLAIMS, a_claim("71", "d", "g") | {"type": "pos"})
    assert (again.status_code, again.content) == (201, found.content)
    other = service.call("POST", CLAIMS, a_claim("71", "d", "g", amount=11))
    assert other.json()["error"]["code"] == "CLAIM_DIFFERS"
    assert service.call("DELETE", f"{CLAIMS}/{found.json()['id']}").status_code == 200
    assert service.call("GET", f"{CLAIMS}?ref=72").status_code == 404


def test_the_public_list_tells_nothing_of_other_rules(service: Service) -> None:
    with service.store.writing() as connection:
        put_rules(connection, [a_rule(name, {"type": "discount_percent", "value": 10}) for name in ("shown", "secret")])
        put_rules(connection, [a_rule("private", {"type": "discount_percent", "value": 10}, private=True)])
    for name in ("shown", "private"):
        service.call("POST", f"discounts/rules/{name}/customers", {"customers": ["*"]})
    [rule] = service.call("GET", "discounts/public/rules").json()
    assert service.call("GET", f"discounts/public/rules?starting_after={rule['ref_id']}").json() == []
    answers = [service.call("GET", f"discounts/public/rules?starting_after={x}") for x in ("secret", "private", "none")]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert len({answer.text for answer in answers}) == 1


def test_no_grant_takes_the_id_of_a_part_in_everyones(service: Service) -> None:
    assert service.call("POST", "discounts/rules", debit("card", 10)).status_code == 201
    taken = {"grants": [{"customer_id": "x", "id": everyones_grant_id("other", "c77")}]}
    assert paths(service.call("POST", "discounts/rules/card/customers", taken)) == ["grants[0].id"]


def test_a_card_has_no_more_than_a_thousand_entries(service: Service) -> None:
    stamped = a_rule("card", {"type": "discount_percent", "value": 100})
    stamped["requirement"]["stamp"] = 5
    assert service.call("POST", "discounts/rules", stamped).status_code == 201
    entry = {"customer_id": "c1", "stamps": [{"at": "2026-01-01T00:00:00Z", "count": 1}] * 1_001}
    answer = service.call("POST", "discounts/rules/card/customers", {"grants": [entry]})
    assert paths(answer) == ["grants[0].stamps"]
