"""A simulation from what is asked to its answers."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from rabatt.simulation.answers.report import write_report
from rabatt.simulation.answers.results import Results, refused_lines, write_receipts
from rabatt.simulation.answers.summary import summary_of
from rabatt.simulation.answers.tables import tables_of
from rabatt.simulation.archive import NamedFile, open_archive
from rabatt.simulation.archive.initial_grants import read_all_grants
from rabatt.simulation.archive.shared_grants import SharedGrants
from rabatt.simulation.engines import Engine, EngineUnavailable
from rabatt.simulation.local import Progress, run_locally
from rabatt.simulation.options import Options
from rabatt.simulation.results_folder import REFUSED, REPORT, RETURNS, SUMMARY, open_folder
from rabatt.simulation.scan.what_if import WhatIf, all_rules
from rules import Grant, Rule

Sources: TypeAlias = str | Path | Sequence[str | Path | NamedFile]
DEFAULT_OPTIONS: Final = Options()


def no_progress(_phase: str, _done: int, _total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Simulation:
    """The answers: a summary as plain data, and tables as Arrow tables by their name.

    Where there is a folder, all of it is there too, and the table of receipts is read from there when it is asked for.
    """

    summary: Mapping[str, Any]
    sums: Mapping[str, pa.Table]
    receipts: pa.Table | None
    folder: Path | None

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """Return all tables: by_rule, by_campaign, by_day, by_store, by_group, overlap, returns and by_receipt."""
        receipts = self.receipts
        if receipts is None and self.folder is not None:
            receipts = pq.read_table(self.folder / "by_receipt.parquet")
        return {**self.sums, "by_receipt": receipts}


def compare(  # noqa: PLR0913 - as many as there are choices, most of them by name only
    receipts: Sources,
    rules: Iterable[Rule],
    draft: Iterable[Rule] = (),
    without: Iterable[str] = (),
    grants: str | Path | Iterable[Grant] | None = None,
    *,
    options: Options = DEFAULT_OPTIONS,
    out: str | Path | None = None,
    jobs: int = 1,
    engine: Engine = "local",
    progress: Progress = no_progress,
) -> Simulation:
    """Return what an archive of receipts would have been given with a draft, beside what the rules as they are give.

    `receipts` are files of Parquet or JSON, folders of them, or globs. The draft's rules join the rules, in the
    place of those with the same ids; those of `without` are taken out. Grants are those from before the first receipt:
    read, or a file; without any, everyone is granted every rule. With `out`, files with all answers are left in that
    folder. `jobs` processes share the work, or with `engine="spark"` those of the active Spark session.

    Unreadable names an archive that can't be read, Refused the faults of rules and grants, FolderRefused a folder that
    can't take the results, ReceiptRefused the first receipt at fault where the options are strict. EngineUnavailable
    says that there is no Spark, WorkerLost that a process ended by itself, SumTooLarge that amounts add up to more than
    a table holds. Else a receipt that is refused is counted
    and kept aside.
    """
    rules, draft = tuple(rules), tuple(draft)
    removed = (without,) if isinstance(without, str) else tuple(dict.fromkeys(without))
    what_if = WhatIf(rules, draft, removed, SharedGrants(None), options)
    what_if.worlds  # noqa: B018 - faults of the rules are reported before anything is read
    initial = read_all_grants(grants, all_rules(rules, draft))
    what_if = WhatIf(rules, draft, removed, initial.shared, options)
    fragments = open_archive([receipts] if isinstance(receipts, str | Path) else receipts, options.timezone)

    def run(folder: Path) -> Results:
        if engine == "spark":
            run_on_spark = _spark()
            return run_on_spark(what_if, fragments, initial.rows, folder, progress=progress)
        return run_locally(what_if, fragments, initial.rows, folder, jobs=jobs, progress=progress)

    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="rabatt-simulation-")))
        else:
            folder = stack.enter_context(open_folder(Path(out)))
        simulation = _answers(what_if, run(folder), folder)
        if out is None:
            return Simulation(simulation.summary, simulation.sums, pq.read_table(folder / "by_receipt.parquet"), None)
    return Simulation(simulation.summary, simulation.sums, None, Path(out))


def replay_rules(
    receipts: Sources,
    rules: Iterable[Rule],
    grants: str | Path | Iterable[Grant] | None = None,
    *,
    options: Options = DEFAULT_OPTIONS,
    out: str | Path | None = None,
    jobs: int = 1,
    engine: Engine = "local",
    progress: Progress = no_progress,
) -> Simulation:
    """Return what an archive would have been given with the rules as they are: `compare` without a draft."""
    return compare(
        receipts, rules, grants=grants, options=options, out=out, jobs=jobs, engine=engine, progress=progress
    )


def _spark() -> Callable[..., Results]:
    try:
        # Its extra brings it, and nothing else asks for it.
        from rabatt.simulation.spark import run_on_spark  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in {"pyspark", "pandas", "py4j"}:
            raise
        message = "Spark comes with an extra: pip install 'rabatt[spark]'"
        raise EngineUnavailable(message) from None
    return run_on_spark


def _answers(what_if: WhatIf, results: Results, folder: Path) -> Simulation:
    """Return the answers, written to files of the folder."""
    sums = tables_of(results.tally, what_if.worlds)
    for name, table in sums.items():
        file = f"{name}.parquet"
        if file != RETURNS or results.tally.return_lines:
            pq.write_table(table, folder / file, compression="zstd")
    write_receipts(results, folder / "by_receipt.parquet")
    summary = summary_of(what_if, results, sums)
    if results.refused:
        with (folder / REFUSED).open("wb") as lines:
            lines.writelines(line + b"\n" for line in refused_lines(results))
    (folder / REPORT).write_text(write_report(summary, sums), encoding="utf-8")
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    return Simulation(summary, sums, None, folder)
