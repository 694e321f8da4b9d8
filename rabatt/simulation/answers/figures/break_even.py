"""What the draft must bring to pay for itself, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rabatt.simulation.answers.figures.currency_answers import SummaryRow
from rabatt.simulation.answers.figures.number_text import count, money, plural, signed, tenths_text


@dataclass(frozen=True)
class Passage:
    """A few sentences, and the points that the last of them announces, if any."""

    text: str
    points: Sequence[str] = ()


def coverage(changed: SummaryRow, currency: str | None) -> str:
    """Return how many receipts the draft changes, how many of them say what goods cost, and what the others get."""
    others, with_costs = changed["without_costs"], changed["with_costs"]
    first = f"The draft changes {plural(changed['receipts'], 'receipt')}"
    if not others["receipts"]:
        return f"{first}, {'all ' if with_costs > 1 else ''}with cost prices."
    amounts = [
        f"{money(abs(others[name]), currency)} {'more' if others[name] > 0 else 'less'} {name}"
        for name in ("discount", "bonus")
        if others[name]
    ]
    given = " and ".join(amounts) or "as much discount and bonus as before"
    if not with_costs:
        return f"{first}, without cost prices. It gives {given} there; what margin is left is not known."
    known = f"{count(with_costs)} of them with cost prices"
    return (
        f"{first}, {known}. On the {plural(others['receipts'], 'other')} it gives {given}; their margin is not known."
    )


def break_even_passages(one: SummaryRow, currency: str | None) -> list[Passage]:
    """Return what the figures of `break_even` say: the margin given up, what makes up for it, and the given uplifts."""
    today, scenario = money(one["margin_today"], currency), money(one["margin_scenario"], currency)
    changed = plural(one["receipts"], "receipt")
    if one["units"]:
        changed += f" with {plural(one['units'], 'unit')} at another price"
    first = f"On {changed}, margin goes from {today} to {scenario}"
    if one["cost"] <= 0:
        said = [Passage(f"{first}. It gives up no margin there: nothing more has to be sold for these.")]
    else:
        uncosted = one["uncosted"]
        of_which = f" ({money(uncosted, currency)} is discount on lines without cost prices)" if uncosted else ""
        needed = [
            _needed(one, "_discounted", "if the extra purchases get the draft's discounts too"),
            _needed(one, "", "if they earn today's margin"),
        ]
        text = f"{first}, so {money(one['cost'], currency)} have to be earned back{of_which}. It takes:"
        said = [Passage(text, needed)]
    crossing = crossing_of(one)
    if crossing is not None:
        said.append(Passage(f"That is {percent_text(crossing)} % more purchases like these, with the draft."))
    return [*said, *_uplifts(one, currency)]


def _needed(one: SummaryRow, ending: str, condition: str) -> str:
    receipts, units = one[f"extra_receipts{ending}"], one[f"extra_units{ending}"]
    nothing = "no margin is known" if one["uncosted"] else "nothing is earned"
    either = [
        plural(number, f"more {what}")
        if number is not None
        else f"more {what}s than there can be, for {nothing} on one,"
        for number, what in ((receipts, "receipt"), (units, "unit"))
        # Without such units there is nothing that a number of them could be of.
        if what == "receipt" or one["units"]
    ]
    return f"{' or '.join(either)} {condition}"


def _uplifts(one: SummaryRow, currency: str | None) -> list[Passage]:
    points = [
        f"{count(uplift['percent'])} % more: {signed(money(uplift['result'], currency), uplift['result'])}"
        for uplift in one["uplifts"]
    ]
    text = "Margin against today, with the draft and more purchases like these (an assumption):"
    return [Passage(text, points)] if points else []


def crossing_of(one: SummaryRow) -> Fraction | None:
    """Return the uplift, in percent, at which the result is nothing; None where none is."""
    if one["cost"] <= 0 or one["margin_scenario"] <= 0:
        return None
    return Fraction(one["cost"] * 100, one["margin_scenario"])


def percent_text(percent: Fraction) -> str:
    """Return a percent with one decimal, rounded up: less would not pay for it."""
    return tenths_text(-(-percent.numerator * 10 // percent.denominator))
