"""What was measured of the simulation, and the tables that show it beside its targets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

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


@dataclass(frozen=True, slots=True)
class Cell:
    """A simulation in one process beside the plain loop; a list has an entry for each round.

    `times` is how many times the receipts of the plain loop it does in a second on the wall, `times_cpu` in a second of
    processor.
    """

    rules: str
    draft: str
    receipts: int
    evaluated: int
    evaluated_twice: int
    wall: Sequence[float]
    cpu: Sequence[float]
    plain_per_second: Sequence[float]
    times: Sequence[float]
    times_cpu: Sequence[float]
    megabytes: float

    @property
    def has_target(self) -> bool:
        """Say whether the target speaks of this one."""
        return self.draft == "few" and self.rules in QUIET


@dataclass(frozen=True, slots=True)
class Pair:
    """A simulation done in two ways on the same receipts: with another process, or on Spark.

    `before` and `after` are seconds on the wall; `start` is what the second way takes before it can begin.
    """

    rules: str
    draft: str
    receipts: int
    before: Sequence[float]
    after: Sequence[float]
    megabytes: float
    start: float = 0.0

    @property
    def ratios(self) -> Sequence[float]:
        """Return how many times as long the first way takes, by round."""
        return [before / after for before, after in zip(self.before, self.after, strict=True)]


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a run of the benchmark measured."""

    sample: int
    cells: Sequence[Cell]
    second_core: Sequence[Pair]
    spark: Sequence[Pair]


def cell_table(figures: Figures) -> Iterator[str]:
    """Yield how fast one process is, beside the plain loop."""
    yield "| rules | draft concerns | receipts | evaluated | twice | a second | plain loop | faster | target | MiB |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |"
    for cell in figures.cells:
        times = median(cell.times)
        yield (
            f"| {NAMES[cell.rules]} | {NAMES[cell.draft]} | {_count(cell.receipts)} "
            f"| {cell.evaluated / cell.receipts:.1%} | {cell.evaluated_twice / cell.receipts:.1%} "
            f"| {_count(cell.receipts / median(cell.wall))} "
            f"| {_count(median(cell.plain_per_second))} | {times:.1f} ×{_spread(cell.times)} "
            f"| {_least(times, LEAST_TIMES, ' ×') if cell.has_target else ''} "
            f"| {cell.megabytes:.0f}{_most_memory(cell.receipts, cell.megabytes)} |"
        )


def second_core_table(figures: Figures) -> Iterator[str]:
    """Yield what a second process brings."""
    yield "| rules | draft concerns | receipts | one process | two | faster | target | MiB, all processes |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |"
    for pair in figures.second_core:
        ratio = median(pair.ratios)
        target = _least(ratio, LEAST_SPEED_UP, " ×") if pair.draft != "few" else ""
        yield (
            f"| {NAMES[pair.rules]} | {NAMES[pair.draft]} | {_count(pair.receipts)} "
            f"| {median(pair.before):.1f} s | {median(pair.after):.1f} s "
            f"| {ratio:.2f} ×{_spread(pair.ratios)} | {target} "
            f"| {pair.megabytes:.0f}{_most_memory(pair.receipts, pair.megabytes)} |"
        )


def spark_table(figures: Figures) -> Iterator[str]:
    """Yield what Spark costs on this machine, beside as many processes."""
    yield "| rules | draft concerns | receipts | two processes | Spark on two cores | longer | its start | MiB |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for pair in figures.spark:
        ratio = median([1 / one for one in pair.ratios])
        yield (
            f"| {NAMES[pair.rules]} | {NAMES[pair.draft]} | {_count(pair.receipts)} "
            f"| {median(pair.before):.1f} s | {median(pair.after):.1f} s "
            f"| {ratio:.2f} × | {pair.start:.1f} s | {pair.megabytes:.0f} |"
        )


def tables(figures: Figures) -> Iterator[str]:
    """Yield every table of which there is a row."""
    parts = ((figures.cells, cell_table), (figures.second_core, second_core_table), (figures.spark, spark_table))
    shown = [list(table(figures)) for rows, table in parts if rows]
    for place, lines in enumerate(shown):
        if place:
            yield ""
        yield from lines


def _least(measured: float, least: float, unit: str) -> str:
    return f"≥ {least:g}{unit}{'' if measured >= least else ' ✗'}"


def _most_memory(receipts: int, megabytes: float) -> str:
    if receipts < MANY_RECEIPTS:
        return ""
    return f" (< {MOST_MEGABYTES:g}{'' if megabytes < MOST_MEGABYTES else ' ✗'})"


def _spread(ratios: Sequence[float]) -> str:
    """Return the least and the most of several rounds."""
    return f" ({min(ratios):.1f}–{max(ratios):.1f})" if len(ratios) > 1 else ""


def _count(number: float) -> str:
    # Three digits count: no machine is the same twice to more than that. A thin space, as in the text around.
    digits = max(len(str(int(number))) - 3, 0)
    return f"{round(number, -digits):,.0f}".replace(",", "\u2009")
