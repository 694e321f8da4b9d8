"""Who may undo a claim: whoever has the scope that it was made with, or a wider one."""

from typing import Any

import pytest
from sqlalchemy import update

from rabatt.service.clock import written
from rabatt.service.entry.access import DISCOUNTS_USE, RECEIPTS_WRITE
from rabatt.service.store.tables import claims
from tests.rabatt.service.conftest import Service
from tests.support.service.claiming import CLAIMS, PURCHASE, body, check_sums, grant_row, open_shop, ref

TILL, OFFICE, ADMIN = DISCOUNTS_USE
RECEIPTS, RECEIPTS_ADMIN = RECEIPTS_WRITE
ALL = (*DISCOUNTS_USE, *RECEIPTS_WRITE)
ENOUGH = {
    TILL: {TILL, OFFICE, ADMIN},
    OFFICE: {OFFICE, ADMIN},
    ADMIN: {ADMIN},
    RECEIPTS: {RECEIPTS, RECEIPTS_ADMIN, ADMIN},
    RECEIPTS_ADMIN: {RECEIPTS_ADMIN, ADMIN},
    None: {TILL, OFFICE, ADMIN},
}


@pytest.fixture
def shop(service: Service) -> Service:
    """A service with rules and grants of every kind."""
    open_shop(service)
    return service


def claimed(service: Service, scope: str | None) -> str:
    """The id of a claim that was made with a scope; with None, of one from before scopes were noted."""
    token = service.token(scope or TILL)
    if scope in RECEIPTS_WRITE:
        receipt = {"receipt_id": "r1", "purchase_at": written(PURCHASE), "store": {"id": "s"}}
        assert service.call("POST", "receipts", receipt, token=token).status_code == 201
        added = {"customer_id": "c", "discounts": [{"id": "plain", "refs": [ref("plain-c")]}]}
        assert service.call("PUT", "receipts/all/r1", added, token=token).status_code == 200
        found = service.call("GET", f"{CLAIMS}?ref=r1", token=token)
    else:
        found = service.call("POST", CLAIMS, body("r1", ("plain", [ref("plain-c")])), token=token)
    assert found.status_code in {200, 201}, found.text
    if scope is None:
        with service.store.writing() as connection:
            connection.execute(update(claims).values(scope=None))
    return str(found.json()["id"])


def cancelled(service: Service, claim_id: str, scope: str) -> Any:
    return service.call("DELETE", f"{CLAIMS}/{claim_id}", token=service.token(scope))


@pytest.mark.parametrize("made_with", [*ALL, None])
def test_a_claim_is_cancelled_with_its_scope_or_a_wider_one(shop: Service, made_with: str | None) -> None:
    claim_id = claimed(shop, made_with)
    for scope in ALL:
        if scope not in ENOUGH[made_with]:
            answer = cancelled(shop, claim_id, scope)
            assert answer.status_code == 403, answer.text
            message = answer.json()["error"]["message"]
            assert message.endswith(f"one of these: {', '.join(sorted(ENOUGH[made_with]))}")
    assert grant_row(shop.store, "plain-c").usage == 1
    assert check_sums(shop.store, debit=100) == 1
    for scope in ALL:
        if scope in ENOUGH[made_with]:
            assert cancelled(shop, claim_id, scope).status_code == 200
    assert check_sums(shop.store, debit=100) == 0
    # Whoever may not cancel it may not do so again.
    for scope in set(ALL) - ENOUGH[made_with]:
        assert cancelled(shop, claim_id, scope).status_code == 403


@pytest.mark.parametrize("made_with", [*ALL, None])
def test_a_claim_is_shown_to_who_uses_discounts_and_to_who_may_cancel_it(shop: Service, made_with: str | None) -> None:
    claim_id = claimed(shop, made_with)
    for scope in ALL:
        wanted = 200 if scope in DISCOUNTS_USE or scope in ENOUGH[made_with] else 403
        for path in (f"{CLAIMS}/{claim_id}", f"{CLAIMS}?ref=r1"):
            assert shop.call("GET", path, token=shop.token(scope)).status_code == wanted
    for scope in ("read:discounts", "read:receipts", "user:receipts", "admin:creditnotes"):
        assert cancelled(shop, claim_id, scope).status_code == 403
        assert shop.call("GET", f"{CLAIMS}/{claim_id}", token=shop.token(scope)).status_code == 403


