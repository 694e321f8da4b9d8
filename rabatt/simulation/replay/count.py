"""What a replayed receipt adds to the sums: what it was given in both worlds, what it missed, and the work it took."""

from typing import Any, Final

from engine.money import MinorUnits
from rabatt.simulation.replay.outcome import Gift, Outcome
from rabatt.simulation.scan.near import Missed
from rabatt.simulation.tally import BothCampaigns, Campaigns, Figure, Key, Place, Reached, Tally, add

_BOTH: Final = 3
_NONE: Final = (0,) * len(Figure)


def count_outcomes(
    tally: Tally, place: Place, both: tuple[Outcome, Outcome], campaigns: BothCampaigns, reached: Reached | None
) -> None:
    """Count what a receipt was given in the baseline and in the scenario; nobody is reached without a customer.

    `campaigns` tells the campaign of each rule in both worlds; of rules that give the same in both, it is the same.
    """
    baseline, scenario = both
    if baseline is scenario:
        _count(tally, place, baseline, _BOTH, campaigns[0], reached)
        return
    _count(tally, place, baseline, 1, campaigns[0], reached)
    _count(tally, place, scenario, 2, campaigns[1], reached)


def _count(
    tally: Tally, place: Place, outcome: Outcome, worlds: int, campaigns: Campaigns, reached: Reached | None
) -> None:
    if not outcome.gifts:
        return
    currency = place.currency
    uses = 0
    by_campaign: dict[Any, list[int]] = {}
    for gift in outcome.gifts:
        uses += gift.uses
        values = _values(gift.uses, gift)
        _add(tally, ("rule", currency, gift.rule_id), values, worlds, reached)
        add(by_campaign, campaigns[gift.rule_id], values)
    for campaign, values in by_campaign.items():
        values[Figure.RECEIPTS] = 1
        _add(tally, ("campaign", currency, campaign), values, worlds, reached)
    whole = _values(uses, outcome)
    for key in place.keys:
        _add(tally, key, whole, worlds, reached)


def _values(uses: int, given: Gift | Outcome) -> list[int]:
    return [1, 0, uses, given.discount, given.bonus, given.stamps, given.debit]


def _add(tally: Tally, key: Key, values: list[int], worlds: int, reached: Reached | None) -> None:
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
