"""Compare two engines: `python -m benchmarks.engine.compare OLD [NEW] [--rounds N] [--most RULES]`.

OLD and NEW are commits, or interpreters that have an engine installed (`make bench-compiled`); without NEW the files as
they stand are measured. Both sides run the benchmark of this checkout, each against its own `rules` and `engine`.

Both are measured by turns, each time in a process of its own, so that a machine that slows down slows both, and times
of a receipt are multiples of validating its JSON with pydantic. What the same side's figures differ by from one round
to the next is the spread; only a change beyond it, seen in most rounds, is called faster or slower. Counts and results
depend on no machine: any difference in these is shown.
"""

import json
import shutil
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.engine.road import make, name_of, row_of
from benchmarks.engine.run import SIZES, import_milliseconds, memory_megabytes
from benchmarks.engine.worst import worst_of
from benchmarks.measure import ROOT, by_turns, run_python, say
from benchmarks.page import table
from benchmarks.workload import Knobs
from engine import money

# With three rival pairs, for which the search takes thousands of steps.
SETS = (*SIZES, Knobs(1_000, matches=20, rivals=3, lines=40))
PARTS = {
    "pydantic": ("validate with pydantic", "µs"),
    "read": ("read", "× pydantic"),
    "multiple": ("evaluate", "× pydantic"),
    "write": ("write", "× pydantic"),
    "whole": ("JSON to JSON", "× pydantic"),
    "compile_seconds": ("compile_rules", "s"),
}
COUNTS = ("candidates", "steps", "most_steps", "optimal", "digest")
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


def figures(most: int) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of the engine that this process has imported, of sets with at most so many rules."""
    say(f"the engine of {money.__file__}")
    yield "import engine", Figure("ms", import_milliseconds(3))
    yield "memory: 10000 rules", Figure("MB", memory_megabytes(Knobs(10_000)))
    for knobs in SETS:
        if knobs.rules <= most:
            row = row_of(make(knobs), SECONDS_OF_A_SET)
            counts = json.dumps({name: row[name] for name in COUNTS})
            for figure, (part, unit) in PARTS.items():
                yield f"{part}: {name_of(knobs)}", Figure(unit, row[figure], counts if part == "evaluate" else "")
    for worst in worst_of(SECONDS_OF_A_SHOP):
        yield f"worst case: {worst['name']}", Figure("ms", worst["median"], worst["digest"])


@contextmanager
def side_of(name: str | None, most: int) -> Iterator[partial[Round]]:
    """Yield what measures a round of a commit, of an interpreter, or of the files as they stand where nothing is named.

    A commit is checked out for that, with the benchmark of this checkout.
    """
    # Not resolved: that of a virtual environment is a link, and what it is called says where its packages are.
    if name is None or (ROOT / name).is_file():
        yield partial(measured_by, most, **({"python": str(ROOT / name), "installed": True} if name else {}))
        return
    git = partial(subprocess.run, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git(["git", "worktree", "add", "--quiet", "--detach", str(tree), name])
        try:
            shutil.copytree(ROOT / "benchmarks", tree / "benchmarks", dirs_exist_ok=True)
            yield partial(measured_by, most, tree=tree)
        finally:
            git(["git", "worktree", "remove", "--force", str(tree)])


def measured_by(most: int, **where: Any) -> Round:
    """Return the figures of one round on one side."""
    told = run_python("-m", "benchmarks.engine.compare", "--figures", "--most", str(most), **where)
    return {name: Figure(*figure) for name, figure in json.loads(told).items()}


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
    """Return the table of both sides' medians and their ratios, and what differs that depends on no machine."""
    old, new = rounds[0].values()
    rows, differences = [], []
    for name, (unit, _, counts) in old.items():
        before, after = ([one[side][name].value for one in rounds] for side in rounds[0])
        times = [first / second for first, second in zip(before, after, strict=True)]
        shown = [f"{median(before):.3g} {unit}", f"{median(after):.3g} {unit}", f"{median(times):.2f}"]
        rows.append([name, *shown, f"{min(times):.2f}–{max(times):.2f}", verdict(before, after)])
        if counts != new[name].counts:
            differences.append(f"counts  {name}: was {counts}, is {new[name].counts}")
    return [*table("what | old | new | old ÷ new | least–most | so", rows), *differences]


def main() -> None:
    """Measure both sides by turns and say what changed, or this process's engine as JSON."""
    parser = ArgumentParser(prog="python -m benchmarks.engine.compare", description="Compare two engines.")
    parser.add_argument("old", nargs="?", help="a commit, or an interpreter with an engine")
    parser.add_argument("new", nargs="?", help="another one; without it the files as they stand")
    parser.add_argument("--figures", action="store_true", help="print the figures of this process's engine as JSON")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--most", type=int, default=1_000, metavar="RULES", help="leave out larger rule sets")
    asked = parser.parse_args()
    if asked.figures:
        print(json.dumps(dict(figures(asked.most))))
        return
    if asked.old is None or asked.rounds < LEAST_ROUNDS:
        parser.error(f"name what to compare; at least {LEAST_ROUNDS} rounds tell anything")
    with ExitStack() as stack:
        sides = {name: stack.enter_context(side_of(getattr(asked, name), asked.most)) for name in ("old", "new")}
        print("\n".join(compared(list(by_turns(sides, asked.rounds)))))


if __name__ == "__main__":
    main()
