"""What it costs to change one rule of a live set: `RuleSet.with_rule` and `.without_rule`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns
from typing import Any

from engine import RuleSet
from rules import Rule

CHANGES = 60


@dataclass(frozen=True, slots=True)
class Changes:
    """Milliseconds of one change, typical and worst, by kind; every change is made to the same set."""

    rules: int
    added: float
    added_worst: float
    replaced: float
    replaced_worst: float
    removed: float
    removed_worst: float


def changes_of(rule_set: RuleSet, rules: Sequence[Rule]) -> Changes | None:
    """Return what changes to a set cost; None where it cannot be changed, as in the first versions."""
    if not hasattr(RuleSet, "with_rule"):
        return None
    live: Any = rule_set
    some = rules[:: max(1, len(rules) // CHANGES)][:CHANGES]
    new = [rule.model_copy(update={"id": f"{rule.id}-new"}) for rule in some]
    added = _milliseconds(live.with_rule, new, len(rules) + 1)
    replaced = _milliseconds(live.with_rule, some, len(rules))
    removed = _milliseconds(live.without_rule, [rule.id for rule in some], len(rules) - 1)
    return Changes(len(rules), *added, *replaced, *removed)


def _milliseconds(change: Callable[[Any], RuleSet], arguments: Sequence[object], size: int) -> tuple[float, float]:
    """Return the median and the worst of changes, after each of which the set is of this size."""
    taken = []
    for argument in arguments:
        started = perf_counter_ns()
        changed = change(argument)
        taken.append((perf_counter_ns() - started) / 1e6)
        assert len(changed) == size
    return median(taken), max(taken)
