"""Rules of every kind, given and taken by the routes, for tests of grants."""

from typing import Any

from sqlalchemy import insert

from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.tables import grants
from tests.rabatt.service.conftest import ACCOUNT, START, Service

PATH = "discounts/rules"
PERCENT = {"type": "discount_percent", "value": 10}
KINDS: dict[str, dict[str, Any]] = {
    "percent": {"reward": PERCENT},
    "bonus": {"reward": {**PERCENT, "effect": "bonus"}},
    "debit": {"reward": {"type": "discount_debit", "value": 10_000}},
    "stamps": {"reward": PERCENT, "requirement": {"stamp": 5}, "limitation": {"stamp_expire_days": 30}},
}


def with_rules(service: Service) -> Service:
    """The service with one rule of each kind."""
    for rule_id, rule in KINDS.items():
        assert service.call("POST", PATH, {"id": rule_id, **rule}).status_code == 201
    return service


def give(service: Service, rule_id: str, *customers: str, grants: list[dict[str, Any]] | None = None) -> Any:
    """The live grants of the customers after they were given the rule."""
    answer = service.call("POST", f"{PATH}/{rule_id}/customers", {"customers": customers, "grants": grants or []})
    assert answer.status_code == 201, answer.text
    return answer.json()["refs"]


def take(service: Service, rule_id: str, *customers: str) -> list[str]:
    """The customers whose grants were taken."""
    answer = service.call("DELETE", f"{PATH}/{rule_id}/customers", {"customers": customers})
    assert answer.status_code == 200, answer.text
    return [ref["customer_id"] for ref in answer.json()["refs"]]


def held(service: Service, customer_id: str, query: str = "") -> dict[str, list[dict[str, Any]]]:
    """What a customer holds, by rule."""
    answer = service.call("GET", f"discounts/customers/{customer_id}/rules?{query}")
    assert answer.status_code == 200, answer.text
    return {rule["id"]: rule["refs"] for rule in answer.json()}


def derive(service: Service, rule_id: str, customer_id: str, **used: Any) -> str:
    """Book what a customer used of everyone's grant, as a claim does it."""
    grant_id = everyones_grant_id(rule_id, customer_id)
    row = {"aid": ACCOUNT, "id": grant_id, "discount_id": rule_id, "customer_id": customer_id, "is_derived": True}
    with service.store.writing() as connection:
        connection.execute(insert(grants).values(**row, created_at=START, created_by="till-1", **used))
    return grant_id
