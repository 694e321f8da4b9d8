"""An evaluation that takes long holds up nobody else, and ends: the command as a user starts it, one process.

The receipts are small and the rules few: it is the search that takes for ever, where a setting lets it.
"""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rabatt.service.bearer_tokens import Tokens
from rabatt.service.routes.available_for_receipt import MOST_GRANTS_IN_PLACE
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.customer_grants import TooManyGrants, customer_grants
from tests.rabatt.service.conftest import ACCOUNT, KEY, new_url, running, settings_of
from tests.support.adversarial import HardShop, rival_bundles
from tests.support.cli.serving import Served, served
from tests.support.processes import children_of, is_running
from tests.support.service.rows import put_rules
from tests.support.waiting import PATIENCE, until

HARD, EASY = "T11111111", "T22222222"
EASY_RULE = {
    "id": "ten",
    "requirement": {"item": {"items": [{"id": "apple"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}
WITHOUT_END = "1000000000000"
Document = dict[str, Any]


class Shops:
    """Two accounts of one service: one whose receipt can be searched for ever, and one with a plain rule."""

    def __init__(self, service: Served, url: str, hard: HardShop) -> None:
        self.service = service
        self.hard = hard.receipt
        tokens = Tokens(settings_of(url))
        now = datetime.now(UTC)
        self.tokens = {
            account: tokens.mint(
                account,
                "admin:discounts admin:receipts",
                subject="till",
                customer_id=None,
                now=now,
                lifetime=timedelta(hours=1),
            )
            for account in (HARD, EASY)
        }

    def ask(self, account: str, receipt: Document, query: str = "") -> tuple[int, Document]:
        """What is answered to a receipt of an account."""
        headers = {"authorization": f"Bearer {self.tokens[account]}", "content-type": "application/json"}
        path = f"/v1/accounts/{account}/discounts/available_for_receipt{query}"
        status, text = self.service.ask("POST", path, json.dumps(receipt), headers)
        return status, json.loads(text)

    def evaluators(self) -> list[int]:
        """The processes that evaluate, once they were needed: children of the one that forks them."""
        return [child for forking in children_of(self.service.process.pid) for child in children_of(forking)]


def plain(lines: int = 1) -> Document:
    """A receipt of so many lines of which each is discounted."""
    items = [
        {"line_id": number, "id": "apple", "gross_amount": 1000, "eligible_for_discount": True}
        for number in range(1, lines + 1)
    ]
    return {"receipt_id": "r1", "purchase_at": "2026-11-21T12:00:00+01:00", "store": {"id": "s1"}, "items": items}


@contextmanager
def shops(kind: str, folder: Path, **variables: str) -> Iterator[Shops]:
    """The service with its two accounts."""
    url = new_url(kind, folder)
    hard = rival_bundles(1)
    store = ServiceStore(settings_of(url).database.get_secret_value())
    with store.writing() as connection:
        put_rules(connection, hard.rules, everyones=[rule["id"] for rule in hard.rules], aid=HARD)
        put_rules(connection, [EASY_RULE], everyones=["ten"], aid=EASY)
    store.close()
    with served(folder, RABATT_DATABASE=url, RABATT_KEY=KEY, RABATT_MAX_STEPS=WITHOUT_END, **variables) as service:
        yield Shops(service, url, hard)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    return str(request.param)


def test_others_are_answered_while_one_receipt_is_searched_for_ever(kind: str, tmp_path: Path) -> None:
    with (
        shops(kind, tmp_path, RABATT_EVALUATION_SECONDS="600", RABATT_MAX_WORK=WITHOUT_END) as both,
        ThreadPoolExecutor(3) as tills,
    ):
        long: list[Future[tuple[int, Document]]] = [tills.submit(both.ask, HARD, both.hard) for _ in range(3)]
        try:
            for _ in range(20):
                assert both.service.get("/health/live")[0] == 200
                status, answer = both.ask(EASY, plain())
                assert (status, answer["total_discount"]) == (200, 100)
            # What is evaluated in a process apart too, and the small receipts of the account itself.
            status, answer = both.ask(EASY, plain(), "?explain=true")
            assert (status, answer["explanation"]["rules"][0]["rule_id"]) == (200, "ten")
            status, answer = both.ask(EASY, plain(900))
            assert (status, answer["total_discount"]) == (200, 90_000)
            assert both.ask(HARD, plain())[0] == 200
            assert not any(one.done() for one in long)
        finally:
            both.service.process.kill()


@pytest.mark.long
def test_what_takes_too_long_is_stopped_and_says_so(kind: str, tmp_path: Path) -> None:
    with shops(kind, tmp_path, RABATT_EVALUATION_SECONDS="3", RABATT_MAX_WORK=WITHOUT_END) as both:
        status, answer = both.ask(HARD, both.hard)
        assert status == 503
        assert answer["error"]["code"] == "UNAVAILABLE"
        assert "stopped after 3 seconds" in answer["error"]["message"]
        # The work is over, not only the waiting for it.
        assert both.evaluators() == []
        assert both.ask(HARD, plain())[0] == 200
        assert both.ask(EASY, plain(), "?explain=true")[0] == 200
        assert both.service.stop() == 0
        assert [line for line in both.service.lines() if line["level"] == "error"] == []


@pytest.mark.long
def test_the_service_ends_while_evaluations_are_under_way(tmp_path: Path) -> None:
    with (
        shops("sqlite", tmp_path, RABATT_EVALUATION_SECONDS="2", RABATT_MAX_WORK=WITHOUT_END) as both,
        ThreadPoolExecutor(1) as tills,
    ):
        answer = tills.submit(both.ask, HARD, both.hard)
        until(both.evaluators, "it is not evaluated")
        [evaluator] = both.evaluators()
        assert both.service.stop() == 0
        # It was answered in full first.
        assert answer.result(PATIENCE)[0] == 503
        assert not is_running(evaluator)


def test_a_customer_of_many_grants_is_looked_up_apart(tmp_path: Path) -> None:
    for service in running(new_url("sqlite", tmp_path)):
        assert service.call("POST", "discounts/rules", EASY_RULE).status_code == 201
        for first in range(0, 2 * MOST_GRANTS_IN_PLACE, 100):
            grants = [{"customer_id": "c", "id": f"g{number:04}"} for number in range(first, first + 100)]
            assert service.call("POST", "discounts/rules/ten/customers", {"grants": grants}).status_code == 201
        with pytest.raises(TooManyGrants), service.store.reading() as connection:
            customer_grants(connection, ACCOUNT, "c", most=MOST_GRANTS_IN_PLACE)
        answer = service.call("POST", "discounts/available_for_receipt", plain() | {"customer_id": "c"})
        assert answer.status_code == 200, answer.text
        assert [ref["id"] for ref in answer.json()["discounts"][0]["refs"]] == ["g0000"]


def test_no_process_opens_another_file_than_the_service(tmp_path: Path) -> None:
    """SQLite drops the log that lies beside a file which it makes anew, and with it what was acknowledged."""
    with shops("sqlite", tmp_path) as both:
        database = tmp_path / "rabatt.db"
        log = tmp_path / "rabatt.db-wal"
        headers = {"authorization": f"Bearer {both.tokens[EASY]}", "content-type": "application/json"}
        path = f"/v1/accounts/{EASY}/receipts"
        assert both.service.ask("POST", path, json.dumps(plain()), headers)[0] == 201
        kept = log.read_bytes()
        assert kept
        database.rename(tmp_path / "away.db")
        assert both.ask(EASY, plain(), "?explain=true")[0] == 503
        assert not database.exists()
        assert log.read_bytes() == kept
        (tmp_path / "away.db").rename(database)
        assert both.ask(EASY, plain(), "?explain=true")[0] == 200
        # A file in its place is not this service's either.
        copy = sqlite3.connect(tmp_path / "other.db")
        with sqlite3.connect(database) as connection:
            connection.backup(copy)
        copy.close()
        (tmp_path / "other.db").rename(database)
        assert both.ask(EASY, plain(), "?explain=true")[0] == 503
