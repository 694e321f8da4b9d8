"""The part of the summary about what was returned: by currency, what was paid for it and what it took with it."""

from collections.abc import Sequence
from typing import Any

from rabatt.simulation.answers.tables import currencies_of
from rabatt.simulation.tally import BASELINE, NOT_TIED, PAID, SCENARIO, SETTLED, TAKEN_BACK, Tally
from rules.limitation import ReturnPolicy


def returns_by_currency(tally: Tally, policy: ReturnPolicy) -> list[dict[str, Any]]:
    """Return a row for each currency that has return lines, in the order of the totals."""
    found = []
    for currency in currencies_of(tally):
        lines = {what: tally.return_lines.get((currency, what), (0,))[0] for what in (SETTLED, *NOT_TIED)}
        if any(lines.values()):
            settled = lines.pop(SETTLED)
            row = {"currency": currency, "policy": policy, "lines": settled + sum(lines.values()), SETTLED: settled}
            found.append({**row, "not_tied": lines, **_both(tally, currency)})
    return found


def _both(tally: Tally, currency: str | None) -> dict[str, Any]:
    """Return the amounts of both worlds, and by how much the scenario's differ."""
    paid = tally.refunds.get(currency, [0] * (2 * len(PAID)))
    of_rules = [values for (of, _), values in tally.taken_back.items() if of == currency]
    undone = [sum(values) for values in zip([0] * (2 * len(TAKEN_BACK)), *of_rules, strict=True)]
    baseline = [*paid[: len(PAID)], *undone[: len(TAKEN_BACK)]]
    scenario = [*paid[len(PAID) :], *undone[len(TAKEN_BACK) :]]
    difference = [after - before for before, after in zip(baseline, scenario, strict=True)]
    return {BASELINE: _world(baseline), SCENARIO: _world(scenario), "difference": _world(difference)}


def _world(values: Sequence[int]) -> dict[str, Any]:
    paid, undone = values[: len(PAID)], values[len(PAID) :]
    return {**dict(zip(PAID, paid, strict=True)), "taken_back": dict(zip(TAKEN_BACK, undone, strict=True))}
