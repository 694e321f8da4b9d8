"""The most that one use of a rule can give, whatever is bought (SPEC 6 to 8)."""

from decimal import Decimal
from typing import NamedTuple

from engine.money import MinorUnits
from engine.rewards.kinds import most_of_kind
from rules import Rule


class MostGiven(NamedTuple):
    """The most that one ref of a rule can say: a discount, a bonus, stamps earned; None where the rule bounds it not.

    These are bounds, not what is ever reached: no evaluation gives more.
    """

    amount: MinorUnits | None
    bonus: MinorUnits | None
    stamp: int


def most_given(rule: Rule, max_units: int) -> MostGiven:
    """Return what one use of a rule gives at most on receipts of so many units."""
    most = _most_money(rule, max_units)
    is_bonus = rule.reward.effect == "bonus"
    return MostGiven(0 if is_bonus else most, most if is_bonus else 0, _most_stamps(rule, max_units))


def _most_money(rule: Rule, max_units: int) -> MinorUnits | None:
    reward = rule.reward
    values: list[int | Decimal] = [entry.value for entry in reward.values]
    if reward.value is not None:
        values.append(reward.value)
    return most_of_kind(reward.type, values, _most_rewards(rule, max_units))


def _most_rewards(rule: Rule, max_units: int) -> int:
    """Return how often at most its value is given: once, or for each set or unit."""
    if rule.is_receipt_rule:
        most = 1
    elif rule.forms_sets:
        most = max_units // _units_of_set(rule)
    else:
        most = max_units
    limit = rule.limitation.discount_reward_usage
    return most if limit < 0 else min(limit, most)


def _units_of_set(rule: Rule) -> int:
    item = rule.requirement.item
    return sum(mix.quantity for mix in item.mixes) if item.mixes else max(item.quantity, 1)


def _most_stamps(rule: Rule, max_units: int) -> int:
    """Return how many stamps a purchase earns at most: one for each unit, or one for the receipt."""
    if not rule.has_stamps:
        return 0
    return 1 if rule.is_receipt_rule else max_units
