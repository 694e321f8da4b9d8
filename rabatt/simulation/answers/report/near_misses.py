"""Baskets that a rule of the draft missed by little."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.figures.near_misses import short_text
from rabatt.simulation.answers.figures.number_text import count, figure, of_currency, plural
from rabatt.simulation.answers.report.markup import Markup, bars, cell, element, joined, number, paragraph, row, table
from rabatt.simulation.answers.report.section import Section, rule_markup
from rabatt.simulation.tally import SCENARIO

MOST_ROWS: Final = 40


def near_misses(answers: CurrencyAnswers) -> Section:
    """Return a table of how many baskets were how short of a rule, with bars."""
    heading = "Near misses"
    found = answers.rows("near_misses")
    if not found:
        why = "No basket missed a rule of the draft by little." if answers.is_compared else "There is no draft to miss."
        return Section(heading, [paragraph(why, class_="absent")])
    names = {rule["rule_id"]: rule["name"] for rule in answers.rows("rules")}
    longest = max(one["receipts"] for one in found)
    body, before = [], None
    for one in found[:MOST_ROWS]:
        rule = rule_markup(one["rule_id"], names.get(one["rule_id"])) if one["rule_id"] != before else Markup("")
        before = one["rule_id"]
        body.append(
            row(
                element("td", rule, class_="name"),
                cell(short_text(one, answers.currency)),
                number(count(one["receipts"])),
                bars([(SCENARIO, one["receipts"])], longest),
                number("–" if one["saves"] is None else figure(one["saves"], answers.currency)),
            )
        )
    headings = [
        "Rule of the draft",
        "Short by",
        "Baskets",
        "",
        "They would save" + of_currency(answers.currency, ", {}"),
    ]
    reading = (
        "Baskets that got nothing from a rule for want of so little: a sign at the shelf might have won them. "
        "What they would save is known of those that show what the missing goods cost."
    )
    left_out = len(found) - MOST_ROWS
    if left_out > 0:
        reading += f" And {plural(left_out, 'more row')}, in summary.json."
    return Section(heading, [joined([table(headings, body, words=2), paragraph(reading, class_="reading")])])
