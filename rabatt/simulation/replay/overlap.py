"""What rules took from each other: on one receipt, some give less in the scenario, where others give more."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from engine.basket.allocate import allocate
from rabatt.simulation.replay.receipt_figures import NOTHING, ReceiptFigures, RuleFigures

_NOT_GIVEN: Final = RuleFigures("", 0, 0, 0, 0, 0)


class Loss(NamedTuple):
    """What one rule lost to another on a receipt, in money that is not negative; None: to none on this receipt."""

    lost_by: str
    gained_by: str | None
    uses: int
    discount: int
    bonus: int


def losses(baseline: ReceiptFigures, scenario: ReceiptFigures) -> Iterator[Loss]:
    """Yield what each rule gives less in the scenario, shared among those that give more in proportion to how much.

    A use that is lost goes to the rule that gains the most.
    """
    if baseline is scenario:
        return
    before, after = _by_rule(baseline), _by_rule(scenario)
    gains = {
        rule_id: gain
        for rule_id in sorted(after)
        if (gain := _worth(after[rule_id]) - _worth(before.get(rule_id, _NOT_GIVEN))) > 0
    }
    for rule_id in sorted(before):
        was, now = before[rule_id], after.get(rule_id, _NOT_GIVEN)
        uses = max(was.uses - now.uses, 0)
        discount = max(was.discount - now.discount, 0)
        bonus = max(was.bonus - now.bonus, 0)
        if uses or discount or bonus:
            yield from _shared_out(Loss(rule_id, None, uses, discount, bonus), gains)


def _shared_out(lost: Loss, gains: Mapping[str, int]) -> Iterator[Loss]:
    others = {rule_id: gain for rule_id, gain in gains.items() if rule_id != lost.lost_by}
    if not others:
        yield lost
        return
    most = min(others, key=lambda rule_id: (-others[rule_id], rule_id))
    discounts, bonuses = _shares(lost.discount, others), _shares(lost.bonus, others)
    for rule_id in others:
        uses = lost.uses if rule_id == most else 0
        if uses or discounts[rule_id] or bonuses[rule_id]:
            yield Loss(lost.lost_by, rule_id, uses, discounts[rule_id], bonuses[rule_id])


def _shares(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    shares = allocate(amount, [(weight, 1, amount) for weight in weights.values()])
    return {rule_id: each + more for rule_id, (each, more) in zip(weights, shares, strict=True)}


def _by_rule(figures: ReceiptFigures) -> dict[str, RuleFigures]:
    return {} if figures is NOTHING else {one.rule_id: one for one in figures.by_rule}


def _worth(one: RuleFigures) -> int:
    return one.discount + one.bonus
