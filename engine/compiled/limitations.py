"""The limitations that do not look at units, each compiled to a check (SPEC 5, in the order of its table).

Those that do, the black list and `discount_eligible`, are asked with the requirements on units (`rule_lines`).
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from engine.basket.basket import Basket
from engine.compiled.calendar import is_open
from engine.compiled.requirements import Memo
from engine.grants.wallet import Wallet, made_at, unspent, usable_grants
from engine.rejected import Rejected
from rules import Grant, Rule
from rules.limitation import Period

# What is seen where only a grant of the customer's own will do.
NO_OWN_GRANT: Final = "no grant of the customer's own"


class Switch(Protocol):
    """A rule of the set, as those see it that it switches off."""

    @property
    def rule(self) -> Rule: ...


class Occasion(NamedTuple):
    """What a rule's limitations are asked of: one purchase, the grants that concern it, and the rules of the set."""

    rule_id: str
    basket: Basket
    wallet: Wallet
    rules_by_id: Mapping[str, Switch]

    @property
    def own(self) -> Sequence[Grant] | None:
        """Return the customer's own grants of the rule, oldest first; None where there are none at all."""
        return self.wallet.own.get(self.rule_id)


@dataclass(frozen=True, slots=True, eq=False)
class LimitationCheck:
    """One limitation: a predicate, and for those who ask why, what it wanted and what it saw.

    One that `holds_for_everyone` does so wherever every rule is granted to everyone. What was wanted may hang on the
    occasion: `wanted_of` says it then.
    """

    path: str
    wanted: Any
    holds: Callable[[Occasion], bool]
    saw: Callable[[Occasion], Any]
    holds_for_everyone: bool = False
    wanted_of: Callable[[Occasion], Any] | None = None

    def __call__(self, occasion: Occasion) -> Rejected | None:
        """Return the reason where the limitation does not hold."""
        if self.holds(occasion):
            return None
        wanted = self.wanted if self.wanted_of is None else self.wanted_of(occasion)
        return Rejected(self.path, wanted, self.saw(occasion))


def limitation_checks(rule: Rule, memo: Memo) -> tuple[LimitationCheck, ...]:
    """Return the checks of a rule in the order of the table of SPEC 5; equal ones are the same object."""
    checks = tuple([_shared(memo, key, make) for key, make in _checks(rule)])
    shared: tuple[LimitationCheck, ...] = memo.setdefault(checks, checks)
    return shared


def _shared(memo: Memo, key: Hashable, make: Callable[[], LimitationCheck]) -> LimitationCheck:
    check: LimitationCheck | None = memo.get(key)
    if check is None:
        check = memo[key] = make()
    return check


def _checks(rule: Rule) -> Iterator[tuple[Hashable, Callable[[], LimitationCheck]]]:
    """Yield each check under a key that has all that it is made of."""
    limitation = rule.limitation
    usages, days = limitation.discount_repeat_usage, limitation.dynamic_purchase_to_days
    most = None if usages < 0 else usages
    is_debit = rule.is_debit
    if not rule.active:
        yield "limitation.active", _not_active
    if rule.deleted_at is not None:
        deleted_at = rule.document["deleted_at"]
        yield ("limitation.deleted_at", deleted_at), partial(_deleted, deleted_at)
    yield ("limitation.grant", is_debit, most, days), partial(_grant, most, days, is_debit=is_debit)
    hours = limitation.discount_hours
    if hours is not None and hours.hours:
        periods, zone = hours.hours, ZoneInfo(hours.timezone or "UTC")
        written = rule.document["limitation"]["discount_hours"]["hours"]
        yield ("limitation.discount_hours", zone, repr(written)), partial(_hours, periods, zone, written)
    if most is not None:
        yield ("limitation.discount_repeat_usage", most), partial(_repeat_usage, most)
    if (others := limitation.discount_combination) >= 0:
        yield ("limitation.discount_combination", others), partial(_combination, others)
    if days >= 0:
        yield ("limitation.dynamic_purchase_to_days", most, days), partial(_days, most, days)
    for other_id in [activation.value for activation in limitation.discount_activation]:
        yield ("limitation.discount_activation", other_id), partial(_activation, other_id)


