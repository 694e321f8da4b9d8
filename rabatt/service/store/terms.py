"""What a rule says of how often and how much of it may be used, read from its stored document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.reward import is_balance


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits that hold for each grant of a rule; None is no limit."""

    most_usage: int | None
    # Stamps that buy one reward; 0: the rule has no stamps.
    stamp: int
    most_rewards: int | None
    # -1: stamps live for ever.
    stamp_days: int
    # What a grant pays in all; None: the rule is no debit.
    debit: int | None


def terms_of(document: str) -> Terms:
    """The terms of a rule that was checked before it was stored; null and an empty object mean nothing is said."""
    rule: Mapping[str, Any] = json.loads(document)
    limitation = rule.get("limitation") or {}
    requirement = rule.get("requirement") or {}
    reward = rule.get("reward") or {}
    item = requirement.get("item") or {}
    # A receipt rule gives its reward once, however many it may give.
    is_receipt_rule = not item.get("items") and not item.get("mixes")
    return Terms(
        most_usage=_limit(limitation.get("discount_repeat_usage")),
        stamp=_whole(requirement.get("stamp"), 0),
        most_rewards=1 if is_receipt_rule else _limit(limitation.get("discount_reward_usage")),
        stamp_days=_whole(limitation.get("stamp_expire_days"), -1),
        debit=_whole(reward.get("value"), 0) if is_balance(reward.get("type")) else None,
    )


def _whole(value: float | None, otherwise: int) -> int:
    """A count, which may be written 5.0."""
    return otherwise if value is None else int(value)


def _limit(value: float | None) -> int | None:
    limit = _whole(value, -1)
    return None if limit < 0 else limit
