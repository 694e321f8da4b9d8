"""The pages for people, cut into what can be run and what can be followed."""

import doctest
import os
import re
import sys
from pathlib import Path

from tests.support.places import ROOT

README = ROOT / "README.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

BLOCK = re.compile(r"^```([\w ]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def kinds(page: Path) -> set[str]:
    """The kinds of blocks on a page."""
    return {kind for kind, _ in BLOCK.findall(page.read_text("utf-8"))}


def blocks(page: Path, kind: str) -> list[str]:
    """The page's blocks of this kind, from the first to the last."""
    return [text for found, text in BLOCK.findall(page.read_text("utf-8")) if found == kind]


def snippets(page: Path) -> list[str]:
    """The Python blocks that are programs of their own."""
    return [block for block in blocks(page, "python") if not block.startswith(">>> ")]


def scripts(page: Path) -> list[str]:
    """The blocks for a shell that are programs of their own."""
    return blocks(page, "bash")


def examples(text: str) -> list[doctest.Example]:
    """The examples of all Python blocks that show a prompt, with the lines of the page they stand on."""
    found = []
    for block in BLOCK.finditer(text):
        if block[1] == "python" and block[2].startswith(">>> "):
            for example in doctest.DocTestParser().get_examples(block[2]):
                example.lineno += text[: block.start(2)].count("\n")
                found.append(example)
    return found


def calls(page: Path) -> list[list[tuple[str, str]]]:
    """Of each console block the commands, with what the page says that they print."""
    found = []
    for block in blocks(page, "console"):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        found.append([(command, output) for command, _, output in (part.partition("\n") for part in parts)])
    return found


def said_by(program: str) -> list[str]:
    """What a script or snippet says that it prints."""
    return re.findall(r"^# ?> (.*)$", program, re.MULTILINE)


def set_up_commands(page: Path) -> set[str]:
    """What the page tells its reader to type and no test does: blocks that are only shown, and calls amid the text."""
    lines = {line.partition("#")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()} - {""}
    return lines | set(re.findall(r"`((?:make|pip install) [^`]+)`", BLOCK.sub("", page.read_text("utf-8"))))


def targets(page: Path) -> set[str]:
    """What the page tells its reader to `make`."""
    return {target for line in set_up_commands(page) for target in re.findall(r"^make ([a-z-]+)", line)}


def extras(page: Path) -> set[str]:
    """The extras that the page tells its reader to install."""
    named = {names for line in set_up_commands(page) for names in re.findall(r"^pip install '[^']*\[(.+)\]'", line)}
    return {name for names in named for name in names.split(",")}


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page ends in."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """The links of a page to files and headings of this project."""
    found = LINK.findall(BLOCK.sub("", page.read_text("utf-8")))
    return sorted({link for link in found if "://" not in link})


def rabatt_on_path(folder: Path) -> dict[str, str]:
    """An environment in which `rabatt` is a command of this new folder, and what this process would import."""
    folder.mkdir()
    command = folder / "rabatt"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m rabatt "$@"\n')
    command.chmod(0o755)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("RABATT_")},
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONIOENCODING": "utf-8",
    }
