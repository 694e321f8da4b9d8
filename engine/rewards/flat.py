"""Rewards to each qualifying unit: percent, amount, new price (SPEC 6, step 3)."""

from collections.abc import Iterable

from engine.basket import Basket
from engine.compile import CompiledRule
from engine.gain import gain_on, lay_gains, room_on
from engine.lay import Claim
from engine.layout import Given, Layout
from engine.qualify import lines_of
from engine.settings import Settings


def give_flat(rule: CompiledRule, lines: int, layout: Layout, basket: Basket, settings: Settings) -> Given:
    """Return what the rule gives to the units of some lines, to the best of them where its rewards are limited."""
    claims = [
        Claim(line.index, segment.start, segment.stop, gain, room_on(rule, segment))
        for line in lines_of(basket, lines)
        for segment in layout.segments[line.index]
        if (gain := gain_on(rule, line, segment)) > 0
    ]
    if rule.most_rewards is not None and not rule.is_receipt_rule:
        claims = sorted(_best(claims, rule.most_rewards), key=_in_unit_order)
    return lay_gains(rule, claims, settings)


def _best(claims: Iterable[Claim], most: int) -> Iterable[Claim]:
    """Yield the units that gain most, at most so many, ties to the earlier."""
    for claim in sorted(claims, key=lambda claim: (-claim.weight, claim.line, claim.start)):
        taken = min(most, claim.stop - claim.start)
        if not taken:
            return
        most -= taken
        yield claim._replace(stop=claim.start + taken)


def _in_unit_order(claim: Claim) -> tuple[int, int]:
    return claim.line, claim.start
