"""Compare two commits: `python -m benchmarks.compare OLD [NEW] [--rounds N] [--most RULES]`.

Without NEW the files as they stand are measured. Both sides run the benchmark of this checkout, each against its own
`rules` and `engine`, by turns, so that a machine that slows down slows both. What the same side's figures differ by
from one round to the next is the spread; only a change beyond it, seen in most rounds, is called faster or slower.
"""

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import ROOT

LEAST_ROUNDS = 3
# Below this a change is noise even where the machine was calm.
LEAST_CHANGE = 0.03
COUNTS = ("candidates", "steps", "optimal", "digest")


@contextmanager
def checkout(revision: str | None) -> Iterator[Path]:
    """Yield a folder with the files of a commit, or of no commit as they stand, and the benchmark of this checkout."""
    if revision is None:
        yield ROOT
        return
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            shutil.copytree(ROOT / "benchmarks", tree / "benchmarks", dirs_exist_ok=True)
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S607


def measured(tree: Path, most: int) -> dict[str, Any]:
    """Return the figures of one round in one checkout."""
    command = [sys.executable, "-m", "benchmarks.run", "--json", "--most", str(most)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def times_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return the times of a round by name; those that one of the commits cannot take are left out."""
    times = {"validate with pydantic (the yardstick)": figures["pydantic"], "import": figures["import_milliseconds"]}
    for row in figures["rows"]:
        name, yardstick = name_of(row), row["pydantic"]
        times[f"evaluate {name}"] = row["median"]
        times |= {f"{part} {name}": row[part] * yardstick for part in ("read", "write", "whole") if row[part]}
    return times


def counts_of(figures: Mapping[str, Any]) -> dict[str, tuple[object, ...]]:
    """Return what depends on no machine, by rule set."""
    return {name_of(row): tuple(row[name] for name in COUNTS) for row in figures["rows"]}


def name_of(row: Mapping[str, Any]) -> str:
    """Return what a rule set is called."""
    return f"{row['rules']} rules, {row['matches']} qualify"


def spread_of(times: Sequence[float]) -> float:
    """Return by what share the same code's times differ from one round to the next, in eight of ten rounds."""
    differences = [abs(later / earlier - 1) for earlier, later in pairwise(times)]
    return quantiles(differences, n=5, method="inclusive")[3]


def verdict(old: Sequence[float], new: Sequence[float]) -> tuple[float, float, str]:
    """Return the median ratio of new to old, the spread, and what to call it."""
    ratios = [after / before for before, after in zip(old, new, strict=True)]
    ratio = median(ratios)
    # The median of many rounds wanders less than one round does.
    spread = max(LEAST_CHANGE, max(spread_of(old), spread_of(new)) / len(ratios) ** 0.5)
    lower, _, upper = quantiles(ratios, n=4, method="inclusive")
    if ratio < 1 - spread and upper < 1:
        return ratio, spread, "faster"
    if ratio > 1 + spread and lower > 1:
        return ratio, spread, "slower"
    return ratio, spread, "noise"


def report(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the comparison, times first, then the counts that differ."""
    before, after = [times_of(figures) for figures in old], [times_of(figures) for figures in new]
    for name in [name for name in before[0] if name in after[0]]:
        ratio, spread, word = verdict([times[name] for times in before], [times[name] for times in after])
        yield f"{word:7} {ratio:6.3f} ×  (spread ± {spread:.1%})  {name}"
    was, now = counts_of(old[0]), counts_of(new[0])
    for name, counts in was.items():
        for what, earlier, later in zip(COUNTS, counts, now[name], strict=True):
            if earlier != later:
                yield f"counts  {name}: {what} was {earlier}, is {later}"


def main() -> None:
    """Measure both sides by turns and say what changed."""
    parser = ArgumentParser(prog="python -m benchmarks.compare", description="Compare the speed of two commits.")
    parser.add_argument("old")
    parser.add_argument("new", nargs="?", help="a commit; without it the files as they stand")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--most", type=int, default=1_000, metavar="RULES", help="leave out larger rule sets")
    asked = parser.parse_args()
    if asked.rounds < LEAST_ROUNDS:
        parser.error(f"at least {LEAST_ROUNDS} rounds tell anything")
    old: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    with checkout(asked.old) as old_tree, checkout(asked.new) as new_tree:
        for number in range(asked.rounds):
            turns = [(old, old_tree), (new, new_tree)]
            # The side that goes first changes, so that neither always has the warmer machine.
            for figures, tree in turns if number % 2 == 0 else reversed(turns):
                figures.append(measured(tree, asked.most))
    print("\n".join(report(old, new)))


if __name__ == "__main__":
    main()
