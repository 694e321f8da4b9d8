"""The pages that follow receipts through the engine are run: their blocks in order, their output compared."""

import doctest
import re
from pathlib import Path

import pytest

from tests.support.places import DOCS

PAGES = [DOCS / "algorithm.md", DOCS / "architecture.md", DOCS / "returns.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples_of(text: str) -> list[doctest.Example]:
    """The examples of all Python blocks, with the lines of the page they stand on."""
    found = []
    for block in BLOCK.finditer(text):
        for example in doctest.DocTestParser().get_examples(block[2]):
            example.lineno += text[: block.start(2)].count("\n")
            found.append(example)
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_page_prints_what_it_shows(page: Path) -> None:
    text = page.read_text()
    test = doctest.DocTest(examples_of(text), {}, page.name, str(page), 0, text)
    said: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert results.attempted > 20
    assert results.failed == 0, "".join(said)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_block_of_the_page_is_run(page: Path) -> None:
    text = page.read_text()
    # Drawings are compared by tests/test_architecture_page.py.
    blocks = [(kind, block) for kind, block in BLOCK.findall(text) if kind != "mermaid"]
    assert {kind for kind, _ in blocks} == {"python"}
    assert all(block.startswith(">>> ") for _, block in blocks)


def test_a_wrong_figure_would_be_found() -> None:
    wrong = doctest.DocTest(examples_of("```python\n>>> 1 + 1\n3\n```\n"), {}, "wrong", None, 0, None)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda _: None).failed == 1
