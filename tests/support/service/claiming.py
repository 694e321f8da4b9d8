"""Rules and grants put straight into the tables, and the sums that hold whatever was claimed."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from rabatt.service.clock import written
from rabatt.service.store.changes import raise_version
from rabatt.service.store.claim_request import ClaimRequest, DiscountUse
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.rule_use import UseTotals, is_used, uses_of
from rabatt.service.store.stamps import read_stamps
from rabatt.service.store.tables import accounts, claim_lines, claims, grants, rules
from tests.rabatt.service.conftest import ACCOUNT, START, Service

CLAIMS = "discounts/available_for_receipt/claims"
PURCHASE = START - timedelta(hours=1)
ONCE = {"discount_repeat_usage": 1}
DEBIT = {"type": "discount_debit", "value": 100}


def rule(rule_id: str, *, limitation: Any = None, requirement: Any = None, reward: Any = None) -> dict[str, Any]:
    """A rule's document: ten off the receipt, unless more is said."""
    document = {"id": rule_id, "reward": reward or {"type": "discount_amount", "value": 10}}
    if limitation is not None:
        document["limitation"] = limitation
    if requirement is not None:
        document["requirement"] = requirement
    return document


def add_rules(connection: Connection, documents: Iterable[dict[str, Any]], **columns: Any) -> None:
    """Store rules as they are."""
    change = raise_version(connection, ACCOUNT)
    rows = [
        {
            "aid": ACCOUNT,
            "id": document["id"],
            "document": json.dumps(document),
            "active": True,
            "private": False,
            "created_at": START,
            "created_by": "tests",
            "updated_at": START,
            "updated_by": "tests",
            **change._asdict(),
            "granted_to_everyone": False,
            "deleted_at": None,
            **columns,
        }
        for document in documents
    ]
    connection.execute(insert(rules), rows)
    counted = update(accounts).where(accounts.c.aid == ACCOUNT)
    connection.execute(counted.values(rule_count=accounts.c.rule_count + len(rows)))


def add_grants(connection: Connection, of: Iterable[tuple[str, str, str]], **columns: Any) -> None:
    """Store grants: each the id, the rule and the customer."""
    rows = [
        {
            "aid": ACCOUNT,
            "id": grant_id,
            "discount_id": rule_id,
            "customer_id": customer_id,
            "created_at": START,
            "created_by": "tests",
            **columns,
        }
        for grant_id, rule_id, customer_id in of
    ]
    connection.execute(insert(grants), rows)


def ref(grant_id: str, *, usage: int = 1, amount: int = 10, **more: Any) -> dict[str, Any]:
    """A ref of a body."""
    return {"id": grant_id, "amount": amount, "usage": usage, **more}


def body(claim_ref: str, *discounts: tuple[str, list[dict[str, Any]]], **more: Any) -> dict[str, Any]:
    """The body of a claim of customer c: each discount the id of the rule and its refs."""
    return {
        "purchase_at": written(PURCHASE),
        "customer_id": "c",
        "discounts": [{"id": rule_id, "refs": refs} for rule_id, refs in discounts],
        "ref": claim_ref,
        "type": "pos",
        **more,
    }


def request(
    claim_ref: str, customer_id: str | None, *discounts: DiscountUse, purchase_at: datetime = PURCHASE
) -> ClaimRequest:
    """A request as the store takes it."""
    return ClaimRequest(claim_ref, "pos", customer_id, purchase_at, discounts)


def grant_row(store: ServiceStore, grant_id: str) -> Any:
    """A grant as it is stored."""
    with store.reading() as connection:
        query = select(grants).where(grants.c.aid == ACCOUNT, grants.c.id == grant_id)
        return connection.execute(query).one_or_none()


