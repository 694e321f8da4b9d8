"""Labelled figures as a table: a column for each world, and where they are compared what differs."""

from collections.abc import Sequence

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.labelled import Labelled
from rabatt.simulation.answers.figures.number_text import of_currency
from rabatt.simulation.answers.report.markup import Markup, cell, number, row, table
from rabatt.simulation.answers.report.section import TITLES


def figures_table(answers: CurrencyAnswers, figures: Sequence[Labelled]) -> Markup:
    """Return the table; amounts have the currency beside their label."""
    headings = ["", *(TITLES[world] for world in answers.worlds)]
    if answers.is_compared:
        headings += ["Difference", ""]
    return table(headings, [_row(answers, one) for one in figures], class_="key")


def _row(answers: CurrencyAnswers, one: Labelled) -> Markup:
    label = one.label + (of_currency(answers.currency, ", {}") if one.is_amount else "")
    compared = (one.difference, one.change) if answers.is_compared else ()
    return row(cell(label), *map(number, (*one.shown, *compared)))
