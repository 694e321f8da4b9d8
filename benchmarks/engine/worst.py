"""The worst that rules can be: shops made so that the search for the best selection has all to do.

`worst_of` measures any shops, each given as (name, rules, receipt). `adversarial_shops` are those of
`tests.adversarial`, every kind with several seeds; a commit that does not have them has no worst cases.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks.measure import now
from benchmarks.road import p99_of
from benchmarks.workload import Document
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules

# The name, the rules and the receipt of a shop.
Shop = tuple[str, list[Document], Document]

ADVERSARIAL = "tests.adversarial"
SEEDS = 3
_LEAST_CALLS = 5
_MOST_CALLS = 500


@dataclass(frozen=True, slots=True)
class Worst:
    """What the shops of one name cost: the worst of them in milliseconds, and microseconds for a step of the search."""

    name: str
    shops: int
    rules: int
    units: int
    most_steps: int
    optimal: int
    median: float
    p99: float
    step: float | None


def adversarial_shops(seeds: int = SEEDS) -> Iterator[Shop]:
    """Yield the adversarial shops of every kind, several of each."""
    if find_spec(ADVERSARIAL) is None:
        return
    kinds: Mapping[str, Callable[[int], Any]] = import_module(ADVERSARIAL).SHOPS
    for name, make in kinds.items():
        for seed in range(seeds):
            shop = make(seed)
            yield name, shop.rules, shop.receipt


def worst_of(shops: Iterable[Shop], seconds: float) -> list[Worst]:
    """Return the figures of the shops by name, so many seconds for each shop."""
    by_name: dict[str, list[Worst]] = {}
    for name, rules, receipt in shops:
        by_name.setdefault(name, []).append(_one(name, rules, receipt, seconds))
    return [_together(shops) for shops in by_name.values()]


def _one(name: str, rules: list[Document], document: Document, seconds: float) -> Worst:
    rule_set = compile_rules(read_rules(rules))
    receipt = read_receipt(document)
    evaluation = evaluate(rule_set, receipt)
    taken: list[int] = []
    ends = now() + int(seconds * 1e9)
    while len(taken) < _LEAST_CALLS or (len(taken) < _MOST_CALLS and now() < ends):
        started = now()
        evaluate(rule_set, receipt)
        taken.append(now() - started)
    typical = median(taken)
    return Worst(
        name=name,
        shops=1,
        rules=len(rules),
        units=sum(line.units for line in evaluation.workings.basket.lines),
        most_steps=evaluation.steps,
        optimal=int(evaluation.optimal),
        median=typical / 1e6,
        p99=p99_of(taken) / 1e3,
        step=typical / 1e3 / evaluation.steps if evaluation.steps else None,
    )


def _together(shops: list[Worst]) -> Worst:
    """Return the worst of each figure."""
    return Worst(
        name=shops[0].name,
        shops=len(shops),
        rules=max(shop.rules for shop in shops),
        units=max(shop.units for shop in shops),
        most_steps=max(shop.most_steps for shop in shops),
        optimal=sum(shop.optimal for shop in shops),
        median=max(shop.median for shop in shops),
        p99=max(shop.p99 for shop in shops),
        step=max((shop.step for shop in shops if shop.step is not None), default=None),
    )
