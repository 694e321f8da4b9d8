"""HTML whose text cannot become markup: what is not Markup is escaped when it becomes part of an element."""

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

# Text of documents can hold what no page shows, and half characters that no file can hold.
_SHOWN_CONTROLS: Final = frozenset("\t\n\r")
_UNSHOWN: Final = frozenset({"Cc", "Cs"})
_EMPTY: Final = frozenset({"br", "wbr"})


class Markup(str):
    """HTML that is safe to be put into the page as it is; `+` and formatting give plain text again."""

    __slots__ = ()


def escaped(child: str) -> Markup:
    """Return text as HTML; Markup as it is."""
    if isinstance(child, Markup):
        return child
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in _UNSHOWN and sign not in _SHOWN_CONTROLS else sign
        for sign in child
    )
    return Markup(escape(shown))


def joined(children: Iterable[str]) -> Markup:
    """Return children one after the other; plain text among them is escaped."""
    return Markup("".join(map(escaped, children)))


def element(tag: str, *children: str, **attributes: str) -> Markup:
    """Return an element. An attribute that Python has a word for is written with `_` at its end."""
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"' for name, value in attributes.items())
    if tag in _EMPTY:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def paragraph(*children: str, class_: str | None = None) -> Markup:
    """Return a paragraph."""
    return element("p", *children) if class_ is None else element("p", *children, class_=class_)


def named(text: str) -> Markup:
    """Return text of a document; signs in it that turn the direction of writing do so for it alone."""
    return element("bdi", text)


def items(children: Iterable[str]) -> Markup:
    """Return a list of points."""
    return element("ul", *(element("li", child) for child in children))


def number(shown: str) -> Markup:
    """Return a cell of a table that holds a figure."""
    return element("td", shown, class_="number")


def cell(*children: str) -> Markup:
    """Return a cell of a table that holds words."""
    return element("td", *children)


def row(*cells: str) -> Markup:
    """Return a row of a table."""
    return element("tr", *cells)


def table(headings: Sequence[str], rows: Iterable[str], *, words: int = 1, class_: str = "") -> Markup:
    """Return a table; its first `words` columns hold words, the others figures. Headings are repeated on each sheet."""
    head = [
        element("th", heading, scope="col", **({} if place < words else {"class_": "number"}))
        for place, heading in enumerate(headings)
    ]
    inner = joined([element("thead", row(*head)), element("tbody", *rows)])
    return element("div", element("table", inner, class_=class_), class_="wide")


def bar(share: int, whole: int, class_: str) -> Markup:
    """Return a bar whose length is a share of a whole."""
    permille = max(share, 0) * 1000 // whole if whole > 0 else 0
    return element("span", class_=f"bar {class_}", style=f"width:{permille // 10}.{permille % 10}%")


def bars(shares: Sequence[tuple[str, int]], whole: int) -> Markup:
    """Return a cell with a bar for each world; the figures are beside it, so no one is read the bars."""
    return element("td", *(bar(share, whole, world) for world, share in shares), class_="bars", aria_hidden="true")
