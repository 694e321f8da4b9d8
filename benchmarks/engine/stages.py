"""Where the time of an evaluation goes: the functions that `engine.evaluate` calls, each with a clock around it.

The clocks are put in by name, here and for the time of the measurement only. What a clock itself takes is measured and
taken off; what is left of the whole beside the stages is `the rest`.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from statistics import median
from time import perf_counter_ns
from typing import Any

from engine import RuleSet, evaluate
from rules import read_receipt

REST = "the rest"
# Stage -> the names by which `engine.evaluate` knows what it calls for it. A name that it does not know is passed over.
STAGES: Mapping[str, Sequence[str]] = {
    "lay out": ("lay_out", "open_wallet"),
    "candidates": ("RuleSet.candidates",),
    "qualify": ("qualify", "qualified_of"),
    "choose": ("Awarder", "choose", "draw_debits"),
    "book": ("book",),
    "write": ("write",),
}
_CALIBRATION_CALLS = 20_000


@dataclass(slots=True)
class _Clock:
    """Nanoseconds and calls by stage, since they were last cleared."""

    taken: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with the clock around it."""
        taken, calls, now = self.taken, self.calls, perf_counter_ns

        def clocked(*arguments: Any, **named: Any) -> Any:
            started = now()
            try:
                return function(*arguments, **named)
            finally:
                taken[stage] += now() - started
                calls[stage] += 1

        return clocked


@contextmanager
def _clocked(clock: _Clock) -> Iterator[None]:
    """Put the clock around every stage, and take it off again."""
    module = import_module("engine.evaluate")
    before: list[tuple[Any, str, Any]] = []
    for stage, names in STAGES.items():
        for name in names:
            owner_name, _, member = name.rpartition(".")
            owner = getattr(module, owner_name, None) if owner_name else module
            function = getattr(owner, member, None)
            if function is not None:
                before.append((owner, member, function))
                setattr(owner, member, clock.around(stage, function))
    try:
        yield
    finally:
        for owner, member, function in before:
            setattr(owner, member, function)


def _cost_of_a_clock() -> tuple[float, float]:
    """Return the nanoseconds that a clock adds to what it shows, and to what is around it."""
    clock = _Clock()
    clocked = clock.around("", lambda: None)
    started = perf_counter_ns()
    for _ in range(_CALIBRATION_CALLS):
        clocked()
    whole = perf_counter_ns() - started
    return clock.taken[""] / _CALIBRATION_CALLS, whole / _CALIBRATION_CALLS


def stages_of(rule_set: RuleSet, receipts_json: Sequence[bytes], rounds: int = 20) -> dict[str, float]:
    """Return the share of each stage in evaluating the receipts, the rest last; the shares add up to 1."""
    clock = _Clock()
    inside, whole_cost = _cost_of_a_clock()
    by_stage: dict[str, list[float]] = {stage: [] for stage in (*STAGES, REST)}
    gc.collect()
    gc.freeze()
    with _clocked(clock):
        for data in [*receipts_json] * rounds:
            receipt = read_receipt(data)
            clock.taken.clear()
            clock.calls.clear()
            started = perf_counter_ns()
            evaluate(rule_set, receipt)
            whole = perf_counter_ns() - started - whole_cost * clock.calls.total()
            assert set(clock.calls) == set(STAGES), f"only {', '.join(clock.calls)} were called"
            own = {stage: max(0.0, clock.taken[stage] - inside * clock.calls[stage]) for stage in STAGES}
            for stage, taken in {**own, REST: max(0.0, whole - sum(own.values()))}.items():
                by_stage[stage].append(taken)
    gc.unfreeze()
    medians = {stage: median(taken) for stage, taken in by_stage.items()}
    together = sum(medians.values())
    return {stage: taken / together for stage, taken in medians.items()}
