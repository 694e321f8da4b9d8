"""The arguments and options that sub-commands share."""

from typing import Annotated, Literal, TypeAlias

import typer

ReceiptSource: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT",
        help="A .json file (one receipt or a list of them), a .jsonl file (one receipt to a line), or - for standard"
        " input, which may be any of these; compressed (.gz) or not.",
        show_default=False,
    ),
]
RulesSource: TypeAlias = Annotated[
    str,
    typer.Option("--rules", metavar="RULES", help="The file with the rules.", show_default=False),
]
GrantsSource: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--grants",
        metavar="GRANTS",
        help="The file with what customers were granted. Without it every rule is granted to everyone.",
        show_default=False,
    ),
]
RoundingMode: TypeAlias = Annotated[
    Literal["HalfUp", "HalfEven", "HalfDown", "Down"],
    typer.Option("--rounding-mode", help="How a percent of an amount becomes a whole number of the smallest coin."),
]
RoundingRule: TypeAlias = Annotated[
    Literal["PerLine", "PerItem", "Total"],
    typer.Option("--rounding-rule", help="What is rounded: each line's discount, each piece's, or the whole."),
]
ReturnPolicy: TypeAlias = Literal["as_paid", "spread", "re_evaluate"]
ReceiptFormat: TypeAlias = Annotated[
    Literal["rabatt", "open2b"],
    typer.Option(
        "--format",
        help="What receipts look like. open2b: those of commerce.receipts.get, answered as JSON with the discounts as"
        " amounts off; they say themselves how they are rounded.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, one line per document, and refusals as JSON on standard error."),
]
RuleId: TypeAlias = Annotated[
    str | None,
    typer.Option("--rule", metavar="ID", help="Only what became of the rule with this id.", show_default=False),
]
