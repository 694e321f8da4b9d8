"""Compare two engines: `python -m benchmarks.engine.compare OLD [NEW] [--rounds N] [--most RULES]`.

OLD and NEW are commits; without NEW the files as they stand are measured. Both sides run the benchmark of this
checkout, each against its own `rules` and `engine`. With `--pythons` they are interpreters that have the plain and the
compiled engine installed (`make bench-compiled`); then worst cases, memory and compiling are measured as well, and the
results of both have to be the same bytes.

Both are measured by turns, each time in a process of its own, so that a machine that slows down slows both, and times
of a receipt are multiples of validating its JSON with pydantic. What the same side's figures differ by from one round
to the next is the spread; only a change beyond it, seen in most rounds, is called faster or slower.
"""

import json
import shutil
import subprocess
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.engine.road import counts_of, evaluations_of, samples_of, times_of
from benchmarks.engine.run import SIZES, import_milliseconds, memory_megabytes, name_of
from benchmarks.engine.worst import adversarial_shops, worst_of
from benchmarks.measure import ROOT, by_turns, run_python, timed
from benchmarks.page import table
from benchmarks.workload import Knobs, make_workload
from engine import compile_rules
from rules import read_rules

# With three rival pairs, for which the search takes thousands of steps.
SETS = (*SIZES, Knobs(1_000, matches=20, rivals=3, lines=40))
LEAST_ROUNDS = 3
# Below this a change is noise even where the machine was calm.
LEAST_CHANGE = 0.03
SECONDS_OF_A_SET, SECONDS_OF_A_SHOP = 1.0, 0.2


class Figure(NamedTuple):
    """One figure of one side; `counts` are what depends on no machine."""

    unit: str
    value: float
    counts: str = ""


Round = Mapping[str, Figure]


def figures(most: int, *, whole: bool) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of the engine that this process has imported, of sets with at most so many rules."""
    yield "import engine", Figure("ms", import_milliseconds(3))
    if whole:
        yield "memory: 10000 rules", Figure("MB", memory_megabytes(Knobs(10_000)))
    for knobs in SETS:
        if knobs.rules <= most:
            workload, name = make_workload(knobs), name_of(knobs)
            rules = read_rules(workload.rules)
            rule_set, seconds = timed(lambda: compile_rules(rules))  # noqa: B023 - called at once
            counts = json.dumps(counts_of(evaluations_of(rule_set, workload)))
            times = times_of(samples_of(rule_set, workload.receipts_json, SECONDS_OF_A_SET))
            yield f"validate with pydantic: {name}", Figure("µs", times["pydantic"])
            for part, figure in {
                "read": "read",
                "evaluate": "multiple",
                "write": "write",
                "JSON to JSON": "whole",
            }.items():
                if times[figure] is not None:
                    yield f"{part}: {name}", Figure("× pydantic", times[figure], counts if part == "evaluate" else "")
            if whole:
                yield f"compile_rules: {name}", Figure("s", seconds)
    if whole:
        for worst in worst_of(adversarial_shops(), SECONDS_OF_A_SHOP):
            yield f"worst case: {worst['name']}", Figure("ms", worst["median"], worst["digest"])


@contextmanager
def checkout(revision: str | None) -> Iterator[Path]:
    """Yield a folder with the files of a commit, or of no commit as they stand, and the benchmark of this checkout."""
    if revision is None:
        yield ROOT
        return
    git = partial(subprocess.run, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git(["git", "worktree", "add", "--quiet", "--detach", str(tree), revision])
        try:
            shutil.copytree(ROOT / "benchmarks", tree / "benchmarks", dirs_exist_ok=True)
            yield tree
        finally:
            git(["git", "worktree", "remove", "--force", str(tree)])


def spread_of(values: Sequence[float]) -> float:
    """Return by what share the same code's values differ from one round to the next, in eight of ten rounds."""
    differences = [abs(later / earlier - 1) for earlier, later in pairwise(values)]
    return quantiles(differences, n=5, method="inclusive")[3]


