"""`rabatt config`: the settings of the service as they take effect."""

import json
from typing import Annotated

import typer

from rabatt.cli.screen import console_on_stdout, printable
from rabatt.cli.service_call import in_sentences, read_settings


def config(
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Show the settings of the service and where each comes from; secrets are masked."""
    with in_sentences():
        settings = read_settings()
        values, origins = settings.as_data(), settings.origins()
        if as_json:
            print(json.dumps({name: {"value": values[name], "from": origins[name]} for name in values}))
            return
        console = console_on_stdout()
        width = max(map(len, values))
        for name, value in values.items():
            shown = "-" if value is None else printable(value)
            style = "dim" if origins[name] == "default" else ""
            console.print(f"{name:{width}}  {shown}  ({origins[name]})", style=style)
