"""The page on performance: its tables from the figures, between markers; what is written by hand stays.

`python -m benchmarks.page FIGURES.json` writes the page again from the output of `benchmarks.run --record --json`.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, from_data
from benchmarks.measure import ROOT
from benchmarks.plots import draw
from benchmarks.road import Row

PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"

# The targets of the table, by rules and matches: a multiple of the yardstick, or of another row.
TARGETS = {(10, 3): 2.0, (1_000, 10): 5.0, (1_000, 0): 1.0, (1_000, 40): 12.0}
THE_SAME_TEN = (1_000, 10)
MOST_OF_THE_SAME_TEN = 1.2
MOST_P99 = 3.0
MOST_COMPILE_SECONDS, MOST_MEGABYTES, MOST_CHANGE_MILLISECONDS, MOST_WORST_MILLISECONDS = 15, 600, 1, 50


def table(figures: Figures) -> Iterator[str]:
    """Yield the table of targets and what was measured."""
    yield "| rules | qualify | evaluate | target | p99 / median | candidates | steps | exact |"
    yield "| ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |"
    multiples = {(row.rules, row.matches): row.multiple for row in figures.rows}
    for row in figures.rows:
        rivals = " (two rival bundles)" if row.rivals else ""
        yield (
            f"| {_count(row.rules)} | {row.matches}{rivals} | {row.multiple:.2f} × | {_target(row, multiples)} "
            f"| {row.p99 / row.median:.1f}{_met(row.p99 / row.median, MOST_P99)} | {row.candidates / row.receipts:.0f} "
            f"| {row.steps / row.receipts:.0f} | {'yes' if row.optimal else '**no**'} |"
        )


def _target(row: Row, multiples: Mapping[tuple[int, int], float]) -> str:
    most = TARGETS.get((row.rules, row.matches))
    if most is not None:
        return f"≤ {most:g} ×{_met(row.multiple, most)}"
    if row.matches == THE_SAME_TEN[1] and THE_SAME_TEN in multiples:
        ratio = row.multiple / multiples[THE_SAME_TEN]
        return f"≤ {MOST_OF_THE_SAME_TEN:g} × the row above: {ratio:.2f} ×{_met(ratio, MOST_OF_THE_SAME_TEN)}"
    return "–"


def _met(measured: float, most: float) -> str:
    """Return a mark beside a figure that is beyond its target."""
    return "" if measured <= most else " ✗"


def _count(number: int) -> str:
    # A thin space, as in the text around.
    return f"{number:,}".replace(",", " ")


def road_table(figures: Figures) -> Iterator[str]:
    """Yield what reading, evaluating and writing cost, and the whole road."""
    yield "| rules | qualify | read | evaluate | write | `evaluate_json` |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in figures.rows:
        whole = "–" if row.whole is None else f"{row.whole:.2f} ×"
        yield (
            f"| {_count(row.rules)} | {row.matches} | {row.read:.2f} × | {row.multiple:.2f} × | {row.write:.2f} × "
            f"| {whole} |"
        )


def stages_table(figures: Figures) -> Iterator[str]:
    """Yield the share of each stage by rule set."""
    stages = list(next(iter(figures.stages.values()), {}))
    yield "| | " + " | ".join(stages) + " |"
    yield "| --- |" + " ---: |" * len(stages)
    for name, shares in figures.stages.items():
        yield f"| {name} | " + " | ".join(f"{share:.0%}" for share in shares.values()) + " |"


def set_table(figures: Figures) -> Iterator[str]:
    """Yield what compiling, holding and changing sets of rules costs, and importing the engine."""
    yield "| | measured | target |"
    yield "| --- | ---: | --- |"
    largest = max(row.rules for row in figures.rows)
    for row in sorted(figures.rows, key=lambda row: row.rules):
        if row.matches != THE_SAME_TEN[1] or row.compile_seconds is None:
            continue
        name, is_largest = f"{_count(row.rules)} rules", row.rules == largest
        seconds, megabytes = row.compile_seconds, row.megabytes
        target = f"< {MOST_COMPILE_SECONDS} s{_met(seconds, MOST_COMPILE_SECONDS)}" if is_largest else ""
        yield f"| compile {name} | {seconds:.2f} s | {target} |"
        if megabytes is not None:
            target = f"< {MOST_MEGABYTES} MB{_met(megabytes, MOST_MEGABYTES)}" if is_largest else ""
            yield f"| memory of {name}, read and compiled | {megabytes:.0f} MB | {target} |"
    if figures.changes is not None:
        changes = figures.changes
        for change, typical, worst in (
            ("add a rule to", changes.added, changes.added_worst),
            ("change a rule of", changes.replaced, changes.replaced_worst),
            ("remove a rule of", changes.removed, changes.removed_worst),
        ):
            target = f"< {MOST_CHANGE_MILLISECONDS} ms{_met(typical, MOST_CHANGE_MILLISECONDS)}"
            yield f"| {change} {_count(changes.rules)} | {typical:.3f} ms, at worst {worst:.2f} ms | {target} |"
    yield f"| import of `engine` | {figures.import_milliseconds:.0f} ms | |"


def worst_table(figures: Figures) -> Iterator[str]:
    """Yield the worst cases."""
    if not figures.worst:
        yield "No worst cases were measured."
        return
    yield "| shops | rules | units | most steps | exact | median | p99 | µs a step |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for worst in figures.worst:
        step = "–" if worst.step is None else f"{worst.step:.1f}"
        yield (
            f"| {worst.shops} × {worst.name} | {worst.rules} | {worst.units} | {_count(worst.most_steps)} "
            f"| {worst.optimal} of {worst.shops} | {worst.median:.1f} ms "
            f"| {worst.p99:.1f} ms{_met(worst.p99, MOST_WORST_MILLISECONDS)} | {step} |"
        )


def replaced(text: str, name: str, lines: Sequence[str]) -> str:
    """Return the text with what is between the markers of a name replaced; a ValueError where they are not."""
    marker = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    if len(marker.findall(text)) != 1:
        raise ValueError(f"the page has no markers {name}:begin and {name}:end, or has them twice")
    body = "\n".join(lines)
    return marker.sub(lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text)


def written_page(text: str, data: Mapping[str, Any]) -> str:
    """Return the page with its tables from the figures, as `benchmarks.run` describes them."""
    figures = from_data(data)
    where = (
        f"Measured at commit `{data['commit']}` with Python {data['python']} on {data['machine']}, where validating "
        f"a receipt of 20 lines, {figures.receipt_bytes} bytes, with pydantic took {figures.pydantic:.0f} µs, 1 ×."
    )
    tables: dict[str, Sequence[str]] = {
        "where": [where],
        "targets": list(table(figures)),
        "road": list(road_table(figures)),
        "stages": list(stages_table(figures)),
        "sets": list(set_table(figures)),
        "worst": list(worst_table(figures)),
    }
    for name, lines in tables.items():
        text = replaced(text, name, lines)
    return text


def write_page(data: Mapping[str, Any], page: Path = PAGE, readme: Path = README) -> None:
    """Write the page's tables and plots, and the first of its tables on the front page."""
    page.write_text(written_page(page.read_text("utf-8"), data), "utf-8")
    figures = from_data(data)
    readme.write_text(replaced(readme.read_text("utf-8"), "targets", list(table(figures))), "utf-8")
    draw(figures.growth, figures.stages, page.parent)


def main() -> None:
    """Write the page from a file of figures."""
    write_page(json.loads(Path(sys.argv[1]).read_text("utf-8")))


if __name__ == "__main__":
    main()
