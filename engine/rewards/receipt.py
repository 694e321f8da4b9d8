"""Rewards to the whole receipt: a percent of every line, or an amount once (SPEC 6, step 4)."""

from engine.basket import Basket
from engine.compile import CompiledRule
from engine.gain import bonus_claims, remaining_claims, remaining_on
from engine.lay import Claim, lay_money
from engine.layout import Given, Layout
from engine.qualify import lines_of


def give_amount(rule: CompiledRule, lines: int, layout: Layout, basket: Basket) -> Given:
    """Return the rule's amount laid over the lines: a discount no more than remains, a bonus in full."""
    claims = remaining_claims(lines, layout, basket)
    if not rule.is_bonus:
        return lay_money(min(rule.value or 0, remaining_on(lines, layout, basket)), claims)
    return lay_money(rule.value or 0, bonus_claims(claims, _price_claims(lines, layout, basket)))


def _price_claims(lines: int, layout: Layout, basket: Basket) -> list[Claim]:
    return [
        Claim(line.index, start, stop, price, price)
        for line in lines_of(basket, lines)
        for start, stop, price, _ in layout.segments[line.index]
    ]
