"""Outcomes whose sentences have their amounts in coins and decimals.

The engine says amounts in minor units, because only printing needs to know the decimals of a currency.
"""

from dataclasses import replace
from typing import Any, Final, Self

from engine.explanation.outcome import LineOutcome, RuleOutcome
from rules.currency import amount_text


class Shown(int):
    """An amount that counts as the number it is and reads as people write it; sentences of the engine only read it."""

    currency: str | None

    def __new__(cls, minor_units: int, currency: str | None) -> Self:
        """Take the amount in minor units."""
        shown = super().__new__(cls, minor_units)
        shown.currency = currency
        return shown

    def __str__(self) -> str:
        """Return the amount as people write it."""
        return amount_text(int(self), self.currency)


MONEY_OF_A_NEAR_MISS: Final = {"missing_gross_amount", "missing_net_amount", "saves", "saves_bonus"}
MONEY_PATHS: Final = {"requirement.gross_amount", "requirement.net_amount"}


def rule_in_money(outcome: RuleOutcome, currency: str | None) -> RuleOutcome:
    """Return the outcome whose sentence has its amounts in the currency."""

    def shown(amount: Any) -> Any:
        return Shown(amount, currency) if isinstance(amount, int) else amount

    miss = outcome.near_miss
    is_about_money = outcome.path in MONEY_PATHS
    return replace(
        outcome,
        amount=shown(outcome.amount),
        bonus=shown(outcome.bonus),
        by_discount=shown(outcome.by_discount),
        by_bonus=shown(outcome.by_bonus),
        wanted=shown(outcome.wanted) if is_about_money else outcome.wanted,
        saw=shown(outcome.saw) if is_about_money else outcome.saw,
        near_miss=miss and {name: shown(miss[name]) if name in MONEY_OF_A_NEAR_MISS else miss[name] for name in miss},
    )


def line_in_money(outcome: LineOutcome, currency: str | None) -> LineOutcome:
    """Return the outcome whose sentence has its amounts in the currency."""
    return replace(
        outcome, discounts={rule_id: Shown(amount, currency) for rule_id, amount in outcome.discounts.items()}
    )
