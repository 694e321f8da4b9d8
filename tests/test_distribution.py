"""What is built and handed out: an sdist and a wheel that install and run where nothing else is."""

import fnmatch
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

import pytest

from tests.support.pages import README, blocks
from tests.support.places import ROOT

pytestmark = pytest.mark.long

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PACKAGES = {"rules", "engine", "rabatt"}

TYPED = """\
import rabatt
from rabatt import Evaluation, compile_rules, evaluate, read_receipt, read_rules

reveal_type(evaluate(compile_rules(read_rules([])), read_receipt({})))
evaluate([], read_receipt({}))
rabatt.evalute
"""


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that sees nothing of this checkout; how pip is configured stays."""
    hidden = ("PYTHONPATH", "MYPYPATH", "VIRTUAL_ENV", "RABATT_", "HATCH_", "COLUMNS", "FORCE_COLOR")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return subprocess.run(
        command, cwd=cwd, env={**environment, "PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True, check=False
    )


def done(*command: str | Path, cwd: Path) -> str:
    """What a command printed that had to succeed."""
    ended = run(*command, cwd=cwd)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def kept_files() -> list[Path]:
    """The files under version control, or those of an unpacked sdist, which has no others."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if listed.returncode == 0 and "pyproject.toml" in listed.stdout:
        return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [
        path
        for path in found
        if path.name != "PKG-INFO" and not any(fnmatch.fnmatch(part, one) for part in path.parts for one in ignored)
    ]


@dataclass(frozen=True)
class Built:
    """Where both distributions are, and of which files they were made."""

    sdist: Path
    wheel: Path
    source: set[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both of them, the wheel made of the sdist, from a copy that holds nothing else."""
    folder = tmp_path_factory.mktemp("built")
    source = kept_files()
    for path in source:
        (folder / "source" / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "source" / path)
    done(sys.executable, "-P", "-m", "build", "--outdir", folder / "dist", folder / "source", cwd=folder)
    [sdist], [wheel] = (folder / "dist").glob("*.tar.gz"), (folder / "dist").glob("*.whl")
    return Built(sdist, wheel, {path.as_posix() for path in source})


def new_environment(folder: Path, requirement: str) -> Path:
    """The commands of a new virtual environment in which only this was installed."""
    done(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    commands = folder / "env" / "bin"
    done(commands / "python", "-m", "pip", "install", "--quiet", requirement, cwd=folder)
    return commands


@pytest.fixture(scope="module", params=["sdist", "wheel"])
def commands(request: pytest.FixtureRequest, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment with one of the two, and the extra of the command line."""
    file: Path = getattr(built, request.param)
    return new_environment(tmp_path_factory.mktemp(request.param), f"{file}[cli]")


def test_the_version_is_told(commands: Path, tmp_path: Path) -> None:
    assert done(commands / "rabatt", "--version", cwd=tmp_path) == f"rabatt {VERSION}\n"


def test_a_receipt_is_evaluated_by_the_command(commands: Path, tmp_path: Path) -> None:
    rules, receipt = ROOT / "examples" / "toys-rules.json", ROOT / "examples" / "toys.json"
    printed = done(commands / "rabatt", "evaluate", receipt, "--rules", rules, cwd=tmp_path)
    assert [line.split()[-1] for line in printed.splitlines() if line.startswith("To pay")] == ["50.00"]


@pytest.mark.parametrize("snippet", blocks(README, "python"))
def test_a_snippet_of_the_readme_runs(commands: Path, snippet: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done(commands / "python", "-c", snippet, cwd=tmp_path)


def test_a_type_checker_sees_the_types(commands: Path, tmp_path: Path) -> None:
    (tmp_path / "till.py").write_text(TYPED)
    interpreter = f"--python-executable={commands / 'python'}"
    checked = run(sys.executable, "-P", "-m", "mypy", "--strict", interpreter, "till.py", cwd=tmp_path).stdout
    assert 'Revealed type is "engine.evaluate.Evaluation"' in checked
    assert 'has incompatible type "list[Never]"; expected "RuleSet"' in checked
    assert 'Module has no attribute "evalute"' in checked
    assert "Found 2 errors in 1 file" in checked


def test_the_library_needs_no_extra_and_the_command_says_which(built: Built, tmp_path: Path) -> None:
    commands = new_environment(tmp_path, str(built.wheel))
    shown = done(commands / "python", "-c", "import rabatt; help(rabatt); from rabatt import *; evaluate", cwd=tmp_path)
    assert "compile_rules(" in shown
    refused = run(commands / "rabatt", "--version", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "pip install 'rabatt[cli]'" in refused.stderr


def names_in(wheel: Path) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        yield from archive.namelist()


def test_an_installation_adds_three_names(built: Built) -> None:
    added = {name.partition("/")[0] for name in names_in(built.wheel)}
    assert added == PACKAGES | {f"rabatt-{VERSION}.dist-info"}


def test_each_package_says_that_it_is_typed(built: Built) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names_in(built.wheel))


def test_the_wheel_says_whose_it_is_and_how_it_may_be_used(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        folder = f"rabatt-{VERSION}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        licence = archive.read(f"{folder}/licenses/LICENSE").decode()
    assert (metadata["Author"], metadata["License-Expression"]) == ("Rabatt contributors", "Apache-2.0")
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert licence == (ROOT / "LICENSE").read_text()


def test_the_sdist_holds_all_that_is_under_version_control(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        held = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    # With the tests, their data, the Makefile and the configuration `make test` finds there what it finds here.
    assert held - {"PKG-INFO"} == built.source
    assert {"Makefile", "tests/test_distribution.py", "examples/receipt.json", "docs/openapi.json"} <= held
