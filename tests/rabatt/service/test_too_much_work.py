"""What takes more work than one evaluation may has a code of its own, wherever it is found: no sender can mend it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rabatt.service.clock import written
from rabatt.service.evaluation import settling
from rabatt.service.routes.available_for_receipt import MOST_BYTES_IN_PLACE
from tests.rabatt.service.conftest import Service, new_url, running
from tests.support.service.claiming import PURCHASE
from tests.support.service.returning import THREE_FOR_TWO, body, bought, line, open_shop, post

AVAILABLE = "discounts/available_for_receipt"
LINES = [line(place, 1_000 + place) for place in range(1, 9)]
RECEIPT = {"receipt_id": "r2", "purchase_at": written(PURCHASE), "store": {"id": "s1"}, "items": LINES}
MOST = 40


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A shop in which a receipt was sold."""
    url = new_url("sqlite", tmp_path)
    for service in running(url):
        open_shop(service, THREE_FOR_TWO)
        assert bought(service, *LINES)["discounts"]
    return url


@pytest.fixture
def bounded(url: str) -> Iterator[Service]:
    """The shop where next to no work may be done, in place or apart."""
    for service in running(url, max_work=MOST):
        service.app.state.context = replace(service.context, work_in_place=1)
        yield service


def assert_too_much(answer: Any, path: str) -> None:
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "TOO_MUCH_WORK"
    [fault] = error["errors"]
    assert fault["path"] == path
    assert f"max_work ({MOST} steps)" in fault["sentence"]


@pytest.mark.parametrize(
    ("query", "more"),
    [
        pytest.param("", {}, id="begun in place"),
        pytest.param("", {"comment": "x" * MOST_BYTES_IN_PLACE}, id="apart"),
        pytest.param("?explain=true", {}, id="explained"),
    ],
)
def test_a_receipt_that_takes_too_much_work(bounded: Service, query: str, more: dict[str, Any]) -> None:
    assert_too_much(bounded.call("POST", f"{AVAILABLE}{query}", {**RECEIPT, **more}), "items")


def test_a_return_that_takes_too_much_work(bounded: Service, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "MORE_FOR_RETURNS", 1)
    again = body("back", (1, 1), policy="re_evaluate")
    assert_too_much(post(bounded, again), "receipt.items")
    # Nothing was returned, and the same request succeeds once it may.
    for service in running(url):
        assert post(service, again).status_code == 201


def test_what_is_wrong_besides_is_invalid(bounded: Service) -> None:
    answer = bounded.call("POST", AVAILABLE, {**RECEIPT, "items": [5]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID")
