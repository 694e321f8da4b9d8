"""`rabatt schema`: the JSON Schema of a document, for editors and other validators."""

import json
from typing import Annotated, Literal

import typer


def schema(
    kind: Annotated[
        Literal["rule", "receipt", "grant"],
        typer.Argument(help="Which document to describe.", show_default=False),
    ],
) -> None:
    """Print the JSON Schema of a rule, a receipt or a grant."""
    from rules.schema import schema as schema_of

    print(json.dumps(schema_of(kind), indent=2))
