"""Returns, claims and cancellations of one receipt: in whatever order they come, they end in the same grants."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from engine import returnable
from rabatt.service.store.stamps import read_stamps
from rabatt.service.store.tables import grants
from rules import read_receipt
from tests.rabatt.service.conftest import ACCOUNT, new_url, running
from tests.support.service.claiming import CLAIMS, check_sums
from tests.support.service.returning import body, bought, line, open_shop, post

PROFILE = settings()
VALUE = 5_000
CARD = {"id": "card", "reward": {"type": "discount_debit", "value": VALUE}}
EVERYONES = (
    {"id": "coupon", "reward": {"type": "discount_percent", "value": 10}, "limitation": {"discount_repeat_usage": 2}},
    {"id": "points", "reward": {"type": "discount_percent", "value": 5, "effect": "bonus"}},
    {
        "id": "stamps",
        "reward": {"type": "discount_percent", "value": 100},
        "requirement": {"stamp": 3, "item": {"items": [{"id": "item-1"}]}},
    },
    # Of no use before goods come back: the purchase is too large for it.
    {
        "id": "small",
        "reward": {"type": "discount_amount", "value": 30},
        "requirement": {"net_amount": 1},
        "limitation": {"discount_combination": 1},
    },
)
EARLIER = "2026-11-21T10:30:00Z"
PARTS = ("usage", "amount", "bonus", "stamp")
# Of several returns and claims, each has a number of its own.
LINES = {1: 4, 2: 3, 3: 2}
Key = tuple[str, str]


class OnePurchase(RuleBasedStateMachine):
    """Calls in any order; each use that is claimed counts less what came back of it, whichever came first."""

    store = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.running = running(new_url(self.store, Path(self.folder.name)))
        self.service = next(self.running)
        self.number = 0
        # The uses of the receipt, what came back of them, and which claims of them stand, by their ids.
        self.used: dict[Key, Counter[str]] = {}
        self.back: dict[Key, Counter[str]] = {}
        self.claims: dict[str, frozenset[str]] = {}
        self.is_anew = False

    def teardown(self) -> None:
        """Stop the service."""
        next(self.running, None)
        self.folder.cleanup()

    @initialize(is_customers=st.booleans(), has_card=st.booleans(), stamped=st.integers(0, 3))
    def buy(self, is_customers: bool, has_card: bool, stamped: int) -> None:
        """Evaluate a receipt and store it, with what was there before."""
        open_shop(self.service, *EVERYONES)
        if has_card:
            open_shop(self.service, CARD, everyone=False)
        customer = "c" if is_customers else None
        if is_customers and stamped:
            bought(self.service, line(1, 1, stamped), receipt_id="before", purchase_at=EARLIER)
        self.before = self.counted()
        goods = [line(place, 700 + place * 333, pieces) for place, pieces in LINES.items()]
        self.receipt = bought(self.service, *goods, customer_id=customer, claim_ref=None)
        for discount in self.receipt["discounts"]:
            for ref in discount["refs"]:
                key = discount["id"], ref["id"]
                stamps = ref["statistics"].get("stamp")
                net = 0 if stamps is None else stamps - self.before.get(key, Counter())["stamp"]
                parts = {name: ref.get(name, 0) for name in PARTS}
                self.used[key] = Counter(parts | {"stamp": net})
        self.names = sorted({rule_id for rule_id, _ in self.used})

    def counted(self) -> dict[Key, Counter[str]]:
        """What every grant of the customer counts."""
        with self.service.store.reading() as connection:
            rows = connection.execute(select(grants).where(grants.c.aid == ACCOUNT, grants.c.customer_id == "c")).all()
        found = {}
        for row in rows:
            stamps = sum(stamp.count for stamp in read_stamps(row.stamps)) - row.stamps_owed
            parts = {"usage": row.usage, "amount": row.amount, "bonus": row.bonus, "stamp": stamps}
            found[row.discount_id, row.id] = Counter(parts)
        return found

    def next(self, what: str) -> str:
        """A name that nothing had before."""
        self.number += 1
        return f"{what} {self.number}"

    def unclaimed(self) -> list[str]:
        """The ids of the discounts that no claim has which stands."""
        return [name for name in self.names if not any(name in names for names in self.claims.values())]

    @precondition(lambda self: self.unclaimed())
    @rule(at=st.integers(0, 9), is_whole=st.booleans(), named=st.sampled_from(["nothing", "receipt_id", "ref"]))
    def claim(self, at: int, is_whole: bool, named: str) -> None:
        """Claim all discounts that are not claimed, or one of them."""
        names = self.unclaimed()
        if not (is_whole or self.is_anew):
            names = [names[at % len(names)]]
        ref = self.next("claim")
        # A ref is taken once, also by a claim that was cancelled.
        if named == "ref" and self.service.call("GET", f"{CLAIMS}?ref=r1").status_code == 404:
            ref = "r1"
        claim = {
            "purchase_at": self.receipt["purchase_at"],
            "customer_id": self.receipt.get("customer_id"),
            "discounts": [one for one in self.receipt["discounts"] if one["id"] in names],
            "ref": ref,
        }
        if named == "receipt_id":
            claim["receipt_id"] = "r1"
        answer = self.service.call("POST", CLAIMS, claim)
        assert answer.status_code == 201, answer.text
        self.claims[answer.json()["id"]] = frozenset(names)

    @precondition(lambda self: self.claims)
    @rule(at=st.integers(0, 9))
    def cancel(self, at: int) -> None:
        """Cancel a claim that stands."""
        claim_id = sorted(self.claims)[at % len(self.claims)]
        assert self.service.call("DELETE", f"{CLAIMS}/{claim_id}").status_code == 200
        del self.claims[claim_id]

    @rule(
        place=st.sampled_from(sorted(LINES)),
        pieces=st.integers(1, 4),
        policy=st.sampled_from(["as_paid", "as_paid", "spread", "re_evaluate"]),
    )
    def give_back(self, place: int, pieces: int, policy: str) -> None:
        """Some pieces come back, if any are left."""
        stored = self.service.call("GET", "receipts/search?receipt_id=r1").json()["receipts"][0]
        left = int(returnable(read_receipt(stored)).get(place, 0))
        if not left:
            return
        # Which of several claims counts what only the kept goods use, nobody says.
        if policy == "re_evaluate" and len(self.claims) > 1:
            policy = "as_paid"
        self.is_anew |= policy == "re_evaluate"
        answer = post(self.service, body(self.next("back"), (place, min(pieces, left)), policy=policy))
        assert answer.status_code == 201, answer.text
        entry = answer.json()
        for discount in entry["discounts"]:
            for ref in discount["refs"]:
                came = self.back.setdefault((discount["id"], ref["id"]), Counter())
                came.update({name: ref.get(name, 0) for name in PARTS})
        waiting = {one["id"] for one in entry.get("awaits_claim", {"discounts": ()})["discounts"]}
        undone = {one["id"] for one in entry["discounts"]}
        if not self.is_anew:
            assert waiting == undone & set(self.unclaimed())

    @invariant()
    def every_grant_counts_what_is_claimed_less_what_came_back(self) -> None:
        """Whichever of the two came first."""
        found = self.counted()
        claimed = {name for names in self.claims.values() for name in names}
        for key in found.keys() | self.used.keys() | self.back.keys():
            expected = Counter(self.before.get(key, Counter()))
            if self.receipt.get("customer_id") is not None and (
                key[0] in claimed or (key not in self.used and self.claims)
            ):
                expected.update(self.used.get(key, Counter()))
                expected.subtract(self.back.get(key, Counter()))
            # A card has no stamps below none: what more goes back is owed, where returns of several policies meet.
            expected["stamp"] = max(expected["stamp"], 0)
            now = found.get(key, Counter())
            assert {name: now[name] for name in PARTS} == {name: expected[name] for name in PARTS}, key
        check_sums(self.service.store, debit=VALUE)


class OnPostgres(OnePurchase):
    """The same on PostgreSQL."""

    store = "postgresql"


def run(machine: type[OnePurchase], examples: int) -> None:
    """Try so many sequences of calls."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            PROFILE, max_examples=examples, stateful_step_count=12, suppress_health_check=checks, derandomize=True
        ),
    )


def test_every_order_ends_in_the_same_grants() -> None:
    run(OnePurchase, max(PROFILE.max_examples // 5, 10))


@pytest.mark.long
@pytest.mark.parametrize("machine", [pytest.param(OnePurchase, id="sqlite"), pytest.param(OnPostgres, id="postgresql")])
def test_many_orders_end_in_the_same_grants(machine: type[OnePurchase]) -> None:
    run(machine, max(PROFILE.max_examples // 4, 10))
