"""A replay finds what the service did: the same discounts, and the same uses, stamps and balances at the end.

Purchases are made at the service one after the other, each evaluated and then claimed. Then the archive of these
receipts is replayed, in whatever order it lies.
"""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from rabatt.simulation import replay_rules
from rules import read_grants, read_rules
from tests.rabatt.service.conftest import START, Service, new_url, running
from tests.support.simulation.archives import write_lines
from tests.support.simulation.comparing import COLUMNS
from tests.support.simulation.plain_replay import Document, Question, plain_replay

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


def refs_of(results: list[Document]) -> list[tuple[str, Document]]:
    """Return all refs of receipts, each with the id of its rule."""
    return [(rule["id"], ref) for result in results for rule in result.get("discounts", ()) for ref in rule["refs"]]


def given_by_rule(results: list[Document]) -> dict[str, Counter[str]]:
    """Return what the service gave by rule, as figures."""
    given: dict[str, Counter[str]] = {rule["id"]: Counter() for rule in RULES}
    for result in results:
        for rule in result.get("discounts", ()):
            counter = given[rule["id"]]
            counter["receipts"] += 1
            counter["uses"] += max(ref["usage"] for ref in rule["refs"])
            for ref in rule["refs"]:
                counter["debit" if rule["id"] == "gift card" else "discount"] += ref["amount"]
                counter["bonus"] += ref.get("bonus", 0)
                counter["stamps"] += ref.get("stamp", 0)
    return given


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


def check(seed: int, folder: Path) -> None:
    """Buy at the service, replay what was bought, and compare."""
    random = Random(seed)
    grants, receipts = some_grants(random), some_receipts(random)
    for service in running(new_url("sqlite", folder)):
        grant_rules(service, grants)
        results = [bought(service, receipt) for receipt in receipts]
        at_last = grants_at_last(service)
    random.shuffle(receipts)
    lines = write_lines(receipts, folder / "receipts.jsonl")
    simulation = replay_rules([lines], read_rules(list(RULES)), read_grants(grants))
    given = given_by_rule(results)
    for row in simulation.tables["by_rule"].to_pylist():
        for column in COLUMNS:
            world, _, figure = column.partition("_")
            if figure != "customers":
                assert row[column] == given[row["rule_id"]][figure], (row["rule_id"], world, figure)
    by_receipt = {row["receipt_id"]: row for row in simulation.tables["by_receipt"].to_pylist()}
    for result in results:
        refs = [ref for rule_id, ref in refs_of([result]) if rule_id != "gift card"]
        row = by_receipt.get(result["receipt_id"])
        assert (row is None) == (not result.get("discounts"))
        assert row is None or row["scenario_discount"] == sum(ref["amount"] for ref in refs)
    check_histories(receipts, grants, at_last)


def check_histories(receipts: list[Document], grants: list[Document], at_last: dict[str, Document]) -> None:
    """Check that the plain replay, which the tables are held against, leaves the grants as the service has them."""
    plain = plain_replay(receipts, Question(RULES, grants=grants))
    # The service was asked a moment after the last purchase.
    end = max(datetime.fromisoformat(receipt["purchase_at"]) for receipt in receipts) + timedelta(seconds=1)
    check_grants(plain.baseline_grants, at_last, end)


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


@pytest.mark.parametrize("seed", range(max(settings().max_examples // 100, 2)))
def test_a_replay_gives_what_the_service_gave_and_claimed(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)
