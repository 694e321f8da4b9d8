"""The page as text: what is on it, what is left out and why, and that no document can change what it is."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

import pyarrow as pa
import pytest

from rabatt.simulation.answers.figures.near_misses import short_text
from rabatt.simulation.answers.report import write_report
from rabatt.simulation.answers.report.by_rule import MOST_RULES, rank
from tests.support.simulation.example import HOSTILE, example, nothing, without_draft

HEADINGS = [
    "Key figures",
    "In the course of time",
    "By rule",
    "How much a receipt gets",
    "What rules take from each other",
    "What it takes to pay for itself",
    "Near misses",
    "Receipts that change the most",
    "Stores, customers and campaigns",
]
ENDINGS = ["What a replay cannot know", "What was counted"]


def body_of(page: str) -> str:
    """What of the page is neither style, script nor data."""
    body = page[page.index("<body>") : page.index('<script type="application/json"')]
    return re.sub(r"\s+", " ", body)


def headings_of(page: str) -> list[str]:
    return re.findall(r'<h[23] class="heading">([^<]*)</h', body_of(page))


@pytest.fixture(scope="module")
def page() -> str:
    return write_report(*example())


def test_every_currency_has_all_sections_in_their_order(page: str) -> None:
    assert headings_of(page) == [*HEADINGS, *HEADINGS, *ENDINGS]
    assert '<h2 class="currency"><bdi>JPY</bdi></h2>' in page


def test_one_currency_needs_no_heading_of_its_own() -> None:
    page = write_report(*example("NOK"))
    assert headings_of(page) == [*HEADINGS, *ENDINGS]
    assert 'class="currency"' not in page


def test_the_same_answers_give_the_same_page(page: str) -> None:
    assert write_report(*example()) == page


def test_the_answer_is_said_in_a_sentence(page: str) -> None:
    total = example()[0]["totals"][1]["difference"]
    assert f"<strong>{total['discount']:,} JPY more discount (+10." in body_of(page)


def test_the_draft_is_told_by_what_it_does(page: str) -> None:
    body = body_of(page)
    assert "Replaced: <span><bdi>50 off over 500</bdi> <small><bdi>over-500</bdi></small></span>" in body
    assert "Taken out: <span><bdi>Happy hour at the bakery</bdi>" in body


def test_names_of_documents_are_text(page: str) -> None:
    assert escape(HOSTILE) in page
    assert HOSTILE not in page
    assert "<img" not in body_of(page)
    assert page.count("</script>") == 5
    assert "\u2028" not in page[page.index('<script type="application/json"') :].partition("</script>")[0]


def test_only_the_scripts_of_the_page_may_run_and_nothing_is_fetched(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = " ".join(f"&#x27;sha256-{b64encode(sha256(text.encode()).digest()).decode()}&#x27;" for text in scripts)
    assert f"default-src &#x27;none&#x27;; script-src {hashes}; style-src" in page
    assert "unsafe-eval" not in page
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", body_of(page))


def test_the_page_names_no_file_that_is_not_there(page: str) -> None:
    assert "sourceMappingURL" not in page


def test_without_a_draft_one_world_is_shown() -> None:
    body = body_of(write_report(*without_draft()))
    assert "There is no draft to compare with." in body
    assert "The rules give" in body
    assert "Scenario" not in body
    assert "Difference" not in body


def test_what_is_not_there_is_left_out_with_a_reason() -> None:
    page = write_report(*nothing())
    assert headings_of(page) == [*HEADINGS, *ENDINGS]
    assert page.count('class="plot"') == 0
    for reason in (
        "The draft changes nothing in what is given.",
        "Nothing was given on any day",
        "There is no rule to tell of.",
        "No receipt gets a discount",
        "No rule gives less on any receipt",
        "There is no receipt on which the draft changes something.",
        "No basket missed a rule of the draft by little.",
        "No receipt gets more discount",
        "No receipt gets less discount",
        "No receipt was refused.",
    ):
        assert reason in body_of(page)


def test_without_costs_the_page_says_what_it_would_take_to_know_more() -> None:
    summary, tables = example("JPY")
    body = body_of(write_report(summary, tables))
    assert "The draft changes 16,800 receipts, without cost prices." in body
    assert "With cost_price on the lines" in body


def test_a_warning_is_shown_as_text() -> None:
    summary, tables = example("NOK")
    body = body_of(write_report({**summary, "warnings": ["<b>2 & 3</b>"]}, tables))
    assert f'<p class="warning"><bdi>{escape("<b>2 & 3</b>")}</bdi></p>' in body


def test_an_empty_archive_has_a_page_too() -> None:
    summary, tables = nothing()
    summary["totals"] = []
    summary["archive"] |= {"receipts": 0, "first_day": None, "last_day": None}
    body = body_of(write_report(summary, tables))
    assert "There was no receipt to replay." in body


def test_receipts_without_a_currency_have_amounts_without_one() -> None:
    summary, tables = example("NOK")

    def without_currency(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "currency": None} for row in rows]

    summary = {
        name: without_currency(part) if isinstance(part, list) and part and "currency" in part[0] else part
        for name, part in summary.items()
    }
    days = pa.Table.from_pylist(without_currency(tables["by_day"].to_pylist()))
    page = write_report(summary, {"by_day": days})
    assert "None" not in body_of(page)
    assert '"title":"Discount per week"' in page


def test_many_rules_and_stores_are_cut_and_counted() -> None:
    summary, tables = example("NOK")
    rule = next(rule for rule in summary["rules"] if rule["status"] == "unchanged")
    summary["rules"] += [{**rule, "rule_id": f"more-{number}"} for number in range(MOST_RULES)]
    body = body_of(write_report(summary, tables))
    assert "And 12 more rules, in <code>by_rule.parquet</code>." in body
    assert "And 6 more stores, in <code>by_store.parquet</code>." in body


def test_rules_of_the_draft_come_first_then_those_that_change_the_most() -> None:
    rules = sorted(example("NOK")[0]["rules"], key=rank)
    assert [rule["status"] for rule in rules[:4]] == ["added", "removed", "replaced", "unchanged"]


@pytest.mark.parametrize(
    ("missing", "above", "up_to", "text"),
    [
        ("units", 0, 1, "1 unit"),
        ("units", 1, 2, "2 units"),
        ("units", 3, None, "4 units or more"),
        ("gross_amount", 0, 2500, "up to 25.00 NOK"),
        ("net_amount", 2500, 5000, "25.00 to 50.00 NOK after other discounts"),
        ("gross_amount", 5000, None, "over 50.00 NOK"),
    ],
)
def test_what_was_missing_is_said(missing: str, above: int, up_to: int | None, text: str) -> None:
    assert short_text({"missing": missing, "short_above": above, "short_up_to": up_to}, "NOK") == text
