"""Which units a discount came from, where its amounts by line don't say it (SPEC 8: what a ref remembers).

Returned goods are settled by it (docs/returns.md): the paid units of a set earned its discount too, of equal
units only some were rewarded, and the others of a stamp card earned stamps.
"""

from collections.abc import Iterable
from typing import Any

from engine.basket.basket import Basket, lines_of
from engine.basket.basket_state import joined, outside
from engine.basket.line_state import Segment, with_portions
from engine.compiled.rule import Step
from engine.qualify import Qualified, eligible_lines
from engine.rewards.award import Award


def units_behind(one: Qualified, award: Award | None, basket: Basket) -> list[dict[str, Any]]:
    """Return the units of a ref as the wire has them, in their order; none where `items` says it all.

    Each entry is a run of equal units of a line, `from` and `to` counted from 1 and both included, with what each of
    them was given and whether each earned a stamp. `items` says it all where every unit of its lines is rewarded alike:
    for rules on the receipt and balances, and flat rules without a limit.
    """
    if one.rule.step is Step.STAMPS:
        return _of_card(one, award, basket)
    if award is None or not award.given:
        return []
    lines, given = basket.lines, award.given
    used = award.used or {line: [(start, stop) for start, stop, _each in given[line]] for line in given}
    if used.keys() == award.by_line.keys() and all(lines[line].units == 1 for line in used):
        return []
    entries = []
    for line in sorted(used):
        runs = [(start, stop, 0, 0) for start, stop in joined(used[line])]
        entries += _entries(one, lines[line].line_id, with_portions(runs, given.get(line, ())))
    return entries


def _of_card(one: Qualified, award: Award | None, basket: Basket) -> list[dict[str, Any]]:
    """Return the units that earned stamps, and those that the stamps paid for."""
    entries = []
    lines = eligible_lines(one.rule, one.lines, basket.carrying, any_carrying=basket.any_carrying)
    for line in lines_of(basket, lines):
        # The price stands for the stamps of each unit.
        runs = [(0, line.units, 1, 0)]
        if award is not None:
            rewarded = joined(award.rewarded.get(line.index, ()))
            runs = [*outside(runs, rewarded), *((start, stop, 0, 0) for start, stop in rewarded)]
            runs = list(with_portions(sorted(runs), award.given.get(line.index, ())))
        entries += _entries(one, line.line_id, runs)
    return entries


def _entries(one: Qualified, line_id: int, runs: Iterable[Segment]) -> list[dict[str, Any]]:
    """Return one entry for all neighbours that are alike; what is 0 is left out."""
    entries: list[dict[str, Any]] = []
    before: Segment = (0, 0, 0, 0)
    for run in runs:
        start, stop, stamp, each = run
        if entries and before[1:] == (start, stamp, each):
            entries[-1]["to"] = stop
        else:
            entry = {"line_id": line_id, "from": start + 1, "to": stop}
            if each:
                entry["bonus" if one.rule.is_bonus else "amount"] = each
            if stamp:
                entry["stamp"] = 1
            entries.append(entry)
        before = run
    return entries
