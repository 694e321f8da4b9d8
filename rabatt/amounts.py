"""Minor units as people write them, with the currency's own number of decimals."""

from dataclasses import replace
from typing import Any, Self

from engine.explain import LineOutcome, RuleOutcome

USUAL_DECIMALS = 2

# ISO 4217: every currency whose number of decimals is not two.
DECIMALS = {
    **dict.fromkeys(
        [
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
            *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


def amount_text(minor_units: int, currency: str | None) -> str:
    """The amount in whole coins and decimals, without the currency: 1050 is `10.50` in NOK and `1050` in JPY."""
    decimals = DECIMALS.get((currency or "").upper(), USUAL_DECIMALS)
    sign = "-" if minor_units < 0 else ""
    digits = str(abs(minor_units)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


class Shown(int):
    """An amount that counts as the number it is and reads as people write it; sentences of the engine only read it."""

    currency: str | None

    def __new__(cls, minor_units: int, currency: str | None) -> Self:
        shown = super().__new__(cls, minor_units)
        shown.currency = currency
        return shown

    def __str__(self) -> str:
        return amount_text(int(self), self.currency)


# The engine says amounts in minor units, because only printing needs to know the decimals of a currency.
MONEY_OF_A_NEAR_MISS = {"missing_gross_amount", "missing_net_amount", "saves", "saves_bonus"}
MONEY_PATHS = {"requirement.gross_amount", "requirement.net_amount"}


def rule_in_money(outcome: RuleOutcome, currency: str | None) -> RuleOutcome:
    """The outcome whose sentence has its amounts in the currency."""

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
    """The outcome whose sentence has its amounts in the currency."""
    return replace(
        outcome, discounts={rule_id: Shown(amount, currency) for rule_id, amount in outcome.discounts.items()}
    )
