"""The serving process is killed while it books claims: nothing acknowledged is lost, and nothing is counted twice."""

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from engine.grants.wallet import everyones_grant_id
from rabatt.service.bearer_tokens import Tokens
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.tables import claims, grants
from tests.rabatt.service.conftest import ACCOUNT, KEY, settings_of
from tests.support.service.claiming import CLAIMS, add_grants, add_rules, body, check_sums, ref, rule
from tests.support.service.killable import Killable
from tests.support.service.persistent import Persistent
from tests.support.waiting import PATIENCE

CLIENTS = 4
CUSTOMERS = 20
SEED = 20_261_121
TO_A_HUNDRED = {"type": "discount_amount", "value": 100}


@dataclass(kw_only=True)
class Till(Persistent):
    """Claims, sends some claims again, and cancels some."""

    random: Random
    cancelled: set[str] = field(default_factory=set)

    def once(self, connection: http.client.HTTPConnection) -> None:
        """Claim once, and never tell one claim two ways."""
        claim_ref = str(uuid4())
        what = draw(self.random, claim_ref)
        status, answer = self.send(connection, "POST", CLAIMS, what)
        if status != http.client.CREATED:
            return
        self.acknowledged[claim_ref] = answer
        chance = self.random.random()
        if chance < 0.1:
            assert self.send(connection, "POST", CLAIMS, what) == (status, answer)
        elif chance < 0.2:
            status, cancelled = self.send(connection, "DELETE", f"{CLAIMS}/{json.loads(answer)['id']}")
            assert status == http.client.OK
            assert "deleted_at" in json.loads(cancelled)
            self.cancelled.add(claim_ref)


def draw(random: Random, claim_ref: str) -> dict[str, Any]:
    """A claim of two of the customer's discounts."""
    customer = f"c{random.randrange(CUSTOMERS)}"
    amount = random.randrange(1, 100)
    refs = {
        "plain": ref(f"plain-{customer}", amount=0, bonus=amount),
        "all": ref(everyones_grant_id("all", customer), amount=amount),
        "debit": ref(f"debit-{customer}", amount=amount),
        "card": ref(f"card-{customer}", usage=0, amount=0, stamp=2),
    }
    if random.random() < 0.3:
        refs["card"] = ref(f"card-{customer}", amount=amount)
    discounts = [(name, [refs[name]]) for name in random.sample(sorted(refs), 2)]
    return body(claim_ref, *discounts, customer_id=customer)


def open_shop(store: ServiceStore, *, limit: int) -> None:
    """Store rules of every kind, with grants for some customers; one rule may be used so often."""
    customers = [f"c{number}" for number in range(CUSTOMERS)]
    with store.writing() as connection:
        add_rules(
            connection,
            [
                rule("plain", reward={**TO_A_HUNDRED, "effect": "bonus"}),
                rule("all", limitation={"discount_repeat_usage": limit}, reward=TO_A_HUNDRED),
                rule("debit", reward={"type": "discount_debit", "value": limit * 50}),
                rule("card", requirement={"stamp": 3, "item": {"items": [{"id": "*"}]}}),
            ],
        )
        add_grants(connection, [("star", "all", "*")])
        for name in ("plain", "card"):
            add_grants(connection, [(f"{name}-{customer}", name, customer) for customer in customers])
        debits = [(f"debit-{customer}", "debit", customer) for customer in customers]
        add_grants(connection, debits, debit_balance=limit * 50)


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "kills"),
    [
        pytest.param(2_000, 20, id="20 kills"),
        pytest.param(100_000, 100, id="100 kills", marks=pytest.mark.deep),
    ],
)
def test_what_was_acknowledged_before_a_kill_is_there_and_counted_once(
    url: str, store: ServiceStore, number: int, kills: int
) -> None:
    limit = number // CUSTOMERS // 3
    open_shop(store, limit=limit)
    tokens = Tokens(settings_of(url))
    lifetime = timedelta(hours=6)
    token = tokens.mint(
        ACCOUNT, "admin:discounts", subject="till", customer_id=None, now=datetime.now(UTC), lifetime=lifetime
    )
    random = Random(SEED)
    stop = Event()
    started = time.perf_counter()
    with (
        Killable({"RABATT_DATABASE": url, "RABATT_KEY": KEY}) as service,
        ThreadPoolExecutor(CLIENTS) as threads,
    ):
        tills = [Till(service.port, token, stop, random=Random(f"{SEED} {place}")) for place in range(CLIENTS)]
        working = [threads.submit(till.work) for till in tills]
        try:
            for kill in range(1, kills + 1):
                until = number * kill // (kills + 1)
                while sum(till.results[http.client.CREATED] for till in tills) < until:
                    assert not any(future.done() for future in working), [future.exception() for future in working]
                    time.sleep(0.005)
                time.sleep(random.uniform(0, 0.02))
                service.kill()
            while sum(till.results[http.client.CREATED] for till in tills) < number:
                time.sleep(0.01)
        finally:
            stop.set()
        for future in working:
            future.result(timeout=PATIENCE)
    took = time.perf_counter() - started

    acknowledged = {name: answer for till in tills for name, answer in till.acknowledged.items()}
    cancelled = {name for till in tills for name in till.cancelled}
    results: Counter[int] = sum((till.results for till in tills), Counter())
    unanswered = sum(till.unanswered for till in tills)
    print(f"{len(acknowledged)} acknowledged, {unanswered} unanswered, {took:.1f} s: {dict(results)}")
    assert set(results) == {200, 201, 409}
    # A kill that no request felt would prove nothing.
    assert unanswered >= kills
    with store.reading() as connection:
        rows = connection.execute(select(claims.c.ref, claims.c.answer, claims.c.cancelled_at)).all()
        all_grants = select(grants.c.usage).where(grants.c.discount_id == "all")
        assert max(connection.execute(all_grants).scalars()) == limit
        if store.is_sqlite:
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    # Every client sent each of its claims until it was answered: what is stored is what was acknowledged, no more.
    assert {row.ref: row.answer.encode() for row in rows} == acknowledged
    assert {row.ref for row in rows if row.cancelled_at is not None} == cancelled
    assert check_sums(store, debit=limit * 50) == len(acknowledged) - len(cancelled)
