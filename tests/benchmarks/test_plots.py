"""Plots hold the figures, and the same figures give the same files."""

from pathlib import Path

import pytest

from benchmarks.plots import draw, lines_spec, shares_spec

FLAT = lines_spec({"median": {10: 1.0, 20: 2.0}}, "lines of the receipt", "× validating", logarithmic=False)
BARS = shares_spec({"1000 rules": {"lay out": 0.25, "the rest": 0.75}}, "share")


def test_plots_hold_the_figures() -> None:
    assert [value["multiple"] for value in FLAT["data"]["values"]] == [1.0, 2.0]
    assert [value["share"] for value in BARS["data"]["values"]] == [0.25, 0.75]
    assert BARS["encoding"]["color"]["scale"]["domain"] == ["lay out", "the rest"]


def test_a_steep_plot_is_logarithmic() -> None:
    assert "scale" not in FLAT["encoding"]["y"]
    steep = lines_spec({"median": {10: 1.0, 20: 40.0}}, "lines", "×", logarithmic=False)
    assert steep["encoding"]["y"]["scale"] == {"type": "log"}


def test_the_same_figures_give_the_same_plots(tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="plots are drawn with an extra, which make bench installs")
    drawn = []
    for _ in range(2):
        draw({"lines.svg": FLAT, "bars.svg": BARS}, tmp_path)
        drawn.append([(tmp_path / name).read_text("utf-8") for name in ("lines.svg", "bars.svg")])
    assert drawn[0] == drawn[1]
    assert all(svg.startswith("<svg") for svg in drawn[0])
    assert "lines of the receipt" in drawn[0][0]
    assert "× validating" in drawn[0][0]
