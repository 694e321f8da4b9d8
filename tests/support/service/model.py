"""What the service shall do, plain and in memory: rules, grants, claims and receipts of one account.

It shares nothing with the store. What a rule gives is asked of the library; what is left of a grant is counted here.
"""

import math
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from engine import TakenBack, compile_rules, evaluate_json
from rules import read_grants, read_rules
from rules.serialise import serialise
from tests.rabatt.service.conftest import START

Document = dict[str, Any]
EVERYONE = "*"
# By how much a till's clock may be off.
SKEW = timedelta(minutes=10)
MOST_UNITS = 1_000_000


def derived_id(rule_id: str, customer_id: str | None) -> str:
    """The id of a customer's use of what everyone is granted (SPEC 8)."""
    return str(uuid5(NAMESPACE_OID, f"{rule_id}/{customer_id or EVERYONE}"))


def most_of(document: Document) -> dict[str, float]:
    """The most that a rule of the tests' kinds gives in a purchase, worked out for each kind by hand."""
    value = document["reward"]["value"]
    most = {"once": value * MOST_UNITS, "card for receipts": value}.get(document["name"], math.inf)
    is_bonus = document["reward"].get("effect") == "bonus"
    stamps = 1 if document["name"] == "card for receipts" else MOST_UNITS
    asks = document["requirement"].get("stamp", 0)
    return {"amount": 0 if is_bonus else most, "bonus": most if is_bonus else 0, "stamp": stamps if asks else 0}


def is_given(body: Document, proven: Document) -> bool:
    """Whether each ref of a claim is one of a result receipt's, of the same customer and time."""
    same = all(
        datetime.fromisoformat(body[name]) == datetime.fromisoformat(proven[name])
        if name == "purchase_at"
        else body[name] == proven.get(name)
        for name in ("purchase_at", "customer_id")
    )
    given = [figures(discount["id"], ref) for discount in proven["discounts"] for ref in discount["refs"]]
    return same and all(
        figures(discount["id"], ref) in given for discount in body["discounts"] for ref in discount["refs"]
    )


def figures(rule_id: str, ref: Document) -> tuple[Any, ...]:
    """What a ref says was used."""
    left = ref.get("statistics", {}).get("stamp")
    return rule_id, ref["id"], ref["usage"], ref["amount"], ref.get("bonus", 0), ref.get("stamp", 0), left


@dataclass
class KeptRule:
    """A rule, and when it was deleted."""

    document: Document
    deleted_at: datetime | None = None
    # Every document that it had before, and when the last of them was changed.
    former: list[Document] = field(default_factory=list)
    changed_at: datetime = START

    def change(self, **parts: Any) -> None:
        """Put parts of the document in the place of others."""
        if all(self.document.get(name) == part for name, part in parts.items()):
            return
        self.former.append(deepcopy(self.document))
        self.document.update(parts)

    def may_have_given(self, ref: Document, at: datetime) -> bool:
        """Whether some document that it may have had at a purchase gives so much at most."""
        documents = [self.document, *(self.former if at <= self.changed_at + SKEW else [])]
        # Each field by itself: what held together then is not kept.
        return all(
            any(ref.get(name, 0) <= most_of(document)[name] for document in documents)
            for name in ("amount", "bonus", "stamp")
        ) and any(document.get("active", True) for document in documents)

    @property
    def stamps(self) -> int:
        """How many stamps buy a reward; 0: none do."""
        return int(self.document["requirement"].get("stamp", 0))

    @property
    def most(self) -> int:
        """In how many purchases a grant may be used; -1: in any number."""
        return int(self.document.get("limitation", {}).get("discount_repeat_usage", -1))

    @property
    def is_debit(self) -> bool:
        """Whether it draws on a balance."""
        return bool(self.document["reward"]["type"] == "discount_debit")


@dataclass
class KeptGrant:
    """A grant, and what was used of it."""

    id: str
    rule: KeptRule
    customer_id: str
    number: int
    derived: bool = False
    deleted_at: datetime | None = None
    usage: int = 0
    amount: int = 0
    bonus: int = 0
    balance: int | None = None
    stamps: list[tuple[datetime, int]] = field(default_factory=list)
    owed: int = 0

    def was_live(self, at: datetime) -> bool:
        """Whether it could be used in a purchase at a time."""
        return self.deleted_at is None or at <= self.deleted_at + SKEW


@dataclass
class KeptClaim:
    """A claim that was booked: what was asked, and what each line did."""

    body: Document
    lines: list[tuple[KeptGrant, Document, list[tuple[datetime, int]]]]
    scope: str
    cancelled: bool = False

    def uses(self, rule_id: str) -> bool:
        """Whether it holds a use of a rule now."""
        return not self.cancelled and any(one["id"] == rule_id for one in self.body["discounts"])


