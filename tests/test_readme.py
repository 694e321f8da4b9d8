"""Everything the README shows is run, and does what it says."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli.serving import PATIENT
from tests.support.places import ROOT
from tests.support.processes import started
from tests.support.waiting import PATIENCE

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")

# Run by a test, these would install into the environment that runs them, or start themselves.
ONLY_CHECKED = {"make demo", "make test", "pip install '.[cli]'", "pip install '.[server]'", "pip install '.[sim]'"}


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README) if found == kind]


def console_calls() -> Iterator[tuple[str, str]]:
    """Each command of the console blocks with what the README says it prints."""
    for block in blocks("console"):
        for call in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = call.partition("\n")
            yield command, output


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {kind for kind, _ in BLOCK.findall(README)} == {"sh", "python", "console", "bash"}


@pytest.mark.parametrize("snippet", blocks("python"))
def test_a_snippet_runs_and_its_assertions_hold(snippet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102


@pytest.mark.parametrize(("command", "output"), list(console_calls()))
def test_a_command_prints_what_the_readme_shows(command: str, output: str, rabatt_on_path: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "-c", command],  # noqa: S607
        cwd=ROOT,
        env=rabatt_on_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.stdout == output


@pytest.mark.parametrize("script", blocks("bash"))
def test_a_script_prints_what_its_comments_say(script: str, rabatt_on_path: dict[str, str], tmp_path: Path) -> None:
    missing = [program for program in ("bash", "curl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"there is no {missing[0]} here: apt install {missing[0]}")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    # What the script left running ends with it.
    ending = "trap 'kill $(jobs -p); wait' EXIT\n"
    environment = {name: value for name, value in rabatt_on_path.items() if not name.startswith("RABATT_")}
    with socket.socket() as taken:
        # Bound here too until the end, so that nobody else is given the port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        with started(
            ["bash", "-e", "-c", ending + script.replace("8080", str(taken.getsockname()[1]))],
            cwd=tmp_path,
            env=environment | PATIENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            stdout, stderr = running.communicate(timeout=PATIENCE)
    expected = [line.removeprefix("#> ") for line in script.splitlines() if line.startswith("#> ")]
    assert expected
    assert stdout.splitlines() == expected, stderr


@pytest.fixture
def rabatt_on_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `rabatt` is what this test imports."""
    command = tmp_path / "rabatt"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m rabatt "$@"\n')
    command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONIOENCODING": "utf-8",
    }


def test_set_up_commands_are_the_known_ones() -> None:
    commands = {line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()}
    assert commands == ONLY_CHECKED


@pytest.mark.parametrize("target", ["demo", "test", "bench", "bench-peers", "bench-service", "bench-simulation"])
def test_make_knows_the_target(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0


def test_the_demo_runs_without_a_refusal(rabatt_on_path: dict[str, str]) -> None:
    done = subprocess.run(
        ["sh", "examples/demo.sh"],  # noqa: S607
        cwd=ROOT,
        env=rabatt_on_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("link", sorted(set(LINK.findall(README))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize(
    ("page", "between"),
    [
        ("performance.md", r"<!-- targets:begin -->\n(.+?)<!-- targets:end -->"),
        ("benchmark-peers.md", r"<!-- made by make bench-peers -->\n(.+?)(?:\n\n\| peer \| rules|\n\n<!-- end)"),
    ],
)
def test_a_table_is_the_one_of_its_page(page: str, between: str) -> None:
    shown, measured = (
        re.findall(between, text, re.DOTALL) for text in (README, (ROOT / "docs" / page).read_text("utf-8"))
    )
    assert shown == measured
    assert len(shown) == 1
