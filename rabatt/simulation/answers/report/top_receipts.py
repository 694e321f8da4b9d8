"""The receipts that gain and lose the most, with what became of the rules on them."""

from collections.abc import Sequence

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.figures.number_text import figure, of_currency, signed
from rabatt.simulation.answers.report.markup import Markup, element, items, joined, named, number, paragraph, row, table
from rabatt.simulation.answers.report.section import TITLES, Section

_COLUMNS = 8


def top_receipts(answers: CurrencyAnswers) -> Section:
    """Return a table of receipts for each direction."""
    heading = "Receipts that change the most"
    if not answers.is_compared:
        return Section(heading, [paragraph("There is no draft that could change one.", class_="absent")])
    parts = []
    for name, title, absent in (
        ("most_gained", "They gain", "No receipt gets more discount than without the draft."),
        ("most_lost", "They lose", "No receipt gets less discount than without the draft."),
    ):
        parts.append(element("h4", title))
        found = answers.rows(name)
        parts.append(_table(answers, found) if found else paragraph(absent, class_="absent"))
    if any(answers.rows(name) for name in ("most_gained", "most_lost")):
        parts.append(paragraph("Open “Why” to read what became of each rule in both worlds.", class_="reading"))
    return Section(heading, [joined(parts)])


def _table(answers: CurrencyAnswers, found: Sequence[SummaryRow]) -> Markup:
    unit = of_currency(answers.currency, ", {}")
    headings = ["Receipt", "Bought at", "Store", "Customer", f"Gross{unit}", "Baseline", "Scenario", "Difference"]
    body = []
    for one in found:
        before, after = one["baseline_discount"], one["scenario_discount"]
        body.append(
            row(
                element("td", named(one["receipt_id"] or "–"), class_="name"),
                element("td", named(one["purchase_at"][:16].replace("T", " ")), class_="at"),
                element("td", named(one["store_id"] or "–"), class_="name"),
                element("td", named(one["customer_id"] or "–"), class_="name"),
                *(number(figure(amount, answers.currency)) for amount in (one["gross"], before, after)),
                number(signed(figure(after - before, answers.currency), after - before)),
            )
        )
        body.append(element("tr", element("td", _why(answers, one), colspan=str(_COLUMNS)), class_="why"))
    return table(headings, body, words=4, class_="receipts")


def _why(answers: CurrencyAnswers, one: SummaryRow) -> Markup:
    sides = [
        element(
            "div",
            element("strong", TITLES[world], class_=world),
            items(map(named, one[world])) if one[world] else paragraph("No rule comes near."),
        )
        for world in answers.worlds
    ]
    return element("details", element("summary", "Why"), element("div", *sides, class_="sides"))
