"""The page that shows what is measured of the engine beside its targets."""

from collections.abc import Mapping

from benchmarks.page import DOCS, README, Pages, count_text, met, table, where
from benchmarks.record import Data

# The targets of the table, by rules and matches: a multiple of the yardstick, or of another row.
TARGETS = {(10, 3): 2.0, (1_000, 10): 5.0, (1_000, 0): 1.0, (1_000, 40): 12.0}
THE_SAME_TEN = (1_000, 10)
MOST_OF_THE_SAME_TEN = 1.2
MOST_P99 = 3.0
MOST_IMPORT_MILLISECONDS = 150
MOST_COMPILE_SECONDS, MOST_MEGABYTES, MOST_CHANGE_MILLISECONDS, MOST_WORST_MILLISECONDS = 15, 600, 1, 50


def targets_table(data: Data) -> list[str]:
    """Return the table of targets and what was measured."""
    multiples = {(row["rules"], row["matches"]): row["multiple"] for row in data["rows"]}
    return table(
        "> rules |> qualify |> evaluate | target |> p99 / median |> candidates |> steps | exact",
        (
            [
                count_text(row["rules"]),
                f"{row['matches']}{' (two rival bundles)' if row['rivals'] else ''}",
                f"{row['multiple']:.2f} ×",
                _target(row, multiples),
                f"{row['p99'] / row['median']:.1f}{met(row['p99'] / row['median'], MOST_P99)}",
                f"{row['candidates'] / row['receipts']:.0f}",
                f"{row['steps'] / row['receipts']:.0f}",
                "yes" if row["optimal"] else "**no**",
            ]
            for row in data["rows"]
        ),
    )


def _target(row: Data, multiples: Mapping[tuple[int, int], float]) -> str:
    most = TARGETS.get((row["rules"], row["matches"]))
    if most is not None:
        return f"≤ {most:g} ×{met(row['multiple'], most)}"
    if row["matches"] == THE_SAME_TEN[1] and THE_SAME_TEN in multiples:
        ratio = row["multiple"] / multiples[THE_SAME_TEN]
        return f"≤ {MOST_OF_THE_SAME_TEN:g} × the row above: {ratio:.2f} ×{met(ratio, MOST_OF_THE_SAME_TEN)}"
    return "–"


def road_table(data: Data) -> list[str]:
    """Return what reading, evaluating and writing cost, and the whole road."""
    parts = ("read", "multiple", "write", "whole")
    return table(
        "> rules |> qualify |> read |> evaluate |> write |> `evaluate_json`",
        ([count_text(row["rules"]), row["matches"], *(f"{row[part]:.2f} ×" for part in parts)] for row in data["rows"]),
    )


def stages_table(data: Data) -> list[str]:
    """Return the share of each stage by rule set."""
    stages = "".join(f"|> {stage}" for stage in next(iter(data["stages"].values()), {}))
    return table(stages, ([name, *(f"{share:.0%}" for share in own.values())] for name, own in data["stages"].items()))


def sets_table(data: Data) -> list[str]:
    """Return what compiling, holding and changing sets of rules costs, settling a return, and importing the engine."""
    rows: list[list[str]] = []
    largest = max(row["rules"] for row in data["rows"])
    for row in sorted(data["rows"], key=lambda row: row["rules"]):
        if row["matches"] == THE_SAME_TEN[1]:
            name, seconds, size = f"{count_text(row['rules'])} rules", row["compile_seconds"], row["megabytes"]
            targets = [_below(seconds, MOST_COMPILE_SECONDS, "s"), _below(size or 0, MOST_MEGABYTES, "MB")]
            compiling, holding = targets if row["rules"] == largest else ("", "")
            rows.append([f"compile {name}", f"{seconds:.2f} s", compiling])
            if size is not None:
                rows.append([f"memory of {name}, read and compiled", f"{size:.0f} MB", holding])
    changes = data["changes"] or {}
    for what, name in (("add a rule to", "added"), ("change a rule of", "replaced"), ("remove a rule of", "removed")):
        if changes:
            typical, worst = changes[name], changes[f"{name}_worst"]
            shown = f"{typical:.3f} ms, at worst {worst:.2f} ms"
            target = _below(typical, MOST_CHANGE_MILLISECONDS, "ms")
            rows.append([f"{what} {count_text(changes['rules'])}", shown, target])
    for policy, multiple in data.get("returns", {}).items():
        rows.append([f"settle a return (`{policy}`), beside evaluating its purchase", f"{multiple:.1f} ×", ""])
    milliseconds = data["import_milliseconds"]
    target = _below(milliseconds, MOST_IMPORT_MILLISECONDS, "ms")
    rows.append(["import of `engine`", f"{milliseconds:.0f} ms", target])
    return table("|> measured | target", rows)


def _below(measured: float, most: float, unit: str) -> str:
    return f"< {most} {unit}{met(measured, most)}"


def worst_table(data: Data) -> list[str]:
    """Return the worst cases."""
    return table(
        "shops |> rules |> units |> most steps |> exact |> median |> p99 |> µs a step",
        (
            [
                f"{worst['shops']} × {worst['name']}",
                worst["rules"],
                worst["units"],
                count_text(worst["most_steps"]),
                f"{worst['optimal']} of {worst['shops']}",
                f"{worst['median']:.1f} ms",
                f"{worst['p99']:.1f} ms{met(worst['p99'], MOST_WORST_MILLISECONDS)}",
                f"{worst['step']:.1f}" if worst["step"] else "–",
            ]
            for worst in data["worst"]
        ),
    )


def pages(data: Data) -> Pages:
    """Return the tables of the page, and the first of them for the front page."""
    unit = (
        f"{where(data)}, where validating a receipt of 20 lines, {data['receipt_bytes']} bytes, "
        f"with pydantic took {data['pydantic']:.0f} µs, 1 ×."
    )
    shown = {
        "where": [unit],
        "targets": targets_table(data),
        "road": road_table(data),
        "stages": stages_table(data),
        "sets": sets_table(data),
        "worst": worst_table(data),
    }
    return {DOCS / "performance.md": shown, README: {"targets": shown["targets"]}}
