"""How the cost grows with each knob, all others held."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.road import Row, measured
from benchmarks.workload import Knobs

RECEIPTS = 8


@dataclass(frozen=True, slots=True)
class Series:
    """What is turned, and the workloads of its values."""

    title: str
    logarithmic: bool
    knobs: Mapping[int, Knobs]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a knob: evaluating as a multiple of the yardstick, the p99 likewise, and the mean steps."""

    at: int
    multiple: float
    p99: float
    steps: float


def _knobs(rules: int = 1_000, **turned: int) -> Knobs:
    return Knobs(rules, receipts=RECEIPTS, **turned)


# By the name of the plot's file. Rivals are among twenty rules on forty lines, so that five pairs share no line.
SERIES: Mapping[str, Series] = {
    "rules": Series("rules in the set, the same ten qualify", True, {n: _knobs(n) for n in (10, 100, 1_000, 10_000)}),
    "dormant": Series(
        "rules for the same goods at other times and places",
        False,
        {n: _knobs(1_000 + n, dormant=n) for n in (0, 1_000, 2_000, 5_000, 10_000)},
    ),
    "lines": Series("lines of the receipt", False, {n: _knobs(lines=n) for n in (10, 20, 40, 80, 160)}),
    "pieces": Series("pieces of each line, times", True, {n: _knobs(pieces=n) for n in (1, 10, 100, 1_000)}),
    "matches": Series(
        "rules that qualify, no rivals",
        False,
        {n: _knobs(matches=n, rivals=0) for n in (0, 5, 10, 20, 40, 80)},
    ),
    "rivals": Series(
        "pairs of rival bundles among twenty rules that qualify",
        False,
        {n: _knobs(matches=20, rivals=n, lines=40) for n in range(6)},
    ),
}


def growth(seconds: float) -> Iterator[tuple[str, list[Point]]]:
    """Yield the points of each series, so many seconds for each point."""
    for name, series in SERIES.items():
        yield name, [point_of(at, measured(knobs, seconds)) for at, knobs in series.knobs.items()]


def point_of(at: int, row: Row) -> Point:
    """Return what the plot shows of a rule set."""
    return Point(at, row.multiple, row.multiple * row.p99 / row.median, row.steps / row.receipts)
