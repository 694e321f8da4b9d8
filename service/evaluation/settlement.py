"""Settling a return with what the store knows: the account's rules, and the grants as they were at the purchase."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import anyio.from_thread
from sqlalchemy import Connection

from engine import Settings as EngineSettings
from engine import Settlement, TooMuchWork, settle_return
from rules import Grant, Receipt, Refused, ReturnedLine, read_receipt
from rules.limitation import ReturnPolicy
from service.context import Context
from service.evaluation.apart import done_apart
from service.rule_sets import AccountRules
from service.store.before import EveryonesAt, GrantsBefore, grants_before
from service.store.changes import change_of
from service.store.give_back import Purchase

RE_EVALUATE = "re_evaluate"
OF_THE_BODY = ("returned[", "policy")


@dataclass(frozen=True, slots=True)
class SettleJob:
    """A return that is to be settled anew, as plain as it must be to go to another process.

    `everyones` are the rules of which everyone's grant has changed since the purchase: whether there was one then.
    """

    aid: str
    receipt: dict[str, Any]
    returned: Sequence[ReturnedLine]
    policy: ReturnPolicy | None
    grants: Sequence[Grant]
    everyones: Mapping[str, bool]

    def settled(self, rules: AccountRules, engine: EngineSettings) -> Settlement:
        """The engine's settlement; Refused with every fault."""
        everyones: Container[str] = EveryonesAt(rules.granted_to_everyone, self.everyones)
        receipt = read_receipt(self.receipt)
        return settle_return(receipt, self.returned, rules.rule_set, self.grants, self.policy, engine, everyones)


@dataclass(frozen=True, slots=True)
class Settling:
    """Goods that come back to an account, by which policy; None is that of the settings."""

    context: Context
    aid: str
    returned: Sequence[ReturnedLine]
    policy: ReturnPolicy | None
    now: datetime

    @property
    def evaluates(self) -> bool:
        """Whether something is evaluated anew whatever the receipt says."""
        return (self.policy or self.context.engine.return_policy) == RE_EVALUATE

    def settle(self, connection: Connection, receipt: Receipt, purchase: Purchase | None) -> Settlement:
        """The engine's settlement; Refused with every fault, its paths as the body has them."""
        engine = self.context.engine
        try:
            if not self._needs_rules(receipt):
                return settle_return(receipt, self.returned, policy=self.policy, settings=engine)
            rules, granted = self._rules_and_grants(connection, receipt, purchase)
            grants = [*granted.own, *granted.derived]
            job = SettleJob(self.aid, receipt.document, self.returned, self.policy, grants, granted.everyones.changed)
            try:
                return job.settled(rules, replace(engine, max_work=self.context.work_in_place))
            except TooMuchWork:
                return self._settled_apart(job)
        except Refused as refused:
            # Too much work stays that: it has a code of its own.
            kind = TooMuchWork if isinstance(refused, TooMuchWork) else Refused
            raise kind([each.at(_in_the_body(each.path)) for each in refused.faults]) from None

    def _rules_and_grants(
        self, connection: Connection, receipt: Receipt, purchase: Purchase | None
    ) -> tuple[AccountRules, GrantsBefore]:
        """The rules, and the grants as they were, both as of one moment."""
        while True:
            rules = self.context.rule_sets.current(connection, self.aid)
            granted = grants_before(connection, self.aid, receipt, purchase, rules.granted_to_everyone, self.now)
            # PostgreSQL shows each statement what is there when it begins.
            if change_of(connection, self.aid) == rules.change:
                return rules, granted

    def _settled_apart(self, job: SettleJob) -> Settlement:
        """The same, in a process apart; this thread of the store waits for it."""
        settlement = anyio.from_thread.run(done_apart, self.context, self.aid, job)
        if isinstance(settlement, Refused):
            raise settlement
        assert isinstance(settlement, Settlement)  # noqa: S101 - what such a job comes to
        return settlement

    def _needs_rules(self, receipt: Receipt) -> bool:
        """Whether anything is evaluated anew."""
        policies = [(discount.get("limitation") or {}).get("return_policy") for discount in receipt.discounts or ()]
        return self.evaluates or RE_EVALUATE in policies


def _in_the_body(path: str) -> str:
    """The path in the body, or in the stored receipt."""
    if path.startswith("returned["):
        return f"items{path.removeprefix('returned')}"
    return path if path.startswith(OF_THE_BODY) else f"receipt.{path}"
