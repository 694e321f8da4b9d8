"""Calls of `commerce.receipts.*` for tests: a service with the catalogue that is shipped, and what it answers."""

import json
from typing import Any

from rabatt.service.store.open2b import put_catalogue
from tests.rabatt.service.conftest import ACCOUNT, START, Service
from tests.support.open2b.receipts import NEW, catalogue, exact, with_changes

PATH = "/api/v8/commerce.receipts."


def stocked(service: Service, aid: str = ACCOUNT) -> Service:
    """The service with the catalogue in an account."""
    with service.store.writing() as connection:
        put_catalogue(connection, aid, catalogue(), now=START)
    return service


def ask(service: Service, method: str, body: Any, *, token: str | None = None) -> Any:
    """The response to a call."""
    headers = {"authorization": f"Bearer {token or service.token()}", "content-type": "application/json"}
    content = body if isinstance(body, str) else json.dumps(body)
    return service.client.post(f"{PATH}{method}", headers=headers, content=content)


def done(service: Service, method: str, body: Any) -> Any:
    """What a call that is carried out answers, with exact decimals; its `status` is looked at and left out."""
    response = ask(service, method, body)
    assert response.status_code == 200, response.text
    answer = exact(response.content)
    assert answer.pop("status") == "ok"
    return answer


def refused(service: Service, method: str, body: Any) -> list[dict[str, Any]]:
    """The rows of a call that is not carried out."""
    response = ask(service, method, body)
    assert response.status_code == 422, response.text
    assert response.json()["status"] == "error"
    rows: list[dict[str, Any]] = response.json()["error"]["errors"]
    return rows


def created(service: Service, **changes: Any) -> int:
    """The identifier of a new receipt, the usual one with changes; dots in names are spelled `__`."""
    changed = with_changes(NEW, {name.replace("__", "."): value for name, value in changes.items()})
    id: int = done(service, "create", {"receipt": changed})["id"]
    return id


def got(service: Service, id: int) -> Any:
    """The receipt, its decimals exact."""
    return done(service, "get", {"id": id})["receipt"]
