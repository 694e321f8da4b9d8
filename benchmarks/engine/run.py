"""Measure: `python -m benchmarks.engine.run [--most RULES] [--record] [--page]`.

Times of different machines do not compare, so each is given as a multiple of *validating the same receipt's JSON with
pydantic*: `pydantic_core.from_json`, then `model_validate` of `rules.Receipt`, and nothing of what `read_receipt` adds
to that. Counts (candidates, steps) and digests of results depend on no machine.

Where the figures are recorded or shown, memory, stages, growth, changes of rules, returns and the worst cases are
measured as well.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import TypeVar, get_args

from benchmarks import plots
from benchmarks.engine.growth import SERIES, growth, growth_spec
from benchmarks.engine.road import Made, evaluations_of, make, name_of, row_of
from benchmarks.engine.stages import stages_of
from benchmarks.engine.tables import pages, targets_table
from benchmarks.engine.worst import worst_of
from benchmarks.measure import now, run_python, say
from benchmarks.page import DOCS
from benchmarks.record import Benchmark, Data
from benchmarks.workload import SEED, Knobs, make_workload
from engine import Evaluation, RuleSet, compile_rules, evaluate, settle_return
from rules import read_receipt, read_returned, read_rules
from rules.limitation import ReturnPolicy

T = TypeVar("T")

SIZES = (
    Knobs(10, matches=3, rivals=0),
    Knobs(1_000),
    Knobs(100_000),
    Knobs(1_000, matches=0, rivals=0),
    Knobs(1_000, matches=40, rivals=0),
)
# What all receipts get together, by the number of rules that qualify: a benchmark of wrong answers measures nothing.
EXPECTED = {0: (0, 0), 3: (763_533, 0), 10: (1_160_865, 127_780), 40: (2_120_258, 140_742)}

SECONDS_OF_A_ROW, SECONDS_OF_A_SHORT_ROW, SECONDS_OF_A_POINT, SECONDS_OF_A_WORST = 4.0, 1.5, 0.8, 0.5
CHANGES, RETURNS = 60, 200

BENCHMARK = Benchmark(Path(__file__).parent / "history.jsonl", SEED, targets_table, pages, unrecorded=("growth",))


def check(knobs: Knobs, evaluations: Sequence[Evaluation]) -> None:
    """Raise an AssertionError where the results are not what the workload is known to give."""
    receipts = [evaluation.receipt for evaluation in evaluations]
    gave = tuple(sum(one.get(name, 0) for one in receipts) for name in ("total_discount", "total_bonus"))
    assert gave == EXPECTED[knobs.matches], f"{knobs} gave {gave}, expected {EXPECTED[knobs.matches]}"


def import_milliseconds(rounds: int = 7) -> float:
    """Return how long the first import of the engine takes at best, the interpreter's own start left out."""
    program = "from time import perf_counter_ns as now; start = now(); import engine; print((now() - start) / 1e6)"
    return min(float(run_python("-c", program)) for _ in range(rounds))


def memory_megabytes(knobs: Knobs) -> float:
    """Return by how much the peak memory of a process grows by reading and compiling rules and evaluating a receipt."""
    program = f"from benchmarks.engine.run import Knobs, grown_megabytes; print(grown_megabytes({knobs!r}))"
    return float(run_python("-c", program))


def grown_megabytes(knobs: Knobs) -> float:
    """Return the same of this process, which shall be a fresh one."""
    import resource  # noqa: PLC0415 - Windows lacks it, and measures all the rest

    def peak() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used / (1024 * 1024 if sys.platform == "darwin" else 1024)

    workload = make_workload(knobs)
    before = peak()
    rule_set = compile_rules(read_rules(workload.rules))
    evaluate(rule_set, read_receipt(workload.receipt_json))
    return peak() - before


