"""The lines of a simulation on the terminal: what of them the page says too, and where rows are cut."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text

from rabatt.cli.figures import (
    FIGURE_WIDTH,
    MOST_ROWS,
    NAME_WIDTH,
    PLAIN_SIGNS,
    break_even_text,
    changed_text,
    currency_text,
    figures_text,
    near_misses_text,
    overlap_text,
)
from rabatt.simulation.answers.break_even import ChangedMargin, break_even
from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers
from rabatt.simulation.answers.report import write_report
from tests.support.simulation.archives import write_lines
from tests.support.simulation.comparing import simulated
from tests.support.simulation.example import example, without_draft
from tests.support.simulation.returning_archives import returning_archive


def plain(texts: Iterable[Text]) -> list[str]:
    return [text.plain for text in texts]


def text_of(markup: str) -> str:
    """What a reader of the page sees of a part of it, its signs as the terminal has them."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", markup)).translate(PLAIN_SIGNS).split())


def parts_of(page: str) -> list[str]:
    """The parts of the page, one for each currency."""
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    return body.split('<div class="part"')[1:]


def rows_of(part: str) -> list[list[str]]:
    """The cells of each row of its tables, without those that are empty."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", part, re.DOTALL)
    cells = ([text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows)
    return [[cell for cell in row if cell] for row in cells]


def assert_page_says_it_too(summary: Mapping[str, Any], page: str) -> tuple[int, int]:
    """Check each figure and each sentence of a currency, but those of single rules; return how many there were."""
    figures = sentences = 0
    for total, part in zip(summary["totals"], parts_of(page), strict=True):
        answers = CurrencyAnswers(summary, total)
        of_rules = {
            *plain(changed_text(answers)),
            *plain(overlap_text(answers.rows("overlap"), answers.currency)),
            *plain(near_misses_text(answers.rows("near_misses"), answers.currency)),
        }
        rows, said = rows_of(part), text_of(part)
        # After a blank line and the headings.
        for line in plain(currency_text(answers))[2:]:
            label, shown = line[:NAME_WIDTH].rstrip(), line[NAME_WIDTH:]
            columns = [shown[at : at + FIGURE_WIDTH].strip() for at in range(0, len(shown), FIGURE_WIDTH)]
            if line in of_rules:
                continue
            # A sentence has no two blanks in a row.
            if "  " in line:
                of_label = [row for row in rows if row and row[0] in {label, f"{label}, {answers.currency}"}]
                assert [row[1 : 1 + len(columns)] for row in of_label] == [columns], line
                figures += 1
            else:
                assert line.removeprefix("- ") in said, line
                sentences += 1
    return figures, sentences


@pytest.mark.parametrize(
    "answers", [example(), example("NOK"), without_draft()], ids=["two currencies", "one", "no draft"]
)
def test_every_figure_and_sentence_is_on_the_page_too(answers: tuple[Any, Any]) -> None:
    summary, _ = answers
    figures, sentences = assert_page_says_it_too(summary, write_report(*answers))
    assert figures >= 6 * len(summary["totals"])
    assert sentences >= len(summary["totals"])


def test_every_figure_of_returned_goods_is_on_the_page_too(tmp_path: Path) -> None:
    settled = 0
    for seed in range(20_000, 20_010):
        small = returning_archive(seed)
        simulation = simulated(small.question, [write_lines(small.receipts, tmp_path / f"{seed}.jsonl")])
        page = write_report(simulation.summary, simulation.tables)
        assert_page_says_it_too(simulation.summary, page)
        settled += sum(one["settled"] for one in simulation.summary.get("returns", ()))
    assert settled


def test_a_loss_has_its_sign_on_every_terminal() -> None:
    summary, _ = example()
    lines = plain(figures_text(summary, None))
    assert any(re.search(r" -[0-9]", line) for line in lines)
    assert all("\N{MINUS SIGN}" not in line for line in lines)


def missed(missing: str, above: int, up_to: int | None, receipts: int = 2) -> dict[str, Any]:
    about = {"currency": "NOK", "rule_id": "from-100", "missing": missing}
    return {**about, "short_above": above, "short_up_to": up_to, "receipts": receipts}


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(
            missed("gross_amount", 0, 500), "2 baskets were short of from-100 by up to 5.00 NOK", id="the nearest"
        ),
        pytest.param(
            missed("gross_amount", 500, 1_000, 1),
            "1 basket was short of from-100 by 5.00 to 10.00 NOK",
            id="those of the row before are not counted again",
        ),
        pytest.param(
            missed("net_amount", 1_000, 2_500),
            "2 baskets were short of from-100 by 10.00 to 25.00 NOK after other discounts",
            id="an amount after other discounts",
        ),
        pytest.param(missed("units", 1, 2), "2 baskets were short of from-100 by 2 units", id="units"),
        pytest.param(missed("units", 3, None), "2 baskets were short of from-100 by 4 units or more", id="many units"),
    ],
)
def test_how_short_baskets_were(one: dict[str, Any], line: str) -> None:
    assert plain(near_misses_text([one], "NOK")) == [line]


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1, MOST_ROWS + 3])
def test_rows_that_are_left_out_are_counted(count: int) -> None:
    near = plain(near_misses_text([missed("units", 0, 1)] * count, "NOK"))
    loss = {"currency": "NOK", "lost_by": "a", "gained_by": "b", "uses": 1, "discount": 5, "bonus": 0}
    lost = plain(overlap_text([loss] * count, "NOK"))
    more = {
        1: ["and 1 row of near misses more", "and 1 loss more"],
        3: ["and 3 rows of near misses more", "and 3 losses more"],
    }
    expected = more.get(count - MOST_ROWS, [])
    assert [*near[MOST_ROWS:], *lost[MOST_ROWS:]] == expected


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        pytest.param(
            ChangedMargin(1, 400, -4_600, 0, 0, 0, 5_000),
            [
                (
                    "On 1 receipt, margin goes from 4.00 NOK to -46.00 NOK, so 50.00 NOK have to be earned back "
                    "(50.00 NOK is discount on lines without cost prices). It takes:"
                ),
                (
                    "- more receipts than there can be, for no margin is known on one, if the extra purchases get the "
                    "draft's discounts too"
                ),
                "- 13 more receipts if they earn today's margin",
            ],
            id="discount on goods of which the cost is not known",
        ),
        pytest.param(
            ChangedMargin(10, 40_000, 30_000, 0, 0, 0),
            [
                (
                    "On 10 receipts, margin goes from 400.00 NOK to 300.00 NOK, so 100.00 NOK have to be earned back. "
                    "It takes:"
                ),
                "- 4 more receipts if the extra purchases get the draft's discounts too",
                "- 3 more receipts if they earn today's margin",
                "That is 33.4 % more purchases like these, with the draft.",
                "Margin against today, with the draft and more purchases like these (an assumption):",
                "- 0 % more: -100.00 NOK",
                "- 50 % more: +50.00 NOK",
            ],
            id="bonus",
        ),
    ],
)
def test_what_it_takes(changed: ChangedMargin, lines: list[str]) -> None:
    uplifts = (0, 50) if changed.scenario > 0 else ()
    found = {"currency": "NOK", **break_even(changed, uplifts)}
    assert plain(break_even_text(found, "NOK"))[1:] == lines
