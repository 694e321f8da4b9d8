"""What a draft must bring to pay for itself, worked out from the margin of the receipts that it changes."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.money import MinorUnits
from rabatt.simulation.replay.margin import rounded

ASSUMPTION: Final = (
    "An assumption, not a finding: the extra purchases are like those that the draft changes, with the same goods, "
    "margin and discounts; bonus counts as margin given up at its face value. Discount on lines without cost prices "
    "counts too, less its tax; what else is earned on them is not known."
)


class ChangedMargin(NamedTuple):
    """Receipts and units that are given something else in the scenario, and what is earned on them in both worlds.

    Units are those of lines with known costs that have another price in the scenario. What else the scenario gives on
    their receipts is taken from what is earned on them too. `uncosted` is what of the difference is discount on lines
    without cost.
    """

    receipts: int
    today: MinorUnits
    scenario: MinorUnits
    units: int
    units_today: MinorUnits
    units_scenario: MinorUnits
    uncosted: MinorUnits = 0


def break_even(changed: ChangedMargin, uplifts: Sequence[int]) -> dict[str, Any]:
    """Return the extra receipts and units that make up for the margin given up, and the result at given uplifts.

    A number is None where nothing is earned on a receipt or unit, so that no number of them would do, and where there
    are no units: all that is given is bonus, or discount on lines without cost. The cost is negative where the draft
    gives less than today.
    """
    cost = changed.today - changed.scenario
    return {
        "receipts": changed.receipts,
        "units": changed.units,
        "cost": cost,
        "uncosted": changed.uncosted,
        "margin_today": changed.today,
        "margin_scenario": changed.scenario,
        "extra_receipts": _needed(cost, changed.receipts, changed.today),
        "extra_units": _needed(cost, changed.units, changed.units_today),
        "extra_receipts_discounted": _needed(cost, changed.receipts, changed.scenario),
        "extra_units_discounted": _needed(cost, changed.units, changed.units_scenario),
        "uplifts": [
            {"percent": percent, "result": rounded(changed.scenario * (100 + percent), 100) - changed.today}
            for percent in uplifts
        ],
        "assumption": ASSUMPTION,
    }


def _needed(cost: MinorUnits, count: int, margin: MinorUnits) -> int | None:
    """Return how many more of so many that earn a margin together make up for a cost: 0 for no cost."""
    if not count:
        return None
    if cost <= 0:
        return 0
    return -(-cost * count // margin) if margin > 0 else None
