"""What a replayed receipt adds to the sums: what it was given in both worlds, what it missed, and the work it took."""

from typing import Any, Final

from engine.money import MinorUnits
from rabatt.simulation.replay.receipt_figures import ReceiptFigures, RuleFigures
from rabatt.simulation.scan.near_misses import Missed
from rabatt.simulation.tally import (
    BothCampaigns,
    Campaigns,
    Figure,
    GroupKey,
    ReachedCustomers,
    ReceiptDimensions,
    Tally,
    add,
)

_BOTH: Final = 3
_NONE: Final = (0,) * len(Figure)


def count_figures(
    tally: Tally,
    dimensions: ReceiptDimensions,
    both: tuple[ReceiptFigures, ReceiptFigures],
    campaigns: BothCampaigns,
    reached: ReachedCustomers | None,
) -> None:
    """Count what a receipt was given in the baseline and in the scenario; nobody is reached without a customer.

    `campaigns` tells the campaign of each rule in both worlds; of rules that give the same in both, it is the same.
    """
    baseline, scenario = both
    if baseline is scenario:
        _count(tally, dimensions, baseline, _BOTH, campaigns[0], reached)
        return
    _count(tally, dimensions, baseline, 1, campaigns[0], reached)
    _count(tally, dimensions, scenario, 2, campaigns[1], reached)


def _count(
    tally: Tally,
    dimensions: ReceiptDimensions,
    figures: ReceiptFigures,
    worlds: int,
    campaigns: Campaigns,
    reached: ReachedCustomers | None,
) -> None:
    if not figures.by_rule:
        return
    currency = dimensions.currency
    uses = 0
    by_campaign: dict[Any, list[int]] = {}
    for one in figures.by_rule:
        uses += one.uses
        values = _values(one.uses, one)
        _add(tally, ("rule", currency, one.rule_id), values, worlds, reached)
        add(by_campaign, campaigns[one.rule_id], values)
    for campaign, values in by_campaign.items():
        values[Figure.RECEIPTS] = 1
        _add(tally, ("campaign", currency, campaign), values, worlds, reached)
    whole = _values(uses, figures)
    for key in dimensions.keys:
        _add(tally, key, whole, worlds, reached)


def _values(uses: int, given: RuleFigures | ReceiptFigures) -> list[int]:
    return [1, 0, uses, given.discount, given.bonus, given.stamps, given.debit]


def _add(tally: Tally, key: GroupKey, values: list[int], worlds: int, reached: ReachedCustomers | None) -> None:
    if worlds == _BOTH:
        add(tally.figures, key, values + values)
    else:
        add(tally.figures, key, (*values, *_NONE) if worlds == 1 else (*_NONE, *values))
    if reached is not None:
        reached.see(key, worlds)


def count_near_miss(tally: Tally, currency: str | None, missed: Missed, saves: MinorUnits | None) -> None:
    """Count a basket that missed a rule by little; what it would have saved may not be known."""
    add(tally.near, (currency, *missed), (1, int(saves is not None), saves or 0))


def count_work(tally: Tally, *, evaluated: int, not_optimal: int) -> None:
    """Count the evaluations of one receipt: none, one for both worlds, or one for each."""
    add(tally.work, "receipts", (1 if evaluated else 0, 1 if evaluated > 1 else 0, not_optimal))
