"""The road of a receipt, timed: validated with pydantic as the yardstick, read, evaluated, written, and all at once.

All are measured by turns, receipt by receipt, so that a machine that slows down slows the yardstick too: each time is
divided by that of the yardstick taken just before it. Every receipt is read afresh before it is evaluated, so nothing
that an evaluation may have left on one can make the next one quicker.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps
from statistics import median
from typing import Any

from pydantic_core import from_json, to_json

import engine
from benchmarks.measure import at_share, now
from benchmarks.record import Data
from benchmarks.workload import Knobs, Workload, make_workload
from engine import Evaluation, RuleSet, compile_rules, evaluate
from rules import Receipt, read_receipt, read_rules

# Commits before this function came are compared with later ones.
evaluate_json: Callable[[RuleSet, bytes], bytes] | None = getattr(engine, "evaluate_json", None)


@dataclass(frozen=True, slots=True)
class Samples:
    """Nanoseconds, one of each for every time that a receipt was on the road."""

    pydantic: list[int] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    evaluate: list[int] = field(default_factory=list)
    write: list[int] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)

    def multiple(self, taken: Sequence[int]) -> float:
        """Return how long something takes as a multiple of the yardstick: the median of all pairs."""
        return median(mine / yardstick for mine, yardstick in zip(taken, self.pydantic, strict=True))


def samples_of(rule_set: RuleSet, receipts_json: Sequence[bytes], seconds: float) -> Samples:
    """Return the times of receipts on the road, each receipt equally often, for about so many seconds.

    The garbage collector stays on, as in a service: its passes are part of the p99. What was built before is put out of
    its sight (`gc.freeze`), as a service does with its rules once they are compiled.
    """
    gc.collect()
    gc.freeze()
    started = now()
    taken = Samples()
    _round(rule_set, receipts_json, taken)
    ends = now() + int(seconds * 1e9)
    # The first round warms up; where it takes longer than there is time for, it has to do.
    if now() - started < seconds * 1e9:
        taken = Samples()
        while not taken.pydantic or now() < ends:
            _round(rule_set, receipts_json, taken)
    gc.unfreeze()
    return taken


def _round(rule_set: RuleSet, receipts_json: Sequence[bytes], taken: Samples) -> None:
    for data in receipts_json:
        # Once to warm up: an evaluation leaves the caches full of its own, and a cold yardstick would be a longer one.
        Receipt.model_validate(from_json(data))
        started = now()
        Receipt.model_validate(from_json(data))
        validated = now()
        receipt = read_receipt(data)
        read = now()
        # Letting go of all but the result is part of evaluating; letting go of the receipt is not.
        result = evaluate(rule_set, receipt).receipt
        evaluated = now()
        to_json(result)
        written = now()
        taken.pydantic.append(validated - started)
        taken.read.append(read - validated)
        taken.evaluate.append(evaluated - read)
        taken.write.append(written - evaluated)
        del receipt, result
        if evaluate_json is not None:
            started = now()
            evaluate_json(rule_set, data)
            taken.whole.append(now() - started)


def evaluations_of(rule_set: RuleSet, workload: Workload) -> list[Evaluation]:
    """Return the evaluation of every receipt; an AssertionError where not just what should qualify does."""
    evaluations = [evaluate(rule_set, read_receipt(data)) for data in workload.receipts_json]
    found = {len(evaluation.trace.qualified) for evaluation in evaluations}
    assert found == {workload.knobs.matches}, f"{workload.knobs}: {found} rules qualify"
    return evaluations


def digest_of(results: Sequence[Any]) -> str:
    """Return what only the same results have."""
    return sha256("\n".join(dumps(result, sort_keys=True) for result in results).encode()).hexdigest()[:16]


def counts_of(evaluations: Sequence[Evaluation]) -> Data:
    """Return what depends on no machine: the work over all receipts, whether all are exact, and a digest of them."""
    steps = [evaluation.steps for evaluation in evaluations]
    return {
        "candidates": sum(evaluation.candidates for evaluation in evaluations),
        "steps": sum(steps),
        "most_steps": max(steps),
        "optimal": all(evaluation.optimal for evaluation in evaluations),
        "digest": digest_of([evaluation.receipt for evaluation in evaluations]),
    }


def times_of(samples: Samples) -> Data:
    """Return the yardstick, the median and the p99 of evaluating in microseconds, all else in multiples of the first.

    `whole` is None where it cannot be measured.
    """
    return {
        "pydantic": median(samples.pydantic) / 1e3,
        "median": median(samples.evaluate) / 1e3,
        "p99": at_share(samples.evaluate, 0.99) / 1e3,
        "multiple": samples.multiple(samples.evaluate),
        "read": samples.multiple(samples.read),
        "write": samples.multiple(samples.write),
        "whole": samples.multiple(samples.whole) if samples.whole else None,
    }


def measured(knobs: Knobs, seconds: float) -> Data:
    """Return the knobs, counts and times of the rule set that they make, compiled just for that."""
    workload = make_workload(knobs)
    rule_set = compile_rules(read_rules(workload.rules))
    counts = counts_of(evaluations_of(rule_set, workload))
    return {**asdict(knobs), **counts, **times_of(samples_of(rule_set, workload.receipts_json, seconds))}
