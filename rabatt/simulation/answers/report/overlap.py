"""What rules of the baseline lose in the scenario, and to which rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow, given
from rabatt.simulation.answers.figures.number_text import coins, count, figure, money, of_currency
from rabatt.simulation.answers.figures.overlap import NO_RULE
from rabatt.simulation.answers.report.look import across, shown
from rabatt.simulation.answers.report.markup import paragraph
from rabatt.simulation.answers.report.section import Plot, Section, Spec, labels_of

MOST_RULES = 20
# Of so many columns the figures can be read in the cells themselves.
_MOST_WITH_TEXT = 9
_CELL_HEIGHT = 30
_WIDEST_CELL = 110
_LONGEST_LABEL = 190


def overlap(answers: CurrencyAnswers) -> Section:
    """Return the plot of amounts by who loses and who gains."""
    heading = "What rules take from each other"
    if not answers.is_compared:
        return Section(heading, [paragraph("There is no draft that could take anything.", class_="absent")])
    lost = [one for one in answers.rows("overlap") if given(one) > 0]
    if not lost:
        return Section(
            heading, [paragraph("No rule gives less on any receipt than without the draft.", class_="absent")]
        )
    losers, gainers = most(lost, "lost_by"), most(lost, "gained_by")
    labels = labels_of(answers.rows("rules"))
    rows = cells_of(lost, losers, gainers, labels, answers.currency)
    kept = sum(row["lost"] for row in rows)
    reading = (
        "Read a row from the left: what this rule gives less in the scenario, by the rule that gives more on the same "
        f"receipts. In all {money(sum(map(given, lost)), answers.currency)} of discount and bonus go over or are lost."
    )
    if kept < sum(map(given, lost)):
        reading += f" Only the {MOST_RULES} rules that lose and gain the most are drawn; overlap.parquet has all."
    shown_losers, shown_gainers = ([_label(rule_id, labels) for rule_id in side] for side in (losers, gainers))
    spec = heat_map(rows, shown_losers, shown_gainers, answers.currency)
    return Section(heading, [Plot(spec, heading, reading)])


def most(lost: Sequence[SummaryRow], side: str) -> list[Any]:
    """Return the rules that lose or gain the most; what goes to no rule is the last, whatever it sums to."""
    sums: dict[Any, int] = {}
    for one in lost:
        sums[one[side]] = sums.get(one[side], 0) + given(one)
    return sorted(sums, key=lambda rule_id: (rule_id is None, -sums[rule_id], rule_id))[:MOST_RULES]


def cells_of(
    lost: Sequence[SummaryRow],
    losers: Sequence[Any],
    gainers: Sequence[Any],
    labels: Mapping[str, str],
    currency: str | None,
) -> list[dict[str, Any]]:
    """Return a row for each cell of these rules, in their order."""
    pairs = {(one["lost_by"], one["gained_by"]): one for one in lost}
    whole = max(map(given, lost))
    found = []
    for loser in losers:
        for gainer in gainers:
            one = pairs.get((loser, gainer))
            if one is None:
                continue
            amount = given(one)
            row = {"loser": labels.get(loser, loser), "gainer": _label(gainer, labels), "lost": amount}
            row |= {"amount": coins(amount, currency), "is_much": 5 * amount > 4 * whole}
            row |= {"amount_figure": figure(amount, currency), "amount_shown": money(amount, currency)}
            row |= {"uses_shown": count(one["uses"]), "receipts_shown": count(one["receipts"])}
            found.append(row)
    return found


def _label(rule_id: str | None, labels: Mapping[str, str]) -> str:
    return NO_RULE if rule_id is None else labels.get(rule_id, rule_id)


def heat_map(rows: Sequence[SummaryRow], losers: Sequence[str], gainers: Sequence[str], currency: str | None) -> Spec:
    """Return the plot of a cell for each pair; the more was lost, the fuller its colour."""
    label = {"labelLimit": _LONGEST_LABEL, "domain": False, "ticks": False}
    cell: Spec = {
        "mark": {"type": "rect", "color": "var(--heat)", "cornerRadius": 3, "tooltip": True},
        "encoding": {
            "opacity": {
                "field": "amount",
                "type": "quantitative",
                "scale": {"domainMin": 0, "range": [0.08, 1]},
                "legend": None,
            },
            "tooltip": shown(
                ("loser", "Rule that gives less"),
                ("gainer", "Rule that gives more"),
                ("amount_shown", "Amount"),
                ("uses_shown", "Uses"),
                ("receipts_shown", "Receipts"),
            ),
        },
    }
    text: Spec = {
        "mark": {"type": "text", "tooltip": False},
        "encoding": {
            "text": {"field": "amount_figure"},
            "color": {
                "condition": {"test": "datum.is_much", "value": "var(--on-heat)"},
                "value": "var(--ink)",
            },
        },
    }
    size = across(len(losers) * _CELL_HEIGHT)
    if len(gainers) * _WIDEST_CELL < _LONGEST_LABEL * 3:
        size["width"] = {"step": _WIDEST_CELL}
        del size["autosize"]
    return {
        **size,
        "data": {"values": list(rows)},
        "encoding": {
            "y": {
                "field": "loser",
                "type": "nominal",
                "title": "Rule that gives less" + of_currency(currency),
                "axis": label,
                # Not `sort`: that makes an expression of the names.
                "scale": {"domain": list(losers), "paddingInner": 0.08},
            },
            "x": {
                "field": "gainer",
                "type": "nominal",
                "title": "Rule that gives more on the same receipts",
                "axis": {**label, "orient": "top", "labelAngle": -35, "labelAlign": "left"},
                "scale": {"domain": list(gainers), "paddingInner": 0.05},
            },
        },
        "layer": [cell, text] if len(gainers) <= _MOST_WITH_TEXT else [cell],
    }
