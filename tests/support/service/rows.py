"""Rules and grants put straight into the tables, for tests that are about something else."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from rabatt.service.store import tables
from rabatt.service.store.changes import raise_version
from rules import Rule, read_rules
from rules.serialise import serialise
from tests.rabatt.service.conftest import ACCOUNT, START, Service

Document = Mapping[str, Any]


def version_of(connection: Connection, aid: str = ACCOUNT) -> int:
    """How many changes the rules of an account had."""
    version = select(tables.accounts.c.version).where(tables.accounts.c.aid == aid)
    return int(connection.execute(version).scalar() or 0)


def version(service: Service) -> int:
    """The same, of the account of a service."""
    with service.store.reading() as connection:
        return version_of(connection)


def put_rules(
    connection: Connection, documents: Iterable[Document], *, everyones: Iterable[str] = (), aid: str = ACCOUNT
) -> None:
    """Store rules; those named are granted to everyone."""
    granted = set(everyones)
    change = raise_version(connection, aid)
    count = 0
    for document in documents:
        rule = read_rules([document])[0]
        row = {"aid": aid, **_rule_row(rule, document, rule.id in granted), **change._asdict()}
        connection.execute(insert(tables.rules).values(row))
        count += 1
    counted = update(tables.accounts).where(tables.accounts.c.aid == aid)
    connection.execute(counted.values(rule_count=tables.accounts.c.rule_count + count))


def change_rule(connection: Connection, rule_id: str, *, aid: str = ACCOUNT, **values: Any) -> None:
    """Change columns of a rule, as a new version."""
    change = raise_version(connection, aid)
    if values.get("deleted_at") is not None:
        counted = update(tables.accounts).where(tables.accounts.c.aid == aid)
        connection.execute(counted.values(rule_count=tables.accounts.c.rule_count - 1))
    connection.execute(
        update(tables.rules)
        .where(tables.rules.c.aid == aid, tables.rules.c.id == rule_id)
        .values(**change._asdict(), **values)
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


def _rule_row(rule: Rule, document: Document, everyones: bool) -> dict[str, Any]:
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
        "granted_to_everyone": everyones,
    }
