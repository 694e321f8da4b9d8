"""A database with the shop of the workload: rules that everyone is granted, customers with grants of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert, update

from benchmarks.workload import Document, Knobs, Workload, make_workload
from rabatt.service.settings import ServiceSettings
from rabatt.service.store import tables
from rabatt.service.store.changes import raise_version
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.migrate import migrate
from rules import read_rules
from rules.serialise import serialise

ACCOUNT = "T12345678"
KEY = "the key of the benchmark, on loopback only"
AT = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMERS = 500
# Coupons of each customer, next to what everyone is granted.
GRANTS = 5
CHUNK = 5_000


def settings_of(folder: Path, port: int) -> ServiceSettings:
    """Return the settings of the service that is measured."""
    return ServiceSettings(
        database=SecretStr(f"sqlite:///{folder / 'shop.db'}"), key=SecretStr(KEY), port=port, log_level="warning"
    )


def make_shop(settings: ServiceSettings, rules: int) -> Workload:
    """Fill an empty database; return the workload, whose receipts are those of the customers by turns."""
    workload = make_workload(Knobs(rules, 10, receipts=32))
    for number, receipt in enumerate(workload.receipts):
        receipt["customer_id"] = customer(number)
    store = ServiceStore(settings.database.get_secret_value())
    migrate(store)
    coupons = [rule["id"] for rule in workload.rules[:GRANTS]]
    with store.writing() as connection:
        change = raise_version(connection, ACCOUNT)
        connection.execute(update(tables.accounts).values(rule_count=len(workload.rules)))
        for rows in _chunks(_rule_row(rule) | change._asdict() for rule in workload.rules):
            connection.execute(insert(tables.rules), rows)
        for rows in _chunks(
            _grant_row(rule_id, customer(number)) for number in range(CUSTOMERS) for rule_id in coupons
        ):
            connection.execute(insert(tables.grants), rows)
    store.close()
    return workload


def customer(number: int) -> str:
    """Return the id of a customer."""
    return f"C{number % CUSTOMERS:06}"


def _rule_row(document: Document) -> dict[str, Any]:
    rule = read_rules([document])[0]
    return {
        "aid": ACCOUNT,
        "id": rule.id,
        "document": serialise(document).decode(),
        "active": rule.active,
        "private": rule.private,
        "purchase_from": rule.requirement.purchase_from,
        "purchase_to": rule.requirement.purchase_to,
        "created_at": AT,
        "created_by": "benchmark",
        "updated_at": AT,
        "updated_by": "benchmark",
        "granted_to_everyone": True,
    }


def _grant_row(rule_id: str, customer_id: str) -> dict[str, Any]:
    return {
        "aid": ACCOUNT,
        "id": f"{rule_id}/{customer_id}",
        "discount_id": rule_id,
        "customer_id": customer_id,
        "created_at": AT,
        "created_by": "benchmark",
    }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
