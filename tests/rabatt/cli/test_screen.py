"""Nothing in a document can do more on a screen than be read."""

import pytest
from rich.cells import cell_len

from rabatt.cli.screen import fitted, json_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Grovbrød", "Grovbrød", id="letters stay"),
        pytest.param("寿司 \N{SUSHI}", "寿司 \N{SUSHI}", id="so do other scripts and signs"),
        pytest.param("[red]x[/red]", "[red]x[/red]", id="markup is text"),
        pytest.param(":smile:", ":smile:", id="emoji codes are text"),
        pytest.param("\x1b[2Jx", "?[2Jx", id="a screen is not cleared"),
        pytest.param("a\nb\tc\r\n d", "a b c d", id="one line stays one line"),
        pytest.param("a\u2028b", "a b", id="line separators too"),
        pytest.param("\u202egnp.exe", "?gnp.exe", id="a line is not turned around"),
        pytest.param("\x9b31m", "?31m", id="the other control characters"),
        pytest.param("\ud800", "?", id="half a character"),
        pytest.param(None, "None", id="no text at all"),
    ],
)
def test_text_is_made_harmless(text: object, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["", "kort", "akkurat 12 b", "en altfor lang tekst", "寿司寿司寿司寿司寿司"])
def test_fitted_text_takes_exactly_its_cells(text: str) -> None:
    assert cell_len(fitted(text, 12)) == 12


def test_text_that_is_cut_shows_it() -> None:
    assert fitted("en altfor lang tekst", 12) == "en altfor l~"


@pytest.mark.parametrize("text", ["\u2028", "\x85", "\ud800"])
def test_json_is_one_line_for_every_reader(text: str) -> None:
    assert json_line({"text": text}).isascii()


def test_json_keeps_letters_readable() -> None:
    assert json_line({"text": "Grovbrød"}) == '{"text": "Grovbrød"}'
