"""Measure: `python -m benchmarks.run [--record] [--json] [--most RULES]`.

Figures are medians of warm calls in plain CPython. Times of different machines do not compare, so each is also given as
a multiple of *validating the same receipt's JSON with pydantic*: `pydantic_core.from_json`, then `model_validate` of
`rules.Receipt`, and nothing of what `read_receipt` adds to that. Counts (candidates, steps) depend on no machine.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

from pydantic_core import from_json

from benchmarks.measure import (
    ROOT,
    commit,
    import_milliseconds,
    machine_kind,
    memory_megabytes,
    seconds_of,
    time_of,
)
from benchmarks.workload import SEED, Knobs, make_workload
from engine import Evaluation, RuleSet, compile_rules, evaluate
from rules import Receipt, Rule, read_receipt, read_rules

HISTORY = ROOT / "benchmarks" / "history.jsonl"

SIZES = (
    Knobs(10, matches=3),
    Knobs(1_000),
    Knobs(10_000),
    Knobs(100_000),
    Knobs(1_000, matches=0),
    Knobs(1_000, matches=40, rivals=False),
)

# What the receipt gets, by the number of rules that qualify: a benchmark of wrong answers measures nothing.
EXPECTED = {0: (0, 0), 3: (21_281, 0), 10: (32_301, 3_897), 40: (53_366, 3_476)}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one rule set: counts, and times in microseconds and seconds."""

    rules: int
    matches: int
    candidates: int
    steps: int
    optimal: bool
    median: float
    p99: float
    compile_seconds: float
    megabytes: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All that one run measured; times in microseconds where nothing else is said."""

    receipt_bytes: int
    pydantic: float
    read_receipt: float
    import_milliseconds: float
    rows: Sequence[Row]

    @property
    def share_optimal(self) -> float:
        """Return the share of the rows whose search was exact."""
        return sum(row.optimal for row in self.rows) / len(self.rows)


def check(knobs: Knobs, evaluation: Evaluation) -> None:
    """Raise an AssertionError where the result is not what the workload is known to give."""
    gave = evaluation.receipt["total_discount"], evaluation.receipt.get("total_bonus", 0)
    message = f"{knobs} gave {gave}, expected {EXPECTED[knobs.matches]}"
    assert gave == EXPECTED[knobs.matches], message


def measure(sizes: Sequence[Knobs], *, with_memory: bool = True) -> Figures:
    """Return the figures of rule sets of these sizes on one receipt."""
    # Fresh processes first: a child's peak is never below what its parent had when it was born.
    megabytes = [memory_megabytes(knobs.rules, knobs.matches) if with_memory else None for knobs in sizes]
    import_time = import_milliseconds()
    receipt_json = make_workload(sizes[0]).receipt_json
    plain = time_of(lambda: Receipt.model_validate(from_json(receipt_json)))
    read = time_of(lambda: read_receipt(receipt_json))
    rows = [_row(knobs, peak) for knobs, peak in zip(sizes, megabytes, strict=True)]
    return Figures(len(receipt_json), plain.median, read.median, import_time, rows)


def _row(knobs: Knobs, megabytes: float | None) -> Row:
    workload = make_workload(knobs)
    rules = read_rules(workload.rules)
    rule_set, compile_seconds = _compiled(rules)
    receipt = read_receipt(workload.receipt_json)
    evaluation = evaluate(rule_set, receipt)
    check(knobs, evaluation)
    taken = time_of(lambda: evaluate(rule_set, receipt))
    return Row(
        rules=knobs.rules,
        matches=knobs.matches,
        candidates=evaluation.candidates,
        steps=evaluation.steps,
        optimal=evaluation.optimal,
        median=taken.median,
        p99=taken.p99,
        compile_seconds=compile_seconds,
        megabytes=megabytes,
    )


def _compiled(rules: Sequence[Rule]) -> tuple[RuleSet, float]:
    made: list[RuleSet] = []
    seconds = seconds_of(lambda: made.append(compile_rules(rules)))
    return made[0], seconds


def lines_of_table(figures: Figures) -> Iterator[str]:
    """Yield the table as Markdown."""
    pydantic = figures.pydantic
    yield f"receipt: {figures.receipt_bytes} bytes of JSON; validated with pydantic in {pydantic:.0f} µs (1 ×);"
    yield f"read_receipt {figures.read_receipt:.0f} µs ({figures.read_receipt / pydantic:.2f} ×);"
    yield f"import of engine {figures.import_milliseconds:.0f} ms; searched exactly: {figures.share_optimal:.0%}"
    yield ""
    yield "| rules | qualify | candidates | steps | evaluate | p99 | × pydantic | p99 / median | compile | memory |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in figures.rows:
        memory = "–" if row.megabytes is None else f"{row.megabytes:.0f} MB"
        yield (
            f"| {row.rules} | {row.matches} | {row.candidates} | {row.steps}{'' if row.optimal else ' (not optimal)'} "
            f"| {row.median:.0f} µs | {row.p99:.0f} µs | {row.median / pydantic:.2f} | {row.p99 / row.median:.1f} "
            f"| {row.compile_seconds:.2f} s | {memory} |"
        )


def record(figures: Figures, history: Path = HISTORY) -> None:
    """Append one line to the history; lines are never rewritten."""
    line = {
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_kind(),
        "python": python_version(),
        "seed": SEED,
        "share_optimal": figures.share_optimal,
        **as_data(figures),
    }
    with history.open("a") as file:
        file.write(json.dumps(line) + "\n")


def as_data(figures: Figures) -> dict[str, object]:
    """Return the figures as plain data, times to a tenth of a microsecond."""
    return {name: _rounded(value) for name, value in asdict(figures).items()}


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4 if value < 1 else 1)
    if isinstance(value, list):
        return [{name: _rounded(member) for name, member in row.items()} for row in value]
    return value


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.run", description="Measure the engine on the seeded workload.")
    parser.add_argument("--record", action="store_true", help="append the figures to benchmarks/history.jsonl")
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    parser.add_argument("--most", type=int, default=100_000, metavar="RULES", help="leave out larger rule sets")
    parser.add_argument("--without-memory", action="store_true", help="do not measure memory")
    asked = parser.parse_args()
    sizes = [knobs for knobs in SIZES if knobs.rules <= asked.most]
    figures = measure(sizes, with_memory=not asked.without_memory)
    print(json.dumps(as_data(figures)) if asked.json else "\n".join(lines_of_table(figures)))
    if asked.record:
        record(figures)


if __name__ == "__main__":
    main()
