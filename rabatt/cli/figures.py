"""The answers of a simulation as an analyst reads them on a terminal: totals, the draft's rules, what they took."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from rabatt.cli.screen import fitted, printable
from rules.currency import amount_text

NAME_WIDTH = 30
FIGURE_WIDTH = 18
# So many are told of here; the report has all.
MOST_ROWS = 10
MONEY = {"discount": "Discount", "bonus": "Bonus", "debit": "Paid from balances"}
CAME_BACK = {"discount": "Discount", "bonus": "Bonus", "debit": "Balance"}
COUNTS = {
    "receipts": "Receipts that got something",
    "customers": "Customers reached",
    "uses": "Uses",
    "stamps": "Stamps",
}
AMOUNTS = {"gross_amount": "gross", "net_amount": "net"}
NOT_TIED = {
    "no_receipt_named": "without a receipt's id",
    "receipt_not_found": "whose receipt is not found before them",
    "not_returnable": "that were not bought so",
}
# Told of even where there are none.
ALWAYS = {"receipts", "uses"}
WORLDS = ("baseline", "scenario", "difference")


def figures_text(summary: Mapping[str, Any], out: str | None) -> Iterator[Text]:
    """The lines that are printed."""
    archive = summary["archive"]
    days = f", {archive['first_day']} to {archive['last_day']}" if archive["first_day"] else ""
    yield Text(f"{counted(archive['receipts'], 'receipt', 'receipts')}{days}", style="bold")
    if archive["refused"]:
        where = f", see {Path(out) / summary['refused']['file']}" if out else "; --out keeps them with their faults"
        yield Text(f"{counted(archive['refused'], 'receipt was', 'receipts were')} refused{where}", style="yellow")
    for warning in summary["warnings"]:
        yield Text(printable(warning), style="yellow")
    for total in summary["totals"]:
        yield from currency_text(summary, total)
    yield Text("")
    yield Text(printable(summary["limits"][0]), style="dim")
    if out:
        yield Text(f"Answers: {Path(out) / 'report.html'}, and the tables beside it")


def currency_text(summary: Mapping[str, Any], total: Mapping[str, Any]) -> Iterator[Text]:
    """The lines of one currency."""
    currency = total["currency"]
    yield Text("")
    yield row(printable(currency or "no currency"), WORLDS, style="bold")
    for name, title in COUNTS.items():
        if name in ALWAYS or any(total[world][name] for world in WORLDS):
            yield row(title, [f"{total[world][name]:,}" for world in WORLDS])
    for name, title in MONEY.items():
        if any(total[world][name] for world in WORLDS):
            yield row(title, [amount_text(total[world][name], currency) for world in WORLDS])
    shares = [total[world]["share_of_gross"] for world in WORLDS]
    yield row("Share of what was sold", ["" if share is None else f"{share:.2f} %" for share in shares])
    for margin in of_currency(summary["margin"], currency):
        yield row("Margin of lines with costs", [amount_text(margin[world], currency) for world in WORLDS])
    yield from changed_text(summary["rules"], currency)
    yield from overlap_text(summary["overlap"], currency)
    yield from near_misses_text(summary["near_misses"], currency)
    for returned in of_currency(summary.get("returns", ()), currency):
        yield from returns_text(returned, total)
    for changed in of_currency(summary["changed"], currency):
        yield coverage_text(changed, currency)
    yield from break_even_text(summary["break_even"], currency)


def changed_text(rules: Sequence[Mapping[str, Any]], currency: str | None) -> Iterator[Text]:
    """What the rules give that the draft adds, replaces or takes out."""
    changed = [rule for rule in of_currency(rules, currency) if rule["status"] != "unchanged"]
    for rule in changed[:MOST_ROWS]:
        yield row(
            f"{rule['rule_id']} ({rule['status']})",
            [amount_text(rule[world]["discount"] + rule[world]["bonus"], currency) for world in WORLDS],
        )
    if len(changed) > MOST_ROWS:
        yield Text(f"and {counted(len(changed) - MOST_ROWS, 'rule', 'rules')} more")


def overlap_text(overlap: Sequence[Mapping[str, Any]], currency: str | None) -> Iterator[Text]:
    """What rules lost to each other, the greatest loss first."""
    lost = sorted(of_currency(overlap, currency), key=lambda one: (-one["discount"] - one["bonus"], one["lost_by"]))
    for one in lost[:MOST_ROWS]:
        to = "to no rule on the same receipt" if one["gained_by"] is None else f"to {printable(one['gained_by'])}"
        amount = amount_text(one["discount"] + one["bonus"], currency)
        uses = f" and {counted(one['uses'], 'use', 'uses')}" if one["uses"] else ""
        yield Text(f"{printable(one['lost_by'])} loses {amount}{uses} {to}")
    if len(lost) > MOST_ROWS:
        yield Text(f"and {counted(len(lost) - MOST_ROWS, 'loss', 'losses')} more")


def near_misses_text(missed: Sequence[Mapping[str, Any]], currency: str | None) -> Iterator[Text]:
    """How many baskets missed a rule of the draft by little."""
    near = of_currency(missed, currency)
    for one in near[:MOST_ROWS]:
        if one["missing"] == "units":
            short = "one unit" if one["short_up_to"] == 1 else f"{one['short_up_to'] or one['short_above'] + 1} units"
            short += " or more" if one["short_up_to"] is None else ""
        else:
            # Each basket is in one row: where a row begins is as much of it as where it ends.
            above = f"over {amount_text(one['short_above'], currency)} and " if one["short_above"] else ""
            short = f"{above}at most {amount_text(one['short_up_to'], currency)} {AMOUNTS[one['missing']]}"
        baskets = counted(one["receipts"], "basket was", "baskets were")
        yield Text(f"{baskets} {short} short of {printable(one['rule_id'])}")
    if len(near) > MOST_ROWS:
        yield Text(f"and {counted(len(near) - MOST_ROWS, 'row of near misses', 'rows of near misses')} more")


def returns_text(returned: Mapping[str, Any], total: Mapping[str, Any]) -> Iterator[Text]:
    """What came back: how many lines could be settled, what was paid for them, and what is left of the discount."""
    currency = returned["currency"]
    lines = counted(returned["lines"], "return line", "return lines")
    why = [f"{number:,} {NOT_TIED[name]}" for name, number in returned["not_tied"].items() if number]
    untied = f"; not tied to a purchase: {', '.join(why)}" if why else ""
    yield Text(f"{lines}: {returned['settled']:,} settled {returned['policy'].replace('_', ' ')}{untied}")
    if not returned["settled"]:
        return
    yield row("Paid for returned goods", [amount_text(returned[world]["amount"], currency) for world in WORLDS])
    for name, title in CAME_BACK.items():
        if any(returned[world]["taken_back"][name] for world in WORLDS):
            back = {world: returned[world]["taken_back"][name] for world in WORLDS}
            yield row(f"{title} that came back", [amount_text(back[world], currency) for world in WORLDS])
            stays = [amount_text(total[world][name] - back[world], currency) for world in WORLDS]
            yield row(f"{title} that stays", stays)


def coverage_text(changed: Mapping[str, Any], currency: str | None) -> Text:
    """How many receipts the draft changes, how many of them say what goods cost, and what the others get."""
    others, with_costs = changed["without_costs"], changed["with_costs"]
    said = f"The draft changes {counted(changed['receipts'], 'receipt', 'receipts')}"
    if not others["receipts"]:
        return Text(f"{said}, {'all ' if with_costs > 1 else ''}with cost prices")
    amounts = [
        f"{amount_text(abs(others[name]), currency)} {'more' if others[name] > 0 else 'less'} {name}"
        for name in ("discount", "bonus")
        if others[name]
    ]
    given = " and ".join(amounts) or "as much discount and bonus as before"
    if not with_costs:
        return Text(f"{said}, without cost prices: it gives {given} there, and what margin is left is not known")
    rest = counted(others["receipts"], "other", "others")
    return Text(f"{said}, {with_costs:,} of them with cost prices: the {rest} get {given}, their margin is not known")


def break_even_text(found: Sequence[Mapping[str, Any]], currency: str | None) -> Iterator[Text]:
    """What must come in for the draft to pay for itself."""
    for one in of_currency(found, currency):
        receipts = counted(one["receipts"], "receipt", "receipts")
        uncosted = f", {amount_text(one['uncosted'], currency)} of it on lines without cost" if one["uncosted"] else ""
        yield Text(f"Margin given up on {receipts}: {amount_text(one['cost'], currency)}{uncosted}")
        extra = one["extra_receipts_discounted"]
        if extra is None:
            none = "No margin is known" if one["uncosted"] else "Nothing is earned"
            yield Text(f"{none} on these receipts with the draft: no number of them pays for it")
        elif extra:
            more = counted(extra, "more receipt", "more receipts")
            yield Text(f"It takes {more} like these, with the draft's discounts, to make up for it")
        for uplift in one["uplifts"]:
            result = amount_text(uplift["result"], currency)
            yield Text(f"With {uplift['percent']} % more of them (an assumption) the result is {result}")


def counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def of_currency(rows: Sequence[Mapping[str, Any]], currency: str | None) -> list[Mapping[str, Any]]:
    return [one for one in rows if one["currency"] == currency]


def row(name: str, figures: Sequence[str], style: str = "") -> Text:
    return Text(fitted(name, NAME_WIDTH) + "".join(figure.rjust(FIGURE_WIDTH) for figure in figures), style=style)
