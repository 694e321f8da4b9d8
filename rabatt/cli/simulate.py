"""`rabatt simulate`: what a draft campaign would have done to an archive of receipts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from engine import Settings
from rabatt.cli.options import AsJson, ReturnPolicy, RoundingMode, RoundingRule, RulesSource
from rabatt.cli.phases import phases
from rabatt.cli.printing import until_nobody_reads
from rabatt.cli.refusal import CallRefused, Location, Refusal, report
from rabatt.cli.source import STANDARD_INPUT, location_of, refused_source, whole_source
from rules import Fault, Refused, Rule, read_rules

if TYPE_CHECKING:
    from rabatt.simulation import Options, Simulation
    from rabatt.simulation.archive import NamedFile

Receipts: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="RECEIPTS...",
        help="Parquet files or JSON lines (.jsonl, .ndjson, also .gz), folders of them, or globs; .json files with one"
        " receipt or a list; - for standard input.",
        show_default=False,
    ),
]
Draft: TypeAlias = Annotated[
    str | None,
    typer.Option("--with", metavar="DRAFT", help="The file with the draft's rules.", show_default=False),
]
Without: TypeAlias = Annotated[
    list[str],
    typer.Option(
        "--without", metavar="ID", help="Take the rule with this id out; may be given again.", show_default=False
    ),
]
GrantsFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--grants",
        metavar="GRANTS",
        help="The file with what customers were granted before the first receipt: JSON, JSON lines or Parquet."
        " Without it every rule is granted to everyone.",
        show_default=False,
    ),
]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option("--from", metavar="DAY", help="Purchases of this day (2026-01-31) and later.", show_default=False),
]
Until: TypeAlias = Annotated[
    str | None,
    typer.Option("--to", metavar="DAY", help="Purchases of this day and earlier.", show_default=False),
]
BroughtOption: TypeAlias = Annotated[
    Literal["keep", "strip"],
    typer.Option("--brought", help="What becomes of the discounts of others that the archive's receipts carry."),
]
CustomerGroup: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--customer-group",
        metavar="FIELD",
        help="A field of the customer by which figures are told apart, such as attributes.segment.",
        show_default=False,
    ),
]
Uplift: TypeAlias = Annotated[
    str,
    typer.Option("--uplift", metavar="PERCENTS", help="More receipts, in percent, at which the result is worked out."),
]
EligibleOption: TypeAlias = Annotated[
    Literal["marked", "all"],
    typer.Option("--eligible", help="Which lines can take discounts: those that say so, or all that are sold."),
]
AmountsOption: TypeAlias = Annotated[
    Literal["minor", "major"],
    typer.Option(
        "--amounts", help="What the receipts' amounts are in: the smallest unit (4990), or whole coins (49.90)."
    ),
]
Timezone: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--timezone",
        metavar="ZONE",
        help="The zone of times that name none, and in which days are cut, such as Europe/Oslo.",
        show_default=False,
    ),
]
DuplicatesOption: TypeAlias = Annotated[
    Literal["once", "keep"],
    typer.Option("--duplicates", help="How often a receipt counts that is in the archive again, the same in all."),
]
ReturnedBy: TypeAlias = Annotated[
    ReturnPolicy,
    typer.Option(
        "--return-policy",
        help="What becomes of the discounts on returned goods; a rule with a return_policy keeps its own.",
    ),
]
Out: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="Where all answers are left: report.html, summary.json, Parquet tables, refused.jsonl.",
        show_default=False,
    ),
]
Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", min=1, max=256, help="How many processes share the work.")]
EngineName: TypeAlias = Annotated[
    Literal["local", "spark"],
    typer.Option("--engine", help="This machine, or the Spark that the environment is set up for."),
]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Stop at the first receipt that is refused, and leave no answers.")
]

# More digits than any percent that is taken.
UPLIFTS = re.compile(r" *[0-9]{1,9} *(, *[0-9]{1,9} *)*")
MISSING = "it needs pyarrow and numpy, which come with an extra: pip install 'rabatt[sim]'"


def simulate(  # noqa: PLR0917 - typer passes options by name
    receipts: Receipts,
    rules: RulesSource,
    draft: Draft = None,
    without: Without = [],  # noqa: B006 - typer only reads it
    grants: GrantsFile = None,
    since: Since = None,
    until: Until = None,
    brought: BroughtOption = "keep",
    customer_group: CustomerGroup = None,
    uplift: Uplift = "0,5,10",
    eligible: EligibleOption = "marked",
    amounts: AmountsOption = "minor",
    timezone: Timezone = None,
    duplicates: DuplicatesOption = "once",
    rounding_mode: RoundingMode = "HalfUp",
    rounding_rule: RoundingRule = "PerLine",
    return_policy: ReturnedBy = "as_paid",
    out: Out = None,
    jobs: Jobs = 1,
    engine: EngineName = "local",
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Replay a draft over receipts, and say what it would have given, cost and taken from other rules.

    All receipts are evaluated with the rules as they are, and with the draft: every figure is a difference.
    """
    try:
        with in_refusals(rules, draft, grants):
            options = options_of(
                since=since,
                until=until,
                brought=brought,
                customer_group=customer_group,
                uplifts=uplifts_of(uplift),
                eligible=eligible,
                amounts=amounts,
                timezone=timezone,
                duplicates=duplicates,
                settings=Settings(mode=rounding_mode, rule=rounding_rule, return_policy=return_policy),
                strict=strict,
            )
            from rabatt.simulation import compare

            with phases() as progress, named_sources(receipts, (rules, draft)) as sources:
                simulation = compare(
                    sources,
                    rules_of(rules),
                    () if draft is None else rules_of(draft),
                    without,
                    grants,
                    options=options,
                    out=out,
                    jobs=jobs,
                    engine=engine,
                    progress=progress,
                )
    except CallRefused as call:
        report(call.refusal, as_json=as_json)
        raise typer.Exit(2) from None
    with until_nobody_reads():
        show(simulation, out, as_json=as_json)
    if simulation.summary["archive"]["refused"]:
        raise typer.Exit(1)


