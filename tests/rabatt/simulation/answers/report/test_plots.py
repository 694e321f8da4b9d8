"""Rows in, plots out."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from rabatt.simulation.answers.break_even import ChangedMargin, break_even
from rabatt.simulation.answers.figures.break_even import coverage, crossing_of, percent_text
from rabatt.simulation.answers.figures.currency_answers import SummaryRow
from rabatt.simulation.answers.report.break_even import ends, points, result_line, sentences
from rabatt.simulation.answers.report.by_day import Span, begin_of, begins, differences, lines, span_of, sums, ticks
from rabatt.simulation.answers.report.distribution import bars_of, histogram, range_text
from rabatt.simulation.answers.report.overlap import MOST_RULES, cells_of, heat_map, most
from rabatt.simulation.answers.report.section import labels_of


def day(written: str, baseline: int, scenario: int) -> SummaryRow:
    return {"day": date.fromisoformat(written), "baseline_discount": baseline, "scenario_discount": scenario}


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        pytest.param("2024-01-01", "2024-01-01", "day", id="one day"),
        pytest.param("2024-01-01", "2024-07-18", "day", id="200 days"),
        pytest.param("2024-01-01", "2024-07-19", "week", id="201 days"),
        pytest.param("2018-01-01", "2024-12-31", "month", id="seven years"),
        pytest.param("1970-01-01", "2024-12-31", "year", id="a receipt from before there were receipts"),
    ],
)
def test_days_are_summed_so_that_a_plot_can_be_read(first: str, last: str, span: Span) -> None:
    assert span_of([date.fromisoformat(last), date.fromisoformat(first)]) == span


@pytest.mark.parametrize(
    ("span", "begin"), [("day", "2024-02-29"), ("week", "2024-02-26"), ("month", "2024-02-01"), ("year", "2024-01-01")]
)
def test_a_span_begins_on_its_first_day(span: Span, begin: str) -> None:
    assert begin_of(date(2024, 2, 29), span) == date.fromisoformat(begin)
    assert list(begins(date(2024, 2, 29), date(2024, 2, 29), span)) == [date.fromisoformat(begin)]


def test_a_span_without_receipts_has_given_nothing() -> None:
    rows = sums([day("2024-01-01", 100, 250), day("2024-01-03", 100, 50)], "day", "discount", "NOK")
    assert [(row["begin"], row["Baseline"], row["Scenario"], row["difference_shown"]) for row in rows] == [
        ("2024-01-01", 1, 2.5, "+1.50 NOK"),
        ("2024-01-02", 0, 0, "0.00 NOK"),
        ("2024-01-03", 1, 0.5, "−0.50 NOK"),
    ]


def test_a_week_is_the_sum_of_its_days() -> None:
    rows = sums(
        [day("2024-01-01", 1, 2), day("2024-01-07", 10, 20), day("2024-01-08", 5, 5)], "week", "discount", "JPY"
    )
    assert [(row["begin"], row["Baseline"], row["Scenario"]) for row in rows] == [
        ("2024-01-01", 11, 22),
        ("2024-01-08", 5, 5),
    ]


def test_the_axes_of_time_and_amounts_say_what_they_are() -> None:
    rows = sums([day("2024-01-01", 1, 2)], "day", "discount", "NOK")
    spec = lines(rows, "day", "Discount per day", "NOK", ["baseline", "scenario"])
    assert spec["encoding"]["x"]["title"] == "Day"
    assert spec["layer"][0]["encoding"]["y"]["title"] == "Discount per day (NOK)"
    assert differences(rows, "day", None)["layer"][0]["encoding"]["y"]["title"] == "Difference"


def test_ticks_are_at_days_that_are_drawn_and_not_too_many() -> None:
    few, many = (
        [{"begin": begin.isoformat()} for begin in begins(date(1970, 1, 1), date(1970, 1, last), "day")]
        for last in (3, 31)
    )
    assert ticks(few)[1:] == [{"year": 1970, "month": 1, "date": day, "utc": True} for day in (2, 3)]
    assert len(ticks(many)) == 8


def test_few_days_are_points_too() -> None:
    few, many = ([day(f"2024-0{month}-01", 1, 2) for month in months] for months in ((1,), (1, 2, 3)))
    points_of = [
        lines(sums(days, "day", "discount", "NOK"), "day", "", "NOK", ["baseline"])["layer"][0]["mark"]["point"]
        for days in (few, many)
    ]
    assert [bool(point) for point in points_of] == [True, False]


BINS: Sequence[SummaryRow] = [
    {"above": above, "up_to": up_to, "baseline": baseline, "scenario": scenario}
    for above, up_to, baseline, scenario in (
        (0, 10, 0, 0),
        (10, 20, 3, 0),
        (20, 50, 0, 0),
        (50, None, 0, 2),
        (99, None, 0, 0),
    )
]


def test_ranges_at_the_ends_without_receipts_are_left_out() -> None:
    rows = bars_of(BINS, "NOK", ["baseline", "scenario"])
    assert [(row["range"], row["world"], row["receipts"]) for row in rows] == [
        ("0.10–0.20", "Baseline", 3),
        ("0.10–0.20", "Scenario", 0),
        ("0.20–0.50", "Baseline", 0),
        ("0.20–0.50", "Scenario", 0),
        ("over 0.50", "Baseline", 0),
        ("over 0.50", "Scenario", 2),
    ]
    assert histogram(rows, "NOK", ["baseline", "scenario"])["encoding"]["x"]["title"] == "Discount on a receipt (NOK)"


def test_the_first_range_begins_above_nothing() -> None:
    assert range_text(0, 1000, "NOK") == "up to 10"


def lost(lost_by: str, gained_by: str | None, discount: int, bonus: int = 0) -> SummaryRow:
    keys = {"lost_by": lost_by, "gained_by": gained_by}
    return {**keys, "receipts": 2, "uses": 3, "discount": discount, "bonus": bonus}


def test_who_loses_the_most_comes_first_and_no_rule_last() -> None:
    pairs = [lost("a", "x", 100), lost("b", "x", 500), lost("b", None, 9000), lost("a", "y", 50, 200)]
    assert most(pairs, "lost_by") == ["b", "a"]
    assert most(pairs, "gained_by") == ["x", "y", None]


def test_cells_hold_discount_and_bonus_and_are_called_by_name() -> None:
    pairs = [lost("a", "x", 100, 25), lost("a", None, 400)]
    rows = cells_of(pairs, ["a"], ["x", None], {"a": "Apples", "x": "Xmas"}, "NOK")
    assert [(row["loser"], row["gainer"], row["amount_shown"], row["is_much"]) for row in rows] == [
        ("Apples", "Xmas", "1.25 NOK", False),
        ("Apples", "no rule on that receipt", "4.00 NOK", True),
    ]


def test_many_rules_are_drawn_without_figures_and_the_smallest_are_left_out() -> None:
    pairs = [lost(f"rule-{number:02}", f"new-{number:02}", number + 1) for number in range(30)]
    losers, gainers = most(pairs, "lost_by"), most(pairs, "gained_by")
    assert (losers[0], losers[-1], len(gainers)) == ("rule-29", "rule-10", MOST_RULES)
    assert len(heat_map(cells_of(pairs, losers, gainers, {}, None), losers, gainers, None)["layer"]) == 1


def test_names_that_several_rules_share_are_told_apart() -> None:
    rules = [
        {"rule_id": rule_id, "name": name}
        for rule_id, name in (("a", "Same"), ("b", "Same"), ("c", "Own"), ("d", None))
    ]
    assert labels_of(rules) == {"a": "Same (a)", "b": "Same (b)", "c": "Own", "d": "d"}


def broken_even(today: int, scenario: int) -> dict[str, Any]:
    return break_even(ChangedMargin(10, today, scenario, 40, today, scenario), (0, 10, 50))


def test_the_line_crosses_zero_where_the_draft_is_paid_for() -> None:
    one = broken_even(10_000, 8_000)
    assert crossing_of(one) == Fraction(25)
    assert [(row["percent"], row["result"]) for row in points(one, "NOK")] == [(0, -20), (10, -12), (50, 20)]
    assert [(row["percent"], row["result"]) for row in ends(one, "NOK")] == [(0, -20), (50, 20)]
    assert result_line(one, "NOK")["layer"][-1]["data"]["values"][0]["percent_shown"] == "25.0 %"


def test_a_line_goes_past_a_crossing_that_is_past_the_uplifts() -> None:
    one = broken_even(10_000, 5_000)
    assert [row["percent"] for row in ends(one, "NOK")] == [0, 120]


@pytest.mark.parametrize(
    ("scenario", "words", "layers"),
    [
        pytest.param(1_000, ["900.0 % more purchases", "90 more receipts"], 3, id="a crossing too far out to draw"),
        pytest.param(-500, ["more receipts than there can be"], 3, id="nothing is earned any more"),
        pytest.param(10_000, ["gives up no margin"], 3, id="it costs nothing"),
    ],
)
def test_what_no_crossing_shows_is_said(scenario: int, words: Sequence[str], layers: int) -> None:
    one = broken_even(10_000, scenario)
    said = " ".join(sentences(one, "NOK"))
    assert [word in said for word in words] == [True] * len(words)
    assert len(result_line(one, "NOK")["layer"]) == layers


def test_percents_to_be_reached_are_rounded_up() -> None:
    assert [percent_text(percent) for percent in (Fraction(12), Fraction(1201, 100))] == ["12.0", "12.1"]


def test_where_no_unit_has_another_price_none_is_spoken_of() -> None:
    said = " ".join(sentences(break_even(ChangedMargin(10, 40_000, 30_000, 0, 0, 0), ()), "NOK"))
    assert "On 10 receipts, margin goes from 400.00 NOK to 300.00 NOK" in said
    assert "4 more receipts if" in said
    assert "unit" not in said


def test_a_margin_that_is_known_in_part_is_not_said_to_be_nothing() -> None:
    said = " ".join(sentences(break_even(ChangedMargin(1, 400, -4_600, 0, 0, 0, 5_000), ()), "NOK"))
    assert "50.00 NOK have to be earned back (50.00 NOK is discount on lines without cost prices)" in said
    assert "for no margin is known on one" in said


@pytest.mark.parametrize(
    ("with_costs", "others", "discount", "bonus", "said"),
    [
        pytest.param(2, 0, 0, 0, "2 receipts, all with cost prices.", id="all"),
        pytest.param(1, 0, 0, 0, "1 receipt, with cost prices.", id="the only one"),
        pytest.param(
            1,
            9,
            9_000,
            0,
            "10 receipts, 1 of them with cost prices. On the 9 others it gives 90.00 NOK more discount; "
            "their margin is not known.",
            id="one of ten",
        ),
        pytest.param(
            0,
            1,
            -500,
            300,
            "1 receipt, without cost prices. It gives 5.00 NOK less discount and 3.00 NOK more bonus there; "
            "what margin is left is not known.",
            id="none",
        ),
        pytest.param(
            4,
            1,
            0,
            0,
            "5 receipts, 4 of them with cost prices. On the 1 other it gives as much discount and bonus as before; "
            "their margin is not known.",
            id="another rule gives the same",
        ),
    ],
)
def test_how_many_changed_receipts_have_costs_is_said(
    with_costs: int, others: int, discount: int, bonus: int, said: str
) -> None:
    without_costs = {"receipts": others, "discount": discount, "bonus": bonus}
    changed = {"receipts": with_costs + others, "with_costs": with_costs, "without_costs": without_costs}
    assert coverage(changed, "NOK") == f"The draft changes {said}"
