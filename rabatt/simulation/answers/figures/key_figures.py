"""The key figures: what both worlds give in all, to how many, and what margin is left."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.labelled import Labelled, amounts, counts
from rabatt.simulation.answers.figures.number_text import money, plural, share, signed

_AMOUNTS: Final = {"discount": "Discount", "bonus": "Bonus", "debit": "Paid from balances"}
_COUNTS: Final = {
    "receipts": "Receipts that got something",
    "customers": "Customers reached",
    "uses": "Uses of rules",
    "stamps": "Stamps",
}
# What is nothing in every world is left out, but for those that are always reported.
_ALWAYS: Final = frozenset({"discount", "receipts", "customers", "uses"})


def key_figures(answers: CurrencyAnswers) -> list[Labelled]:
    """Return the key figures in the order in which they are asked for: amounts, then who got them, then the margin."""
    total = answers.total
    found = []
    for name, label in _AMOUNTS.items():
        if name in _ALWAYS or any(total[world][name] for world in answers.worlds):
            found.append(amounts(answers, label, {world: total[world][name] for world in answers.worlds}))
    found.append(_share(answers))
    for name, label in _COUNTS.items():
        if name in _ALWAYS or any(total[world][name] for world in answers.worlds):
            found.append(counts(answers, label, {world: total[world][name] for world in answers.worlds}))
    found += [amounts(answers, "Margin on lines with costs", margin) for margin in answers.rows("margin")]
    return found


def key_sentences(answers: CurrencyAnswers) -> list[str]:
    """Return what the key figures are of: how much was sold, and how many receipts say what their goods cost."""
    total = answers.total
    sold = f"{plural(total['receipts'], 'receipt')} sold {money(total['gross'], answers.currency)} before discounts."
    return [
        sold,
        *(
            f"The margin is that of {plural(margin['receipts'], 'receipt')} with cost prices."
            for margin in answers.rows("margin")
        ),
    ]


def _share(answers: CurrencyAnswers) -> Labelled:
    label = "Discount as a share of sales"
    shown = [share(answers.total[world]["share_of_gross"]) for world in answers.worlds]
    difference = answers.total["difference"]["share_of_gross"]
    if not answers.is_compared or difference is None:
        return Labelled(label, shown)
    return Labelled(label, shown, signed(share(difference).replace(" %", " points"), difference))
