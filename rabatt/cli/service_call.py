"""What the sub-commands of the service share: its settings, and a sentence where something is in the way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from sqlalchemy.exc import SQLAlchemyError

    from rabatt.service.settings import Settings

OURS = {"rules", "engine", "open2b", "service", "rabatt"}
MISSING = "the service needs more than is installed, which comes with an extra: pip install '.[server]'"

Database: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME. Without it RABATT_DATABASE, or rabatt.db here.",
        show_default=False,
    ),
]


@contextmanager
def in_sentences() -> Iterator[None]:
    """Ends the command with exit code 2 and a sentence for whatever an operator can mend."""
    try:
        yield
    except Exception as problem:
        sentences = list(sentences_of(problem))
        if not sentences:
            raise
        say(*sentences)
        raise typer.Exit(2) from None


def say(*sentences: str) -> None:
    """Print sentences for the operator; where nobody reads them, what is to be done is done all the same."""
    with suppress(OSError):
        for sentence in sentences:
            print(f"rabatt: {sentence}", file=sys.stderr, flush=True)


def sentences_of(problem: Exception) -> Iterator[str]:
    """What is in the way, for people; nothing where it is a fault of ours."""
    if isinstance(problem, ImportError):
        if (problem.name or "").split(".")[0] not in OURS:
            yield MISSING
        return
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from rabatt.service.app import SchemaIsOld
    from rabatt.service.ledger import LedgerRefused
    from rabatt.service.store.failures import Unavailable
    from rabatt.service.tokens import KeyRefused

    if isinstance(problem, KeyRefused | SchemaIsOld):
        yield str(problem)
    elif isinstance(problem, LedgerRefused):
        yield from str(problem).splitlines()
    elif isinstance(problem, CommandError):
        yield "the database has a schema that this version does not know; start the version that it was made by"
    elif isinstance(problem, Unavailable):
        yield problem.failure.sentence
    elif isinstance(problem, SQLAlchemyError):
        # SQLAlchemy's own text holds the statement and a link; the driver says what is wrong.
        said = str(getattr(problem, "orig", None) or problem)
        remedy = "give another with --database, in a folder that this user may write to" if is_file(problem) else ""
        yield f"the database cannot be used: {' '.join(said.split())}{remedy and '; '}{remedy}"


def is_file(problem: SQLAlchemyError) -> bool:
    """Whether it is SQLite that says what is wrong."""
    return type(getattr(problem, "orig", None)).__module__ == "sqlite3"


def read_settings(**options: object) -> Settings:
    """The settings of the variables and of the options that were given, which come first."""
    from pydantic import ValidationError

    from rabatt.service import settings

    given = {name: value for name, value in options.items() if value is not None}
    if "database" in given:
        given["database_file"] = None
    try:
        read = settings.Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        say(*settings.sentences_of(error, {name: f"--{name}" for name in given}))
        raise typer.Exit(2) from None
    say(*settings.unknown_variables())
    return read
