"""`rabatt simulate` called in this process, in a folder with a rule and receipts of mugs."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner, Result

from rabatt.cli.app import app
from tests.support.cli.shop import receipt

A_TENTH_OFF_MUGS = {
    "id": "mugs",
    "requirement": {"item": {"items": [{"id": "mug"}]}},
    "reward": {"type": "discount_percent", "value": 10},
}
LINE = {"line_id": 1, "id": "mug", "gross_amount": 10_000, "eligible_for_discount": True}


class Folder(NamedTuple):
    """The folder that the command is called in."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> str:
        """The name of the file with this content."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def receipts(self, name: str, *documents: object) -> str:
        """The name of a file of JSON lines."""
        return self.write(name, "".join(f"{json.dumps(document)}\n" for document in documents))


def run(*arguments: str, stdin: bytes = b"") -> Result:
    """What `rabatt` with these arguments did."""
    return CliRunner().invoke(app, arguments, input=stdin)


def mugs(number: int, **fields: Any) -> dict[str, Any]:
    return receipt(receipt_id=f"r-{number}", items=[LINE], **fields)


def replayed(*arguments: str, stdin: bytes = b"") -> dict[str, Any]:
    """The summary of a replay of the shop's rules."""
    done = simulate(*arguments, "--json", stdin=stdin)
    assert done.exit_code == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def simulate(*arguments: str, stdin: bytes = b"") -> Result:
    return run("simulate", *arguments, "--rules", "rules.json", stdin=stdin)
