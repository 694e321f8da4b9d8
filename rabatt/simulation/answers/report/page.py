"""The page, from its sections."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

import pyarrow as pa

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.report.break_even import break_even
from rabatt.simulation.answers.report.by_day import by_day
from rabatt.simulation.answers.report.by_rule import by_rule
from rabatt.simulation.answers.report.closing import counted, limits
from rabatt.simulation.answers.report.distribution import distribution
from rabatt.simulation.answers.report.key_figures import key_figures
from rabatt.simulation.answers.report.look import CONFIG
from rabatt.simulation.answers.report.markup import Markup, element, escaped, joined, paragraph
from rabatt.simulation.answers.report.near_misses import near_misses
from rabatt.simulation.answers.report.opening import answer, currency_heading, question_asked, title_of
from rabatt.simulation.answers.report.overlap import overlap
from rabatt.simulation.answers.report.places import places
from rabatt.simulation.answers.report.returns import returns
from rabatt.simulation.answers.report.scripts import SCRIPTS, json_for_page, policy, script
from rabatt.simulation.answers.report.section import Plot, Section, Spec
from rabatt.simulation.answers.report.top_receipts import top_receipts

FOLDER: Final = Path(__file__).parent
# In the order of the questions that are asked: how much, when, by what, to whom, at whose cost, and is it worth it.
SECTIONS: Final = (
    key_figures,
    by_day,
    by_rule,
    distribution,
    overlap,
    break_even,
    near_misses,
    top_receipts,
    returns,
    places,
)


def write_report(summary: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> str:
    """Return the page as HTML, which needs no other file; the same answers give the same text."""
    days: Sequence[SummaryRow] = tables["by_day"].to_pylist()
    specs: dict[str, Spec] = {}
    currencies = [
        CurrencyAnswers(summary, total, [day for day in days if day["currency"] == total["currency"]])
        for total in summary["totals"]
    ]
    body = [_opening(summary, currencies)]
    body += [
        _part(answers, f"currency-{place}", len(currencies) > 1, specs) for place, answers in enumerate(currencies)
    ]
    body += [_section(section, specs, level=2) for section in (limits(summary), counted(summary))]
    scripts = [script(name) for name in SCRIPTS]
    return Template((FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        title=escaped(title_of(summary)),
        policy=escaped(policy(scripts)),
        style=(FOLDER / "page.css").read_text(encoding="utf-8"),
        body=joined(body),
        plots=json_for_page({"config": CONFIG, "specs": specs}),
        scripts="\n".join(f"<script>{text}</script>" for text in scripts),
    )


def _opening(summary: Mapping[str, Any], currencies: Sequence[CurrencyAnswers]) -> Markup:
    head = [element("h1", element("bdi", title_of(summary))), question_asked(summary)]
    if not currencies:
        head.append(paragraph("There was no receipt to replay.", class_="answer"))
    if len(currencies) > 1:
        links = (
            element("a", currency_heading(answers.currency), href=f"#currency-{place}")
            for place, answers in enumerate(currencies)
        )
        head.append(element("nav", *_between(links, " · ")))
    return element("header", *head)


def _between(children: Iterable[Markup], between: str) -> Iterable[str]:
    for place, child in enumerate(children):
        if place:
            yield between
        yield child


def _part(answers: CurrencyAnswers, anchor: str, is_one_of_many: bool, specs: dict[str, Spec]) -> Markup:
    made = [make(answers) for make in SECTIONS]
    # A section without parts has nothing to tell of this archive.
    sections = [_section(one, specs, level=3 if is_one_of_many else 2) for one in made if one.parts]
    head = [answer(answers)]
    if is_one_of_many:
        head.insert(0, element("h2", currency_heading(answers.currency), class_="currency"))
    return element("div", *head, *sections, class_="part", id=anchor)


def _section(section: Section, specs: dict[str, Spec], *, level: int) -> Markup:
    drawn = [_figure(part, specs) if isinstance(part, Plot) else part for part in section.parts]
    return element("section", element(f"h{level}", section.heading, class_="heading"), *drawn)


def _figure(plot: Plot, specs: dict[str, Spec]) -> Markup:
    name = f"plot-{len(specs)}"
    specs[name] = plot.spec
    return element(
        "figure",
        element("div", id=name, class_="plot", role="img", aria_label=plot.title),
        element("figcaption", plot.reading, class_="reading"),
    )
