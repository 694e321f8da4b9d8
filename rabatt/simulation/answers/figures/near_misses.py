"""How short a basket was of a rule of the draft."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import SummaryRow
from rabatt.simulation.answers.figures.number_text import count, figure, money, plural

_AMOUNTS: Final = {"gross_amount": "", "net_amount": " after other discounts"}


def near_miss_text(one: SummaryRow, currency: str | None) -> str:
    """Return how many baskets were how short of a rule."""
    baskets = plural(one["receipts"], "basket was", "baskets were")
    return f"{baskets} short of {one['rule_id']} by {short_text(one, currency)}"


def short_text(one: SummaryRow, currency: str | None) -> str:
    """Return what was missing."""
    above, up_to = one["short_above"], one["short_up_to"]
    if one["missing"] == "units":
        return f"{count(above + 1)} units or more" if up_to is None else plural(up_to, "unit")
    kind = _AMOUNTS.get(one["missing"], "")
    if up_to is None:
        return f"over {money(above, currency)}{kind}"
    if not above:
        return f"up to {money(up_to, currency)}{kind}"
    return f"{figure(above, currency)} to {money(up_to, currency)}{kind}"
