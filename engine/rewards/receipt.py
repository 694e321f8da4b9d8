"""Rewards to the whole receipt: an amount once, distributed over its lines (SPEC 6, step 4)."""

from engine.basket.allocate import allocate
from engine.basket.basket import Basket, lines_of
from engine.basket.basket_state import BasketState, Distributed
from engine.basket.distribute import distribute_over_lines
from engine.compiled.rule import CompiledRule
from engine.rewards.unit_value import BOUNDLESS


def give_amount(rule: CompiledRule, lines: int, state: BasketState, basket: Basket) -> Distributed:
    """Return the rule's amount distributed over the lines: a discount no more than remains, a bonus in full."""
    amount = rule.value or 0
    if not rule.is_bonus:
        return distribute_over_lines(amount, lines_of(basket, lines), state)
    if not amount:
        return Distributed({}, {})
    takers = lines_of(basket, lines)
    remaining = [(line.index, left) for line in takers if (left := state.lines[line.index].left)]
    # Over prices where nothing remains.
    weights = remaining or [(line.index, line.gross) for line in takers]
    shares = allocate(amount, [(weight, 1, BOUNDLESS) for _, weight in weights])
    by_line = {line: each + more for (line, _), (each, more) in zip(weights, shares, strict=True)}
    return Distributed({line: bonus for line, bonus in by_line.items() if bonus}, {})