def check_sums(store: ServiceStore, *, debit: int = 0) -> int:
    """How many claims stand, after every counter of every grant and rule was compared with the lines of these."""
    check_uses(store)
    with store.reading() as connection:
        lines = connection.execute(select(claim_lines)).all()
        standing = set(connection.execute(select(claims.c.id).where(claims.c.cancelled_at.is_(None))).scalars())
        held = connection.execute(select(grants)).all()
    assert {line.claim_id for line in lines if not line.is_cancelled} == standing
    sums: dict[str, Counter[str]] = {}
    for line in lines:
        if line.customer_id is None or line.is_cancelled:
            continue
        counter = sums.setdefault(line.grant_id, Counter())
        counter["usage"] += line.usage
        counter["amount"] += line.amount
        counter["bonus"] += line.bonus
        counter["stamps"] += line.stamp - sum(stamp.count for stamp in read_stamps(line.stamps_spent))
    assert sums.keys() <= {grant.id for grant in held}
    for grant in held:
        counter = sums.get(grant.id, Counter())
        assert (grant.usage, grant.amount, grant.bonus) == (counter["usage"], counter["amount"], counter["bonus"])
        assert sum(stamp.count for stamp in read_stamps(grant.stamps)) - grant.stamps_owed == counter["stamps"]
        if grant.debit_balance is not None:
            assert grant.debit_balance == debit - grant.amount >= 0
    return len(standing)


def check_uses(store: ServiceStore, aid: str = ACCOUNT) -> dict[str, UseTotals]:
    """What was used of each rule, after it was compared with the lines of the claims that stand."""
    with store.reading() as connection:
        of_account = claim_lines.c.aid == aid
        lines = connection.execute(select(claim_lines).where(of_account)).all()
        counted = uses_of(connection, aid, {line.discount_id for line in lines})
        standing = [line for line in lines if not line.is_cancelled]
        used = {rule_id: is_used(connection, aid, rule_id) for rule_id in counted}
    sums: dict[str, Counter[str]] = {rule_id: Counter() for rule_id in counted}
    customers: dict[str, set[str]] = {rule_id: set() for rule_id in counted}
    for line in standing:
        sums[line.discount_id].update(usage=line.usage, amount=line.amount, bonus=line.bonus)
        if line.customer_id is not None:
            customers[line.discount_id].add(line.customer_id)
    assert counted == {
        rule_id: UseTotals(total["usage"], total["amount"], total["bonus"], len(customers[rule_id]))
        for rule_id, total in sums.items()
    }
    assert used == {rule_id: any(line.discount_id == rule_id for line in standing) for rule_id in counted}
    return counted


def open_shop(service: Service) -> None:
    """Store rules of every kind, of which customer c has grants, and everyone has some."""
    with service.store.writing() as connection:
        add_rules(
            connection,
            [
                rule("plain"),
                rule("once", limitation=ONCE),
                rule("never", limitation={"discount_repeat_usage": 0}),
                rule("debit", reward=DEBIT),
                rule("stamps", requirement={"stamp": 3, "item": {"items": [{"id": "*"}]}}),
                rule("all", limitation=ONCE),
                rule("points", reward={"type": "discount_amount", "value": 10, "effect": "bonus"}),
                rule("share", reward={"type": "discount_percent", "value": 10}),
            ],
        )
        for rule_id in ("plain", "once", "stamps", "points", "share"):
            add_grants(connection, [(f"{rule_id}-c", rule_id, "c"), (f"{rule_id}-d", rule_id, "d")])
        add_grants(connection, [("debit-c", "debit", "c")], debit_balance=100)
        add_grants(connection, [("debit-new", "debit", "c")])
        add_grants(connection, [("all-star", "all", "*"), ("debit-star", "debit", "*"), ("never-star", "never", "*")])


def claim(service: Service, what: dict[str, Any], status: int = 201) -> Any:
    """The answer to a claim."""
    response = service.call("POST", CLAIMS, what)
    assert response.status_code == status, response.text
    return response.json()


def problems(service: Service, what: dict[str, Any], status: int = 409) -> Any:
    """Why a claim was not booked."""
    return claim(service, what, status)["error"]["errors"]


def places(found: Iterable[dict[str, Any]]) -> list[str]:
    """Where problems are."""
    return [each["path"] for each in found]


def results(service: Service) -> dict[str, float]:
    """How many claims were counted, by what became of them."""
    metrics = service.context.metrics.claims.collect()
    return {
        sample.labels["result"]: sample.value
        for metric in metrics
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
