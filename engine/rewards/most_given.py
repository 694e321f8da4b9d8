"""The most that one use of a rule can give, whatever is bought (SPEC 6 to 8)."""

from decimal import Decimal
from typing import NamedTuple, assert_never

from engine.money import MinorUnits
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
    rewards = _most_rewards(rule, max_units)
    if not rewards:
        return 0
    match reward.type:
        case "discount_amount":
            return int(_highest_value(rule)) * rewards
        case "discount_percent" | "discount_item_percent" | "discount_item_quantity":
            # What the goods cost bounds it.
            return None if _highest_value(rule) else 0
        case "discount_item_new_price" | "discount_mix_new_price":
            return None
        case "discount_debit":
            # The grant's balance bounds it, which may have been moved in from elsewhere.
            return None
        case _:
            assert_never(reward.type)


def _highest_value(rule: Rule) -> int | Decimal:
    values: list[int | Decimal] = [entry.value for entry in rule.reward.values]
    if rule.reward.value is not None:
        values.append(rule.reward.value)
    return max(values, default=0)


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
