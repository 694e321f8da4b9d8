"""Text of documents never becomes markup."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from rabatt.simulation.answers.report.markup import Markup, element, escaped, joined, named, row, table
from rabatt.simulation.answers.report.scripts import json_for_page
from tests.support.simulation.example import HOSTILE


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += "".join(value or "" for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    inside, attribute = read(element("p", named(text))), read(element("p", title=text))
    assert (inside.tags, inside.text) == (["p", "bdi"], text)
    assert (attribute.tags, attribute.text) == (["p"], text)


def test_markup_is_escaped_once() -> None:
    assert element("p", element("b", "<"), "<") == "<p><b>&lt;</b>&lt;</p>"
    assert joined([Markup("<br>"), "<br>"]) == "<br>&lt;br&gt;"


def test_what_is_made_of_markup_as_text_is_text_again() -> None:
    assert element("p", f"{Markup('<b>')}") == "<p>&lt;b&gt;</p>"


def test_signs_that_no_file_can_hold_are_replaced() -> None:
    assert escaped("a\ud800b\x00c\n").encode() == "a\ufffdb\ufffdc\n".encode()


def test_a_table_has_its_figures_to_the_right() -> None:
    assert table(["Rule", "Uses"], [row(element("td", "a"))]) == (
        '<div class="wide"><table class=""><thead><tr><th scope="col">Rule</th>'
        '<th scope="col" class="number">Uses</th></tr></thead><tbody><tr><td>a</td></tr></tbody></table></div>'
    )


def test_data_for_scripts_cannot_end_the_script() -> None:
    text = json_for_page({"name": HOSTILE})
    assert not set(text) & set("<>&\u2028")