def changes_of(made: Made) -> Data:
    """Return the milliseconds of one change, typical and worst, by kind; every change is made to the same set."""
    rules, rule_set = made.rules, made.rule_set
    some = rules[:: max(1, len(rules) // CHANGES)][:CHANGES]
    new = [rule.model_copy(update={"id": f"{rule.id}-new"}) for rule in some]
    return {
        "rules": len(rules),
        **_changed("added", rule_set.with_rule, new, len(rules) + 1),
        **_changed("replaced", rule_set.with_rule, some, len(rules)),
        **_changed("removed", rule_set.without_rule, [rule.id for rule in some], len(rules) - 1),
    }


def _changed(name: str, change: Callable[[T], RuleSet], arguments: Sequence[T], size: int) -> Data:
    taken = []
    for argument in arguments:
        started = now()
        changed = change(argument)
        taken.append((now() - started) / 1e6)
        assert len(changed) == size
    return {name: median(taken), f"{name}_worst": max(taken)}


def returns_of(made: Made) -> Data:
    """Return what settling a return of one piece takes, by policy, as a multiple of evaluating its purchase."""
    rule_set, receipt = made.rule_set, read_receipt(made.workload.receipt_json)
    purchase = evaluate(rule_set, receipt).receipt
    paid = read_receipt(purchase)
    returned = read_returned([{"line_id": paid.items[0].line_id, "quantity": 1}])
    multiples = {}
    for policy in get_args(ReturnPolicy):
        pairs = []
        for _ in range(RETURNS):
            started = now()
            evaluate(rule_set, receipt)
            evaluated = now()
            settlement = settle_return(paid, returned, rule_set, None, policy)
            pairs.append((now() - evaluated) / (evaluated - started))
            assert 0 < settlement.amount <= purchase["net_amount"]
            assert [line.line_id for line in settlement.lines] == [paid.items[0].line_id]
        multiples[policy] = median(pairs)
    return multiples


def measure(sizes: Sequence[Knobs], *, short: bool) -> Data:
    """Return the figures of rule sets of these sizes over the same receipts; a short run leaves out all but times."""
    # Fresh processes first: a child's peak is never below what its parent had when it was born.
    megabytes = [None if short else memory_megabytes(knobs) for knobs in sizes]
    import_time = import_milliseconds()
    rows: list[Data] = []
    more: Data = {"changes": None, "returns": {}, "stages": {}, "growth": {}, "worst": []}
    for knobs, peak in zip(sizes, megabytes, strict=True):
        say(name_of(knobs))
        made = make(knobs)
        check(knobs, evaluations_of(made.rule_set, made.workload))
        row = row_of(made, SECONDS_OF_A_SHORT_ROW if short else SECONDS_OF_A_ROW)
        rows.append({**row, "megabytes": peak})
        if not short:
            more["stages"][name_of(knobs)] = stages_of(made)
            if knobs == max(sizes, key=lambda knobs: knobs.rules):
                more |= {"changes": changes_of(made), "returns": returns_of(made)}
    if not short:
        more |= {"growth": growth(SECONDS_OF_A_POINT, rows), "worst": worst_of(SECONDS_OF_A_WORST)}
    return {
        "share_optimal": mean(row["optimal"] for row in rows),
        "receipt_bytes": len(make_workload(sizes[0]).receipt_json),
        "pydantic": rows[0]["pydantic"],
        "import_milliseconds": import_time,
        "rows": rows,
        **more,
    }


def draw(data: Data) -> None:
    """Write the plots of the page."""
    specs = {f"growth-{name}.svg": growth_spec(SERIES[name], points) for name, points in data["growth"].items()}
    plots.draw({**specs, "stages.svg": plots.shares_spec(data["stages"], "share of evaluating")}, DOCS)


def main() -> None:
    """Measure, print, and record and write the page and its plots where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.engine.run", description="Measure the engine.")
    parser.add_argument("--most", type=int, default=100_000, metavar="RULES", help="leave out larger rule sets")

    def measured(asked: Namespace) -> Data:
        sizes = [knobs for knobs in SIZES if knobs.rules <= asked.most]
        figures = measure(sizes, short=not (asked.record or asked.page))
        if asked.page:
            draw(figures)
        return figures

    BENCHMARK.main(parser, measured)


if __name__ == "__main__":
    main()