@contextmanager
def named_sources(receipts: list[str], others: tuple[str | None, ...]) -> Iterator[list[str | NamedFile]]:
    """The sources, with standard input as a file while it is needed: it is read more than once, and by many."""
    from rabatt.cli.receipts import standard_input_in
    from rabatt.simulation.archive import NamedFile

    if STANDARD_INPUT not in receipts:
        yield [*receipts]
        return
    if STANDARD_INPUT in others:
        raise refused_source(STANDARD_INPUT, "only one of receipts, rules and draft can come from standard input")
    with TemporaryDirectory(prefix="rabatt-standard-input-") as folder:
        file = NamedFile(str(standard_input_in(Path(folder))), location_of(STANDARD_INPUT).file)
        yield [*(source for source in receipts if source != STANDARD_INPUT), file]


def rules_of(source: str) -> tuple[Rule, ...]:
    """The rules in the file; CallRefused with every fault."""
    try:
        return read_rules(whole_source(source))
    except Refused as refused:
        raise CallRefused(Refusal(location_of(source), refused.faults)) from None


def uplifts_of(text: str) -> tuple[int, ...]:
    """The percents of a list with commas; CallRefused where one is none, and nothing but digits 0 to 9 makes one."""
    if UPLIFTS.fullmatch(text) is None:
        raise refused_source("--uplift", f'"{text}" is no list of whole percents; write it as 0,5,10')
    return tuple(int(percent) for percent in text.split(","))


def options_of(**chosen: Any) -> Options:
    """The options; CallRefused with what can't be used."""
    from rabatt.simulation import Options

    try:
        return Options(**chosen)
    except ValueError as problem:
        raise refused_source("simulate", str(problem)) from None


@contextmanager
def in_refusals(rules: str, draft: str | None, grants: str | None) -> Iterator[None]:
    """All that can go wrong with a call, as CallRefused."""
    try:
        from rabatt.simulation.answers.tables import SumTooLarge
        from rabatt.simulation.archive import Unreadable
        from rabatt.simulation.engines import EngineUnavailable
        from rabatt.simulation.local import WorkerLost
        from rabatt.simulation.results_folder import FolderRefused
        from rabatt.simulation.scan.refused_receipts import ReceiptRefused
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] not in {"pyarrow", "numpy"}:
            raise
        raise refused_source("simulate", MISSING) from None
    try:
        yield
    except Unreadable as unreadable:
        raise refused_source(unreadable.path, unreadable.sentence) from None
    except FolderRefused as folder:
        raise refused_source(folder.path, folder.sentence) from None
    except ReceiptRefused as strict:
        raise CallRefused(Refusal(Location(strict.source, strict.position), strict.refused.faults)) from None
    except (WorkerLost, EngineUnavailable, SumTooLarge) as lost:
        raise refused_source("simulate", str(lost)) from None
    except Refused as refused:
        raise CallRefused(Refusal(location_of(_source_of(refused, rules, draft, grants)), refused.faults)) from None
    except OSError as problem:
        where = str(problem.filename or "simulate")
        raise CallRefused(Refusal(Location(where), (Fault("", problem.strerror or str(problem)),))) from None


def _source_of(refused: Refused, rules: str, draft: str | None, grants: str | None) -> str:
    """The file that a fault of two of them together is of."""
    path = refused.faults[0].path
    if path == "without":
        return rules
    if path.startswith("draft"):
        return draft or rules
    return rules if path.startswith("rules") or grants is None else grants


def show(simulation: Simulation, out: str | None, *, as_json: bool) -> None:
    """Print the answers: the summary as JSON, or what an analyst asks first."""
    if as_json:
        print(json.dumps(simulation.summary, ensure_ascii=False))
        return
    from rabatt.cli.figures import figures_text
    from rabatt.cli.screen import console_on_stdout

    console = console_on_stdout()
    for line in figures_text(simulation.summary, out):
        console.print(line)
