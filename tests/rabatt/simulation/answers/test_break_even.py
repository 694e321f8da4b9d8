"""What a draft must bring, by hand."""

from typing import Any

import pytest

from rabatt.simulation.answers.break_even import ChangedMargin, break_even

# Ten receipts that earn 100 each, of which the draft gives 20 up; on seven units that earn 600 together, and then 400.
TEN = ChangedMargin(10, 1_000, 800, 7, 600, 400)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            TEN,
            {
                "cost": 200,
                "extra_receipts": 2,
                "extra_receipts_discounted": 3,
                "extra_units": 3,
                "extra_units_discounted": 4,
            },
            id="a cost: 200 of 100 each, or of 80 each with the discount",
        ),
        pytest.param(
            ChangedMargin(10, 1_000, 1_100, 5, 500, 600),
            {"cost": -100, "extra_receipts": 0, "extra_receipts_discounted": 0, "extra_units": 0},
            id="it gives less than today: nothing is needed",
        ),
        pytest.param(
            ChangedMargin(3, 100, -5, 3, 100, -5),
            {"extra_receipts": 4, "extra_receipts_discounted": None, "extra_units_discounted": None},
            id="nothing is earned with the draft: no number will do",
        ),
        pytest.param(
            ChangedMargin(3, 10, 3, 0, 0, 0), {"extra_receipts": 3, "extra_receipts_discounted": 7}, id="rounded up"
        ),
        pytest.param(
            ChangedMargin(10, 40_000, 30_000, 0, 0, 0),
            {"cost": 10_000, "extra_receipts": 3, "extra_units": None, "extra_units_discounted": None},
            id="bonus alone: there is no unit that others could be like",
        ),
        pytest.param(
            ChangedMargin(10, 1_000, 800, 1, 100, 50),
            {"cost": 200, "extra_units": 2, "extra_units_discounted": 4},
            id="units make up for the bonus of other receipts too",
        ),
        pytest.param(
            ChangedMargin(1, 400, -4_600, 0, 0, 0, 5_000),
            {"cost": 5_000, "uncosted": 5_000, "extra_receipts": 13, "extra_receipts_discounted": None},
            id="a discount on goods of which the cost is not known",
        ),
    ],
)
def test_what_it_takes(changed: ChangedMargin, expected: dict[str, Any]) -> None:
    found = break_even(changed, ())
    assert {name: found[name] for name in expected} == expected


def test_the_result_at_given_uplifts() -> None:
    results = {one["percent"]: one["result"] for one in break_even(TEN, (0, 5, 25, 50))["uplifts"]}
    assert results == {0: -200, 5: -160, 25: 0, 50: 200}


def test_more_of_what_loses_money_loses_more() -> None:
    results = [one["result"] for one in break_even(ChangedMargin(1, 0, -3, 1, 0, -3), (0, 50))["uplifts"]]
    assert results == [-3, -5]
