"""A replay settles what was returned as the service did, and leaves the same uses, stamps and balances.

Purchases are evaluated, claimed and stored at the service, and goods of them returned there; then the archive of the
purchases and of receipts with return lines is replayed.
"""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from engine import Settings
from engine.settings import RETURN_POLICIES
from rabatt.simulation import Options, replay_rules
from rules import read_grants, read_rules
from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.simulation.archives import write_lines
from tests.support.simulation.bought_at_service import (
    RULES,
    bought,
    check_grants,
    grant_rules,
    grants_at_last,
    some_grants,
    some_receipts,
)
from tests.support.simulation.plain_replay import Document, Question
from tests.support.simulation.plain_returns import plain_returns


def a_return(random: Random, purchase: Document, at: datetime, number: int) -> Document | None:
    """Return a receipt of some goods of a purchase, each by its line; None where it has none."""
    if not purchase["items"]:
        return None
    lines = random.sample(purchase["items"], random.randint(1, len(purchase["items"])))
    back = [
        {
            "id": line["id"],
            "quantity": -random.randint(1, line["quantity"]),
            "gross_amount": 0,
            "is_return_item": True,
            "returned_receipt_id": purchase["receipt_id"],
            "returned_line_id": line["line_id"],
        }
        for line in lines
    ]
    shared: Document = {name: purchase[name] for name in ("store", "currency", "customer_id") if name in purchase}
    return {"receipt_id": f"back {number}", "purchase_at": at.isoformat(), "items": back, **shared}


def returned(service: Service, receipt: Document, policy: str) -> Document | None:
    """Return what the service says of returned goods; None where it refuses them."""
    service.hands.at = datetime.fromisoformat(receipt["purchase_at"])
    lines = receipt["items"]
    items = [{"line_id": line["returned_line_id"], "quantity": -line["quantity"]} for line in lines]
    body = {"ref": receipt["receipt_id"], "items": items, "policy": policy}
    answer = service.call("POST", f"receipts/all/{lines[0]['returned_receipt_id']}/returns", body)
    if answer.status_code == 422:
        return None
    assert answer.status_code == 201, answer.text
    found: Document = answer.json()
    return found


def check(seed: int, folder: Path) -> None:
    """Buy and return at the service, replay both, and compare."""
    random = Random(seed)
    policy: Any = RETURN_POLICIES[seed % len(RETURN_POLICIES)]
    grants, purchases = some_grants(random), some_receipts(random)
    receipts: list[Document] = []
    results: list[Document] = []
    answers: list[Document] = []
    refused = 0
    for service in running(new_url("sqlite", folder)):
        grant_rules(service, grants)
        for number, purchase in enumerate(purchases):
            results.append(bought(service, purchase))
            stored = service.call("POST", "receipts", results[-1])
            assert stored.status_code == 201, stored.text
            receipts.append(purchase)
            at = datetime.fromisoformat(purchase["purchase_at"]) + timedelta(minutes=10)
            # What stays is evaluated with the grants of the purchase, which the service knows while it is the last one.
            first = number if policy == "re_evaluate" else 0
            receipt = a_return(random, random.choice(purchases[first : number + 1]), at, number)
            if receipt is not None and random.random() < 0.6:
                answer = returned(service, receipt, policy)
                refused += len(receipt["items"]) if answer is None else 0
                answers += [] if answer is None else [answer]
                receipts.append(receipt)
        at_last = grants_at_last(service)
    random.shuffle(receipts)
    options = Options(settings=Settings(return_policy=policy))
    lines = write_lines(receipts, folder / "receipts.jsonl")
    simulation = replay_rules(lines, read_rules(list(RULES)), read_grants(grants), options=options)
    [told] = simulation.summary["returns"]
    assert (told["settled"], told["not_tied"]["not_returnable"]) == (sum(len(one["items"]) for one in answers), refused)
    for name, field in (("amount", "amount"), ("refund", "refund_amount"), ("credit", "credit_amount")):
        assert told["baseline"][name] == sum(one[field] for one in answers), name
    undone = undone_by_rule(answers)
    for row in simulation.tables["returns"].to_pylist():
        for name in ("discount", "bonus", "stamps", "debit"):
            assert row[f"baseline_{name}"] == undone[row["rule_id"], name], (row["rule_id"], name)
    given = {one["receipt_id"]: one["baseline_discount"] for one in simulation.tables["by_receipt"].to_pylist()}
    for result in results:
        refs = [ref for rule in result.get("discounts", ()) if rule["id"] != "gift card" for ref in rule["refs"]]
        assert given.get(result["receipt_id"], 0) == sum(ref["amount"] for ref in refs)
    plain, _ = plain_returns(receipts, Question(RULES, grants=grants, settings=options.settings))
    end = max(datetime.fromisoformat(receipt["purchase_at"]) for receipt in receipts) + timedelta(seconds=1)
    check_grants(plain.baseline_grants, at_last, end)


def undone_by_rule(answers: list[Document]) -> Counter[tuple[str, str]]:
    """Return what the service undid by rule, as figures."""
    undone: Counter[tuple[str, str]] = Counter()
    for rule in (rule for answer in answers for rule in answer["discounts"]):
        for ref in rule["refs"]:
            undone[rule["id"], "debit" if rule["id"] == "gift card" else "discount"] += ref["amount"]
            undone[rule["id"], "bonus"] += ref.get("bonus", 0)
            undone[rule["id"], "stamps"] += ref.get("stamp", 0)
    return undone


@pytest.mark.parametrize("seed", range(max(settings().max_examples // 100, 3)))
def test_a_replay_settles_what_the_service_settled(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)
