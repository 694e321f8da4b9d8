"""What a service says while its database is in trouble, asked as a till or whoever watches it asks."""

import os
from typing import Any

import pytest

from rabatt.service.store.failures import Failure
from tests.rabatt.service.conftest import Service

EVALUATE = "discounts/available_for_receipt"
RECEIPT = {
    "receipt_id": "1",
    "store": {"id": "s"},
    "purchase_at": "2026-11-21T12:00:00Z",
    "currency": "NOK",
    "items": [],
}


def store_receipt(service: Service, number: int = 0, size: int = 1) -> Any:
    body = RECEIPT | {"receipt_id": f"r{number}", "metadata": {"x": os.urandom(size // 2).hex()}}
    return service.call("POST", "receipts", body)


def evaluate(service: Service) -> int:
    return int(service.call("POST", EVALUATE, RECEIPT).status_code)


def said(answer: Any) -> str:
    """What an answer says is wrong; nothing where nothing is."""
    if answer.status_code < 300:
        return ""
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE"), answer.text
    return str(answer.json()["error"]["message"])


def ready(service: Service) -> str:
    return said(service.client.get("/health/ready"))


def is_live(service: Service) -> None:
    assert service.client.get("/health/live").status_code == 200


def logged(caplog: pytest.LogCaptureFixture, failure: Failure) -> bool:
    return any(getattr(record, "fields", {}).get("failure") == failure.name for record in caplog.records)
