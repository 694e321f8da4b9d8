"""Measure: `python -m benchmarks.simulation.run [--receipts N] [--archive FOLDER] [--cells NAME …] [--spark]`.

A name is `RULES/DRAFT`, or `RULES/DRAFT@N` for an archive of N receipts. Archives are made in a temporary folder, or
beside that of `--archive`, where they are found again. `--record` appends a line
to the history, `--page` writes the tables of `docs/simulation-performance.md`. Without a target that is met nothing
fails: only different results do.
"""

import importlib.util
import json
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow.parquet as pq

from benchmarks.measure import ROOT, commit, machine_kind
from benchmarks.simulation.archive import SEED, write_archive
from benchmarks.simulation.figures import Figures, tables
from benchmarks.simulation.turns import Bench

HISTORY = Path(__file__).parent / "history.jsonl"
PAGE = ROOT / "docs" / "simulation-performance.md"
BEGIN, END = "<!-- made by make bench-simulation -->", "<!-- end of what make bench-simulation made -->"
RECEIPTS = 1_000_000
SAMPLE = 20_000
CELLS = (
    *(f"{rules}/{draft}" for rules in ("none", "small") for draft in ("no", "few")),
    "none/all",
    *(f"{name}@100000" for name in ("small/all", "small/coupon", "small/stamps", "busy/no", "busy/few", "busy/all")),
)
# One where reading the archive is most of it, and a draft that gives two processes enough to do.
SECOND_CORE = ("small/few", "none/all@200000")
SPARK = SECOND_CORE

_Row = TypeVar("_Row")


def archive_of(folder: Path, receipts: int) -> Path:
    """Return the folder with an archive of so many receipts; one that is there is taken, if it has as many."""
    if not folder.exists():
        _say(f"an archive of {receipts} receipts")
        # Half an archive is none.
        half = folder.with_name(f"{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        write_archive(half, receipts)
        half.rename(folder)
    found = sum(pq.ParquetFile(path).metadata.num_rows for path in folder.glob("*.parquet"))
    if found != receipts:
        raise SystemExit(f"{folder} has {found} receipts, not {receipts}")
    return folder


def measure(bench: Bench, cells: Sequence[str], second_core: Sequence[str], spark: Sequence[str]) -> Figures:
    """Return the figures of these simulations."""
    return Figures(
        sample=SAMPLE,
        cells=_each(bench.cell, cells, "beside the plain loop"),
        second_core=_each(bench.second_core, second_core, "in two processes"),
        spark=_each(bench.spark, spark, "on Spark"),
    )


def _each(row_of: Callable[[str], _Row], names: Sequence[str], how: str) -> list[_Row]:
    rows = []
    for name in names:
        _say(f"{name} {how}")
        rows.append(row_of(name))
    return rows


def _say(name: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"… {name}", file=sys.stderr, flush=True)


def described(figures: Figures) -> dict[str, object]:
    """Return the figures as plain data, after what was measured, when and where."""
    return {
        "commit": commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine_kind(),
        "python": python_version(),
        "seed": SEED,
        **asdict(figures),
    }


def record(data: dict[str, object], history: Path = HISTORY) -> None:
    """Append a line to the history; lines are never rewritten."""
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(data, ensure_ascii=False) + "\n")


def written_page(text: str, data: dict[str, object], figures: Figures) -> str:
    """Return the page with what was measured between its markers; a ValueError where they are not."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no markers {BEGIN} and {END}")
    where = f"Measured at commit `{data['commit']}` with Python {data['python']} on {data['machine']}."
    return "\n".join([f"{before}{BEGIN}", "", where, "", *tables(figures), "", f"{END}{after}"])


def can_run_spark() -> bool:
    """Say whether Spark and the Java it needs are here."""
    return importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None


def main() -> None:
    """Measure, print, and record and write the page where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.simulation.run", description="Measure simulations.")
    parser.add_argument("--receipts", type=int, default=RECEIPTS, help="how many the archive has")
    parser.add_argument("--archive", type=Path, metavar="FOLDER", help="where it is, or is made and kept")
    parser.add_argument("--cells", nargs="*", default=CELLS, metavar="NAME", help="beside the plain loop")
    parser.add_argument("--second-core", nargs="*", default=SECOND_CORE, metavar="NAME", help="in two processes")
    parser.add_argument("--spark", nargs="*", default=None, metavar="NAME", help="on Spark with two cores")
    parser.add_argument("--rounds", type=int, default=3, help="of everything, unless the first take long")
    parser.add_argument("--record", action="store_true", help="append the figures to the history")
    parser.add_argument("--page", action="store_true", help="write the tables of docs/simulation-performance.md")
    asked = parser.parse_args()
    spark = [] if asked.spark is None else asked.spark or SPARK
    if spark and not can_run_spark():
        print("Spark is left out: it needs pyspark and java", file=sys.stderr)
        spark = []
    with ExitStack() as stack:
        folder = asked.archive or Path(stack.enter_context(TemporaryDirectory())) / "archive"
        archive = archive_of(folder, asked.receipts)
        sample = archive_of(folder.with_name(f"{folder.name}-sample"), SAMPLE)
        numbers = sorted(
            {name.partition("@")[2] for name in (*asked.cells, *asked.second_core, *spark)} - {""}, key=int
        )
        others = {number: archive_of(folder.with_name(f"{folder.name}-{number}"), int(number)) for number in numbers}
        bench = Bench({"": archive, **others}, sample, asked.rounds)
        figures = measure(bench, asked.cells, asked.second_core, spark)
    data = described(figures)
    print("\n".join(tables(figures)))
    if asked.record:
        record(data)
    if asked.page:
        PAGE.write_text(written_page(PAGE.read_text("utf-8"), data, figures), "utf-8")


if __name__ == "__main__":
    main()
