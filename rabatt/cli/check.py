"""`rabatt check`: every fault of a file of rules, and what is legal but suspect."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from rabatt.cli.options import AsJson
from rabatt.cli.refusal import CallRefused, Refusal, report
from rabatt.cli.screen import console_on_stdout, printable
from rabatt.cli.source import location_of, whole_source
from rules import Refused, Rule, read_rules
from rules.lint import Finding, lint

# Whoever mends a file of rules wants to see all that is wrong with it.
MOST_FAULTS_OF_A_FILE = 5_000


def check(
    rules: Annotated[
        list[str],
        typer.Argument(metavar="RULES", help="Files of rules; - is standard input.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Say every fault of each file of rules, and what is legal but suspect.

    Exit code 0 when every file can be used, suspect or not; 2 when one cannot.
    """
    # A window that is over is only over at some time: the command line is where the clock is read.
    now = datetime.now(UTC)  # noqa: TID251
    refused = False
    for source in rules:
        try:
            read = rules_of(source)
        except CallRefused as call:
            refused = True
            report(call.refusal, as_json=as_json)
            continue
        findings = lint(read, at=now)
        if as_json:
            data = {
                "file": location_of(source).file,
                "rules": len(read),
                "suspect": [finding.as_data() for finding in findings],
            }
            print(json.dumps(data))
        else:
            print_findings(source, read, findings)
    if refused:
        raise typer.Exit(2)


def rules_of(source: str) -> tuple[Rule, ...]:
    """The rules in the file; CallRefused with every fault where they cannot be used."""
    try:
        return read_rules(whole_source(source), MOST_FAULTS_OF_A_FILE)
    except Refused as refused:
        raise CallRefused(Refusal(location_of(source), refused.faults)) from None


def print_findings(source: str, read: tuple[Rule, ...], findings: tuple[Finding, ...]) -> None:
    console = console_on_stdout()
    counted = f"{len(read)} rule{'' if len(read) == 1 else 's'}, no faults"
    console.print(f"{printable(location_of(source).file)}: {counted}", style="green")
    for finding in findings:
        console.print(f"  suspect: {printable(finding)}", style="yellow")
