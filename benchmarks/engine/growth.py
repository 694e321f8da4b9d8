"""How the cost grows with each knob, all others held."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks import plots
from benchmarks.engine.road import make, row_of
from benchmarks.measure import say
from benchmarks.record import Data
from benchmarks.workload import Knobs


class Series(NamedTuple):
    """What is turned, and the workloads of its values."""

    title: str
    logarithmic: bool
    knobs: Mapping[int, Knobs]


def _knobs(rules: int = 1_000, **turned: int) -> Knobs:
    return Knobs(rules, receipts=8, **turned)


# By the name of the plot's file. Rivals are among twenty rules on forty lines, so that five pairs share no line.
SERIES = {
    "rules": Series("rules in the set, the same ten qualify", True, {n: _knobs(n) for n in (10, 100, 1_000, 10_000)}),
    "dormant": Series(
        "rules for the same goods at other times and places",
        False,
        {n: _knobs(1_000 + n, dormant=n) for n in (0, 1_000, 2_000, 5_000, 10_000)},
    ),
    "lines": Series("lines of the receipt", False, {n: _knobs(lines=n) for n in (10, 20, 40, 80, 160)}),
    "pieces": Series("pieces of each line, times", True, {n: _knobs(pieces=n) for n in (1, 10, 100, 1_000)}),
    "matches": Series(
        "rules that qualify, no rivals", False, {n: _knobs(matches=n, rivals=0) for n in (0, 5, 10, 20, 40, 80)}
    ),
    "rivals": Series(
        "pairs of rival bundles among twenty rules that qualify",
        False,
        {n: _knobs(matches=20, rivals=n, lines=40) for n in range(6)},
    ),
}


def growth(seconds: float, rows: Sequence[Data]) -> dict[str, list[Data]]:
    """Return the points of each series, so many seconds for each; sets too large to make twice are of the rows."""
    points = {}
    for name, series in SERIES.items():
        say(f"growth with {name}")
        points[name] = [point_of(at, row_of(make(knobs), seconds)) for at, knobs in series.knobs.items()]
    largest = points["rules"][-1]["at"]
    points["rules"] += [point_of(row["rules"], row) for row in rows if row["rules"] > largest]
    return points


def point_of(at: int, row: Data) -> Data:
    """Return one value of a knob with evaluating as a multiple of the yardstick, and its p99 likewise."""
    return {"at": at, "multiple": row["multiple"], "p99": row["multiple"] * row["p99"] / row["median"]}


def growth_spec(series: Series, points: Sequence[Data]) -> plots.Spec:
    """Return the plot of one series: the median and the p99 as multiples of the yardstick."""
    lines = {
        name: {point["at"]: point[key] for point in points} for name, key in (("median", "multiple"), ("p99", "p99"))
    }
    return plots.lines_spec(lines, series.title, "× validating with pydantic", logarithmic=series.logarithmic)
