"""Settling a return with what the store knows: the account's rules, and the grants as they were at the purchase."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from engine import Settlement, TooMuchWork, settle_return
from rabatt.service.context import Context
from rabatt.service.rule_sets import AccountRules
from rabatt.service.store.changes import change_of
from rabatt.service.store.give_back import HeldClaim
from rabatt.service.store.grants_before import GrantsBefore, grants_before
from rabatt.service.store.stranded import why_not_spendable
from rules import Receipt, Refused, ReturnedLine
from rules.limitation import ReturnPolicy

RE_EVALUATE = "re_evaluate"
OF_THE_BODY = ("returned[", "policy")
# Returned goods cannot be split otherwise, and the kept ones are evaluated beside what was. It is settled in the
# transaction, where nobody else's work may be waited for: so here, in a thread of the store.
MORE_FOR_RETURNS = 4


@dataclass(frozen=True, slots=True)
class Settling:
    """Returned goods of an account, by which policy; None is that of the settings.

    `pays_out` says whether money is paid for what would go back on cards that nobody can use any more.
    """

    context: Context
    aid: str
    returned: Sequence[ReturnedLine]
    policy: ReturnPolicy | None
    now: datetime
    pays_out: bool = False

    @property
    def evaluates(self) -> bool:
        """Whether something is evaluated anew whatever the receipt says."""
        return (self.policy or self.context.engine.return_policy) == RE_EVALUATE

    def settle(self, connection: Connection, receipt: Receipt, claim: HeldClaim | None) -> Settlement:
        """The engine's settlement; Refused with every fault, its paths as the body has them."""
        settings = self.context.engine
        over = self._cards_that_are_over(connection, receipt) if self.pays_out else ()
        try:
            if not self._needs_rules(receipt):
                return settle_return(receipt, self.returned, policy=self.policy, settings=settings, paid_out=over)
            rules, granted = self._rules_and_grants(connection, receipt, claim)
            return settle_return(
                receipt,
                self.returned,
                rules.rule_set,
                [*granted.own, *granted.derived],
                self.policy,
                replace(settings, max_work=self.context.settings.max_work * MORE_FOR_RETURNS),
                granted.everyones,
                over,
            )
        except Refused as refused:
            # Too much work stays that: it has a code of its own.
            kind = TooMuchWork if isinstance(refused, TooMuchWork) else Refused
            raise kind([each.at(_in_the_body(each.path)) for each in refused.faults]) from None

    def _cards_that_are_over(self, connection: Connection, receipt: Receipt) -> Container[str]:
        """The ids of the receipt's grants on which nobody could spend a balance."""
        refs = [ref for discount in receipt.discounts or () for ref in discount.get("refs") or ()]
        named = {grant_id for ref in refs if (grant_id := ref.get("id")) is not None}
        return why_not_spendable(connection, self.aid, named, self.now)

    def _rules_and_grants(
        self, connection: Connection, receipt: Receipt, claim: HeldClaim | None
    ) -> tuple[AccountRules, GrantsBefore]:
        """The rules, and the grants as they were, both as of one moment."""
        while True:
            rules = self.context.rule_sets.current(connection, self.aid)
            granted = grants_before(connection, self.aid, receipt, claim, rules.granted_to_everyone, self.now)
            # PostgreSQL shows each statement what is there when it begins.
            if change_of(connection, self.aid) == rules.change:
                return rules, granted

    def _needs_rules(self, receipt: Receipt) -> bool:
        """Whether anything is evaluated anew."""
        policies = [(discount.get("limitation") or {}).get("return_policy") for discount in receipt.discounts or ()]
        return self.evaluates or RE_EVALUATE in policies


def _in_the_body(path: str) -> str:
    """The path in the body, or in the stored receipt."""
    if path.startswith("returned["):
        return f"items{path.removeprefix('returned')}"
    return path if path.startswith(OF_THE_BODY) else f"receipt.{path}"
