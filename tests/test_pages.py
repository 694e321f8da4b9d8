"""Everything that a page shows as Python, as a call or as a script is run, and does what the page says."""

import doctest
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.serving import PATIENT
from tests.support.pages import (
    PAGES,
    anchors,
    calls,
    examples,
    extras,
    kinds,
    links,
    rabatt_on_path,
    said_by,
    scripts,
    snippets,
    targets,
)
from tests.support.places import ROOT
from tests.support.processes import started
from tests.support.waiting import PATIENCE

# No wait of a script is for the machine to be quick: only one that hangs meets this.


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def on_pages(found: Any) -> list[Any]:
    """What is found on each page, a parameter each that names the page and the position on it."""
    return [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, one in enumerate(found(page), 1)
    ]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return rabatt_on_path(tmp_path / "commands")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder to work in that has the examples."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


@pytest.mark.parametrize("snippet", on_pages(snippets))
def test_a_snippet_runs_and_its_assertions_hold(snippet: str, environment: dict[str, str], shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", snippet],
        cwd=shop,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == said_by(snippet)


@pytest.mark.parametrize("page", [page for page in PAGES if examples(page.read_text("utf-8"))], ids=name_of)
def test_the_examples_of_a_page_print_what_it_shows(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = page.read_text("utf-8")
    test = doctest.DocTest(examples(text), {}, page.name, str(page), 0, text)
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("block", on_pages(calls))
def test_commands_print_what_the_page_shows(
    block: list[tuple[str, str]], environment: dict[str, str], shop: Path
) -> None:
    for command, output in block:
        done = subprocess.run(
            ["sh", "-c", command],  # noqa: S607
            cwd=shop,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.stdout == output, command


@pytest.mark.parametrize("script", on_pages(scripts))
def test_a_script_prints_what_its_comments_say(script: str, environment: dict[str, str], shop: Path) -> None:
    missing = [program for program in ("bash", "curl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"there is no {missing[0]} here: apt install {missing[0]}")
    # What the script left running ends with it.
    ending = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n"
    with socket.socket() as taken:
        # Bound here too until the end, so that nobody else is given the port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        with started(
            ["bash", "-e", "-c", ending + script.replace("8080", str(taken.getsockname()[1]))],
            cwd=shop,
            env=environment | PATIENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            stdout, stderr = running.communicate(timeout=PATIENCE)
    expected = said_by(script)
    assert expected
    assert stdout.splitlines() == expected, stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    astray = []
    for link in links(page):
        file, _, heading = link.partition("#")
        there = page.parent / file if file else page
        if not there.exists() or (heading and heading not in anchors(there)):
            astray.append(link)
    assert astray == []


@pytest.mark.parametrize("target", sorted(set().union(*map(targets, PAGES))))
def test_make_knows_every_target_that_a_page_shows(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0


def test_every_extra_that_a_page_shows_can_be_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set().union(*map(extras, PAGES)) <= set(project["optional-dependencies"])


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").iterdir()), ids=name_of)
def test_a_decision_bears_the_number_of_its_file(page: Path) -> None:
    assert page.read_text("utf-8").startswith(f"# {page.name[:4]} ")


def test_the_glossary_says_of_each_word_once_what_it_means() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    words = [word for words, _ in rows for word in words.split(", ") if words not in {"word", "---"}]
    assert [word for word in words if words.count(word) > 1] == []
    assert all(meaning.strip() for _, meaning in rows)
    assert words


def test_the_changelog_has_what_is_unreleased_first_and_then_this_version_with_its_day() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [first, second, *_] = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert first == "Unreleased"
    assert re.fullmatch(rf"{re.escape(project['version'])} – \d{{4}}-\d\d-\d\d", second)


def test_a_wrong_figure_would_be_found() -> None:
    wrong = doctest.DocTest(examples("```python\n>>> 1 + 1\n3\n```\n"), {}, "wrong", None, 0, None)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda _: None).failed == 1


@pytest.mark.parametrize("found", [snippets, calls, scripts, links, targets, extras])
def test_what_is_run_is_found(found: Any) -> None:
    # What is matched by nothing would be run by no test, and no test would fail.
    assert [page for page in PAGES if found(page)]


def test_no_block_is_of_a_kind_that_nobody_knows() -> None:
    # "python skip" is for what needs a cluster.
    known = {"python", "console", "bash", "sh", "json", "mermaid", "python skip", ""}
    assert set().union(*map(kinds, PAGES)) <= known