def test_what_a_token_could_do_beside_has_no_part_in_it(shop: Service) -> None:
    token = shop.token(f"{ADMIN} {TILL} admin:receipts")
    claim = shop.call("POST", CLAIMS, body("r1", ("plain", [ref("plain-c")])), token=token).json()
    assert cancelled(shop, claim["id"], TILL).status_code == 200


def test_of_no_claim_nothing_is_told(shop: Service) -> None:
    for scope in ALL:
        assert cancelled(shop, "none", scope).status_code == 404
        assert shop.call("GET", f"{CLAIMS}/none", token=shop.token(scope)).status_code == 404


def test_a_claim_that_is_sent_again_stays_with_the_scope_that_made_it(shop: Service) -> None:
    claim_id = claimed(shop, TILL)
    again = shop.call("POST", CLAIMS, body("r1", ("plain", [ref("plain-c")])), token=shop.token(ADMIN))
    assert again.json()["id"] == claim_id
    assert cancelled(shop, claim_id, TILL).status_code == 200


def bought(service: Service, claim_ref: str, scope: str) -> None:
    """A stored receipt, whose ten off were claimed under a ref with a scope."""
    used = {**ref("plain-c"), "items": [{"line_id": 1, "amount": 10}], "statistics": {"usage": 1, "amount": 10}}
    line = {"line_id": 1, "id": "apple", "quantity": 1, "gross_amount": 500, "eligible_for_discount": True}
    gave = {"discount_lines": [{"amount": 10, "discount_id": "plain"}], "net_amount": 490}
    discount = {"id": "plain", "reward": {"type": "discount_amount", "value": 10}, "refs": [used]}
    sold = {"receipt_id": "r1", "purchase_at": written(PURCHASE), "store": {"id": "s"}, "customer_id": "c"}
    assert (
        service.call("POST", "receipts", {**sold, "items": [line | gave], "discounts": [discount]}).status_code == 201
    )
    what = body(claim_ref, ("plain", [used]))
    assert service.call("POST", CLAIMS, what, token=service.token(scope)).status_code == 201


def returned(service: Service, scope: str, **more: Any) -> Any:
    back = {"ref": "back", "items": [{"line_id": 1}], **more}
    return service.call("POST", "receipts/all/r1/returns", back, token=service.token(scope))


@pytest.mark.parametrize("made_with", DISCOUNTS_USE)
@pytest.mark.parametrize("named", [{}, {"claim_ref": "r1"}], ids=["unnamed", "named"])
def test_goods_take_their_own_claim_back_whatever_made_it(shop: Service, made_with: str, named: dict[str, str]) -> None:
    bought(shop, "r1", made_with)
    assert returned(shop, RECEIPTS, **named).status_code == 201
    assert grant_row(shop.store, "plain-c").usage == 0


@pytest.mark.parametrize(
    ("made_with", "scopes", "status"),
    [
        (TILL, RECEIPTS, 201),
        (OFFICE, RECEIPTS, 403),
        (OFFICE, RECEIPTS_ADMIN, 403),
        (OFFICE, f"{RECEIPTS} {OFFICE}", 201),
        (ADMIN, f"{RECEIPTS} {OFFICE}", 403),
        (ADMIN, f"{RECEIPTS} {ADMIN}", 201),
    ],
)
def test_another_claim_is_named_by_who_may_undo_it(shop: Service, made_with: str, scopes: str, status: int) -> None:
    bought(shop, "another", made_with)
    answer = returned(shop, scopes, claim_ref="another")
    assert answer.status_code == status, answer.text
    assert grant_row(shop.store, "plain-c").usage == (0 if status == 201 else 1)
    if status == 403:
        assert "made with another scope" in answer.json()["error"]["message"]
        # Nothing of the return was kept.
        assert shop.call("GET", "receipts/search?receipt_id=r1").json()["receipts"][0].get("returns") is None
