"""Rules and grants in the state machine of the service: made, changed, given and taken back, as the model has them."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from tests.rabatt.service.conftest import ALL_SCOPES, START, Service
from tests.support.service.model import EVERYONE, Document, KeptRule, Model

OWNERS = st.sampled_from(["c1", "c2", EVERYONE])

KINDS: dict[str, Document] = {
    "percent": {"reward": {"type": "discount_percent", "value": 10}},
    "once": {
        "reward": {"type": "discount_amount", "value": 300},
        "limitation": {"discount_repeat_usage": 1},
    },
    "twice, for a bonus": {
        "reward": {"type": "discount_percent", "value": 7.5, "effect": "bonus"},
        "limitation": {"discount_repeat_usage": 2},
    },
    "three for two": {
        "reward": {"type": "discount_item_quantity", "value": 1},
        "requirement": {"item": {"quantity": 3}},
    },
    "gift card": {"reward": {"type": "discount_debit", "value": 1500}},
    "stamp card": {"reward": {"type": "discount_percent", "value": 100}, "requirement": {"stamp": 3}},
    "card for receipts": {
        "reward": {"type": "discount_amount", "value": 100},
        "requirement": {"stamp": 2, "item": {}},
    },
}


def made_rule(rule_id: str, kind: str) -> Document:
    """A rule of a kind, on apples unless it is one for receipts."""
    document = json.loads(json.dumps(KINDS[kind]))
    requirement = {"item": {"items": [{"id": "apple"}]}}
    wanted = document.get("requirement", {})
    item = {**requirement["item"], **wanted["item"]} if wanted.get("item") else wanted.get("item", requirement["item"])
    return {"id": rule_id, "name": kind, **document, "requirement": {**wanted, "item": item}}


class RuleSteps(RuleBasedStateMachine):
    """Makes and changes rules, and grants them."""

    discounts = Bundle("discounts")
    service: Service

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.count = 0

    def call(self, method: str, path: str, body: Any = None, scope: str = ALL_SCOPES) -> Any:
        """The response."""
        return self.service.call(method, path, body, token=self.service.token(scope))

    def next(self) -> int:
        """A number never had before."""
        self.count += 1
        return self.count

    @initialize(target=discounts, kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=3, max_size=4), owner=OWNERS)
    def open_the_shop(self, kinds: list[str], owner: str) -> Any:
        """Some rules that everyone is granted, the gift cards and the last one aside, which are somebody's own."""
        made = [self.create(kind) for kind in kinds]
        for place, (rule_id, kind) in enumerate(zip(made, kinds, strict=True)):
            is_own = kind == "gift card" or place == len(kinds) - 1
            self.give(rule_id, "c1" if is_own and owner == EVERYONE else owner if is_own else EVERYONE)
        return multiple(*made)

    @rule(target=discounts, kind=st.sampled_from(sorted(KINDS)), owner=OWNERS)
    def create_rule(self, kind: str, owner: str) -> str:
        """One more rule, which somebody or everyone is granted."""
        rule_id = self.create(kind)
        self.give(rule_id, owner)
        return rule_id

    def create(self, kind: str) -> str:
        """The id of a new rule."""
        document = made_rule(f"d{self.next()}", kind)
        answer = self.call("POST", "discounts/rules", document)
        assert answer.status_code == 201, answer.text
        self.model.rules[document["id"]] = KeptRule(document)
        return str(document["id"])

    @rule(rule_id=discounts, owner=OWNERS)
    def grant(self, rule_id: str, owner: str) -> None:
        """Grant a rule; again is as good as once."""
        self.give(rule_id, owner)

    def give(self, rule_id: str, owner: str) -> None:
        """Grant a rule to a customer or to everyone."""
        answer = self.call("POST", f"discounts/rules/{rule_id}/customers", {"customers": [owner]})
        if self.model.rules[rule_id].deleted_at is not None:
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 201, answer.text
        known = self.model.live_grant(rule_id, owner)
        [ref] = answer.json()["refs"]
        if known is None:
            self.model.add_grant(rule_id, owner, ref["id"])
        else:
            assert ref["id"] == known.id

    @rule(rule_id=discounts, what=st.sampled_from(["grant of c1", "everyone's grant", "rule"]))
    def end(self, rule_id: str, what: str) -> None:
        """Take a grant back, or delete the rule; again is as good as once, and so is what is not there."""
        now = START + timedelta(seconds=1)
        if what == "rule":
            answer = self.call("DELETE", f"discounts/rules/{rule_id}")
            kept = self.model.rules[rule_id]
            kept.deleted_at = kept.deleted_at or now
        else:
            owner = "c1" if what == "grant of c1" else EVERYONE
            answer = self.call("DELETE", f"discounts/rules/{rule_id}/customers", {"customers": [owner]})
            grant = self.model.live_grant(rule_id, owner)
            if grant is not None:
                grant.deleted_at = now
        assert answer.status_code == 200, answer.text

    @rule(rule_id=discounts, what=st.sampled_from(["switch off", "switch on", "reward"]))
    def change(self, rule_id: str, what: str) -> None:
        """Switch a rule on or off, or change its reward, which only a rule that was never used lets happen."""
        kept = self.model.rules[rule_id]
        if what != "reward":
            active = what == "switch on"
            answer = self.call("PUT", f"discounts/rules/{rule_id}", {"active": active})
            assert answer.status_code == (200 if kept.deleted_at is None else 409), answer.text
            if kept.deleted_at is None:
                kept.change(active=active)
            return
        value = kept.document["reward"]["value"]
        wanted = (
            value if kept.is_debit or kept.document["name"] == "three for two" else value + 1 if value < 100 else 50
        )
        answer = self.call("PUT", f"discounts/rules/{rule_id}", {"reward": {"value": wanted}})
        if kept.deleted_at is not None or (wanted != value and self.model.is_used(rule_id)):
            assert answer.status_code == 409, answer.text
            return
        assert answer.status_code == 200, answer.text
        kept.change(reward={**kept.document["reward"], "value": wanted})
