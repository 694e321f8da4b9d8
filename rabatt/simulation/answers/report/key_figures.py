"""The key figures in all: both worlds and by how much they differ."""

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.key_figures import key_figures as key_figures_of
from rabatt.simulation.answers.figures.key_figures import key_sentences
from rabatt.simulation.answers.report.figures_table import figures_table
from rabatt.simulation.answers.report.markup import joined, paragraph
from rabatt.simulation.answers.report.section import Section


def key_figures(answers: CurrencyAnswers) -> Section:
    """Return the key figures as a table."""
    reading = paragraph(" ".join(key_sentences(answers)), class_="reading")
    return Section("Key figures", [joined([figures_table(answers, key_figures_of(answers)), reading])])
