"""Purchases that are made at the service one after the other, each evaluated and then claimed, and what it leaves."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from tests.rabatt.service.conftest import START, Service
from tests.support.simulation.plain_replay import Document

USE = "discounts/available_for_receipt"
APPLE = {"item": {"items": [{"id": "apple"}]}}
PEAR = {"item": {"items": [{"id": "pear"}]}}
RULES: tuple[Document, ...] = (
    {"id": "tenth", "requirement": APPLE, "reward": {"type": "discount_percent", "value": 10}},
    {
        "id": "once",
        "requirement": {"gross_amount": 2_000},
        "reward": {"type": "discount_amount", "value": 300},
        "limitation": {"discount_repeat_usage": 1},
    },
    {
        "id": "bonus, twice",
        "requirement": PEAR,
        "reward": {"type": "discount_percent", "value": 7.5, "effect": "bonus"},
        "limitation": {"discount_repeat_usage": 2},
    },
    {
        "id": "three pears",
        "requirement": {"item": {"items": [{"id": "pear"}], "quantity": 3}},
        "reward": {"type": "discount_item_quantity", "value": 1},
        "limitation": {"discount_repeat_usage": 2},
    },
    {"id": "gift card", "reward": {"type": "discount_debit", "value": 1_500}},
    {
        "id": "stamp card",
        "requirement": {"stamp": 4, **APPLE},
        "reward": {"type": "discount_percent", "value": 100},
        "limitation": {"stamp_expire_days": 3},
    },
    {
        "id": "card for receipts",
        "requirement": {"stamp": 2},
        "reward": {"type": "discount_amount", "value": 100, "effect": "bonus"},
        "limitation": {"stamp_expire_days": 2},
    },
    {
        "id": "first days",
        "requirement": PEAR,
        "reward": {"type": "discount_amount", "value": 50},
        "limitation": {"dynamic_purchase_to_days": 2},
    },
    {
        "id": "unless once",
        "requirement": APPLE,
        "reward": {"type": "discount_amount", "value": 20},
        "limitation": {"discount_activation": [{"type": "deactivate_if_discount_active", "value": "once"}]},
    },
)
DAYS = {rule["id"]: rule["limitation"]["stamp_expire_days"] for rule in RULES if "stamp" in rule.get("requirement", {})}
CUSTOMERS = ["c1", "c1", "c1", "c2", "c2", "c3", None]


def some_grants(random: Random) -> list[Document]:
    """Return grants of all kinds from before the first purchase; everyone has most rules."""
    at = (START - timedelta(days=1)).isoformat()
    grants: list[Document] = []
    for rule in RULES:
        is_own = rule["id"] in {"gift card", "first days"} or random.random() < 0.4
        for owner in ["c1", "c2"] if is_own else ["*"]:
            grant = {"id": f"{rule['id']} of {owner}", "discount_id": rule["id"], "customer_id": owner}
            grants.append({**grant, "created_at": at})
    by_id = {grant["id"]: grant for grant in grants}
    first_card = by_id.get("stamp card of c1")
    if first_card is not None:
        first_card["statistics"] = {"stamp": 3}
    grants.append(
        {
            **by_id["gift card of c1"],
            "id": "second gift card of c1",
            "created_at": START.isoformat(),
            "statistics": {"debit_balance": 400},
        }
    )
    return grants


def some_receipts(random: Random) -> list[Document]:
    """Return receipts in the order of their time."""
    at, receipts = START, []
    for number in range(25):
        at += timedelta(hours=random.choice([1, 5, 20, 30]))
        lines = [
            {"line_id": place, "id": item, "quantity": pieces, "gross_amount": 333 * pieces + place}
            for place, item in enumerate(("apple", "pear", "plum"), 1)
            if (pieces := random.randint(0, 4))
        ]
        receipt: Document = {
            "receipt_id": f"r{number}",
            "purchase_at": at.isoformat(),
            "store": {"id": "s1"},
            "currency": "NOK",
            "items": [{**line, "eligible_for_discount": True} for line in lines],
        }
        customer_id = random.choice(CUSTOMERS)
        receipts.append(receipt if customer_id is None else {**receipt, "customer_id": customer_id})
    return receipts


def grant_rules(service: Service, grants: list[Document]) -> None:
    """Create the rules, and give them to whom they are granted."""
    for rule in RULES:
        answer = service.call("POST", "discounts/rules", rule)
        assert answer.status_code == 201, answer.text
        of_rule = [grant for grant in grants if grant["discount_id"] == rule["id"]]
        entries = [{name: value for name, value in grant.items() if name != "discount_id"} for grant in of_rule]
        answer = service.call("POST", f"discounts/rules/{rule['id']}/customers", {"grants": entries})
        assert answer.status_code == 201, answer.text


def bought(service: Service, receipt: Document) -> Document:
    """Return the receipt with its discounts, which were claimed at once."""
    at = datetime.fromisoformat(receipt["purchase_at"])
    service.hands.at = at
    answer = service.call("POST", USE, receipt)
    assert answer.status_code == 200, answer.text
    result: Document = answer.json()
    if result.get("discounts"):
        claim = {
            "purchase_at": receipt["purchase_at"],
            "customer_id": receipt.get("customer_id"),
            "discounts": result["discounts"],
            "ref": receipt["receipt_id"],
            "type": "pos",
        }
        answer = service.call("POST", f"{USE}/claims", claim)
        assert answer.status_code == 201, answer.text
    return result


def grants_at_last(service: Service) -> dict[str, Document]:
    """Return the grants of all customers as the service has them, by id."""
    found = {}
    for rule in RULES:
        for ref in service.call("GET", f"discounts/rules/{rule['id']}/customers?limit=100").json():
            found[ref["id"]] = ref
    for customer_id in ("c1", "c2", "c3"):
        for rule in service.call("GET", f"discounts/customers/{customer_id}/rules?limit=100").json():
            found |= {ref["id"]: {**ref, "customer_id": customer_id} for ref in rule["refs"] if ref["id"] not in found}
    return found


def check_grants(by_customer: dict[str, list[Document]], at_last: dict[str, Document], end: datetime) -> None:
    """Check that customers hold at the end what the service says they do."""
    held = [grant for of_customer in by_customer.values() for grant in of_customer]
    for grant in held:
        shown = at_last[grant["id"]]
        used = grant.get("statistics", {})
        for name in used.keys() & shown["statistics"].keys() - {"stamp"}:
            assert used[name] == shown["statistics"][name], (grant["id"], name)
        if "stamps" in grant:
            assert stamps_on(grant, end) == stamps_on(shown, end), grant["id"]
    assert any(grant.get("statistics", {}).get("usage") for grant in held)


def stamps_on(grant: Document, at: datetime) -> list[tuple[datetime, int]]:
    """Return the times and counts of the stamps on a card that count at a time."""
    counts: Counter[datetime] = Counter()
    for stamp in grant["stamps"]:
        counts[datetime.fromisoformat(stamp["at"])] += stamp["count"]
    days = DAYS[grant["discount_id"]] if "discount_id" in grant else None
    return sorted((when, count) for when, count in counts.items() if days is None or at <= when + timedelta(days=days))
