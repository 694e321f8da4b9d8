"""How discounts are spread over receipts."""

from collections.abc import Sequence
from typing import Any

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.figures.number_text import count, of_currency, short_money
from rabatt.simulation.answers.report.look import across, shown, world_colours
from rabatt.simulation.answers.report.markup import paragraph
from rabatt.simulation.answers.report.section import TITLES, Plot, Section, Spec
from rabatt.simulation.tally import BASELINE, SCENARIO


def distribution(answers: CurrencyAnswers) -> Section:
    """Return the plot of receipts by how much discount they got."""
    heading = "How much a receipt gets"
    bins = [one for one in answers.rows("distribution") if one["above"] is not None]
    rows = bars_of(bins, answers.currency, answers.worlds)
    if not rows:
        return Section(
            heading, [paragraph("No receipt gets a discount, so there is nothing to draw.", class_="absent")]
        )
    got = {world: sum(one[world] for one in bins) for world in answers.worlds}
    out_of = f"of {count(answers.total['receipts'])} receipts"
    reading = "Each bar counts the receipts whose discount is in that range. A discount is on "
    if answers.is_compared:
        reading += f"{count(got[BASELINE])} {out_of} in the baseline, and on {count(got[SCENARIO])} in the scenario."
    else:
        reading += f"{count(got[BASELINE])} {out_of}."
    return Section(heading, [Plot(histogram(rows, answers.currency, answers.worlds), "Receipts by discount", reading)])


def bars_of(bins: Sequence[SummaryRow], currency: str | None, worlds: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for each bar; ranges at both ends that no receipt is in are left out."""
    filled = [place for place, one in enumerate(bins) if any(one[world] for world in worlds)]
    kept = bins[filled[0] : filled[-1] + 1] if filled else []
    return [
        {
            "range": range_text(one["above"], one["up_to"], currency),
            "world": TITLES[world],
            "receipts": one[world],
            "receipts_shown": count(one[world]),
        }
        for one in kept
        for world in worlds
    ]


def range_text(above: int, up_to: int | None, currency: str | None) -> str:
    """Return what a range of discounts is called."""
    if up_to is None:
        return f"over {short_money(above, currency)}"
    if not above:
        return f"up to {short_money(up_to, currency)}"
    return f"{short_money(above, currency)}–{short_money(up_to, currency)}"


def histogram(rows: Sequence[SummaryRow], currency: str | None, worlds: Sequence[str]) -> Spec:
    """Return the plot of bars side by side for each range."""
    titles = {world: TITLES[world] for world in worlds}
    order = list(titles.values())
    colour: Spec = {"field": "world", "type": "nominal", "scale": world_colours(titles), "sort": order}
    if len(worlds) == 1:
        colour["legend"] = None
    return {
        **across(),
        "data": {"values": list(rows)},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {
                "field": "range",
                "type": "ordinal",
                "sort": None,
                "title": "Discount on a receipt" + of_currency(currency),
                "axis": {"labelAngle": -30, "labelAlign": "right"},
                "scale": {"paddingInner": 0.25},
            },
            "xOffset": {"field": "world", "sort": order},
            "y": {
                "field": "receipts",
                "type": "quantitative",
                "title": "Receipts",
                "axis": {"format": ",~r", "tickCount": 5, "tickMinStep": 1},
            },
            "color": colour,
            "tooltip": shown(("range", "Discount"), ("world", "World"), ("receipts_shown", "Receipts")),
        },
    }
