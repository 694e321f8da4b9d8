"""Any sequence of calls leaves the service where a plain model in memory is, on both stores."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from engine import returnable, settle_return, settlement_to_wire
from rabatt.service.entry.access import DISCOUNTS_USE
from rules import read_receipt, read_returned
from rules.limitation import ReturnPolicy
from rules.serialise import serialise
from tests.rabatt.service.conftest import START, new_url, running
from tests.support.service.claiming import check_uses
from tests.support.service.model import Document
from tests.support.service.note_steps import NoteSteps
from tests.support.service.open2b import stocked
from tests.support.service.open2b_steps import Open2bReceipts
from tests.support.service.rule_steps import KINDS, RuleSteps, made_rule

PROFILE = settings()
USE = "discounts/available_for_receipt"
LATER = START + timedelta(days=60)
CUSTOMERS = st.sampled_from(["c1", "c1", "c1", "c2", None])
# Before anything is deleted, and after.
DAYS = st.sampled_from([-30, 30])
# When a claim arrives: as soon as anything can, or when every purchase is over.
ARRIVALS = st.sampled_from([START, LATER, LATER])
SCOPES = st.sampled_from([*DISCOUNTS_USE, DISCOUNTS_USE[0]])
LIES = st.sampled_from([None, None, None, "usage", "amount", "bonus", "stamp"])


class Machine(RuleSteps, NoteSteps, Open2bReceipts):
    """Calls in any order; the model says what each is answered with."""

    store = "sqlite"
    evaluations = Bundle("evaluations")
    claims = Bundle("claims")
    receipts = Bundle("receipts")
    sold = Bundle("sold")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.running = running(new_url(self.store, Path(self.folder.name)))
        self.service = stocked(next(self.running))
        # Of evaluations, by the id of the receipt.
        self.tokens: dict[str, str | None] = {}

    def teardown(self) -> None:
        """Stop the service."""
        next(self.running, None)
        self.folder.cleanup()

    @contextmanager
    def at(self, time: datetime) -> Iterator[None]:
        """A while in which the service's clock shows another time."""
        hands = self.service.hands
        hands.at, before = max(time, hands.at), hands.at
        yield
        hands.at = before

    @rule(target=evaluations, customer=CUSTOMERS, pieces=st.integers(1, 5), days=DAYS, tills=st.integers(1, 3))
    def evaluate(self, customer: str | None, pieces: int, days: int, tills: int) -> Any:
        """Ask for the discounts of a receipt, and at other tills of the same customer's at the same time."""
        answers = [self.evaluated(customer, pieces, days) for _ in range(tills)]
        return multiple(*(answer for answer in answers if "discounts" in answer))

    def evaluated(self, customer: str | None, pieces: int, days: int) -> Document:
        """The answer to a receipt of so many apples."""
        number = self.next()
        line = {
            "line_id": 1,
            "id": "apple",
            "quantity": pieces,
            "gross_amount": 999 * pieces,
            "eligible_for_discount": True,
        }
        receipt: Document = {
            "receipt_id": f"r{number}",
            "purchase_at": (START + timedelta(days=days, hours=number)).isoformat(),
            "store": {"id": "s1"},
            "items": [line],
        }
        if customer is not None:
            receipt["customer_id"] = customer
        answer = self.call("POST", USE, receipt)
        assert answer.content == self.model.evaluation(receipt), answer.text
        document: Document = answer.json()
        self.tokens[document["receipt_id"]] = answer.headers.get("Rabatt-Evaluation")
        return document

    @rule(
        target=claims,
        receipt=consumes(evaluations),
        lie=LIES,
        more=st.sampled_from([1, 1_000_000_000]),
        proven=st.booleans(),
        scope=SCOPES,
        now=ARRIVALS,
    )
    def claim(self, receipt: Document, lie: str | None, more: int, proven: bool, scope: str, now: datetime) -> Any:
        """Claim what a receipt was promised, maybe some time ago, or more than that."""
        body: Document = {
            "purchase_at": receipt["purchase_at"],
            "customer_id": receipt.get("customer_id"),
            "discounts": receipt["discounts"],
            "ref": f"ref {receipt['receipt_id']}",
            "type": "pos",
        }
        if lie is not None:
            body["discounts"] = deepcopy(body["discounts"])
            ref = body["discounts"][0]["refs"][0]
            del ref["items"]
            ref[lie] = ref.get(lie, 0) + (min(more, 9) if lie in {"usage", "stamp"} else more)
        shown = {"evaluation": self.tokens[receipt["receipt_id"]]} if proven else {}
        with self.at(now):
            answer = self.call("POST", f"{USE}/claims", {**body, **shown}, scope)
        status = self.model.claim(body, scope, now=now, proven=receipt if proven else None)
        assert answer.status_code == status, answer.text
        return (body, answer.content) if answer.status_code == 201 else multiple()

    @rule(claim=claims)
    def claim_again(self, claim: tuple[Document, bytes]) -> None:
        """The same claim has the same answer, and another one under its ref is refused."""
        body, first = claim
        answer = self.call("POST", f"{USE}/claims", body)
        cancelled = self.model.claims[body["ref"]].cancelled
        assert answer.status_code == (409 if cancelled else 201)
        assert cancelled or answer.content == first
        other = {**body, "purchase_at": (datetime.fromisoformat(body["purchase_at"]) + timedelta(hours=1)).isoformat()}
        assert self.call("POST", f"{USE}/claims", other).status_code == 409

    @rule(claim=claims, scope=SCOPES)
    def cancel(self, claim: tuple[Document, bytes], scope: str) -> None:
        """Give the uses back, if the scope is wide enough; again is as good as once."""
        body, first = claim
        answer = self.call("DELETE", f"{USE}/claims/{json.loads(first)['id']}", scope=scope)
        if DISCOUNTS_USE.index(scope) < DISCOUNTS_USE.index(self.model.claims[body["ref"]].scope):
            assert answer.status_code == 403, answer.text
            return
        assert answer.status_code == 200, answer.text
        self.model.cancel(body["ref"])

    @rule(target=receipts, hours=st.integers(0, 3))
    def store_receipt(self, hours: int) -> str:
        """Store a receipt without customer."""
        receipt_id = f"s{self.next()}"
        receipt = {
            "receipt_id": receipt_id,
            "purchase_at": (START + timedelta(hours=hours)).isoformat(),
            "store": {"id": "s1"},
        }
        answer = self.call("POST", "receipts", receipt)
        assert answer.status_code == 201, answer.text
        self.model.receipts[receipt_id] = answer.json()
        return receipt_id

    @rule(receipt_id=receipts, evaluated=consumes(evaluations), now=ARRIVALS)
    def add_customer(self, receipt_id: str, evaluated: Document, now: datetime) -> None:
        """Add a customer and the discounts of an evaluation to a stored receipt, which claims them."""
        customer = evaluated.get("customer_id")
        if customer is None:
            return
        body = {"customer_id": customer, "discounts": evaluated["discounts"]}
        with self.at(now):
            answer = self.call("PUT", f"receipts/all/{receipt_id}", body)
        kept = self.model.receipts[receipt_id]
        if "customer_id" in kept:
            same = kept["customer_id"] == customer and kept["discounts"] == evaluated["discounts"]
            assert answer.status_code == (200 if same else 409), answer.text
            return
        claim = {
            "purchase_at": kept["purchase_at"],
            "customer_id": customer,
            "discounts": evaluated["discounts"],
            "ref": receipt_id,
        }
        status = self.model.claim(claim, "admin:receipts", now=now)
        assert answer.status_code == (200 if status == 201 else status), answer.text
        if status == 201:
            kept |= {"customer_id": customer, "discounts": evaluated["discounts"]}

    @rule(target=sold, evaluated=consumes(evaluations))
    def buy(self, evaluated: Document) -> Any:
        """Claim what a receipt was promised, and store it."""
        body = {
            "purchase_at": evaluated["purchase_at"],
            "customer_id": evaluated.get("customer_id"),
            "discounts": evaluated["discounts"],
            "ref": evaluated["receipt_id"],
        }
        with self.at(LATER):
            answer = self.call("POST", f"{USE}/claims", body, "write:discounts")
        assert answer.status_code == self.model.claim(body, "write:discounts", now=LATER), answer.text
        stored = self.call("POST", "receipts", evaluated)
        assert stored.status_code == 201, stored.text
        self.model.receipts[evaluated["receipt_id"]] = stored.json()
        return evaluated["receipt_id"] if answer.status_code == 201 else multiple()

    @rule(receipt_id=sold, pieces=st.integers(1, 3), policy=st.sampled_from(["as_paid", "spread"]))
    def return_goods(self, receipt_id: str, pieces: int, policy: ReturnPolicy) -> None:
        """Some apples come back, if so many are left."""
        number = self.next()
        kept = self.model.receipts[receipt_id]
        body = {"ref": f"back {number}", "items": [{"line_id": 1, "quantity": pieces}], "policy": policy}
        answer = self.call("POST", f"receipts/all/{receipt_id}/returns", body)
        if returnable(read_receipt(kept)).get(1, 0) < pieces:
            assert answer.status_code == 422, answer.text
            return
        assert answer.status_code == 201, answer.text
        settlement = settle_return(read_receipt(kept), read_returned(body["items"]), policy=policy)
        entry = answer.json()
        assert settlement_to_wire(settlement).items() <= entry.items()
        kept["returns"] = [*kept.get("returns", ()), entry]
        self.model.give_back(receipt_id, settlement.taken_back)
        assert self.call("POST", f"receipts/all/{receipt_id}/returns", body).content == answer.content

    @rule(receipt_id=sold)
    def cancel_purchase(self, receipt_id: str) -> None:
        """Cancel the claim of a purchase, of which some may have come back."""
        claim = self.call("GET", f"{USE}/claims?ref={receipt_id}").json()
        assert self.call("DELETE", f"{USE}/claims/{claim['id']}", scope=DISCOUNTS_USE[0]).status_code == 403
        assert self.call("DELETE", f"{USE}/claims/{claim['id']}").status_code == 200
        self.model.cancel(receipt_id)

    @invariant()
    def the_grants_say_what_was_used(self) -> None:
        """Every live grant has the model's counters."""
        for rule_id in self.model.rules:
            answer = self.call("GET", f"discounts/rules/{rule_id}/customers?limit=100")
            shown = {ref["id"]: ref for ref in answer.json()}
            for grant in self.model.grants.values():
                if grant.rule is not self.model.rules[rule_id] or grant.deleted_at is not None or grant.id not in shown:
                    continue
                statistics = shown[grant.id]["statistics"]
                assert (statistics["usage"], statistics["amount"]) == (grant.usage, grant.amount)
                assert statistics.get("bonus", 0) == grant.bonus
                assert statistics.get("debit_balance") == grant.balance
        check_uses(self.service.store)

    @invariant()
    def the_customers_have_their_receipts(self) -> None:
        """Newest first, with every field."""
        for customer in ("c1", "c2"):
            answer = self.call("GET", f"receipts/customers/{customer}?limit=100").json()
            mine = [receipt for receipt in self.model.receipts.values() if receipt.get("customer_id") == customer]
            mine.sort(key=lambda receipt: (receipt["purchase_at"], receipt["id"]), reverse=True)
            assert [receipt["receipt_id"] for receipt in answer["receipts"]] == [one["receipt_id"] for one in mine]
            for shown, kept in zip(answer["receipts"], mine, strict=True):
                assert shown["discounts"] == kept["discounts"]
                assert shown.get("returns") == kept.get("returns")


class OnPostgres(Machine):
    """The same on PostgreSQL."""

    store = "postgresql"


@pytest.mark.long
@pytest.mark.parametrize("machine", [pytest.param(Machine, id="sqlite"), pytest.param(OnPostgres, id="postgresql")])
def test_the_service_is_where_the_model_is(machine: type[Machine]) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            PROFILE,
            max_examples=max(PROFILE.max_examples // 10, 10),
            stateful_step_count=25,
            suppress_health_check=checks,
        ),
    )


def test_the_machine_speaks_of_every_kind_of_rule() -> None:
    assert all(serialise(made_rule("d", kind)) for kind in KINDS)
