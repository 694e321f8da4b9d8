"""Clients that generators make of docs/openapi.json make every call of the service, in Python and in TypeScript."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rabatt.service.clients.install import NODE, PYTHON, SCRIPTS, missing
from tests.support.cli.serving import served
from tests.support.cli.shop import environment
from tests.support.open2b.receipts import EXAMPLE, NEW
from tests.support.places import DOCS
from tests.support.waiting import PATIENCE

HERE = Path(__file__).parent
DOCUMENT = DOCS / "openapi.json"
SCOPES = ("admin:discounts", "admin:receipts", "admin:creditnotes", "public:discounts")

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() is not None, reason=str(missing()))]


def operations() -> Iterator[tuple[str, str, str]]:
    """The name, the method and the path of everything that the document describes."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path


def said(command: list[str], folder: Path, **variables: str) -> list[str]:
    """The lines that a command prints; it fails where the command does."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[list[str]]:
    """The arguments of the calls: where a service runs, a token for it, and the file of a receipt of Open2b's."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "open2b.json").write_text(json.dumps(NEW), "utf-8")
    with served(folder) as running:
        rabatt = [sys.executable, "-m", "rabatt"]
        said([*rabatt, "open2b", "load", str(EXAMPLE), "--account", "T12345678"], folder, **environment())
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        (token,) = said([*rabatt, "token", "--account", "T12345678", *scopes], folder, **environment())
        yield [f"http://127.0.0.1:{running.port}", token, str(folder / "open2b.json")]


def test_the_document_is_valid_down_to_every_default() -> None:
    assert said([str(PYTHON), "-m", "openapi_spec_validator", str(DOCUMENT)], HERE)[-1].endswith("OK")


def test_python(service: list[str], tmp_path: Path) -> None:
    # The generator runs ruff over what it made, by its name.
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    made = [str(PYTHON), "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT), "--fail-on-warning"]
    said([*made, "--output-path", str(tmp_path / "client")], tmp_path, PATH=path)
    called = said([str(PYTHON), str(HERE / "calls.py"), *service], tmp_path, PYTHONPATH=str(tmp_path / "client"))
    assert set(called) == {name for name, _, _ in operations()}


def test_typescript(service: list[str], tmp_path: Path) -> None:
    # Beside the packages, which are looked for upwards.
    folder = NODE / tmp_path.name
    folder.mkdir()
    try:
        for name in ("calls.ts", "tsconfig.json", "package.json"):
            shutil.copy(HERE / name, folder / name)
        node = shutil.which("node") or "node"
        packages = NODE / "node_modules"
        said(
            [node, str(packages / "openapi-typescript" / "bin" / "cli.js"), str(DOCUMENT), "-o", "schema.d.ts"], folder
        )
        said([node, str(packages / "typescript" / "bin" / "tsc"), "-p", "."], folder)
        called = said([node, "calls.js", *service], folder)
    finally:
        shutil.rmtree(folder)
    assert set(called) == {f"{method} {path}" for _, method, path in operations()}
