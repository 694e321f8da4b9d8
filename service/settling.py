"""Settling a return with what the store knows: the account's rules, and the grants as they were at the purchase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine import Settlement, settle_return
from rules import Receipt, Refused, ReturnedLine
from rules.limitation import ReturnPolicy
from service.context import Context
from service.store.before import grants_before
from service.store.changes import version_of
from service.store.give_back import Purchase

RE_EVALUATE = "re_evaluate"
OF_THE_BODY = ("returned[", "policy")


@dataclass(frozen=True, slots=True)
class Settling:
    """Goods that come back to an account, by which policy; None is that of the settings."""

    context: Context
    aid: str
    returned: Sequence[ReturnedLine]
    policy: ReturnPolicy | None
    now: datetime

    def settle(self, connection: Connection, receipt: Receipt, purchase: Purchase | None) -> Settlement:
        """The engine's settlement; Refused with every fault, its paths as the body has them."""
        settings = self.context.engine
        try:
            if not self._needs_rules(receipt):
                return settle_return(receipt, self.returned, policy=self.policy, settings=settings)
            version = version_of(connection, self.aid)
            rules = self.context.rule_sets.current(connection, self.aid, version)
            granted = grants_before(connection, self.aid, receipt, purchase, rules.granted_to_everyone, self.now)
            return settle_return(
                receipt,
                self.returned,
                rules.rule_set,
                [*granted.own, *granted.derived],
                self.policy,
                settings,
                granted.everyones,
            )
        except Refused as refused:
            faults = refused.faults
            raise Refused(each.at(_in_the_body(each.path)) for each in faults) from None

    def _needs_rules(self, receipt: Receipt) -> bool:
        """Whether anything is evaluated anew."""
        policies = [(discount.get("limitation") or {}).get("return_policy") for discount in receipt.discounts or ()]
        return RE_EVALUATE in (self.policy or self.context.engine.return_policy, *policies)


def _in_the_body(path: str) -> str:
    """The path in the body, or in the stored receipt."""
    if path.startswith("returned["):
        return f"items{path.removeprefix('returned')}"
    return path if path.startswith(OF_THE_BODY) else f"receipt.{path}"
