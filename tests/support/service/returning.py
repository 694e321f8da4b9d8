"""Purchases that are evaluated, claimed and stored by the routes, and goods of them that come back."""

from typing import Any

from engine.grants.wallet import everyones_grant_id
from rabatt.service.clock import written
from tests.rabatt.service.conftest import Service
from tests.support.service.claiming import CLAIMS, PURCHASE, grant_row

THREE_FOR_TWO = {
    "id": "three-for-two",
    "reward": {"type": "discount_item_quantity", "value": 1},
    "requirement": {"item": {"items": [{"id": "*"}], "quantity": 3}},
}
TEN_PERCENT = {"id": "ten", "reward": {"type": "discount_percent", "value": 10}}


def open_shop(service: Service, *rules: dict[str, Any], everyone: bool = True, customer: str = "c") -> None:
    """Rules that everyone, or a customer, is granted."""
    for rule in rules:
        assert service.call("POST", "discounts/rules", rule).status_code == 201
        owner = "*" if everyone else customer
        given = service.call("POST", f"discounts/rules/{rule['id']}/customers", {"customers": [owner]})
        assert given.status_code == 201, given.text


def line(place: int, price: int, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    """A line of so many pieces at a price each."""
    return {
        "line_id": place,
        "id": f"item-{place}",
        "quantity": quantity,
        "gross_amount": price * quantity,
        "eligible_for_discount": True,
        **fields,
    }


def bought(
    service: Service,
    *lines: dict[str, Any],
    receipt_id: str = "r1",
    customer_id: str | None = "c",
    claim_ref: str | None = "",
    **fields: Any,
) -> dict[str, Any]:
    """A receipt as it was evaluated, claimed under its own id or another ref (None: not at all), and stored."""
    receipt: dict[str, Any] = {
        "receipt_id": receipt_id,
        "purchase_at": written(PURCHASE),
        "store": {"id": "s1"},
        "items": list(lines),
        **fields,
    }
    if customer_id is not None:
        receipt["customer_id"] = customer_id
    answer = service.call("POST", "discounts/available_for_receipt", receipt)
    assert answer.status_code == 200, answer.text
    evaluated: dict[str, Any] = answer.json()
    if claim_ref is not None and evaluated.get("discounts"):
        claim = {
            "purchase_at": receipt["purchase_at"],
            "customer_id": customer_id,
            "discounts": evaluated["discounts"],
            "ref": claim_ref or receipt_id,
        }
        claimed = service.call("POST", CLAIMS, claim)
        assert claimed.status_code == 201, claimed.text
    stored = service.call("POST", "receipts", evaluated)
    assert stored.status_code == 201, stored.text
    return evaluated


def body(ref: str, *items: tuple[int, float | None], **more: Any) -> dict[str, Any]:
    """The body of a return: line ids, and how much of each; None: all that is left."""
    lines = [{"line_id": line_id, **({} if some is None else {"quantity": some})} for line_id, some in items]
    return {"ref": ref, "items": lines, **more}


def post(service: Service, what: dict[str, Any], receipt_id: str = "r1", **options: Any) -> Any:
    """The response to a return."""
    return service.call("POST", f"receipts/all/{receipt_id}/returns", what, **options)


def returned(
    service: Service, ref: str, *items: tuple[int, float | None], receipt_id: str = "r1", **more: Any
) -> dict[str, Any]:
    """A return that was settled."""
    answer = post(service, body(ref, *items, **more), receipt_id)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def grant(service: Service, rule_id: str, customer_id: str = "c") -> Any:
    """The row of a customer's grant, or of their part in everyone's."""
    own = service.call("GET", f"discounts/customers/{customer_id}/rules?limit=100").json()
    ids = [ref["id"] for rule in own if rule["id"] == rule_id for ref in rule["refs"]]
    row = grant_row(service.store, everyones_grant_id(rule_id, customer_id))
    return row if row is not None else grant_row(service.store, ids[0])


def usage(service: Service, rule_id: str, customer_id: str = "c") -> tuple[int, int]:
    """How often, and for how much, a rule was used by the customer."""
    row = grant(service, rule_id, customer_id)
    return row.usage, row.amount
