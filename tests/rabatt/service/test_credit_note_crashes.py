"""The serving process is killed while it books credit notes: nothing acknowledged is lost, no note has two numbers."""

import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

import pytest
from sqlalchemy import select, text

from rabatt.service.bearer_tokens import Tokens
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.tables import credit_note_numbers, credit_notes
from tests.rabatt.service.conftest import ACCOUNT, KEY, settings_of
from tests.support.service.killable import Killable
from tests.support.service.noting import BODY
from tests.support.service.persistent import Persistent
from tests.support.waiting import PATIENCE

CLIENTS = 4
SEED = 20_261_128
PATH = f"/v1/{ACCOUNT}/sales/creditnotes"


@dataclass
class Clerk(Persistent):
    """Makes notes and books them."""

    def once(self, connection: http.client.HTTPConnection) -> None:
        """Book one note, and once more what was booked by an answer that never came."""
        _, made = self.send(connection, "POST", PATH, BODY)
        note = json.loads(made)
        request = {"Timestamp": note["TimeStamp"]}
        _, self.acknowledged[note["Guid"]] = self.send(connection, "POST", f"{PATH}/{note['Guid']}/book", request)


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "kills"),
    [
        pytest.param(1_000, 20, id="20 kills"),
        pytest.param(10_000, 100, id="100 kills", marks=pytest.mark.deep),
    ],
)
def test_what_was_booked_before_a_kill_is_there_with_its_number(
    url: str, store: ServiceStore, number: int, kills: int
) -> None:
    token = Tokens(settings_of(url)).mint(
        ACCOUNT,
        "admin:creditnotes",
        subject="clerk",
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
        clerks = [Clerk(service.port, token, stop) for _ in range(CLIENTS)]
        working = [threads.submit(clerk.work) for clerk in clerks]
        try:
            for kill in range(1, kills + 1):
                until = number * kill // (kills + 1)
                while sum(len(clerk.acknowledged) for clerk in clerks) < until:
                    assert not any(future.done() for future in working), [future.exception() for future in working]
                    time.sleep(0.005)
                time.sleep(random.uniform(0, 0.02))
                service.kill()
            while sum(len(clerk.acknowledged) for clerk in clerks) < number:
                time.sleep(0.01)
        finally:
            stop.set()
        for future in working:
            future.result(timeout=PATIENCE)

    acknowledged = {guid: json.loads(answer) for clerk in clerks for guid, answer in clerk.acknowledged.items()}
    unanswered = sum(clerk.unanswered for clerk in clerks)
    results: Counter[int] = sum((clerk.results for clerk in clerks), Counter())
    print(f"{len(acknowledged)} acknowledged, {unanswered} unanswered: {dict(results)}")
    assert set(results) <= {200, 201}
    # A kill that no request felt would prove nothing.
    assert unanswered >= kills
    with store.reading() as connection:
        query = select(credit_notes.c.guid, credit_notes.c.number).where(credit_notes.c.number.is_not(None))
        stored = {row.guid: row.number for row in connection.execute(query)}
        assert connection.execute(select(credit_note_numbers.c.highest)).scalar_one() == len(stored)
        if store.is_sqlite:
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    # Every clerk sent each booking until it was answered: what is booked is what was acknowledged, no more.
    assert stored == {guid: note["Number"] for guid, note in acknowledged.items()}
    assert sorted(stored.values()) == list(range(1, len(stored) + 1))
