"""Rules and grants put straight into the tables, for tests that are about something else."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from rules import Rule, read_rules
from rules.serialise import serialise
from service.store import tables
from service.store.changes import raise_version
from tests.service.conftest import ACCOUNT, START

Document = Mapping[str, Any]


def put_rules(
    connection: Connection, documents: Iterable[Document], *, everyones: Iterable[str] = (), aid: str = ACCOUNT
) -> None:
    """Store rules; those named are granted to everyone."""
    granted = set(everyones)
    version = raise_version(connection, aid)
    for document in documents:
        rule = read_rules([document])[0]
        connection.execute(
            insert(tables.rules).values({"aid": aid, **_rule_row(rule, document, rule.id in granted, version)})
        )


def change_rule(connection: Connection, rule_id: str, *, aid: str = ACCOUNT, **values: Any) -> None:
    """Change columns of a rule, as a new version."""
    version = raise_version(connection, aid)
    connection.execute(
        update(tables.rules)
        .where(tables.rules.c.aid == aid, tables.rules.c.id == rule_id)
        .values(version=version, **values)
    )


def put_grants(connection: Connection, grants: Iterable[Document], *, aid: str = ACCOUNT) -> None:
    """Store grants as the documents have them; those without a time are of the start of the test."""
    for grant in grants:
        statistics = grant.get("statistics", {})
        row = {
            "aid": aid,
            "id": grant["id"],
            "discount_id": grant["discount_id"],
            "customer_id": grant["customer_id"],
            "created_at": datetime.fromisoformat(grant["created_at"]) if grant.get("created_at") else START,
            "created_by": "test",
            "usage": statistics.get("usage", 0),
            "amount": statistics.get("amount", 0),
            "bonus": statistics.get("bonus", 0),
            "debit_balance": statistics.get("debit_balance"),
            "stamps": None if grant.get("stamps") is None else json.dumps(grant["stamps"]),
            "is_derived": grant.get("is_derived", False),
        }
        connection.execute(insert(tables.grants).values(row))


def _rule_row(rule: Rule, document: Document, everyones: bool, version: int) -> dict[str, Any]:
    return {
        "id": rule.id,
        "document": serialise(dict(document)).decode(),
        "active": rule.active,
        "private": rule.private,
        "purchase_from": rule.requirement.purchase_from,
        "purchase_to": rule.requirement.purchase_to,
        "visible_from": rule.visible_from,
        "created_at": START,
        "created_by": "test",
        "updated_at": START,
        "updated_by": "test",
        "version": version,
        "granted_to_everyone": everyones,
    }
