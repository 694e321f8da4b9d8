"""Many writers at once: no limit is exceeded, each ref has one effect, and the counters are the sums of the lines."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from engine.grants.wallet import everyones_grant_id
from rabatt.service.store.cancel import cancel
from rabatt.service.store.claim_request import (
    ClaimDiffers,
    ClaimIsCancelled,
    ClaimRefused,
    ClaimRequest,
    DiscountUse,
    RefUse,
)
from rabatt.service.store.claims import claim_or_repeat
from rabatt.service.store.connect import ServiceStore
from rabatt.service.store.tables import claims, grants
from tests.rabatt.service.conftest import ACCOUNT, START
from tests.support.service.claiming import add_grants, add_rules, check_sums, request, rule
from tests.support.waiting import PATIENCE

CUSTOMERS = 50
WRITERS = 8
# One claim in ten is one that others make too; of those booked one in twenty is cancelled.
SHARED, CANCELLED = 0.1, 0.05
SEED = 20_261_121
TO_A_HUNDRED = {"type": "discount_amount", "value": 100}


def hot_customers(store: ServiceStore, *, most_uses: int, debit: int) -> None:
    """Store four rules, and a grant of each for every customer; one is granted to everyone."""
    limitation = {"discount_repeat_usage": most_uses}
    customers = [f"c{number}" for number in range(CUSTOMERS)]
    with store.writing() as connection:
        add_rules(
            connection,
            [
                rule("limited", limitation=limitation, reward=TO_A_HUNDRED),
                rule("all", limitation=limitation, reward=TO_A_HUNDRED),
                rule("debit", reward={"type": "discount_debit", "value": debit}),
                rule("card", requirement={"stamp": 3, "item": {"items": [{"id": "*"}]}}),
            ],
        )
        add_grants(connection, [("star", "all", "*")])
        add_grants(connection, [(f"card-{customer}", "card", customer) for customer in customers])
        add_grants(connection, [(f"limited-{customer}", "limited", customer) for customer in customers])
        debits = [(f"debit-{customer}", "debit", customer) for customer in customers]
        add_grants(connection, debits, debit_balance=debit)


def draw(random: Random, claim_ref: str) -> ClaimRequest:
    """A claim of a hot customer: two of the four discounts, in any order."""
    customer = f"c{random.randrange(CUSTOMERS)}"
    amount = random.randrange(1, 100)
    refs = {
        "limited": RefUse(f"limited-{customer}", 1, amount),
        "all": RefUse(everyones_grant_id("all", customer), 1, amount),
        "debit": RefUse(f"debit-{customer}", 1, amount),
        "card": RefUse(f"card-{customer}", 0, 0, stamp=2)
        if random.random() < 0.7
        else RefUse(f"card-{customer}", 1, 5),
    }
    names = random.sample(sorted(refs), 2)
    return request(claim_ref, customer, *(DiscountUse(name, (refs[name],)) for name in names))


@dataclass
class Writer:
    """One of many writers, and what became of its claims."""

    store: ServiceStore
    random: Random
    shared: Sequence[ClaimRequest] = ()
    results: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def write(self, number: int) -> None:
        """Claim so many times: some of it what others claim too; now and then cancel what was booked."""
        for _ in range(number):
            is_shared = self.random.random() < SHARED
            what = self.random.choice(self.shared) if is_shared else draw(self.random, str(uuid4()))
            started = time.perf_counter()
            result = self.claim(what)
            self.seconds.append(time.perf_counter() - started)
            self.results[result] += 1
            if result == "booked" and self.random.random() < CANCELLED:
                self.cancel(json.loads(self.answers[-1][1])["id"])

    def claim(self, what: ClaimRequest) -> str:
        """What became of one claim."""
        new_id = str(uuid4())
        try:
            with self.store.writing() as connection:
                claimed = claim_or_repeat(connection, ACCOUNT, what, now=START, new_id=new_id, subject="till")
        except ClaimRefused as refused:
            return "limit" if refused.is_limit else "refused"
        except ClaimDiffers:
            return "differs"
        except ClaimIsCancelled:
            return "cancelled"
        self.answers.append((what.ref, claimed.answer))
        return "booked" if claimed.is_new else "repeated"

    def cancel(self, claim_id: str) -> None:
        """Cancel a claim."""
        with self.store.writing() as connection:
            assert cancel(connection, ACCOUNT, claim_id, now=START, subject="till") is not None


def answers_of(writers: Sequence[Writer]) -> dict[str, set[str]]:
    """Every answer that was given for each ref."""
    answers: dict[str, set[str]] = {}
    for writer in writers:
        for claim_ref, answer in writer.answers:
            answers.setdefault(claim_ref, set()).add(answer)
    return answers


@pytest.mark.long
@pytest.mark.parametrize(
    "number", [pytest.param(5_000, id="5000"), pytest.param(100_000, id="100000", marks=pytest.mark.deep)]
)
def test_many_writers_exceed_no_limit_and_count_each_claim_once(store: ServiceStore, number: int) -> None:
    most_uses = number * 6 // 1_000
    debit = most_uses * 50
    hot_customers(store, most_uses=most_uses, debit=debit)
    random = Random(SEED)
    shared = [draw(random, f"shared-{place}") for place in range(number // 40)]
    # Some refs are used for two different claims.
    shared += [draw(random, f"shared-{place}") for place in range(number // 400)]
    writers = [Writer(store, Random(f"{SEED} {place}"), shared) for place in range(WRITERS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as threads:
        for written in [threads.submit(writer.write, number // WRITERS) for writer in writers]:
            written.result(timeout=PATIENCE)
    took = time.perf_counter() - started

    results: Counter[str] = sum((writer.results for writer in writers), Counter())
    seconds = sorted(second for writer in writers for second in writer.seconds)
    middle, late = (seconds[number * percent // 100] * 1_000 for percent in (50, 99))
    print(f"{number / took:.0f} claims/s, p50 {middle:.1f} ms, p99 {late:.1f} ms, {took:.1f} s: {dict(results)}")
    assert results["booked"] > number // 3
    assert set(results) == {"booked", "repeated", "limit", "differs", "cancelled"}
    answers = answers_of(writers)
    assert all(len(given) == 1 for given in answers.values())
    assert len(answers) == results["booked"]
    check_sums(store, debit=debit)
    with store.reading() as connection:
        assert set(connection.execute(select(claims.c.ref)).scalars()) == set(answers)
        of_limited = grants.c.discount_id.in_(["limited", "all"])
        # Reached, and never passed.
        assert connection.execute(select(func.max(grants.c.usage)).where(of_limited)).scalar_one() == most_uses


def test_the_same_ref_a_hundred_times_at_once_has_one_effect_and_one_answer(store: ServiceStore) -> None:
    hot_customers(store, most_uses=1_000, debit=1_000)
    what = draw(Random(SEED), "one")
    writers = [Writer(store, Random(SEED)) for _ in range(100)]
    together = Barrier(len(writers))

    def claim(writer: Writer) -> str:
        together.wait(PATIENCE)
        return writer.claim(what)

    with ThreadPoolExecutor(len(writers)) as threads:
        results = Counter(threads.map(claim, writers))
    assert results == {"booked": 1, "repeated": 99}
    assert [len(given) for given in answers_of(writers).values()] == [1]
    assert check_sums(store, debit=1_000) == 1


def test_the_room_that_a_claim_makes_while_it_is_cancelled_is_used(store: ServiceStore) -> None:
    hot_customers(store, most_uses=1, debit=1_000)
    use = DiscountUse("limited", (RefUse("limited-c0", 1, 10),))
    first, second = Writer(store, Random(SEED)), Writer(store, Random(SEED))
    assert first.claim(request("first", "c0", use)) == "booked"
    [(_, answer)] = first.answers
    with ThreadPoolExecutor(1) as threads:
        with store.writing() as connection:
            cancel(connection, ACCOUNT, json.loads(answer)["id"], now=START, subject="till")
            claiming = threads.submit(second.claim, request("second", "c0", use))
            # It has seen the limit reached by now, or waits for this transaction to end.
            with pytest.raises(TimeoutError):
                claiming.result(timeout=0.5)
        assert claiming.result(timeout=PATIENCE) == "booked"
    assert check_sums(store, debit=1_000) == 1


def test_of_different_claims_with_one_ref_at_once_one_is_booked(store: ServiceStore) -> None:
    hot_customers(store, most_uses=1_000, debit=1_000)
    random = Random(SEED)
    writers = [Writer(store, random) for _ in range(50)]
    # None of them is in the way of a limit: then only the ref decides.
    customers = [f"c{number}" for number in range(5)]
    requests = [
        request("one", customer, DiscountUse("limited", (RefUse(f"limited-{customer}", 1, 10),)))
        for customer in customers
    ] * 10
    with ThreadPoolExecutor(len(writers)) as threads:
        results = Counter(threads.map(lambda pair: pair[0].claim(pair[1]), zip(writers, requests, strict=True)))
    assert results == {"booked": 1, "repeated": 9, "differs": 40}
    assert check_sums(store, debit=1_000) == 1
