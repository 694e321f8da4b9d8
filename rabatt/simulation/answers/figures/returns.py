"""Goods that were returned: what was paid for them, what was taken back of the discounts, and what is kept."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.figures.labelled import Labelled, amounts, counts
from rabatt.simulation.answers.figures.number_text import count, money, plural, signed
from rabatt.simulation.tally import BASELINE, SCENARIO

_PAID: Final = {"amount": "Paid for returned goods", "credit": "Of that, put back on balances"}
# What is taken back, and what is kept.
_AMOUNTS: Final = {
    "discount": ("Discount taken back", "Discount kept"),
    "bonus": ("Bonus taken back", "Bonus kept"),
    "debit": ("Balances given back", "Payments from balances kept"),
}
_COUNTS: Final = {"uses": "Uses given back", "stamps": "Stamps taken back"}
_WHY: Final = {
    "no_receipt_named": ("names no receipt", "name no receipt"),
    "receipt_not_found": (
        "names a receipt that is not found before it",
        "name receipts that are not found before them",
    ),
    "not_returnable": ("asks for what the receipt did not sell so", "ask for what their receipts did not sell so"),
}


def returned_figures(answers: CurrencyAnswers, returned: SummaryRow) -> list[Labelled]:
    """Return the figures of returned goods; none where no line was settled."""
    if not returned["settled"]:
        return []
    worlds = answers.worlds
    found = [
        amounts(answers, label, {world: returned[world][name] for world in worlds}) for name, label in _PAID.items()
    ]
    for name, (taken_label, kept_label) in _AMOUNTS.items():
        taken = {world: returned[world]["taken_back"][name] for world in worlds}
        if name == "discount" or any(taken.values()):
            kept = {world: answers.total[world][name] - taken[world] for world in worlds}
            found += [amounts(answers, taken_label, taken), amounts(answers, kept_label, kept)]
    for name, label in _COUNTS.items():
        taken = {world: returned[world]["taken_back"][name] for world in worlds}
        if any(taken.values()):
            found.append(counts(answers, label, taken))
    return found


def settled_sentence(returned: SummaryRow) -> str:
    """Return how many lines were settled, and why others were not."""
    number = returned["settled"]
    settled = "none was" if not number else plural(number, "was", "were")
    why = [f"{count(lines)} {_WHY[name][lines != 1]}" for name, lines in returned["not_tied"].items() if lines]
    policy = returned["policy"].replace("_", " ")
    text = f"Of {plural(returned['lines'], 'return line')}, {settled} settled with the purchase (policy: {policy})."
    return text if not why else f"{text} Not tied to a purchase: {'; '.join(why)}."


def kept_sentence(answers: CurrencyAnswers, returned: SummaryRow) -> str:
    """Return what is kept of the discount, or of the difference that the draft makes."""
    if not answers.is_compared:
        given, taken = answers.total[BASELINE]["discount"], returned[BASELINE]["taken_back"]["discount"]
        return (
            f"Of {money(given, answers.currency)} of discount, {money(taken, answers.currency)} was taken back with "
            f"returned goods: {money(given - taken, answers.currency)} is kept."
        )
    given, taken = answers.total["difference"]["discount"], returned["difference"]["taken_back"]["discount"]
    more, gone, kept = (signed(money(amount, answers.currency), amount) for amount in (given, taken, given - taken))
    scenario = money(returned[SCENARIO]["taken_back"]["discount"], answers.currency)
    return (
        f"In the scenario, {scenario} of discount was taken back with returned goods. The discounts of both worlds "
        f"differ by {more}; {gone} of that was taken back, so that {kept} is kept."
    )
