"""What came back: what was paid for it, and what is left of the discounts."""

from typing import Final

from rabatt.simulation.answers.figures.number_text import count, figure, money, of_currency, plural, signed
from rabatt.simulation.answers.report.markup import Markup, cell, joined, number, paragraph, row, table
from rabatt.simulation.answers.report.section import BASELINE, SCENARIO, TITLES, Section, SummaryRow, View

_PAID: Final = {"amount": "Paid for returned goods", "credit": "Of that, put back on balances"}
_MONEY: Final = {"discount": "Discount taken back", "bonus": "Bonus taken back", "debit": "Balances given back"}
_COUNTS: Final = {"uses": "Uses given back", "stamps": "Stamps taken back"}
_WHY: Final = {
    "no_receipt_named": ("names no receipt", "name no receipt"),
    "receipt_not_found": (
        "names a receipt that is not found before it",
        "name receipts that are not found before them",
    ),
    "not_returnable": ("asks for what the receipt did not sell so", "ask for what their receipts did not sell so"),
}


def returns(view: View) -> Section:
    """Return what the archive's return lines come to; a section without parts where there are none."""
    heading = "What came back"
    found = view.rows("returns") if "returns" in view.summary else []
    if not found:
        return Section(heading, [])
    [told] = found
    if not told["settled"]:
        return Section(heading, [paragraph(_lines(told))])
    rows = [_amounts(view, title, {world: told[world][name] for world in view.worlds}) for name, title in _PAID.items()]
    for names in (_MONEY, _COUNTS):
        for name, title in names.items():
            taken = {world: told[world]["taken_back"][name] for world in view.worlds}
            if name == "discount" or any(taken.values()):
                rows.append(_amounts(view, title, taken) if names is _MONEY else _counts(view, title, taken))
    headings = ["", *(TITLES[world] for world in view.worlds), *(["Difference"] if view.is_compared else [])]
    reading = (
        f"{_left(view, told)} All other figures of this page are of purchases: what came back is not taken off them."
    )
    return Section(
        heading,
        [
            joined(
                [
                    paragraph(_lines(told)),
                    table(headings, rows, class_="key"),
                    paragraph(reading, class_="reading"),
                ]
            )
        ],
    )


def _lines(told: SummaryRow) -> str:
    """Return how many lines were settled, and why others were not."""
    settled = (
        "none was" if not told["settled"] else f"{count(told['settled'])} {'was' if told['settled'] == 1 else 'were'}"
    )
    why = [f"{count(lines)} {_WHY[name][lines != 1]}" for name, lines in told["not_tied"].items() if lines]
    policy = told["policy"].replace("_", " ")
    text = f"Of {plural(told['lines'], 'return line')}, {settled} settled with the purchase (policy: {policy})."
    return text if not why else f"{text} Not tied to a purchase: {'; '.join(why)}."


def _left(view: View, told: SummaryRow) -> str:
    """Return what is left of the discount, or of the difference that the draft makes."""
    if not view.is_compared:
        given, back = view.total[BASELINE]["discount"], told[BASELINE]["taken_back"]["discount"]
        return (
            f"Of {money(given, view.currency)} of discount, {money(back, view.currency)} came back with goods: "
            f"{money(given - back, view.currency)} stays."
        )
    given, back = view.total["difference"]["discount"], told["difference"]["taken_back"]["discount"]
    more, gone, stays = (signed(money(amount, view.currency), amount) for amount in (given, back, given - back))
    scenario = money(told[SCENARIO]["taken_back"]["discount"], view.currency)
    return (
        f"Of the scenario’s discount, {scenario} came back with goods. The discounts of both worlds differ by {more}; "
        f"{gone} of that came back, so that {stays} stays."
    )


def _amounts(view: View, title: str, amounts: SummaryRow) -> Markup:
    shown = [figure(amount, view.currency) for amount in amounts.values()]
    difference = []
    if view.is_compared:
        before, after = amounts.values()
        difference = [signed(figure(after - before, view.currency), after - before)]
    return row(cell(title + of_currency(view.currency, ", {}")), *map(number, [*shown, *difference]))


def _counts(view: View, title: str, counts: SummaryRow) -> Markup:
    shown = [count(one) for one in counts.values()]
    difference = []
    if view.is_compared:
        before, after = counts.values()
        difference = [signed(count(after - before), after - before)]
    return row(cell(title), *map(number, [*shown, *difference]))
