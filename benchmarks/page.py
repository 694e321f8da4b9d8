"""What a page shows of a benchmark: tables between marks; what is written by hand stays."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT

DOCS = ROOT / "docs"
README = ROOT / "README.md"

# Of every page, what stands between the marks of a name.
Pages = Mapping[Path, Mapping[str, Sequence[str]]]


def table(head: str, rows: Iterable[Iterable[object]]) -> list[str]:
    """Return a Markdown table; the head has its columns between bars, `>` before those of numbers."""
    heads = [name.strip() for name in head.split("|")]
    names = [name.removeprefix(">").strip() for name in heads]
    rules = ["---:" if name.startswith(">") else "---" for name in heads]
    return [f"| {' | '.join(map(str, cells))} |" for cells in (names, rules, *rows)]


def met(measured: float, most: float) -> str:
    """Return a mark to put behind a target that is not kept."""
    return "" if measured <= most else " ✗"


def count_text(number: float, digits: int = 99) -> str:
    """Return a number with a space between thousands, rounded to so many digits."""
    return f"{round(number, -max(len(str(int(number))) - digits, 0)):,.0f}".replace(",", " ")


def where(data: Mapping[str, Any]) -> str:
    """Return where figures were measured, to begin a sentence."""
    return f"Measured at commit `{data['commit']}` with Python {data['python']} on {data['machine']}"


def replaced(text: str, name: str, lines: Sequence[str]) -> str:
    """Return the text with what is between the marks of a name replaced; a ValueError where they are not just once.

    The marks are `name:begin` and `name:end`, or say that the name made what is between them.
    """
    begin = f"<!-- (?:{name}:begin|made by {name}) -->"
    end = f"<!-- (?:{name}:end|end of what {name} made) -->"
    if [bool(re.match(begin, mark)) for mark in re.findall(f"{begin}|{end}", text)] != [True, False]:
        raise ValueError(f"the page shall have the two marks of {name} once each, in their order")
    body = "\n".join(lines)
    return re.sub(f"({begin}\n).*?({end})", lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text, flags=re.DOTALL)


def write(pages: Pages) -> None:
    """Write the tables of the pages."""
    for path, tables in pages.items():
        text = path.read_text("utf-8")
        for name, lines in tables.items():
            text = replaced(text, name, lines)
        path.write_text(text, "utf-8")
