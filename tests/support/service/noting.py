"""Credit notes by the routes, for the tests about them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rabatt.service.ledger import ledgers_of
from tests.rabatt.service.conftest import ACCOUNT, Service
from tests.support.places import TESTS

GOLDEN = TESTS / "rabatt" / "service" / "notes"
LINE = {"Description": "Flowers", "Quantity": 2, "BaseAmountValue": 100, "AccountNumber": 1000}
BODY: dict[str, Any] = {"ProductLines": [LINE]}
CREDITOR = "12345678"


def call(
    service: Service, method: str, path: str = "", body: Any = None, *, aid: str = ACCOUNT, token: str | None = None
) -> Any:
    """The response to a call below an account's credit notes."""
    headers = {"authorization": f"Bearer {token or service.token(account=aid)}"}
    options = {} if body is None else {"json": body}
    return service.client.request(method, f"/v1/{aid}/sales/creditnotes{path}", headers=headers, **options)


def made(service: Service, body: Any = None, *, aid: str = ACCOUNT) -> Any:
    """A new draft."""
    answer = call(service, "POST", "", BODY if body is None else body, aid=aid)
    assert answer.status_code == 201, answer.text
    return answer.json()


def book(service: Service, note: Any, number: int | None = None, *, aid: str = ACCOUNT) -> Any:
    """The response to the booking of a note in the version that it is in here."""
    body = {"Number": number, "Timestamp": note["TimeStamp"]}
    return call(service, "POST", f"/{note['Guid']}/book", body, aid=aid)


def booked(service: Service, note: Any = None, number: int | None = None, *, aid: str = ACCOUNT) -> Any:
    """A booked note."""
    answer = book(service, made(service, aid=aid) if note is None else note, number, aid=aid)
    assert answer.status_code == 200, answer.text
    return answer.json()


def exact(text: str) -> Any:
    """A document with its fractions as decimals, which keep the places that were written."""
    return json.loads(text, parse_float=Decimal)


@contextmanager
def with_ledger(service: Service, document: dict[str, Any]) -> Iterator[Service]:
    """The service with another ledger."""
    context = service.app.state.context
    service.app.state.context = replace(context, ledgers=ledgers_of(document))
    yield service
    service.app.state.context = context


def golden(name: str) -> list[dict[str, Any]]:
    """The cases of a file; numbers as they are written there."""
    cases: list[dict[str, Any]] = exact((GOLDEN / f"{name}.json").read_text("utf-8"))
    return cases


def as_sent(value: Any) -> Any:
    """What is golden, as a client has it."""
    return json.loads(json.dumps(value, default=float))
