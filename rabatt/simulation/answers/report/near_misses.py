"""Baskets that a rule of the draft missed by little."""

from typing import Final

from rabatt.simulation.answers.figures.number_text import count, figure, money, of_currency, plural
from rabatt.simulation.answers.report.markup import Markup, bars, cell, element, joined, number, paragraph, row, table
from rabatt.simulation.answers.report.section import SCENARIO, Section, SummaryRow, View, rule_markup

MOST_ROWS: Final = 40
_AMOUNTS: Final = {"gross_amount": "", "net_amount": " after other discounts"}


def near_misses(view: View) -> Section:
    """Return a table of how many baskets were how short of a rule, with bars."""
    heading = "Near misses"
    found = view.rows("near_misses")
    if not found:
        why = "No basket missed a rule of the draft by little." if view.is_compared else "There is no draft to miss."
        return Section(heading, [paragraph(why, class_="absent")])
    names = {rule["rule_id"]: rule["name"] for rule in view.rows("rules")}
    longest = max(one["receipts"] for one in found)
    body, before = [], None
    for one in found[:MOST_ROWS]:
        rule = rule_markup(one["rule_id"], names.get(one["rule_id"])) if one["rule_id"] != before else Markup("")
        before = one["rule_id"]
        body.append(
            row(
                element("td", rule, class_="name"),
                cell(short_text(one, view.currency)),
                number(count(one["receipts"])),
                bars([(SCENARIO, one["receipts"])], longest),
                number("–" if one["saves"] is None else figure(one["saves"], view.currency)),
            )
        )
    headings = ["Rule of the draft", "Short by", "Baskets", "", "They would save" + of_currency(view.currency, ", {}")]
    reading = (
        "Baskets that got nothing from a rule for want of so little: a sign at the shelf might have won them. "
        "What they would save is told of those that show what the missing goods cost."
    )
    left_out = len(found) - MOST_ROWS
    if left_out > 0:
        reading += f" And {plural(left_out, 'more row')}, in summary.json."
    return Section(heading, [joined([table(headings, body, words=2), paragraph(reading, class_="reading")])])


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
