"""The tests run on the plain engine, and on the compiled one where RABATT_ENGINE=compiled says so: on no mixture."""

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path

import pytest

from tests.support.cli.shop import environment
from tests.support.places import ROOT

IS_COMPILED = os.environ.get("RABATT_ENGINE") == "compiled"
HOOK = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
ALWAYS_PLAIN = {pattern.lstrip("/") for pattern in HOOK["mypyc"]["exclude"]}
FILES = sorted(path.relative_to(ROOT) for path in (ROOT / "engine").rglob("*.py"))


def module_file(path: Path) -> Path:
    """The file that a source file's module was imported from."""
    parts = path.with_suffix("").parts
    return Path(str(import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts)).__file__))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_engine_that_is_meant_is_the_one_that_is_tested(path: Path) -> None:
    found = module_file(path)
    is_plain = not IS_COMPILED or any(path.match(pattern) for pattern in ALWAYS_PLAIN)
    assert found.name.endswith(tuple(SOURCE_SUFFIXES if is_plain else EXTENSION_SUFFIXES))
    assert found.is_relative_to(ROOT / "engine") is not IS_COMPILED


def test_a_command_runs_on_the_same_engine() -> None:
    program = "import engine.rewards.award; print(engine.rewards.award.__file__)"
    done = subprocess.run([sys.executable, "-P", "-c", program], env=environment(), capture_output=True, check=True)
    assert Path(done.stdout.decode().strip()) == module_file(Path("engine/rewards/award.py"))


def test_every_file_that_is_never_compiled_is_there() -> None:
    assert all(any(path.match(pattern) for path in FILES) for pattern in ALWAYS_PLAIN)
