"""The answers of a simulation as an analyst reads them on a terminal: their words and numbers are those of the page."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from rabatt.cli.screen import fitted, printable
from rabatt.simulation.answers.figures.archive import receipts_text, refused_text
from rabatt.simulation.answers.figures.break_even import break_even_passages, coverage
from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow, given
from rabatt.simulation.answers.figures.key_figures import key_figures, key_sentences
from rabatt.simulation.answers.figures.labelled import Labelled, amounts
from rabatt.simulation.answers.figures.near_misses import near_miss_text
from rabatt.simulation.answers.figures.number_text import MINUS, NO_SHARE, plural
from rabatt.simulation.answers.figures.overlap import loss_text
from rabatt.simulation.answers.figures.returns import kept_sentence, returned_figures, settled_sentence

NAME_WIDTH = 30
FIGURE_WIDTH = 18
# So many are printed; the report has all.
MOST_ROWS = 10
# Signs of the page that not every terminal has: as a question mark, a loss would look like a gain.
PLAIN_SIGNS = str.maketrans({MINUS: "-", NO_SHARE: "-"})


def figures_text(summary: Mapping[str, Any], out: str | None) -> Iterator[Text]:
    """The lines that are printed."""
    yield Text(receipts_text(summary["archive"]), style="bold")
    if summary["refused"]["receipts"]:
        where = f"see {Path(out) / summary['refused']['file']}" if out else "--out keeps them with their faults"
        yield Text(f"{refused_text(summary['refused'])}; {where}", style="yellow")
    for warning in summary["warnings"]:
        yield Text(printable(warning), style="yellow")
    for total in summary["totals"]:
        yield from currency_text(CurrencyAnswers(summary, total))
    yield Text("")
    yield Text(printable(summary["limits"][0]), style="dim")
    if out:
        yield Text(f"Answers: {Path(out) / 'report.html'}, and the tables beside it")


def currency_text(answers: CurrencyAnswers) -> Iterator[Text]:
    """The lines of one currency."""
    yield Text("")
    headings = [*answers.worlds, *(["difference"] if answers.is_compared else [])]
    yield row(answers.currency or "no currency", headings, style="bold")
    yield from map(figure_row, key_figures(answers))
    yield from map(sentence, key_sentences(answers))
    yield from changed_text(answers)
    yield from overlap_text(answers.rows("overlap"), answers.currency)
    yield from near_misses_text(answers.rows("near_misses"), answers.currency)
    for returned in answers.returned:
        yield from returns_text(answers, returned)
    if answers.is_compared:
        for changed in answers.rows("changed"):
            yield sentence(coverage(changed, answers.currency))
        for one in answers.rows("break_even"):
            yield from break_even_text(one, answers.currency)


def changed_text(answers: CurrencyAnswers) -> Iterator[Text]:
    """What the rules give that the draft adds, replaces or takes out."""
    changed = [rule for rule in answers.rows("rules") if rule["status"] != "unchanged"]
    for rule in changed[:MOST_ROWS]:
        label = f"{rule['rule_id']} ({rule['status']})"
        yield figure_row(amounts(answers, label, {world: given(rule[world]) for world in answers.worlds}))
    yield from left_out(len(changed), "rule", "rules")


def overlap_text(overlap: Sequence[SummaryRow], currency: str | None) -> Iterator[Text]:
    """What rules lost to each other, the greatest loss first."""
    lost = sorted(overlap, key=lambda one: (-given(one), one["lost_by"]))
    for one in lost[:MOST_ROWS]:
        yield sentence(loss_text(one, currency))
    yield from left_out(len(lost), "loss", "losses")


def near_misses_text(missed: Sequence[SummaryRow], currency: str | None) -> Iterator[Text]:
    """How many baskets missed a rule of the draft by little."""
    for one in missed[:MOST_ROWS]:
        yield sentence(near_miss_text(one, currency))
    yield from left_out(len(missed), "row of near misses", "rows of near misses")


def returns_text(answers: CurrencyAnswers, returned: SummaryRow) -> Iterator[Text]:
    """What was returned: how many lines could be settled, what was paid for them, and what is kept of the discount."""
    yield sentence(settled_sentence(returned))
    figures = returned_figures(answers, returned)
    yield from map(figure_row, figures)
    if figures:
        yield sentence(kept_sentence(answers, returned))


def break_even_text(one: SummaryRow, currency: str | None) -> Iterator[Text]:
    """What must come in for the draft to pay for itself."""
    yield Text(printable(one["assumption"]), style="dim")
    for passage in break_even_passages(one, currency):
        yield sentence(passage.text)
        yield from (sentence(f"- {point}") for point in passage.points)


def left_out(number: int, one: str, more: str) -> Iterator[Text]:
    """How many rows of so many are not printed, if any."""
    if number > MOST_ROWS:
        yield Text(f"and {plural(number - MOST_ROWS, one, more)} more")


def sentence(text: str) -> Text:
    """A sentence of the page, its signs those that every terminal has."""
    return Text(printable(text.translate(PLAIN_SIGNS)))


def figure_row(one: Labelled) -> Text:
    return row(one.label, [*one.shown, *([one.difference] if one.difference else [])])


def row(name: str, figures: Sequence[str], style: str = "") -> Text:
    shown = "".join(figure.translate(PLAIN_SIGNS).rjust(FIGURE_WIDTH) for figure in figures)
    return Text(fitted(name, NAME_WIDTH) + shown, style=style)
