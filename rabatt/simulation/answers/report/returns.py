"""Returned goods: what was paid for them, and what is kept of the discounts."""

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.returns import kept_sentence, returned_figures, settled_sentence
from rabatt.simulation.answers.report.figures_table import figures_table
from rabatt.simulation.answers.report.markup import joined, paragraph
from rabatt.simulation.answers.report.section import Section


def returns(answers: CurrencyAnswers) -> Section:
    """Return what the archive's return lines come to; a section without parts where there are none."""
    heading = "Returned goods"
    if not answers.returned:
        return Section(heading, [])
    [returned] = answers.returned
    figures = returned_figures(answers, returned)
    if not figures:
        return Section(heading, [paragraph(settled_sentence(returned))])
    reading = (
        f"{kept_sentence(answers, returned)} All other figures of this page are of purchases: what was returned is not "
        "taken off them."
    )
    parts = [
        paragraph(settled_sentence(returned)),
        figures_table(answers, figures),
        paragraph(reading, class_="reading"),
    ]
    return Section(heading, [joined(parts)])