def verdict(old: Sequence[float], new: Sequence[float]) -> str:
    """Return what to call a change, with its spread."""
    ratios = [after / before for before, after in zip(old, new, strict=True)]
    # The median of many rounds wanders less than one round does.
    spread = max(LEAST_CHANGE, max(spread_of(old), spread_of(new)) / len(ratios) ** 0.5)
    lower, _, upper = quantiles(ratios, n=4, method="inclusive")
    word = "noise"
    if median(ratios) < 1 - spread and upper < 1:
        word = "faster"
    if median(ratios) > 1 + spread and lower > 1:
        word = "slower"
    return f"{word} (± {spread:.1%})"


def compared(rounds: Sequence[Mapping[str, Round]]) -> list[str]:
    """Return the table of both sides' medians and their ratios; figures that one side cannot take are left out."""
    old, new = rounds[0]
    rows = []
    for name in (name for name in rounds[0][old] if name in rounds[0][new]):
        before, after = ([one[side][name].value for one in rounds] for side in (old, new))
        times = [first / second for first, second in zip(before, after, strict=True)]
        unit = rounds[0][old][name].unit
        shown = [f"{median(before):.3g} {unit}", f"{median(after):.3g} {unit}", f"{median(times):.2f}"]
        rows.append([name, *shown, f"{min(times):.2f}–{max(times):.2f}", verdict(before, after)])
    return table(f"what | {old} | {new} | {old} ÷ {new} | least–most | so", rows)


def differences(rounds: Sequence[Mapping[str, Round]]) -> list[str]:
    """Return what depends on no machine and is not the same on both sides."""
    old, new = rounds[0].values()
    both = [name for name in old if name in new and old[name].counts != new[name].counts]
    return [f"counts  {name}: was {old[name].counts}, is {new[name].counts}" for name in both]


def engine_of(python: str) -> str:
    """Return the file that an interpreter has one of the modules from that are compiled."""
    return run_python("-c", "from engine import money; print(money.__file__)", python=python, installed=True).strip()


def measured_by(most: int, tree: Path, python: str | None = None) -> Round:
    """Return the figures of one round on one side: of a checkout, or of an interpreter with an engine of its own."""
    call = ["-m", "benchmarks.engine.compare", "--figures", "--most", str(most)]
    told = (
        run_python(*call, tree=tree)
        if python is None
        else run_python(*call, "--pythons", python=python, installed=True)
    )
    return {name: Figure(*figure) for name, figure in json.loads(told).items()}


def main() -> None:
    """Measure both sides by turns and say what changed, or this process's engine as JSON."""
    parser = ArgumentParser(prog="python -m benchmarks.engine.compare", description="Compare two engines.")
    parser.add_argument("old", nargs="?")
    parser.add_argument("new", nargs="?", help="a commit; without it the files as they stand")
    parser.add_argument("--pythons", action="store_true", help="they are interpreters: with the plain engine, compiled")
    parser.add_argument("--figures", action="store_true", help="print the figures of this process's engine as JSON")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--most", type=int, default=1_000, metavar="RULES", help="leave out larger rule sets")
    asked = parser.parse_args()
    if asked.figures:
        print(json.dumps(dict(figures(asked.most, whole=asked.pythons))))
        return
    if asked.old is None or asked.rounds < LEAST_ROUNDS:
        parser.error(f"name what to compare; at least {LEAST_ROUNDS} rounds tell anything")
    sides: dict[str, Callable[[], Round]] = {}
    with ExitStack() as stack:
        if asked.pythons:
            # Not resolved: that of a virtual environment is a link, and what it is called says where its packages are.
            pythons = {"plain": str(ROOT / asked.old), "compiled": str(ROOT / asked.new)}
            if [engine_of(python).endswith(".py") for python in pythons.values()] != [True, False]:
                parser.error("the first interpreter shall have the plain engine, the second the compiled one")
            sides = {name: partial(measured_by, asked.most, ROOT, python) for name, python in pythons.items()}
        else:
            trees = {name: stack.enter_context(checkout(getattr(asked, name))) for name in ("old", "new")}
            sides = {name: partial(measured_by, asked.most, tree) for name, tree in trees.items()}
        rounds = list(by_turns(sides, asked.rounds))
    print("\n".join([*compared(rounds), *differences(rounds)]))
    if asked.pythons:
        assert not differences(rounds), "the engines give different results"


if __name__ == "__main__":
    main()
