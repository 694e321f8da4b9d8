"""The command line of every benchmark, and its history.

Figures are plain data from measuring to the page. A run is recorded as a line of JSON with the commit, the day, the
machine, the Python, the seed and the figures; lines are never rewritten, and the pages can be written again from the
last one (`--last --page`).
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from typing import Any

from benchmarks import page
from benchmarks.measure import commit, machine_kind

Data = dict[str, Any]


def no_pages(_: Data) -> page.Pages:
    """Return the pages of a benchmark that has none."""
    return {}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where figures are recorded, the tables that are printed of them, and what of them stands on pages.

    `unrecorded` are figures that only plots need.
    """

    history: Path
    seed: int
    tables: Callable[[Data], Iterable[str]]
    pages: Callable[[Data], page.Pages] = no_pages
    unrecorded: tuple[str, ...] = ()

    def described(self, figures: Data) -> Data:
        """Return the figures rounded, after what was measured, when and where."""
        where = {"commit": commit(), "date": datetime.now(UTC).date().isoformat(), "machine": machine_kind()}
        data: Data = rounded({**where, "python": python_version(), "seed": self.seed, **figures})
        return data

    def record(self, data: Data) -> None:
        """Append a line to the history."""
        kept = {name: member for name, member in data.items() if name not in self.unrecorded}
        with self.history.open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")

    def last(self) -> Data:
        """Return the last line of the history."""
        data: Data = json.loads(self.history.read_text("utf-8").splitlines()[-1])
        return data

    def main(self, parser: ArgumentParser, measure: Callable[[Namespace], Data]) -> None:
        """Measure, print, and record and write the pages where asked."""
        parser.add_argument("--record", action="store_true", help=f"append the figures to {self.history.name}")
        parser.add_argument("--page", action="store_true", help="write the tables of the pages that show them")
        parser.add_argument("--last", action="store_true", help="measure nothing: take the last line of the history")
        asked = parser.parse_args()
        data = self.last() if asked.last else self.described(measure(asked))
        print("\n".join(self.tables(data)))
        if asked.record and not asked.last:
            self.record(data)
        if asked.page:
            page.write(self.pages(data))


def rounded(value: Any) -> Any:
    """Return plain data with four digits of each number that is no whole one: no machine is the same twice to more."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: rounded(member) for name, member in value.items()}
    return [rounded(member) for member in value] if isinstance(value, list | tuple) else value
