"""The key figures in all: both worlds and by how much they differ."""

from typing import Final

from rabatt.simulation.answers.figures.number_text import (
    change_percent,
    count,
    figure,
    money,
    of_currency,
    plural,
    share,
    signed,
)
from rabatt.simulation.answers.report.markup import Markup, cell, joined, number, paragraph, row, table
from rabatt.simulation.answers.report.section import TITLES, Section, SummaryRow, View

# What is nothing in every world is left out, but for those that are always told of.
_MONEY: Final = {"discount": "Discount", "bonus": "Bonus", "debit": "Paid from balances"}
_COUNTS: Final = {
    "receipts": "Receipts that got something",
    "customers": "Customers reached",
    "uses": "Uses of rules",
    "stamps": "Stamps",
}
_ALWAYS: Final = frozenset({"discount", "receipts", "customers", "uses"})


def key_figures(view: View) -> Section:
    """Return the key figures as a table."""
    total, currency = view.total, view.currency
    rows = []
    for name, title in _MONEY.items():
        if name in _ALWAYS or any(total[world][name] for world in view.worlds):
            rows.append(_amounts(view, title + of_currency(currency, ", {}"), name))
    rows.append(_shares(view))
    for name, title in _COUNTS.items():
        if name in _ALWAYS or any(total[world][name] for world in view.worlds):
            rows.append(_counts(view, title, name))
    for margin in view.rows("margin"):
        unit, receipts = of_currency(currency, ", {}"), plural(margin["receipts"], "receipt")
        title = f"Margin{unit}, of lines with costs on {receipts}"
        rows.append(_line(view, title, [_figure(view, margin[world]) for world in view.worlds], _change(view, margin)))
    headings = ["", *(TITLES[world] for world in view.worlds)]
    if view.is_compared:
        headings += ["Difference", ""]
    sold = f"{plural(total['receipts'], 'receipt')} sold {money(total['gross'], currency)} before discounts."
    return Section("Key figures", [joined([table(headings, rows, class_="key"), paragraph(sold, class_="reading")])])


def _amounts(view: View, title: str, name: str) -> Markup:
    amounts = {world: view.total[world][name] for world in view.worlds}
    shown = [_figure(view, amount) for amount in amounts.values()]
    return _line(view, title, shown, _change(view, amounts))


def _change(view: View, amounts: SummaryRow) -> tuple[str, str]:
    if not view.is_compared:
        return "", ""
    before, after = (amounts[world] for world in view.worlds)
    return signed(_figure(view, after - before), after - before), change_percent(before, after)


def _counts(view: View, title: str, name: str) -> Markup:
    numbers = [view.total[world][name] for world in view.worlds]
    change = ("", "")
    if view.is_compared:
        before, after = numbers
        change = signed(count(after - before), after - before), change_percent(before, after)
    return _line(view, title, [count(one) for one in numbers], change)


def _shares(view: View) -> Markup:
    shares = [view.total[world]["share_of_gross"] for world in view.worlds]
    difference = view.total["difference"]["share_of_gross"]
    points = "" if difference is None else signed(share(difference).replace(" %", " points"), difference)
    return _line(view, "Discount as a share of what was sold", [share(one) for one in shares], (points, ""))


def _line(view: View, title: str, shown: list[str], change: tuple[str, str]) -> Markup:
    return row(cell(title), *map(number, shown), *(map(number, change) if view.is_compared else ()))


def _figure(view: View, amount: int) -> str:
    return figure(amount, view.currency)
