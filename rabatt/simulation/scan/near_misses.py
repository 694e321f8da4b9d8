"""Baskets that a rule of the draft misses by little: one unit, or a small part of the least amount (SPEC 9)."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from engine.basket.basket import Basket
from engine.compiled.rule import CompiledRule
from engine.explanation.near_miss import Savings, near_miss
from engine.grants.wallet import Wallet
from engine.money import MinorUnits
from engine.trace import Trace
from rabatt.simulation.scan.rule_classes import near_keys
from rabatt.simulation.worlds import Worlds

# Up to so many units are told apart; what lacks more is counted together.
_MOST_UNITS: Final = 3
# Shares of the least amount, in percent.
_SHARES: Final = (0, 5, 10, 25)
_AMOUNTS: Final = {"missing_gross_amount": "gross_amount", "missing_net_amount": "net_amount"}


class Missed(NamedTuple):
    """By how much a basket missed a rule: more than `above`, at most `up_to`; None is no end."""

    rule_id: str
    missing: str
    above: int
    up_to: int | None


class NearMisses:
    """Finds the rules of the draft that a basket misses by little."""

    def __init__(self, worlds: Worlds) -> None:
        """File the rules of the draft under the goods that they want."""
        self._rules_by_id = worlds.scenario.rules_by_id
        self._by_item: dict[str, list[CompiledRule]] = {}
        self._by_group: dict[str, list[CompiledRule]] = {}
        self._always: list[CompiledRule] = []
        for rule in worlds.drafted:
            keys = near_keys(rule)
            for item in keys.items:
                self._by_item.setdefault(item, []).append(rule)
            for group in keys.groups:
                self._by_group.setdefault(group, []).append(rule)
            if keys.facts:
                self._always.append(rule)

    def of(
        self, basket: Basket, wallet: Wallet, used: Iterable[str], drafted: Callable[[], Trace]
    ) -> Iterator[tuple[Missed, MinorUnits | None]]:
        """Yield what was missed, and what would then have been saved; `used` are rules that were not missed.

        `drafted` evaluates the basket in the world with the draft, and is asked only where something was missed. What
        would be saved is None where nothing on the receipt tells what the missing goods cost; what would save nothing
        is no near miss (POLICY 17).
        """
        savings = None
        for rule in self._rules(basket, used):
            miss = near_miss(rule, basket, wallet, self._rules_by_id)
            missed = None if miss is None else _missed(rule, miss.said)
            if miss is None or missed is None:
                continue
            savings = savings or Savings(drafted())
            hint = savings.hint(rule, miss)
            if hint is not None:
                yield missed, hint.get("saves", hint.get("saves_bonus"))

    def _rules(self, basket: Basket, used: Iterable[str]) -> Iterator[CompiledRule]:
        """Yield each rule that the basket could miss by little, once."""
        if not basket.lines:
            return
        rules = list(self._always)
        for filed, shown in ((self._by_item, basket.by_item), (self._by_group, basket.by_group)):
            if filed:
                rules += [rule for name in shown for rule in filed.get(name, ())]
        skipped = set(used)
        for rule in rules:
            if rule.id not in skipped:
                skipped.add(rule.id)
                yield rule


def _missed(rule: CompiledRule, found: dict[str, Any]) -> Missed | None:
    units = found.get("missing_units")
    if units is not None:
        above = min(units, _MOST_UNITS + 1) - 1
        return Missed(rule.id, "units", above, units if units <= _MOST_UNITS else None)
    for name, missing in _AMOUNTS.items():
        if name in found:
            return _missed_amount(rule, missing, found[name])
    return None


def _missed_amount(rule: CompiledRule, missing: str, short: MinorUnits) -> Missed | None:
    least = getattr(rule.rule.requirement, missing)
    bounds = [least * share // 100 for share in _SHARES]
    for above, up_to in pairwise(bounds):
        if above < short <= up_to:
            return Missed(rule.id, missing, above, up_to)
    return None
