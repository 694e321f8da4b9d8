"""The worst that rules can be: shops made so that the search for the best selection has all to do."""

from collections.abc import Iterable, Iterator
from statistics import median

from benchmarks.engine.road import digest_of
from benchmarks.measure import at_share, now
from benchmarks.record import Data
from benchmarks.workload import Document
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules

# The name, the rules and the receipt of a shop.
Shop = tuple[str, list[Document], Document]

LEAST_CALLS, MOST_CALLS = 5, 500


def adversarial_shops(seeds: int = 3) -> Iterator[Shop]:
    """Yield the adversarial shops of every kind, several of each."""
    from tests.support.adversarial import SHOPS  # noqa: PLC0415 - commits that lack them are compared without

    for name, make in SHOPS.items():
        for shop in map(make, range(seeds)):
            yield name, shop.rules, shop.receipt


def worst_of(shops: Iterable[Shop], seconds: float) -> list[Data]:
    """Return of each name what the worst of its shops costs, so many seconds for each shop.

    Times are milliseconds, `step` is the microseconds of a step of the search, `optimal` is of how many shops the
    search was exact.
    """
    by_name: dict[str, list[Data]] = {}
    for name, rules, receipt in shops:
        by_name.setdefault(name, []).append(_figures(rules, receipt, seconds))
    rows = []
    for name, found in by_name.items():
        worst = {figure: max(one[figure] for one in found) for figure in found[0]}
        exact = sum(one["optimal"] for one in found)
        digest = digest_of([one["digest"] for one in found])
        rows.append({"name": name, "shops": len(found), **worst, "optimal": exact, "digest": digest})
    return rows


def _figures(rules: list[Document], document: Document, seconds: float) -> Data:
    rule_set = compile_rules(read_rules(rules))
    receipt = read_receipt(document)
    evaluation = evaluate(rule_set, receipt)
    taken: list[int] = []
    ends = now() + int(seconds * 1e9)
    while len(taken) < LEAST_CALLS or (len(taken) < MOST_CALLS and now() < ends):
        started = now()
        evaluate(rule_set, receipt)
        taken.append(now() - started)
    return {
        "rules": len(rules),
        "units": sum(line.units for line in evaluation.trace.basket.lines),
        "most_steps": evaluation.steps,
        "optimal": int(evaluation.optimal),
        "median": median(taken) / 1e6,
        "p99": at_share(taken, 0.99) / 1e6,
        "step": median(taken) / 1e3 / evaluation.steps if evaluation.steps else 0.0,
        "digest": digest_of([evaluation.receipt]),
    }
