"""What was given in the course of time, both worlds against each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

from rabatt.simulation.answers.figures.currency_answers import CurrencyAnswers, SummaryRow
from rabatt.simulation.answers.figures.number_text import coins, money, of_currency, signed
from rabatt.simulation.answers.report.look import COLOURS, DASHES, across, amounts_axis, shown, world_colours
from rabatt.simulation.answers.report.markup import Markup, paragraph
from rabatt.simulation.answers.report.section import TITLES, Plot, Section, Spec
from rabatt.simulation.tally import BASELINE, SCENARIO

Span: TypeAlias = Literal["day", "week", "month", "year"]

# So many days are drawn one by one; of more, sums of weeks, and so on.
_MOST: Final[Mapping[Span, int]] = {"day": 200, "week": 320 * 7, "month": 50 * 366}
_FEW_POINTS: Final = 40
_MOST_TICKS: Final = 8
_TITLES: Final = {"day": "Day", "week": "Week, by its Monday", "month": "Month", "year": "Year"}
_DIFFERENCE_HEIGHT: Final = 120


def by_day(answers: CurrencyAnswers) -> Section:
    """Return plots of discount, and of bonus where there is any, and of how the worlds differ."""
    heading = "In the course of time"
    parts: list[Markup | Plot] = []
    for name in ("discount", "bonus"):
        if any(day[f"{world}_{name}"] for day in answers.days for world in answers.worlds):
            parts += _plots(answers, name)
    if not parts:
        parts = [paragraph("Nothing was given on any day, so there is nothing to draw.", class_="absent")]
    return Section(heading, parts)


def _plots(answers: CurrencyAnswers, name: str) -> Iterator[Plot]:
    span = span_of([row["day"] for row in answers.days])
    rows = sums(answers.days, span, name, answers.currency)
    title = f"{name.capitalize()} per {span}"
    reading = f"Each point is the {name} of one {span}"
    if span != "day":
        reading += f"; the first and the last {span} may not be whole"
    if not answers.is_compared:
        yield Plot(lines(rows, span, title, answers.currency, [BASELINE]), title, f"{reading}.")
        return
    reading += ". Where the lines lie apart, the draft changes what is given."
    yield Plot(lines(rows, span, title, answers.currency, [BASELINE, SCENARIO]), title, reading)
    yield Plot(
        differences(rows, span, answers.currency),
        f"{title}: scenario less baseline",
        f"Above zero the draft gives more {name} than the baseline, below zero it gives less.",
    )


def span_of(days: Sequence[date]) -> Span:
    """Return what time is summed by, so that a plot can be read."""
    length = (max(days) - min(days)).days + 1
    return next((span for span, most in _MOST.items() if length <= most), "year")


def begin_of(day: date, span: Span) -> date:
    """Return the first day of the span that a day is in."""
    match span:
        case "day":
            return day
        case "week":
            return day - timedelta(day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)


def begins(first: date, last: date, span: Span) -> Iterator[date]:
    """Yield the first day of each span, those without a receipt too: nothing was given then."""
    found = None
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        begin = begin_of(date.fromordinal(ordinal), span)
        if begin != found:
            yield begin
        found = begin


def sums(days: Sequence[SummaryRow], span: Span, name: str, currency: str | None) -> list[dict[str, Any]]:
    """Return a row for each span: where it begins, and what both worlds give."""
    given = {
        begin: {BASELINE: 0, SCENARIO: 0}
        for begin in begins(min(row["day"] for row in days), max(row["day"] for row in days), span)
    }
    for row in days:
        amounts = given[begin_of(row["day"], span)]
        for world in amounts:
            amounts[world] += row[f"{world}_{name}"]
    found = []
    for begin, amounts in given.items():
        difference = amounts[SCENARIO] - amounts[BASELINE]
        row = {"begin": begin.isoformat(), "difference": coins(difference, currency)}
        row["difference_shown"] = signed(money(difference, currency), difference)
        for world, amount in amounts.items():
            row |= {TITLES[world]: coins(amount, currency), f"{world}_shown": money(amount, currency)}
        found.append(row)
    return found


def lines(rows: Sequence[SummaryRow], span: Span, title: str, currency: str | None, worlds: Sequence[str]) -> Spec:
    """Return the plot of a line for each world."""
    titles = {world: TITLES[world] for world in worlds}
    dashes = {"domain": list(titles.values()), "range": [DASHES[world] for world in worlds]}
    legend: Spec = {"legend": {"symbolType": "stroke"} if len(worlds) > 1 else None}
    drawn = {
        "transform": [{"fold": list(titles.values()), "as": ["world", "amount"]}],
        "mark": {"type": "line", "strokeWidth": 2, "point": {"filled": True, "size": 36} if _are_few(rows) else False},
        "encoding": {
            "y": {"field": "amount", "type": "quantitative", **amounts_axis(title + of_currency(currency))},
            "color": {"field": "world", "type": "nominal", "scale": world_colours(titles), **legend},
            "strokeDash": {"field": "world", "type": "nominal", "scale": dashes, **legend},
        },
    }
    fields = [(f"{world}_shown", TITLES[world]) for world in worlds]
    if len(worlds) > 1:
        fields.append(("difference_shown", "Difference"))
    pointer = _pointer([("begin", _TITLES[span]), *fields])
    return {**across(), **_time(rows, span), "layer": [drawn, pointer]}


def differences(rows: Sequence[SummaryRow], span: Span, currency: str | None) -> Spec:
    """Return the plot of by how much the scenario gives more."""
    area = {
        "mark": {
            "type": "area",
            "line": {"color": COLOURS[SCENARIO], "strokeWidth": 1.5},
            "color": COLOURS[SCENARIO],
            "fillOpacity": 0.25,
            "point": {"filled": True, "size": 36, "color": COLOURS[SCENARIO]} if _are_few(rows) else False,
        },
        "encoding": {
            "y": {
                "field": "difference",
                "type": "quantitative",
                **amounts_axis("Difference" + of_currency(currency), 3),
            }
        },
    }
    pointer = _pointer([("begin", _TITLES[span]), ("difference_shown", "Difference")])
    return {**across(_DIFFERENCE_HEIGHT), **_time(rows, span), "layer": [area, pointer]}


def _are_few(rows: Sequence[SummaryRow]) -> bool:
    """Whether points are drawn, without which one alone would not be seen."""
    return len(rows) <= _FEW_POINTS


def _time(rows: Sequence[SummaryRow], span: Span) -> Spec:
    time = {
        "field": "begin",
        "type": "temporal",
        "title": _TITLES[span],
        # Days are those of the shop, wherever the page is read.
        "scale": {"type": "utc"},
        "axis": {"values": ticks(rows), "labelOverlap": True, "format": "%Y" if span == "year" else "%e %b %Y"},
    }
    data = {"values": list(rows), "format": {"parse": {"begin": "utc:'%Y-%m-%d'"}}}
    return {"data": data, "encoding": {"x": time}}


def ticks(rows: Sequence[SummaryRow]) -> list[Spec]:
    """Return where the axis of time has ticks: at so many of the spans that their dates can be read."""
    step = -(-len(rows) // _MOST_TICKS)
    days = [date.fromisoformat(row["begin"]) for row in rows[::step]]
    return [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]


def _pointer(fields: Sequence[tuple[str, str]]) -> Spec:
    """Return a layer that shows the figures of the span nearest to where one points."""
    begin, *others = fields
    time: Spec = {"field": begin[0], "title": begin[1], "type": "temporal", "format": "%Y-%m-%d"}
    return {
        "mark": {"type": "rule", "color": "var(--soft)", "strokeWidth": 1},
        "params": [
            {
                "name": "nearest",
                "select": {
                    "type": "point",
                    "on": "pointerover",
                    "clear": "pointerout",
                    "nearest": True,
                    "encodings": ["x"],
                },
            }
        ],
        "encoding": {
            "opacity": {"condition": {"param": "nearest", "empty": False, "value": 0.6}, "value": 0},
            "tooltip": [time, *shown(*others)],
        },
    }
