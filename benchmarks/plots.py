"""Plots for pages: SVG by Vega-Lite, drawn without network; the same figures give the same files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Spec = dict[str, Any]

VEGA_LITE = "5.20"
COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#bab0ac")
# Beyond this a plot in proportion would show its highest point and nothing else.
STEEP = 30


def lines_spec(lines: Mapping[str, Mapping[int, float]], across: str, upward: str, *, logarithmic: bool) -> Spec:
    """Return the plot of lines by name, each of a value at some places."""
    places = {at: None for line in lines.values() for at in line}
    values = [{"at": at, "figure": name, "multiple": line[at]} for at in places for name, line in lines.items()]
    x: Spec = {"field": "at", "type": "quantitative", "title": across}
    if logarithmic:
        x |= {"scale": {"type": "log"}, "axis": {"values": list(places), "format": "~s"}}
    y: Spec = {"field": "multiple", "type": "quantitative", "title": upward}
    heights = [value for line in lines.values() for value in line.values()]
    if max(heights) > STEEP * min(heights):
        y["scale"] = {"type": "log"}
    colour = {"field": "figure", "type": "nominal", "title": None, "scale": {"range": COLOURS[: len(lines)]}}
    return {
        **_canvas(),
        "data": {"values": values},
        "mark": {"type": "line", "point": {"size": 40}},
        "encoding": {"x": x, "y": y, "color": colour},
    }


def shares_spec(shares: Mapping[str, Mapping[str, float]], across: str) -> Spec:
    """Return the plot of what wholes are made of: one bar for each, its parts in their order."""
    values = [
        {"rules": name, "stage": part, "share": share, "place": place}
        for name, parts in shares.items()
        for place, (part, share) in enumerate(parts.items())
    ]
    order = list(next(iter(shares.values()), {}))
    colour = {"field": "stage", "type": "nominal", "title": None, "sort": order}
    return {
        **_canvas(),
        "height": {"step": 26},
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {"field": "rules", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 260}},
            "x": {"field": "share", "type": "quantitative", "title": across, "axis": {"format": "%"}},
            "color": {**colour, "scale": {"domain": order, "range": COLOURS[: len(order)]}},
            "order": {"field": "place"},
        },
    }


def _canvas() -> Spec:
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json",
        "width": 300,
        "height": 170,
        "background": "white",
        "padding": 8,
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 11, "titleFontSize": 11}},
    }


def draw(plots: Mapping[str, Spec], folder: Path) -> None:
    """Write the plots, by the names of their files."""
    import vl_convert  # noqa: PLC0415 - an extra, which only those who draw need

    for name, spec in plots.items():
        drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VEGA_LITE)
        (folder / name).write_text(drawn + "\n", "utf-8")
