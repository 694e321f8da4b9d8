"""Where the time of an evaluation goes: the functions that `engine.evaluate` calls, each with a clock around it.

The clocks are put in by name, here and for the time of the measurement only. Each is called once an evaluation or a few
times, so that what they take themselves is not seen. What is left of the whole beside the stages is `the rest`.
"""

import gc
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from statistics import median
from time import perf_counter_ns
from typing import Any
from unittest.mock import patch

from benchmarks.engine.road import Made
from engine import evaluate
from rules import read_receipt

REST = "the rest"
# Stage -> the functions of it that `engine.evaluate` calls.
STAGES: Mapping[str, Sequence[str]] = {
    "lay out": ("lay_out", "open_wallet"),
    "candidates": ("RuleSet.candidates",),
    "qualify": ("qualified_of",),
    "choose": ("Awarder", "choose", "draw_debits"),
    "book": ("book",),
    "write": ("write",),
}


def _around(function: Callable[..., Any], stage: str, taken: Counter[str]) -> Callable[..., Any]:
    def clocked(*arguments: Any, **named: Any) -> Any:
        started = perf_counter_ns()
        try:
            return function(*arguments, **named)
        finally:
            taken[stage] += perf_counter_ns() - started

    return clocked


def stages_of(made: Made, rounds: int = 20) -> dict[str, float]:
    """Return the share of each stage in evaluating the receipts, the rest last; the shares add up to 1."""
    module = import_module("engine.evaluate")
    taken: Counter[str] = Counter()
    by_stage: dict[str, list[int]] = {stage: [] for stage in (*STAGES, REST)}
    gc.collect()
    gc.freeze()
    with ExitStack() as stack:
        for stage, names in STAGES.items():
            for name in names:
                owner_name, _, member = name.rpartition(".")
                owner = getattr(module, owner_name) if owner_name else module
                clocked = _around(getattr(owner, member), stage, taken)
                stack.enter_context(patch.object(owner, member, clocked))
        for data in [*made.workload.receipts_json] * rounds:
            receipt = read_receipt(data)
            taken.clear()
            started = perf_counter_ns()
            evaluate(made.rule_set, receipt)
            taken[REST] = perf_counter_ns() - started - taken.total()
            assert set(taken) == set(by_stage), f"only {', '.join(taken)} were called"
            for stage, own in taken.items():
                by_stage[stage].append(own)
    gc.unfreeze()
    medians = {stage: median(own) for stage, own in by_stage.items()}
    return {stage: own / sum(medians.values()) for stage, own in medians.items()}
