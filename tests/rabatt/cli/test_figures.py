"""The lines of a simulation on the terminal, where rows are cut, or costs and amounts are known in part."""

from typing import Any

import pytest

from rabatt.cli.figures import MOST_ROWS, break_even_text, coverage_text, near_misses_text, overlap_text
from rabatt.simulation.answers.break_even import ChangedMargin, break_even


def missed(missing: str, above: int, up_to: int | None, receipts: int = 2) -> dict[str, Any]:
    about = {"currency": "NOK", "rule_id": "from-100", "missing": missing}
    return {**about, "short_above": above, "short_up_to": up_to, "receipts": receipts}


@pytest.mark.parametrize(
    ("one", "line"),
    [
        pytest.param(
            missed("gross_amount", 0, 500), "2 baskets were at most 5.00 gross short of from-100", id="the nearest"
        ),
        pytest.param(
            missed("gross_amount", 500, 1_000, 1),
            "1 basket was over 5.00 and at most 10.00 gross short of from-100",
            id="those of the row before are not counted again",
        ),
        pytest.param(
            missed("net_amount", 1_000, 2_500),
            "2 baskets were over 10.00 and at most 25.00 net short of from-100",
            id="an amount after other discounts",
        ),
        pytest.param(missed("units", 1, 2), "2 baskets were 2 units short of from-100", id="units"),
        pytest.param(missed("units", 3, None), "2 baskets were 4 units or more short of from-100", id="many units"),
    ],
)
def test_how_short_baskets_were(one: dict[str, Any], line: str) -> None:
    assert [text.plain for text in near_misses_text([one], "NOK")] == [line]


@pytest.mark.parametrize("count", [MOST_ROWS, MOST_ROWS + 1, MOST_ROWS + 3])
def test_rows_that_are_left_out_are_counted(count: int) -> None:
    of_another = {**missed("units", 0, 1), "currency": "SEK"}
    near = [text.plain for text in near_misses_text([missed("units", 0, 1)] * count + [of_another], "NOK")]
    loss = {"currency": "NOK", "lost_by": "a", "gained_by": "b", "uses": 1, "discount": 5, "bonus": 0}
    lost = [text.plain for text in overlap_text([loss] * count, "NOK")]
    more = {
        1: ["and 1 row of near misses more", "and 1 loss more"],
        3: ["and 3 rows of near misses more", "and 3 losses more"],
    }
    expected = more.get(count - MOST_ROWS, [])
    assert [*near[MOST_ROWS:], *lost[MOST_ROWS:]] == expected


@pytest.mark.parametrize(
    ("with_costs", "others", "discount", "bonus", "line"),
    [
        pytest.param(72, 0, 0, 0, "72 receipts, all with cost prices", id="all"),
        pytest.param(1, 0, 0, 0, "1 receipt, with cost prices", id="the only one"),
        pytest.param(
            1,
            9,
            9_000,
            -50,
            "10 receipts, 1 of them with cost prices: "
            "the 9 others get 90.00 more discount and 0.50 less bonus, their margin is not known",
            id="one of ten",
        ),
        pytest.param(
            0,
            3,
            0,
            0,
            "3 receipts, without cost prices: "
            "it gives as much discount and bonus as before there, and what margin is left is not known",
            id="none",
        ),
    ],
)
def test_how_many_changed_receipts_have_costs(
    with_costs: int, others: int, discount: int, bonus: int, line: str
) -> None:
    without_costs = {"receipts": others, "discount": discount, "bonus": bonus}
    changed = {"receipts": with_costs + others, "with_costs": with_costs, "without_costs": without_costs}
    assert coverage_text(changed, "NOK").plain == f"The draft changes {line}"


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        pytest.param(
            ChangedMargin(1, 400, -4_600, 0, 0, 0, 5_000),
            [
                "Margin given up on 1 receipt: 50.00, 50.00 of it on lines without cost",
                "No margin is known on these receipts with the draft: no number of them pays for it",
            ],
            id="discount on goods of which the cost is not known",
        ),
        pytest.param(
            ChangedMargin(1, 400, -100, 1, 400, -100),
            [
                "Margin given up on 1 receipt: 5.00",
                "Nothing is earned on these receipts with the draft: no number of them pays for it",
            ],
            id="below cost",
        ),
        pytest.param(
            ChangedMargin(10, 40_000, 30_000, 0, 0, 0),
            [
                "Margin given up on 10 receipts: 100.00",
                "It takes 4 more receipts like these, with the draft's discounts, to make up for it",
            ],
            id="bonus",
        ),
    ],
)
def test_what_it_takes(changed: ChangedMargin, lines: list[str]) -> None:
    found = {"currency": "NOK", **break_even(changed, ())}
    assert [text.plain for text in break_even_text([found], "NOK")] == lines
