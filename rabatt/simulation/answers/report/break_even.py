"""What the draft must bring to pay for itself."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from rabatt.simulation.answers.figures.break_even import break_even_passages, coverage, crossing_of, percent_text
from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.figures.number_text import coins, count, money, of_currency, signed
from rabatt.simulation.answers.report.look import across, amounts_axis, shown
from rabatt.simulation.answers.report.markup import Markup, items, joined, paragraph
from rabatt.simulation.answers.report.section import Plot, Section, Spec

# A crossing further out would squeeze the given uplifts into a corner; it is said in words alone.
_MOST_PERCENT: Final = 200
# The line goes on past the crossing, so that it is seen to cross.
_PAST: Final = Fraction(6, 5)
_READING: Final = (
    "Follow the line to the right: so many more purchases like these, and so much margin above or below today's. Where "
    "it crosses zero, the draft has paid for itself."
)
_NO_COSTS: Final = (
    "With cost_price on the lines of the archive's receipts, this part says what the draft must bring to pay for "
    "itself."
)


def break_even(answers: CurrencyAnswers) -> Section:
    """Return what extra purchases pay for the draft, in words and as a line over uplifts."""
    heading = "What it takes to pay for itself"
    if not answers.is_compared:
        return Section(heading, [paragraph("There is no draft that would have to pay for itself.", class_="absent")])
    changed = answers.rows("changed")
    if not changed:
        return Section(
            heading, [paragraph("There is no receipt on which the draft changes something.", class_="absent")]
        )
    parts: list[Markup | Plot] = [paragraph(coverage(one, answers.currency)) for one in changed]
    found = answers.rows("break_even")
    if not found:
        parts.append(paragraph(_NO_COSTS, class_="absent"))
    for one in found:
        parts.append(joined([paragraph(one["assumption"], class_="assumption"), *sentences(one, answers.currency)]))
        if one["margin_scenario"] != one["margin_today"]:
            parts.append(Plot(result_line(one, answers.currency), "Result by extra purchases", _READING))
    return Section(heading, parts)


def sentences(one: SummaryRow, currency: str | None) -> list[Markup]:
    """Return what the figures say, each list of points below the sentence that announces it."""
    said: list[Markup] = []
    for passage in break_even_passages(one, currency):
        said.append(paragraph(passage.text))
        if passage.points:
            said.append(items(passage.points))
    return said


def points(one: SummaryRow, currency: str | None) -> list[dict[str, Any]]:
    """Return the given uplifts with their results, and none where it is not among them."""
    results: Mapping[int, int] = {0: -one["cost"], **{uplift["percent"]: uplift["result"] for uplift in one["uplifts"]}}
    return [
        {
            "percent": percent,
            "percent_shown": f"{count(percent)} %",
            "result": coins(result, currency),
            "result_shown": signed(money(result, currency), result),
        }
        for percent, result in sorted(results.items())
    ]


def ends(one: SummaryRow, currency: str | None) -> list[dict[str, Any]]:
    """Return where the line begins and ends: past the last uplift, and past the crossing if that is near enough."""
    last = Fraction(max([0, *(uplift["percent"] for uplift in one["uplifts"])]))
    crossing = crossing_of(one)
    if crossing is not None and crossing <= _MOST_PERCENT:
        last = max(last, crossing * _PAST)
    result = one["margin_scenario"] * (1 + last / 100) - one["margin_today"]
    return [
        {"percent": 0, "result": coins(-one["cost"], currency)},
        {"percent": round(float(last), 4), "result": coins(round(result), currency)},
    ]


def result_line(one: SummaryRow, currency: str | None) -> Spec:
    """Return the plot of the result over uplifts, with the place where it is nothing."""
    encoding: Spec = {
        "x": {
            "field": "percent",
            "type": "quantitative",
            "title": "Extra purchases like these (%), an assumption",
            "axis": {"grid": True, "tickCount": 8},
        },
        "y": {
            "field": "result",
            "type": "quantitative",
            **amounts_axis("Margin against today" + of_currency(currency)),
        },
    }
    zero = {
        "data": {"values": [{"result": 0}]},
        "mark": {"type": "rule", "color": "var(--soft)", "strokeDash": [4, 3]},
        "encoding": {"y": encoding["y"]},
    }
    line = {
        "data": {"values": ends(one, currency)},
        "mark": {"type": "line", "color": "var(--scenario)", "strokeWidth": 2},
        "encoding": encoding,
    }
    given = {
        "data": {"values": points(one, currency)},
        "mark": {"type": "point", "filled": True, "size": 60, "color": "var(--scenario)", "opacity": 1},
        "encoding": {**encoding, "tooltip": shown(("percent_shown", "Extra purchases"), ("result_shown", "Result"))},
    }
    return {**across(), "layer": [zero, line, given, *_crossing(crossing_of(one), encoding)]}


def _crossing(crossing: Fraction | None, encoding: Spec) -> list[Spec]:
    if crossing is None or crossing > _MOST_PERCENT:
        return []
    shown_percent = f"{percent_text(crossing)} %"
    data = {"values": [{"percent": round(float(crossing), 4), "result": 0, "percent_shown": shown_percent}]}
    tooltip = shown(("percent_shown", "Pays for itself at"))
    mark = {"type": "point", "size": 110, "color": "var(--ink)", "strokeWidth": 2, "fill": "var(--page)", "opacity": 1}
    text = {"type": "text", "dy": -16, "fontWeight": 600, "color": "var(--ink)", "align": "center"}
    return [
        {"data": data, "mark": mark, "encoding": {**encoding, "tooltip": tooltip}},
        {"data": data, "mark": text, "encoding": {**encoding, "text": {"field": "percent_shown"}}},
    ]
