"""How all plots look: the colours are those of the page, which knows whether it is dark or on paper."""

from typing import Final

from rabatt.simulation.answers.report.section import Spec
from rabatt.simulation.tally import BASELINE, SCENARIO

COLOURS: Final = {BASELINE: "var(--baseline)", SCENARIO: "var(--scenario)"}
# The baseline is told from the scenario without colour too.
DASHES: Final = {BASELINE: [5, 3], SCENARIO: [1, 0]}
HEIGHT: Final = 240
AMOUNTS: Final = ",.2~f"
_INK: Final = "var(--ink)"
_SOFT: Final = "var(--soft)"
_GRID: Final = "var(--grid)"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

CONFIG: Final[Spec] = {
    "font": _FONT,
    "background": "transparent",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
        "titlePadding": 10,
        "labelColor": _SOFT,
        "titleColor": _INK,
        "gridColor": _GRID,
        "domainColor": _GRID,
        "tickColor": _GRID,
    },
    "axisX": {"grid": False, "labelFlush": False},
    "axisY": {"minExtent": 56, "domain": False, "ticks": False, "labelPadding": 6},
    "legend": {
        "orient": "top",
        "title": None,
        "labelFontSize": 12,
        "labelColor": _INK,
        "symbolStrokeWidth": 2.5,
        "symbolSize": 160,
        "padding": 0,
        "offset": 8,
    },
    "text": {"font": _FONT, "fontSize": 12},
}


def across(height: int = HEIGHT) -> Spec:
    """Return the size of a plot as wide as the page."""
    return {"width": "container", "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}


def amounts_axis(title: str, ticks: int = 5) -> Spec:
    """Return an axis of amounts."""
    return {"title": title, "axis": {"format": AMOUNTS, "tickCount": ticks}}


def world_colours(titles: dict[str, str]) -> Spec:
    """Return the scale that colours worlds, given by their titles."""
    return {"domain": list(titles.values()), "range": [COLOURS[world] for world in titles]}


def shown(*fields: tuple[str, str]) -> list[Spec]:
    """Return what a tooltip shows: fields, which hold text, by their titles."""
    return [{"field": field, "title": title, "type": "nominal"} for field, title in fields]
