"""How short a basket was of a rule of the draft."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import SummaryRow
from rabatt.simulation.answers.figures.number_text import count, figure, money, plural

_AMOUNTS: Final = {"gross_amount": "", "net_amount": " after other discounts"}


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
