"""The front page: short, quick to a first result, with nothing on it that is not run (test_pages.py runs it)."""

import re
import subprocess
from pathlib import Path

from tests.support.pages import BLOCK, README, kinds, rabatt_on_path, set_up_commands
from tests.support.places import ROOT

TEXT = README.read_text("utf-8")
MOST_LINES = 200
FIRST_SCREEN = 50

# Run by a test, these would install into the environment that runs them, or start themselves.
ONLY_CHECKED = {
    "make demo",
    "make test",
    "make bench",
    "make bench-peers",
    "pip install .",
    "pip install '.[cli]'",
    "pip install '.[server]'",
    "pip install '.[sim]'",
}


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES


def test_a_newcomer_has_a_result_within_the_first_screen() -> None:
    [end, *_] = [TEXT[: block.end()].count("\n") + 1 for block in BLOCK.finditer(TEXT) if block[1] == "python"]
    assert end <= FIRST_SCREEN


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert kinds(README) == {"sh", "python", "console", "bash"}


def test_set_up_commands_are_the_known_ones() -> None:
    assert set_up_commands(README) == ONLY_CHECKED


def test_the_demo_runs_without_a_refusal(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "examples/demo.sh"],  # noqa: S607
        cwd=ROOT,
        env=rabatt_on_path(tmp_path / "commands"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_its_one_table_is_the_one_of_the_page_of_figures() -> None:
    between = re.compile(r"<!-- targets:begin -->\n(.+?)<!-- targets:end -->", re.DOTALL)
    shown, measured = (between.findall(text) for text in (TEXT, (ROOT / "docs" / "performance.md").read_text("utf-8")))
    assert shown == measured
    assert len(re.findall(r"^\|[ :|-]+\|$", TEXT, re.MULTILINE)) == len(shown) == 1
