"""Measure: `python -m benchmarks.run [--json] [--most RULES] [--record] [--page]`.

Times of different machines do not compare, so each is given as a multiple of *validating the same receipt's JSON with
pydantic*: `pydantic_core.from_json`, then `model_validate` of `rules.Receipt`, and nothing of what `read_receipt` adds
to that. Counts (candidates, steps) and digests of results depend on no machine.

`--record` appends a line to the history. `--page` also measures stages, growth and the worst cases, and writes
`docs/performance.md` and its plots.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version

from benchmarks.changes import Changes, changes_of
from benchmarks.figures import Figures, as_data
from benchmarks.growth import Point, growth, point_of
from benchmarks.measure import ROOT, commit, import_milliseconds, machine_kind, memory_megabytes, seconds_of
from benchmarks.road import Counts, Row, counts_of, evaluations_of, row_of, samples_of
from benchmarks.stages import stages_of
from benchmarks.workload import SEED, Knobs, make_workload
from benchmarks.worst import adversarial_shops, worst_of
from engine import RuleSet, compile_rules
from rules import Rule, read_rules

HISTORY = ROOT / "benchmarks" / "history.jsonl"

SIZES = (
    Knobs(10, matches=3, rivals=0),
    Knobs(1_000),
    Knobs(100_000),
    Knobs(1_000, matches=0, rivals=0),
    Knobs(1_000, matches=40, rivals=0),
)

# What all receipts get together, by the number of rules that qualify: a benchmark of wrong answers measures nothing.
EXPECTED = {0: (0, 0), 3: (763_533, 0), 10: (1_160_865, 127_780), 40: (2_120_258, 140_742)}

SECONDS_OF_A_ROW = 4.0
SECONDS_OF_A_SHORT_ROW = 1.5
SECONDS_OF_A_POINT = 0.8
SECONDS_OF_A_WORST = 0.5


def check(knobs: Knobs, counts: Counts) -> None:
    """Raise an AssertionError where the results are not what the workload is known to give."""
    gave = counts.discount, counts.bonus
    message = f"{knobs} gave {gave}, expected {EXPECTED[knobs.matches]}"
    assert gave == EXPECTED[knobs.matches], message


def name_of(row: Knobs | Row) -> str:
    """Return what a rule set of the table is called."""
    return f"{row.rules} rules, {row.matches} qualify{', two are rivals' if row.rivals else ''}"


def measure(sizes: Sequence[Knobs], *, short: bool) -> Figures:
    """Return the figures of rule sets of these sizes over the same receipts; a short run leaves out all but times."""
    # Fresh processes first: a child's peak is never below what its parent had when it was born.
    megabytes = [None if short else memory_megabytes(knobs.rules, knobs.matches) for knobs in sizes]
    import_time = import_milliseconds()
    rows: list[Row] = []
    stages: dict[str, dict[str, float]] = {}
    changes: Changes | None = None
    for knobs, peak in zip(sizes, megabytes, strict=True):
        _say(name_of(knobs))
        workload = make_workload(knobs)
        rules = read_rules(workload.rules)
        rule_set, compile_seconds = _compiled(rules)
        counts = counts_of(evaluations_of(rule_set, workload))
        check(knobs, counts)
        samples = samples_of(rule_set, workload.receipts_json, SECONDS_OF_A_SHORT_ROW if short else SECONDS_OF_A_ROW)
        rows.append(row_of(knobs, samples, counts, compile_seconds=compile_seconds, megabytes=peak))
        if not short:
            stages[name_of(knobs)] = stages_of(rule_set, workload.receipts_json)
        if not short and knobs == max(sizes, key=lambda knobs: knobs.rules):
            changes = changes_of(rule_set, rules)
    return Figures(
        receipt_bytes=len(make_workload(sizes[0]).receipt_json),
        pydantic=rows[0].pydantic,
        read_receipt=rows[0].read * rows[0].pydantic,
        import_milliseconds=import_time,
        rows=rows,
        changes=changes,
        stages=stages,
        growth={} if short else _growth(rows),
        worst=() if short else worst_of(adversarial_shops(), SECONDS_OF_A_WORST),
    )


def _growth(rows: Sequence[Row]) -> Mapping[str, Sequence[Point]]:
    """Return the points of every series; sets too large to make twice are taken from the table."""
    points = {}
    for name, measured in growth(SECONDS_OF_A_POINT):
        _say(f"growth with {name}")
        points[name] = measured
    largest = points["rules"][-1].at
    points["rules"] += [point_of(row.rules, row) for row in rows if row.rules > largest]
    return points


def _say(name: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"… {name}", file=sys.stderr, flush=True)


def _compiled(rules: Sequence[Rule]) -> tuple[RuleSet, float]:
    made: list[RuleSet] = []
    seconds = seconds_of(lambda: made.append(compile_rules(rules)))
    return made[0], seconds


def described(figures: Figures) -> dict[str, object]:
    """Return the figures as plain data, after what was measured, when and where."""
    return {
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_kind(),
        "python": python_version(),
        "seed": SEED,
        "share_optimal": figures.share_optimal,
        **as_data(figures),
    }


def record(data: Mapping[str, object], history: Path = HISTORY) -> None:
    """Append a line to the history, without the points of plots; lines are never rewritten."""
    kept = {name: member for name, member in data.items() if name != "growth"}
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(kept, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure, print, and record and write the page where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.run", description="Measure the engine on the seeded workload.")
    parser.add_argument("--record", action="store_true", help="append the figures to benchmarks/history.jsonl")
    parser.add_argument("--page", action="store_true", help="write docs/performance.md and its plots")
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    parser.add_argument("--most", type=int, default=100_000, metavar="RULES", help="leave out larger rule sets")
    asked = parser.parse_args()
    sizes = [knobs for knobs in SIZES if knobs.rules <= asked.most]
    figures = measure(sizes, short=not (asked.record or asked.page))
    data = described(figures)
    if asked.json:
        print(json.dumps(data))
    else:
        from benchmarks.page import table  # noqa: PLC0415 - a comparison of commits needs no page

        print("\n".join(table(figures)))
    if asked.record:
        record(data)
    if asked.page:
        from benchmarks.page import write_page  # noqa: PLC0415 - as above, and plots need an extra

        write_page(data)


if __name__ == "__main__":
    main()
