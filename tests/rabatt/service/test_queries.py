"""Queries and paths that say something else than they mean: refused, with the parameter and the remedy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.conftest import Service, running


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on an SQLite file: none of this reaches the store."""
    folder: Path = tmp_path_factory.mktemp("queries")
    yield from running(f"sqlite:///{folder / 'rabatt.db'}")


def faults(answered: Any) -> list[tuple[str, str]]:
    """The path and the sentence of every fault."""
    assert answered.status_code == 422, answered.text
    return [(each["path"], each["sentence"]) for each in answered.json()["error"]["errors"]]


@pytest.mark.parametrize("limit", ["5.0", "%205", "5%20", "1_0", "+5", "0", "101", "ten", "%D9%A5", "", "9999"])
def test_a_limit_is_a_few_digits(lone: Service, limit: str) -> None:
    ((path, sentence),) = faults(lone.call("GET", f"discounts/rules?limit={limit}"))
    assert path == "query.limit"
    assert sentence.startswith("a whole number from 1 to 100 is wanted; here is ")


@pytest.mark.parametrize(
    ("path", "fault", "sentence"),
    [
        pytest.param(
            "discounts/rules?stat=active", "query.stat", 'unknown parameter; did you mean "state"?', id="a near name"
        ),
        pytest.param("receipts/search?receipt_id=a&x=1", "query.x", "unknown parameter; leave it out", id="no name"),
        pytest.param(
            "discounts/rules?limit=5&limit=6",
            "query.limit",
            "this parameter is given more than once; give it once",
            id="one given twice",
        ),
        pytest.param(
            "receipts/search", "query.receipt_id", "this required parameter is missing", id="one that is missing"
        ),
        pytest.param(
            "discounts/rules?statistics=often",
            "query.statistics",
            'true or false is wanted; here is "often"',
            id="neither true nor false",
        ),
        pytest.param(
            "discounts/rules?starting_after=%ff",
            "query",
            "there are bytes in it that are no UTF-8; percent-encode the UTF-8 of the text",
            id="a query that is no UTF-8",
        ),
        pytest.param(
            "discounts/rules/%ff",
            "path",
            "there are bytes in it that are no UTF-8; percent-encode the UTF-8 of the text",
            id="a path that is no UTF-8",
        ),
    ],
)
def test_what_is_not_understood_is_refused(lone: Service, path: str, fault: str, sentence: str) -> None:
    assert faults(lone.call("GET", path)) == [(fault, sentence)]


def test_a_state_that_is_none_is_answered_with_the_nearest(lone: Service) -> None:
    ((path, sentence),) = faults(lone.call("GET", "discounts/rules?state=activ"))
    assert path == "query.state"
    assert sentence.startswith('"activ" is not one of all, ')
    assert sentence.endswith('did you mean "active"?')


def test_a_route_without_parameters_takes_none(lone: Service) -> None:
    for path in ("discounts/available_for_receipt?expain=true", "receipts?x=1"):
        assert len(faults(lone.call("POST", path, {}))) == 1


def test_what_is_meant_is_taken(lone: Service) -> None:
    for path in ("discounts/rules?limit=100&state=active", "receipts/search?receipt_id=%EF%BF%BD"):
        assert lone.call("GET", path).status_code == 200
    assert lone.call("GET", "discounts/rules/%EF%BF%BD").status_code == 404
    several = lone.call("POST", "discounts/available_for_receipt?explain=true&rule_id=a&rule_id=b", {})
    assert all(not path.startswith("query") for path, _ in faults(several))


@pytest.mark.parametrize(
    ("path", "named"),
    [
        pytest.param(
            "discounts/available_for_receipt/claims?limit=10", ["query.limit", "query.ref"], id="unknown and missing"
        ),
        pytest.param(
            "discounts/rules?limit=ten&stat=active&state=activ&starting_after=a&starting_after=b",
            ["query.stat", "query.starting_after", "query.limit", "query.state"],
            id="unknown, twice, and two that are wrong",
        ),
        pytest.param("discounts/rules?starting_after=a%00b&x=1", ["query.starting_after", "query.x"], id="signs"),
        pytest.param("discounts/rules?limit=0&starting_after=%ff&x=1", ["query", "query.x", "query.limit"], id="bytes"),
        pytest.param("receipts/customers/*?limit=0&x=1", ["query.x", "path.customer_id", "query.limit"], id="the path"),
    ],
)
def test_all_faults_are_named_at_once(lone: Service, path: str, named: list[str]) -> None:
    assert [path for path, _ in faults(lone.call("GET", path))] == named
