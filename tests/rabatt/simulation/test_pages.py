"""docs/simulation.md names every option and every file that there is."""

import re
from pathlib import Path

import pytest
import typer

from rabatt.cli.app import app
from rabatt.simulation.results_folder import NAMES
from tests.support.places import ROOT

PAGE = (ROOT / "docs" / "simulation.md").read_text()


def test_every_option_is_named() -> None:
    command = typer.main.get_command(app)
    options = {name for parameter in command.commands["simulate"].params for name in parameter.opts}  # type: ignore[attr-defined]
    shown = set(re.findall(r"--[a-z-]+", PAGE))
    assert {option for option in options if option.startswith("--")} - {"--help"} <= shown


def test_every_file_is_named() -> None:
    for name in NAMES:
        assert f"`{name.removesuffix('.parquet')}`" in PAGE or f"`{name}`" in PAGE


def test_the_example_archive_is_what_its_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scope: dict[str, object] = {"__name__": "made", "__file__": str(ROOT / "examples" / "make_autumn.py")}
    exec(compile((ROOT / "examples" / "make_autumn.py").read_text(), "make_autumn.py", "exec"), scope)  # noqa: S102
    monkeypatch.setitem(scope, "OUT", tmp_path / "autumn.jsonl")
    scope["main"]()  # type: ignore[operator]
    assert (tmp_path / "autumn.jsonl").read_bytes() == (ROOT / "examples" / "autumn.jsonl").read_bytes()
