"""Where the discount goes: stores, customer groups and campaigns."""

from typing import Final

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow, given
from rabatt.simulation.answers.figures.number_text import count, figure, of_currency, share, signed
from rabatt.simulation.answers.report.markup import Markup, element, joined, named, number, paragraph, row, table
from rabatt.simulation.answers.report.section import TITLES, Section, more

MOST_ROWS: Final = 20


def places(answers: CurrencyAnswers) -> Section:
    """Return a small table for each of them; those that change the most come first."""
    question = answers.summary["question"]
    group = question["customer_group"]
    parts = [
        *_part(answers, "stores", "store_id", "Store", "no store"),
        *_part(answers, "groups", "customer_group", f"Customers by {group}" if group else "Customers", "no group"),
    ]
    campaigns = answers.rows("campaigns")
    if any(one["campaign_id"] is not None for one in campaigns):
        parts += _part(answers, "campaigns", "campaign_id", "Campaign", "rules without a campaign")
    if not parts:
        parts = [paragraph("No receipt is in this currency.", class_="absent")]
    else:
        reading = "Amounts are discount and bonus together; the share is that of the discount in what was sold there."
        parts.append(paragraph(reading, class_="reading"))
    return Section("Stores, customers and campaigns", [joined(parts)])


def rank(one: SummaryRow) -> tuple[int, int, int]:
    """Return what rows are sorted by; sorting is stable, so their order by name decides between equals."""
    return -abs(given(one["difference"])), -given(one["scenario"]), -one.get("gross", 0)


def _part(answers: CurrencyAnswers, name: str, key: str, title: str, absent: str) -> list[Markup]:
    found = sorted(answers.rows(name), key=rank)
    if not found:
        return []
    has_sales = "gross" in found[0]
    unit = of_currency(answers.currency, ", {}")
    headings = [title, *(["Receipts", f"Gross{unit}"] if has_sales else [])]
    headings += [f"{TITLES[world]}{unit}" for world in answers.worlds]
    headings += ["Difference"] if answers.is_compared else []
    headings += ["Share"] if has_sales else ["Uses"]
    body = []
    for one in found[:MOST_ROWS]:
        cells = [element("td", absent if one[key] is None else named(one[key]), class_="name")]
        if has_sales:
            cells += [number(count(one["receipts"])), number(figure(one["gross"], answers.currency))]
        cells += [number(figure(given(one[world]), answers.currency)) for world in answers.worlds]
        if answers.is_compared:
            change = given(one["difference"])
            cells.append(number(signed(figure(change, answers.currency), change)))
        last = one[answers.worlds[-1]]
        cells.append(number(share(last["share_of_gross"]) if has_sales else count(last["uses"])))
        body.append(row(*cells))
    file = {"stores": "by_store.parquet", "groups": "by_group.parquet", "campaigns": "by_campaign.parquet"}[name]
    return [table(headings, body), more(len(found) - MOST_ROWS, name, file)]
