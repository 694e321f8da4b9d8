"""The Typer application: its sub-commands and what holds for all of them."""

from importlib.metadata import version
from typing import Annotated

import typer

from rabatt.cli.check import check
from rabatt.cli.config import config
from rabatt.cli.evaluate import evaluate
from rabatt.cli.explain import explain
from rabatt.cli.migrate import migrate
from rabatt.cli.mint import token
from rabatt.cli.open2b import app as open2b
from rabatt.cli.printing import prints
from rabatt.cli.returns import return_goods
from rabatt.cli.schema import schema
from rabatt.cli.serve import serve
from rabatt.cli.simulate import simulate

app = typer.Typer(
    name="rabatt",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 some receipts were refused, the others are done; 2 rules, grants or the call itself "
    "were refused.",
)


def print_version(asked: bool) -> None:
    if asked:
        print(f"rabatt {version('rabatt')}")
        raise typer.Exit


@app.callback()
def rabatt(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=print_version, is_eager=True),
    ] = False,
) -> None:
    """One receipt in, the best discounts out, and why the others did not apply."""


# Those that print, and start nothing that could hang up on them.
app.command()(prints(evaluate))
app.command()(prints(explain))
app.command("return")(prints(return_goods))
app.command()(prints(check))
app.command()(prints(schema))
app.command()(prints(config))

app.command()(simulate)
app.command()(serve)
app.command()(token)
app.command()(migrate)
app.add_typer(open2b, name="open2b")
