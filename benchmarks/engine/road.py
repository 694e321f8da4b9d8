"""The road of a receipt, timed: validated with pydantic as the yardstick, read, evaluated, written, and all at once.

All are measured by turns, receipt by receipt, so that a machine that slows down slows the yardstick too: each time is
divided by that of the yardstick taken just before it. Every receipt is read afresh before it is evaluated, so nothing
that an evaluation may have left on one can make the next one quicker.
"""

import gc
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps
from statistics import median
from typing import Any

from pydantic_core import from_json, to_json

from benchmarks.measure import at_share, now, timed
from benchmarks.record import Data
from benchmarks.workload import Knobs, Workload, make_workload
from engine import Evaluation, RuleSet, compile_rules, evaluate, evaluate_json
from rules import Receipt, Rule, read_receipt, read_rules


@dataclass(frozen=True, slots=True)
class Made:
    """A workload with its rules, read and compiled just for that."""

    workload: Workload
    rules: Sequence[Rule]
    rule_set: RuleSet
    compile_seconds: float


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


def make(knobs: Knobs) -> Made:
    """Return the workload of some knobs, made ready."""
    workload = make_workload(knobs)
    rules = read_rules(workload.rules)
    return Made(workload, rules, *timed(lambda: compile_rules(rules)))


def name_of(knobs: Knobs) -> str:
    """Return what a rule set of the tables is called."""
    rivals = ("", ", two are rivals", ", four are rivals", ", six are rivals")[knobs.rivals]
    return f"{knobs.rules} rules, {knobs.matches} qualify{rivals}"


def samples_of(made: Made, seconds: float) -> Samples:
    """Return the times of receipts on the road, each receipt equally often, for about so many seconds.

    The garbage collector stays on, as in a service: its passes are part of the p99. What was built before is put out of
    its sight (`gc.freeze`), as a service does with its rules once they are compiled.
    """
    gc.collect()
    gc.freeze()
    started = now()
    taken = Samples()
    _round(made, taken)
    ends = now() + int(seconds * 1e9)
    # The first round warms up; where it takes longer than there is time for, it has to do.
    if now() - started < seconds * 1e9:
        taken = Samples()
        while not taken.pydantic or now() < ends:
            _round(made, taken)
    gc.unfreeze()
    return taken


def _round(made: Made, taken: Samples) -> None:
    rule_set = made.rule_set
    for data in made.workload.receipts_json:
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
        del receipt, result
        begun = now()
        evaluate_json(rule_set, data)
        taken.whole.append(now() - begun)
        taken.pydantic.append(validated - started)
        taken.read.append(read - validated)
        taken.evaluate.append(evaluated - read)
        taken.write.append(written - evaluated)


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


def row_of(made: Made, seconds: float) -> Data:
    """Return the knobs, the counts and the times of receipts on the road, for about so many seconds.

    The yardstick, and the median and the p99 of evaluating, are microseconds; all else is multiples of the yardstick.
    """
    counts = counts_of(evaluations_of(made.rule_set, made.workload))
    samples = samples_of(made, seconds)
    return {
        **asdict(made.workload.knobs),
        **counts,
        "pydantic": median(samples.pydantic) / 1e3,
        "median": median(samples.evaluate) / 1e3,
        "p99": at_share(samples.evaluate, 0.99) / 1e3,
        "multiple": samples.multiple(samples.evaluate),
        "read": samples.multiple(samples.read),
        "write": samples.multiple(samples.write),
        "whole": samples.multiple(samples.whole),
        "compile_seconds": made.compile_seconds,
    }