class Model:
    """One account."""

    def __init__(self) -> None:
        self.rules: dict[str, KeptRule] = {}
        self.grants: dict[str, KeptGrant] = {}
        self.claims: dict[str, KeptClaim] = {}
        self.receipts: dict[str, Document] = {}
        self.number = 0

    def live_grant(self, rule_id: str, customer_id: str) -> KeptGrant | None:
        """The customer's own live grant of a rule, or everyone's."""
        for grant in self.grants.values():
            is_it = grant.rule is self.rules[rule_id] and grant.customer_id == customer_id
            if is_it and grant.deleted_at is None and not grant.derived:
                return grant
        return None

    def add_grant(self, rule_id: str, customer_id: str, grant_id: str, *, derived: bool = False) -> KeptGrant:
        """A new grant."""
        self.number += 1
        rule = self.rules[rule_id]
        balance = rule.document["reward"]["value"] if rule.is_debit else None
        grant = KeptGrant(grant_id, rule, customer_id, self.number, derived, balance=balance)
        self.grants[grant_id] = grant
        return grant

    def is_used(self, rule_id: str) -> bool:
        """Whether a claim that was not cancelled uses the rule."""
        return any(claim.uses(rule_id) for claim in self.claims.values())

    def evaluation(self, receipt: Document) -> bytes:
        """The library's answer for a receipt, with the grants as they are."""
        kept = {name: rule for name, rule in self.rules.items() if rule.deleted_at is None}
        documents = [self._grant_document(grant) for grant in self.grants.values() if self._counts(grant)]
        rule_set = compile_rules(read_rules([rule.document for rule in kept.values()]))
        return evaluate_json(rule_set, serialise(receipt), read_grants(documents))

    def _counts(self, grant: KeptGrant) -> bool:
        if grant.deleted_at is not None:
            return False
        return not grant.derived or self.live_grant(grant.rule.document["id"], EVERYONE) is not None

    def _grant_document(self, grant: KeptGrant) -> Document:
        statistics = {"usage": grant.usage, "amount": grant.amount, "bonus": grant.bonus}
        if grant.balance is not None:
            statistics["debit_balance"] = grant.balance
        document = {
            "id": grant.id,
            "discount_id": grant.rule.document["id"],
            "customer_id": grant.customer_id,
            "created_at": (
                datetime.fromisoformat("2026-01-01T00:00:00Z") + timedelta(seconds=grant.number)
            ).isoformat(),
            "statistics": statistics,
        }
        if grant.rule.stamps:
            document["stamps"] = [
                {"at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "count": count} for at, count in sorted(grant.stamps) if count
            ]
        return document

    def claim(self, body: Document, scope: str, *, now: datetime, proven: Document | None = None) -> int:
        """The status that a claim of a scope is answered with; it is booked where that is 201.

        `proven` is the result receipt whose evaluation is shown with it.
        """
        known = self.claims.get(body["ref"])
        if known is not None:
            return 409 if known.cancelled or known.body != body else 201
        before = deepcopy(self.grants)
        lines = []
        at = datetime.fromisoformat(body["purchase_at"])
        statuses = {201 if at <= now + SKEW and (proven is None or is_given(body, proven)) else 422}
        for discount in body["discounts"]:
            for ref in discount["refs"]:
                grant, status = self._granted(discount["id"], ref["id"], body["customer_id"], at)
                rule = self.rules.get(discount["id"])
                gave_unused = not ref["usage"] and (ref["amount"] or ref.get("bonus", 0))
                if (
                    ref["usage"] > 1
                    or gave_unused
                    or (proven is None and rule is not None and not rule.may_have_given(ref, at))
                ):
                    statuses.add(422)
                if status == 201 and grant is not None:
                    status, spent = self._book(grant, ref, at)
                    lines.append((grant, dict(ref), spent))
                statuses.add(status)
        if statuses != {201}:
            self._restore(before)
            return 422 if 422 in statuses else 409
        self.claims[body["ref"]] = KeptClaim(deepcopy(body), lines, scope)
        return 201

    def _restore(self, before: dict[str, KeptGrant]) -> None:
        """Take back what was booked, and keep the grants the same objects."""
        for name in list(self.grants):
            if name not in before:
                del self.grants[name]
                continue
            grant, was = self.grants[name], before[name]
            grant.usage, grant.amount, grant.bonus = was.usage, was.amount, was.bonus
            grant.balance, grant.stamps, grant.owed = was.balance, was.stamps, was.owed

    def _granted(
        self, rule_id: str, ref_id: str, customer_id: str | None, at: datetime
    ) -> tuple[KeptGrant | None, int]:
        rule = self.rules.get(rule_id)
        if rule is None or (rule.deleted_at is not None and at > rule.deleted_at + SKEW):
            return None, 422
        grant = self.grants.get(ref_id)
        if grant is not None and not grant.derived:
            fits = grant.rule is rule and grant.customer_id == customer_id and grant.was_live(at)
            return grant, 201 if fits else 422
        everyones = [
            one for one in self.grants.values() if one.rule is rule and one.customer_id == EVERYONE and one.was_live(at)
        ]
        owns = any(
            one.rule is rule and one.customer_id == customer_id and not one.derived and one.was_live(at)
            for one in self.grants.values()
        )
        # Grants are made at the start of a test: a purchase before had none of its own.
        if ref_id != derived_id(rule_id, customer_id) or not everyones or rule.is_debit or (owns and at > START):
            return None, 422
        if customer_id is None:
            return None, 201
        return grant or self.add_grant(rule_id, customer_id, ref_id, derived=True), 201

    def _book(self, grant: KeptGrant, ref: Document, at: datetime) -> tuple[int, list[tuple[datetime, int]]]:
        if ref["usage"] and 0 <= grant.rule.most < grant.usage + ref["usage"]:
            return 409, []
        if grant.balance is not None:
            if grant.balance < ref["amount"]:
                return 409, []
            grant.balance -= ref["amount"]
        spent: list[tuple[datetime, int]] = []
        if grant.rule.stamps:
            cost = 0
            if ref["usage"]:
                cost = sum(count for _, count in grant.stamps) + ref["stamp"] - ref["statistics"]["stamp"]
                there = sum(count for _, count in grant.stamps) + ref["stamp"]
                if not 0 < cost <= there or cost % grant.rule.stamps:
                    return 409, []
            spent = self._stamp(grant, ref["stamp"], cost, at)
        grant.usage += ref["usage"]
        grant.amount += ref["amount"]
        grant.bonus += ref.get("bonus", 0)
        return 201, spent

    @staticmethod
    def _stamp(grant: KeptGrant, earned: int, cost: int, at: datetime) -> list[tuple[datetime, int]]:
        """What a purchase spent: the oldest stamps first, its own last, of which the rest makes up for what is owed."""
        spent: list[tuple[datetime, int]] = []
        card: dict[datetime, int] = {}
        for when, count in grant.stamps:
            taken = min(cost, count)
            cost -= taken
            spent.append((when, taken))
            card[when] = count - taken
        spent.append((at, cost))
        paid = min(grant.owed, earned - cost)
        grant.owed -= paid
        card[at] = card.get(at, 0) + earned - cost - paid
        grant.stamps = sorted((when, count) for when, count in card.items() if count)
        return [entry for entry in spent if entry[1]]

    def cancel(self, ref: str) -> None:
        """Give the uses of a claim back, once."""
        claim = self.claims[ref]
        if claim.cancelled:
            return
        claim.cancelled = True
        for grant, used, spent in claim.lines:
            grant.usage -= used["usage"]
            grant.amount -= used["amount"]
            grant.bonus -= used.get("bonus", 0)
            if grant.balance is not None:
                grant.balance += used["amount"]
            self._take_back(grant, used, spent, datetime.fromisoformat(claim.body["purchase_at"]))

    def give_back(self, ref: str, taken: Iterable[TakenBack]) -> None:
        """Give back what goods of a claim's purchase took with them; cancelling it gives back the rest."""
        claim = self.claims[ref]
        if claim.cancelled:
            return
        at = datetime.fromisoformat(claim.body["purchase_at"])
        lines = {(grant.rule.document["id"], grant.id): place for place, (grant, _, _) in enumerate(claim.lines)}
        for one in taken:
            place = lines.get((one.rule_id, one.grant_id))
            if place is None:
                assert claim.body["customer_id"] is None, "only what nobody used is on no grant"
                continue
            grant, used, spent = claim.lines[place]
            grant.usage -= one.usage
            grant.amount -= one.amount
            grant.bonus -= one.bonus
            used["usage"] -= one.usage
            used["amount"] -= one.amount
            used["bonus"] = used.get("bonus", 0) - one.bonus
            if grant.balance is not None:
                grant.balance += one.debit_balance
            if one.stamp > 0:
                used["stamp"] -= one.stamp
                self._take_back(grant, {"stamp": one.stamp}, [], at)
            elif one.stamp < 0:
                returning = self._newest(spent, -one.stamp)
                self._take_back(grant, {}, returning, at)

    @staticmethod
    def _newest(spent: list[tuple[datetime, int]], count: int) -> list[tuple[datetime, int]]:
        """So many of the spent stamps, the newest first, which are spent no more."""
        returning = []
        while count:
            when, there = spent.pop()
            back = min(count, there)
            returning.append((when, back))
            count -= back
            if there > back:
                spent.append((when, there - back))
        return returning

    @staticmethod
    def _take_back(grant: KeptGrant, used: Document, spent: list[tuple[datetime, int]], at: datetime) -> None:
        """Put spent stamps back, and take earned ones off: those of the purchase first, then the newest."""
        card: dict[datetime, int] = {}
        for when, count in [*grant.stamps, *spent]:
            card[when] = card.get(when, 0) + count
        earned = used.get("stamp", 0) if grant.rule.stamps else 0
        own = min(card.get(at, 0), earned)
        card[at] = card.get(at, 0) - own
        owed = grant.owed + earned - own
        for when in sorted(card, reverse=True):
            taken = min(card[when], owed)
            card[when] -= taken
            owed -= taken
        grant.owed = owed
        grant.stamps = sorted((when, count) for when, count in card.items() if count)