def _not_active() -> LimitationCheck:
    return LimitationCheck("active", True, lambda _: False, lambda _: False)


def _deleted(deleted_at: str) -> LimitationCheck:
    return LimitationCheck("deleted_at", None, lambda _: False, lambda _: deleted_at)


def _grant(most: int | None, days: int, *, is_debit: bool) -> LimitationCheck:
    def is_granted(occasion: Occasion) -> bool:
        if days >= 0:
            # Refused here, so that it never hangs on the hour or on other discounts whether grants are in order.
            for grant in unspent(occasion.own or (), most):
                made_at(grant)
        return occasion.own is not None if is_debit else occasion.wallet.is_granted(occasion.rule_id)

    wanted = "a grant of the customer's own" if is_debit else "a grant"
    return LimitationCheck("grant", wanted, is_granted, lambda _: None, holds_for_everyone=not is_debit)


def _hours(periods: Sequence[Period], zone: ZoneInfo, written: Any) -> LimitationCheck:
    return LimitationCheck(
        "limitation.discount_hours",
        written,
        lambda occasion: is_open(periods, occasion.basket.purchase_at.astimezone(zone)),
        lambda occasion: occasion.basket.purchase_at.astimezone(zone).strftime("%a %H:%M").lower(),
    )


def _repeat_usage(most: int) -> LimitationCheck:
    def holds(occasion: Occasion) -> bool:
        own = occasion.own
        # Statistics of everyone's grant are ignored, so only a limit of 0 is ever reached.
        return most > 0 if own is None else bool(unspent(own, most))

    def saw(occasion: Occasion) -> int:
        return min((grant.statistics.usage for grant in occasion.own or ()), default=0)

    return LimitationCheck("limitation.discount_repeat_usage", most, holds, saw, holds_for_everyone=most > 0)


def _combination(others: int) -> LimitationCheck:
    return LimitationCheck(
        "limitation.discount_combination",
        others,
        lambda occasion: occasion.basket.existing_discounts <= others,
        lambda occasion: occasion.basket.existing_discounts,
    )


def _days(most: int | None, days: int) -> LimitationCheck:
    def holds(occasion: Occasion) -> bool:
        return bool(usable_grants(occasion.own or (), most, days, occasion.basket.purchase_at))

    def wanted(occasion: Occasion) -> Any:
        return days if occasion.own is None else _valid_until(unspent(occasion.own, most), days, occasion.basket)

    def saw(occasion: Occasion) -> Any:
        return NO_OWN_GRANT if occasion.own is None else occasion.basket.receipt.document["purchase_at"]

    return LimitationCheck("limitation.dynamic_purchase_to_days", days, holds, saw, wanted_of=wanted)


def _valid_until(grants: Sequence[Grant], days: int, basket: Basket) -> str:
    """Return the last moment of the youngest grant, in the offset of the purchase."""
    # It is before the purchase, so that it is in the calendar.
    until = max(map(made_at, grants)) + timedelta(days=days)
    # At the beginning of the calendar there may be no such moment in another offset.
    with suppress(OverflowError):
        until = until.astimezone(basket.purchase_at.tzinfo)
    return until.isoformat().replace("+00:00", "Z")


def _activation(other_id: str) -> LimitationCheck:
    def holds(occasion: Occasion) -> bool:
        other = occasion.rules_by_id.get(other_id)
        return other is None or not _is_running(other.rule, occasion)

    return LimitationCheck(
        "limitation.discount_activation", f"{other_id} not active", holds, lambda _: f"{other_id} active"
    )


def _is_running(rule: Rule, occasion: Occasion) -> bool:
    """Say whether a rule is active, inside its purchase window and granted to the customer."""
    purchase_at = occasion.basket.purchase_at
    opens, closes = rule.requirement.purchase_from, rule.requirement.purchase_to
    return (
        rule.active
        and rule.deleted_at is None
        and (opens is None or opens <= purchase_at)
        and (closes is None or purchase_at <= closes)
        and occasion.wallet.is_granted(rule.id)
    )
