"""The tables that show what was measured of the simulation beside its targets."""

from collections.abc import Sequence
from statistics import median

from benchmarks.page import DOCS, Pages, count_text, table, where
from benchmarks.record import Data

LEAST_TIMES = 20.0
LEAST_SPEED_UP = 1.6
MOST_MEGABYTES = 1024.0
# The receipts at which the memory has its target.
MANY_RECEIPTS = 10_000_000
# The shops of which a draft for one receipt in a hundred has the target: what runs besides concerns few receipts too.
QUIET = ("none", "small")
NAMES = {
    "none": "no rules",
    "small": "10 rules for slow goods",
    "busy": "40 rules for most receipts",
    "no": "goods nobody bought",
    "few": "1 receipt in 100",
    "all": "every receipt",
    "coupon": "every receipt, once a customer",
    "stamps": "every receipt, a stamp card",
}


def cell_table(cells: Sequence[Data]) -> list[str]:
    """Return how fast one process is, beside the plain loop."""
    rows = []
    for cell in cells:
        has_target = cell["draft"] == "few" and cell["rules"] in QUIET
        shares = (cell[name] / cell["receipts"] for name in ("evaluated", "evaluated_twice"))
        rates = (cell["receipts"] / median(cell["wall"]), median(cell["plain_per_second"]))
        row = [*_begun(cell), *(f"{share:.1%}" for share in shares), *(count_text(rate, 3) for rate in rates)]
        times = f"{median(cell['times']):.1f} ×{_spread(cell['times'])}"
        rows.append([*row, times, _least(cell["times"], LEAST_TIMES) if has_target else "", _memory(cell)])
    return table(
        "rules | draft concerns |> receipts |> evaluated |> twice |> a second |> plain loop |> faster | target |> MiB",
        rows,
    )


def second_core_table(pairs: Sequence[Data]) -> list[str]:
    """Return what a second process brings."""
    rows = []
    for pair in pairs:
        ratios = _ratios(pair)
        target = _least(ratios, LEAST_SPEED_UP) if pair["draft"] != "few" else ""
        rows.append([*_begun(pair), *_seconds(pair), f"{median(ratios):.2f} ×{_spread(ratios)}", target, _memory(pair)])
    return table(
        "rules | draft concerns |> receipts |> one process |> two |> faster | target |> MiB, all processes", rows
    )


def spark_table(pairs: Sequence[Data]) -> list[str]:
    """Return what Spark costs on this machine, beside as many processes."""
    rows = []
    for pair in pairs:
        longer = f"{median(1 / ratio for ratio in _ratios(pair)):.2f} ×"
        rows.append([*_begun(pair), *_seconds(pair), longer, f"{pair['start']:.1f} s", f"{pair['megabytes']:.0f}"])
    return table(
        "rules | draft concerns |> receipts |> two processes |> Spark on two cores |> longer |> its start |> MiB", rows
    )


def tables(data: Data) -> list[str]:
    """Return every table of which there is a row."""
    parts = {"cells": cell_table, "second_core": second_core_table, "spark": spark_table}
    shown = [made(data[name]) for name, made in parts.items() if data[name]]
    return "\n\n".join("\n".join(lines) for lines in shown).splitlines()


def pages(data: Data) -> Pages:
    """Return what stands on the page."""
    return {DOCS / "simulation-performance.md": {"make bench-simulation": [f"{where(data)}.", "", *tables(data)]}}


def _begun(row: Data) -> list[str]:
    return [NAMES[row["rules"]], NAMES[row["draft"]], count_text(row["receipts"], 3)]


def _seconds(pair: Data) -> list[str]:
    return [f"{median(pair[side]):.1f} s" for side in ("before", "after")]


def _ratios(pair: Data) -> list[float]:
    """Return how many times as long the first way takes, by round."""
    return [before / after for before, after in zip(pair["before"], pair["after"], strict=True)]


def _least(measured: Sequence[float], least: float) -> str:
    return f"≥ {least:g} ×{'' if median(measured) >= least else ' ✗'}"


def _memory(row: Data) -> str:
    target = f" (< {MOST_MEGABYTES:g}{'' if row['megabytes'] < MOST_MEGABYTES else ' ✗'})"
    return f"{row['megabytes']:.0f}{target if row['receipts'] >= MANY_RECEIPTS else ''}"


def _spread(ratios: Sequence[float]) -> str:
    """Return the least and the most of several rounds."""
    return f" ({min(ratios):.1f}–{max(ratios):.1f})" if len(ratios) > 1 else ""
