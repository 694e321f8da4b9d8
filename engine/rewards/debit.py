"""A balance drawn for the purchase: the oldest grant first, each from the lines in order (SPEC 6 step 6, SPEC 7)."""

from collections.abc import Sequence

from engine.basket.basket import Basket, lines_of
from engine.basket.basket_state import BasketState, Distributed
from engine.basket.distribute import distribute_over_lines
from engine.compiled.rule import CompiledRule
from engine.money import MinorUnits
from rules import Grant


def balance_of(rule: CompiledRule, grant: Grant) -> MinorUnits:
    """Return what is left on a grant; 0 where more was drawn than there was."""
    balance = grant.statistics.debit_balance
    if balance is None:
        balance = (rule.value or 0) - grant.statistics.amount
    return max(balance, 0)


def give_debit(
    rule: CompiledRule, grants: Sequence[Grant], lines: int, state: BasketState, basket: Basket
) -> Distributed:
    """Return what the balances of all grants pay of the lines: at most what is due (POLICY 15)."""
    most = sum(balance_of(rule, grant) for grant in grants)
    if basket.due_elsewhere is not None:
        basket.meter.spend(len(state.lines))
        most = min(most, max(sum(line.left for line in state.lines) + basket.due_elsewhere, 0))
    return distribute_over_lines(most, lines_of(basket, lines), state)
