"""What evaluations can have given of a rule: of its document as it is, and of those that it had before."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine import Settings
from engine.rewards.most_given import most_given
from rabatt.service.clock import in_the_calendar
from rabatt.service.store.stored_rules import read_stored
from rabatt.service.store.terms import terms_of

MAX_UNITS = Settings().max_units
# So many characters of a document: what is remembered takes some 10 MB at most.
LONGEST_REMEMBERED_DOCUMENT = 4_096


@dataclass(frozen=True, slots=True)
class RuleBounds:
    """What one ref of a rule can say, and when it could be used; None is no bound."""

    # The most that one use gives, and the stamps that it earns.
    amount: int | None = None
    bonus: int | None = None
    stamp: int | None = None
    # The window of purchases, both ends included.
    opens: datetime | None = None
    closes: datetime | None = None
    # `dynamic_purchase_to_days`: only a grant of the customer's own, for so many days.
    days: int | None = None
    # Whether it was switched off.
    is_off: bool = False
    # The stamps that bought one reward, 0 where there were none, and the rewards of one use; None is any number.
    stamps_each: int | None = None
    rewards: int | None = None
    # The most that a grant paid in all. A limit: where none is known, it is today's that holds.
    debit: int | None = None


def bounds_of(document: str) -> RuleBounds:
    """The bounds of a rule that was checked before it was stored."""
    return (_remembered if len(document) <= LONGEST_REMEMBERED_DOCUMENT else _bounds_of)(document)


def _bounds_of(document: str) -> RuleBounds:
    (rule,) = read_stored([document])
    most = most_given(rule, MAX_UNITS)
    days = rule.limitation.dynamic_purchase_to_days
    terms = terms_of(document)
    return RuleBounds(
        most.amount,
        most.bonus,
        most.stamp,
        in_the_calendar(rule.requirement.purchase_from),
        in_the_calendar(rule.requirement.purchase_to),
        None if days < 0 else days,
        not rule.active,
        terms.stamp,
        terms.most_rewards,
        terms.debit,
    )


# A till claims the same few rules all day.
_remembered = lru_cache(maxsize=2_000)(_bounds_of)


def loosest(one: RuleBounds, other: RuleBounds) -> RuleBounds:
    """Bounds that hold whatever either of the two lets pass."""
    return RuleBounds(
        _most(one.amount, other.amount),
        _most(one.bonus, other.bonus),
        _most(one.stamp, other.stamp),
        None if one.opens is None or other.opens is None else min(one.opens, other.opens),
        None if one.closes is None or other.closes is None else max(one.closes, other.closes),
        _most(one.days, other.days),
        one.is_off and other.is_off,
        one.stamps_each if one.stamps_each == other.stamps_each else None,
        _most(one.rewards, other.rewards),
        max((debit for debit in (one.debit, other.debit) if debit is not None), default=None),
    )


def _most(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def read_bounds(text: str) -> RuleBounds:
    """The bounds of a stored text; what it does not say is no bound."""
    fields: dict[str, Any] = json.loads(text)
    for name in ("opens", "closes"):
        if name in fields:
            fields[name] = datetime.fromisoformat(fields[name])
    return RuleBounds(**fields)


def write_bounds(bounds: RuleBounds) -> str:
    """The text that is stored: what is no bound is left out."""
    fields: dict[str, Any] = {"amount": bounds.amount, "bonus": bounds.bonus, "stamp": bounds.stamp}
    fields |= {"opens": _text(bounds.opens), "closes": _text(bounds.closes), "days": bounds.days}
    fields |= {"is_off": bounds.is_off or None, "debit": bounds.debit}
    fields |= {"stamps_each": bounds.stamps_each, "rewards": bounds.rewards}
    return json.dumps({name: value for name, value in fields.items() if value is not None}, separators=(",", ":"))


def _text(instant: datetime | None) -> str | None:
    # Not as documents write it, which years before 1000 cannot be read back from.
    return None if instant is None else instant.isoformat()
