"""The plain engine against the compiled one: `python -m benchmarks.compiled PLAIN_PYTHON COMPILED_PYTHON`.

Both are interpreters that have the engine installed: as it is written, and compiled (`make bench-compiled`). They take
turns, each time in a process of their own, and every time of a receipt is taken as a multiple of validating its JSON
with pydantic, which is the same in both. The results of both have to be the same bytes.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from statistics import median

from benchmarks.measure import _IMPORT, _MEMORY, ROOT, seconds_of
from benchmarks.road import counts_of, evaluations_of, samples_of
from benchmarks.workload import Knobs, make_workload
from benchmarks.worst import Shop, adversarial_shops, worst_of
from engine import RuleSet, award, compile_rules, evaluate
from rules import read_receipt, read_rules

# The rows of the table; three rival pairs, for which the search takes thousands of steps; large sets.
SETS = {
    "10 rules, 3 qualify": Knobs(10, matches=3, rivals=0),
    "1 000 rules, 10 qualify, two are rivals": Knobs(1_000),
    "100 000 rules, the same 10 qualify": Knobs(100_000),
    "1 000 rules, none qualifies": Knobs(1_000, matches=0, rivals=0),
    "1 000 rules, 40 qualify": Knobs(1_000, matches=40, rivals=0),
    "1 000 rules, 20 qualify, six are rivals": Knobs(1_000, matches=20, rivals=3, lines=40),
}
MEMORY_RULES = 10_000
ROUNDS = 5
SECONDS_OF_A_SET = 1.0
SECONDS_OF_A_SHOP = 0.2


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one engine, and what the engine gave meanwhile."""

    name: str
    unit: str
    value: float
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """The medians of a figure over all rounds, and by how many times the compiled engine has less of it."""

    name: str
    unit: str
    plain: float
    compiled: float
    times: float
    least: float
    most: float


def figures(most: int) -> Iterator[Figure]:
    """Yield the figures of the engine that this process has imported, of sets with at most so many rules."""
    for name, knobs in SETS.items():
        if knobs.rules > most:
            continue
        workload = make_workload(knobs)
        rules = read_rules(workload.rules)
        made: list[RuleSet] = []
        seconds = min(seconds_of(lambda: made.append(compile_rules(rules))) for _ in range(3))  # noqa: B023
        digest = counts_of(evaluations_of(made[0], workload)).digest
        samples = samples_of(made[0], workload.receipts_json, SECONDS_OF_A_SET)
        yield Figure(f"evaluate: {name}", "× pydantic", samples.multiple(samples.evaluate), digest)
        yield Figure(f"JSON to JSON: {name}", "× pydantic", samples.multiple(samples.whole), digest)
        if knobs.rules > 10 and knobs.matches == 10:
            yield Figure(f"compile_rules: {knobs.rules} rules", "s", seconds)
    by_name: dict[str, list[Shop]] = {}
    for shop in adversarial_shops():
        by_name.setdefault(shop[0], []).append(shop)
    for name, shops in by_name.items():
        [worst] = worst_of(shops, SECONDS_OF_A_SHOP)
        yield Figure(f"worst case: {name}", "ms", worst.median, _digest_of(shops))


def _digest_of(shops: Sequence[Shop]) -> str:
    results = [evaluate(compile_rules(read_rules(rules)), read_receipt(receipt)).receipt for _, rules, receipt in shops]
    return sha256(json.dumps(results, sort_keys=True).encode()).hexdigest()


def measured_by(python: str, most: int) -> list[Figure]:
    """Return the figures that an interpreter measures on the engine it has."""

    def run(*arguments: str) -> str:
        # -P keeps the folder it is run in off the path: there lie the sources.
        return subprocess.run([python, "-P", *arguments], stdout=subprocess.PIPE, check=True, text=True).stdout

    return [
        Figure("import engine", "ms", float(run("-c", _IMPORT))),
        Figure(f"memory: {MEMORY_RULES} rules", "MB", float(run("-c", _MEMORY.format(rules=MEMORY_RULES, matches=10)))),
        *(Figure(**figure) for figure in json.loads(run("-m", "benchmarks.compiled", "--most", str(most)))),
    ]


def compared(rounds: Sequence[tuple[Sequence[Figure], Sequence[Figure]]]) -> list[Compared]:
    """Return the figures of both engines side by side; an AssertionError where they gave different results."""
    pairs: dict[str, list[tuple[Figure, Figure]]] = {}
    for plain, compiled in rounds:
        for one, other in zip(plain, compiled, strict=True):
            assert (one.name, one.digest) == (other.name, other.digest)
            pairs.setdefault(one.name, []).append((one, other))
    return [_compared(found) for found in pairs.values()]


def _compared(pairs: Sequence[tuple[Figure, Figure]]) -> Compared:
    times = [plain.value / compiled.value for plain, compiled in pairs]
    return Compared(
        name=pairs[0][0].name,
        unit=pairs[0][0].unit,
        plain=median(plain.value for plain, _ in pairs),
        compiled=median(compiled.value for _, compiled in pairs),
        times=median(times),
        least=min(times),
        most=max(times),
    )


def table(rows: Sequence[Compared]) -> str:
    """Return the comparison as a Markdown table."""
    head = "| what | plain | compiled | plain ÷ compiled | least–most |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *map(_row, rows)])


def _row(row: Compared) -> str:
    figures = f"{row.plain:.3g} {row.unit} | {row.compiled:.3g} {row.unit}"
    return f"| {row.name} | {figures} | {row.times:.2f} | {row.least:.2f}–{row.most:.2f} |"


def measure_by_turns(
    plain: str, compiled: str, rounds: int, measure: Callable[[str], list[Figure]]
) -> Iterator[tuple[list[Figure], list[Figure]]]:
    """Yield the figures of both engines for each round; which of them comes first changes from round to round."""
    for number in range(rounds):
        order = (plain, compiled) if number % 2 == 0 else (compiled, plain)
        found: Mapping[str, list[Figure]] = {python: measure(python) for python in order}
        yield found[plain], found[compiled]


def engine_of(python: str) -> str:
    """Return the file that an interpreter has one of the compiled modules from."""
    program = f"import {award.__name__} as module; print(module.__file__)"
    return subprocess.run([python, "-P", "-c", program], capture_output=True, check=True, text=True).stdout.strip()


def main() -> None:
    """Measure this process's engine as JSON, or compare those of two interpreters."""
    parser = ArgumentParser(prog="python -m benchmarks.compiled", description="Compare the plain and compiled engine.")
    parser.add_argument("pythons", nargs="*", metavar="PYTHON", help="one with the plain engine, one with the compiled")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--most", type=int, default=max(knobs.rules for knobs in SETS.values()))
    asked = parser.parse_args()
    if not asked.pythons:
        print(json.dumps([asdict(figure) for figure in figures(asked.most)]))
        return
    # Not resolved: that of a virtual environment is a link, and what it is called says where its packages are.
    plain, compiled = (str(ROOT / python) for python in asked.pythons)
    if not engine_of(plain).endswith(".py") or engine_of(compiled).endswith(".py"):
        sys.exit("the first interpreter shall have the plain engine, the second the compiled one")
    rounds = measure_by_turns(plain, compiled, asked.rounds, lambda python: measured_by(python, asked.most))
    print(table(compared(list(rounds))))


if __name__ == "__main__":
    main()
