"""The serving process is killed while it makes things under keys: each is made once, however often it was asked for."""

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import select

from rabatt.service.bearer_tokens import Tokens
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.tables import idempotency_keys, rules
from tests.rabatt.service.conftest import ACCOUNT, KEY, settings_of
from tests.support.service.killable import Killable
from tests.support.service.persistent import Persistent
from tests.support.waiting import PATIENCE

CLIENTS = 8
SEED = 20_261_201
RULE = {"reward": {"type": "discount_amount", "value": 10}}


@dataclass
class Maker(Persistent):
    """Makes rules without ids, each under a key of its own."""

    def once(self, connection: http.client.HTTPConnection) -> None:
        """Make one, and ask for it once more when it is there."""
        key = str(uuid4())
        status, made = self.send(connection, "POST", "discounts/rules", RULE, idempotency_key=key)
        assert status == http.client.CREATED, made
        assert self.send(connection, "POST", "discounts/rules", RULE, idempotency_key=key) == (status, made)
        self.acknowledged[key] = made


@pytest.mark.long
def test_what_a_kill_leaves_is_the_rule_with_its_answer_or_neither(url: str) -> None:
    number, kills = 400, 12
    token = Tokens(settings_of(url)).mint(
        ACCOUNT,
        "admin:discounts",
        subject="maker",
        customer_id=None,
        now=datetime.now(UTC),
        lifetime=timedelta(hours=6),
    )
    random = Random(SEED)
    stop = Event()
    with (
        Killable({"RABATT_DATABASE": url, "RABATT_KEY": KEY}) as service,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        makers = [Maker(service.port, token, stop) for _ in range(CLIENTS)]
        working = [threads.submit(maker.work) for maker in makers]
        try:
            for kill in range(1, kills + 1):
                while sum(len(maker.acknowledged) for maker in makers) < number * kill // (kills + 1):
                    assert not any(future.done() for future in working), [future.exception() for future in working]
                    time.sleep(0.005)
                time.sleep(random.uniform(0, 0.02))
                service.kill()
            while sum(len(maker.acknowledged) for maker in makers) < number:
                assert not any(future.done() for future in working), [future.exception() for future in working]
                time.sleep(0.01)
        finally:
            stop.set()
        for future in working:
            future.result(timeout=PATIENCE)

    acknowledged = {key: json.loads(made)["id"] for maker in makers for key, made in maker.acknowledged.items()}
    unanswered = sum(maker.unanswered for maker in makers)
    results: Counter[int] = sum((maker.results for maker in makers), Counter())
    print(f"{len(acknowledged)} acknowledged, {unanswered} unanswered: {dict(results)}")
    assert unanswered >= kills
    store = ServiceStore(settings_of(url).database.get_secret_value())
    with store.reading() as connection:
        made = set(connection.execute(select(rules.c.id)).scalars())
        kept = {
            row.key: json.loads(row.body)["id"]
            for row in connection.execute(select(idempotency_keys.c.key, idempotency_keys.c.body))
        }
    store.close()
    # Every maker sent each request until it was answered.
    assert kept == acknowledged
    assert made == set(acknowledged.values())
    assert len(made) == len(acknowledged)
