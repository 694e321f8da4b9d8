"""`rabatt open2b load`: what an account's Open2b receipts name by its identifier, kept in the service's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rabatt.cli.refusal import CallRefused, Refusal, report
from rabatt.cli.service_call import Database, in_sentences, read_settings, say
from rabatt.cli.source import location_of, whole_source
from rules import Refused
from rules.fault import shown
from rules.parse import parse, plain

if TYPE_CHECKING:
    from rabatt.open2b.catalogue import Catalogue

YAML_SUFFIXES = (".yaml", ".yml")

app = typer.Typer(no_args_is_help=True, help="Receipts as Open2b's back office keeps them.")


@app.callback()
def open2b() -> None:
    """Receipts as Open2b's back office keeps them."""


@app.command()
def load(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="The catalogue: a .json, .yaml or .yml file, or - for JSON.", show_default=False
        ),
    ],
    account: Annotated[
        str, typer.Option(metavar="ID", help="The account: P or T and eight digits.", show_default=False)
    ],
    database: Database = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print refusals as JSON on standard error.")] = False,
) -> None:
    """Put tax areas and classes, shipping and payment methods and customers in the place of those there are.

    Receipts that are there stay as they are.
    """
    with in_sentences():
        from rabatt.service.entry.access import ACCOUNT

        if ACCOUNT.fullmatch(account) is None:
            say(f"--account: an account is P or T and eight digits; here is {shown(account)}")
            raise typer.Exit(2)
        try:
            catalogue = read_file(file)
        except CallRefused as call:
            report(call.refusal, as_json=as_json)
            raise typer.Exit(2) from None
        keep(catalogue, account, database)
        print(
            f"{account}: {len(catalogue.taxAreas)} tax areas, {len(catalogue.taxClasses)} tax classes, "
            f"{len(catalogue.shippingMethods)} shipping methods, {len(catalogue.paymentMethods)} payment methods, "
            f"{len(catalogue.customers)} customers"
        )


def read_file(source: str) -> Catalogue:
    """The catalogue of a file; CallRefused with every fault."""
    from rabatt.open2b.catalogue import read_catalogue

    content = whole_source(source)
    try:
        return read_catalogue(data_of(source, content))
    except Refused as refused:
        raise CallRefused(Refusal(location_of(source), refused.faults)) from None


def data_of(source: str, content: bytes) -> Any:
    """The plain data of JSON or YAML, by the name of the file."""
    if not source.lower().endswith(YAML_SUFFIXES):
        return parse(content, exact=True)
    from rabatt.cli.yaml_file import read_yaml

    return plain(read_yaml(content), exact=True)


def keep(catalogue: Catalogue, account: str, database: str | None) -> None:
    """Put the catalogue into the database of the settings."""
    from rabatt.service.app import open_store
    from rabatt.service.clock import machine_time
    from rabatt.service.store.open2b import put_catalogue

    store = open_store(read_settings(database=database))
    try:
        with store.writing() as connection:
            put_catalogue(connection, account, catalogue, now=machine_time())
    finally:
        store.close()
