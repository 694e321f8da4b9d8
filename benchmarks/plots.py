"""The plots of the performance page: SVG by Vega-Lite, drawn without network; the same figures give the same files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.growth import SERIES, Point, Series

Spec = dict[str, Any]

VEGA_LITE = "5.20"
WIDTH, HEIGHT = 300, 170
COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#bab0ac")
DOTS = 40
# Beyond this a plot in proportion would show its highest point and nothing else.
STEEP = 30


def growth_spec(series: Series, points: Sequence[Point]) -> Spec:
    """Return the plot of one series: the median and the p99 as multiples of the yardstick."""
    values: list[dict[str, Any]] = [
        {"at": point.at, "figure": name, "multiple": value}
        for point in points
        for name, value in (("median", point.multiple), ("p99", point.p99))
    ]
    across: Spec = {"field": "at", "type": "quantitative", "title": series.title}
    if series.logarithmic:
        across["scale"] = {"type": "log"}
        across["axis"] = {"values": [point.at for point in points], "format": "~s"}
    upward: Spec = {"field": "multiple", "type": "quantitative", "title": "× validating with pydantic"}
    if max(value["multiple"] for value in values) > STEEP * min(value["multiple"] for value in values):
        upward["scale"] = {"type": "log"}
    colour = {"field": "figure", "type": "nominal", "title": None, "scale": {"range": COLOURS[:2]}}
    return {
        **_canvas(),
        "data": {"values": values},
        "mark": {"type": "line", "point": {"size": DOTS}},
        "encoding": {"x": across, "y": upward, "color": colour},
    }


def stages_spec(stages: Mapping[str, Mapping[str, float]]) -> Spec:
    """Return the plot of where the time goes: one bar for each rule set, its parts in the order of the stages."""
    values = [
        {"rules": name, "stage": stage, "share": share, "place": place}
        for name, shares in stages.items()
        for place, (stage, share) in enumerate(shares.items())
    ]
    order = list(next(iter(stages.values()), {}))
    colour = {"field": "stage", "type": "nominal", "title": None, "sort": order}
    return {
        **_canvas(),
        "height": {"step": 26},
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {"field": "rules", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 260}},
            "x": {"field": "share", "type": "quantitative", "title": "share of evaluating", "axis": {"format": "%"}},
            "color": {**colour, "scale": {"domain": order, "range": COLOURS[: len(order)]}},
            "order": {"field": "place"},
        },
    }


def _canvas() -> Spec:
    return {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json",
        "width": WIDTH,
        "height": HEIGHT,
        "background": "white",
        "padding": 8,
        "config": {"view": {"stroke": None}, "axis": {"labelFontSize": 11, "titleFontSize": 11}},
    }


def svg_of(spec: Spec) -> str:
    """Return a plot as SVG."""
    import vl_convert  # noqa: PLC0415 - an extra, which only those who draw need

    drawn: str = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VEGA_LITE)
    return drawn + "\n"


def draw(growth: Mapping[str, Sequence[Point]], stages: Mapping[str, Mapping[str, float]], folder: Path) -> list[str]:
    """Write the plots as `growth-NAME.svg` and `stages.svg`, and return the names of the files."""
    specs = {f"growth-{name}.svg": growth_spec(SERIES[name], points) for name, points in growth.items()}
    specs["stages.svg"] = stages_spec(stages)
    for name, spec in specs.items():
        (folder / name).write_text(svg_of(spec), "utf-8")
    return list(specs)
