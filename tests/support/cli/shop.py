"""A small shop in files, and the command run as a till's script would run it."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from tests.support.cli.ready import Ready
from tests.support.waiting import PATIENCE

Completed: TypeAlias = subprocess.CompletedProcess[str]

RULES = [
    {
        "id": "a-tenth-off",
        "name": "A tenth off mugs",
        "receipt_text": "Kopper -10 %",
        "requirement": {"item": {"items": [{"id": "mug"}]}},
        "reward": {"type": "discount_percent", "value": 10},
    },
    {
        "id": "from-200",
        "name": "20 off from 200",
        "requirement": {"gross_amount": 20000, "currencies": ["NOK", "JPY"]},
        "reward": {"type": "discount_amount", "value": 2000},
    },
]


def receipt(**fields: Any) -> dict[str, Any]:
    """A receipt of one mug for 100.00, but for these fields."""
    return {
        "receipt_id": "r-1",
        "purchase_at": "2026-10-16T12:00:00+02:00",
        "store": {"id": "s1", "name": "Koppen"},
        "currency": "NOK",
        "items": [
            {"line_id": 1, "id": "mug", "description": "Kopp", "gross_amount": 10000, "eligible_for_discount": True}
        ],
        **fields,
    }


class Shop:
    """A folder with `rules.json`, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Here, so that no test that looks at the time waits for it.
        self.command = ready()
        self.write("rules.json", json.dumps(RULES))

    def write(self, name: str, content: str | bytes) -> str:
        """The name of the file with this content."""
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)
        return name

    def receipts(self, name: str, *documents: object) -> str:
        """The name of a file of JSON lines."""
        return self.write(name, "".join(f"{json.dumps(document)}\n" for document in documents))

    def run(self, *arguments: str, stdin: str | bytes = b"", **variables: str) -> Completed:
        """What `rabatt` with these arguments did, its output read as UTF-8; on variables an interpreter is started."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        if variables:
            done = subprocess.run(
                [sys.executable, "-m", "rabatt", *arguments],
                cwd=self.folder,
                input=data,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env=environment(**variables),
            )
        else:
            done = self.command.run(arguments, self.folder, data, environment())
        return read(done)

    def evaluate(self, receipts: str, *arguments: str, **how: Any) -> Completed:
        """What `rabatt evaluate` did with the receipts and the shop's rules."""
        return self.run("evaluate", receipts, "--rules", "rules.json", *arguments, **how)


def read(done: subprocess.CompletedProcess[bytes]) -> Completed:
    """What a command did, its output read as UTF-8."""
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def environment(**variables: str) -> dict[str, str]:
    """This process's environment with the command on its path, changed by these variables."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("COLUMNS", "FORCE_COLOR"))}
    # What a test imports, its commands import too.
    return {**plain, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8", **variables}


@cache
def ready() -> Ready:
    """The command, loaded once for all tests of this process."""
    return Ready(environment())
