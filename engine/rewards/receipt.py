"""Rewards to the whole receipt: a percent of every line, or an amount once (SPEC 6, step 4)."""

from engine.basket import Basket
from engine.compile import CompiledRule
from engine.gain import BOUNDLESS, remaining_claims, remaining_on
from engine.lay import Claim, lay_money
from engine.layout import Given, Layout
from engine.qualify import lines_of
from engine.settings import Settings


def give_amount(rule: CompiledRule, lines: int, layout: Layout, basket: Basket, _settings: Settings) -> Given:
    """Return the rule's amount laid over the lines: a discount no more than remains, a bonus in full."""
    claims = remaining_claims(lines, layout, basket)
    if not rule.is_bonus:
        return lay_money(min(rule.value or 0, remaining_on(lines, layout, basket)), claims)
    return lay_money(rule.value or 0, bonus_claims(claims, _price_claims(lines, layout, basket)))


def bonus_claims(claims: list[Claim], prices: list[Claim]) -> list[Claim]:
    """Return the claims for a bonus of money: over what remains, or over prices where nothing does; none is capped."""
    return [claim._replace(room=BOUNDLESS) for claim in claims or prices]


def _price_claims(lines: int, layout: Layout, basket: Basket) -> list[Claim]:
    return [
        Claim(line.index, start, stop, price, price)
        for line in lines_of(basket, lines)
        for start, stop, price, _ in layout.segments[line.index]
    ]
