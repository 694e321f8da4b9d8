"""What rules lose to each other."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import SummaryRow, given
from rabatt.simulation.answers.figures.number_text import money, plural

# To which a rule loses where none gives more on the same receipt.
NO_RULE: Final = "no rule on that receipt"


def loss_text(one: SummaryRow, currency: str | None) -> str:
    """Return what one rule lost to another."""
    gainer = NO_RULE if one["gained_by"] is None else one["gained_by"]
    uses = f" and {plural(one['uses'], 'use')}" if one["uses"] else ""
    return f"{one['lost_by']} loses {money(given(one), currency)}{uses} to {gainer}"
