"""The worst that rules can be: shops made so that the search for the best selection has all to do."""

from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.engine.road import digest_of
from benchmarks.measure import at_share, now
from benchmarks.record import Data
from engine import compile_rules, evaluate
from rules import read_receipt, read_rules
from tests.support.adversarial import SHOPS, HardShop

SEEDS = 3
LEAST_CALLS, MOST_CALLS = 5, 500


def worst_of(seconds: float, shops: Mapping[str, Callable[[int], HardShop]] = SHOPS) -> list[Data]:
    """Return of each name what the worst of its shops costs, so many seconds for each shop.

    Times are milliseconds, `step` is the microseconds of a step of the search, `optimal` is of how many shops the
    search was exact.
    """
    rows = []
    for name, shop_of in shops.items():
        found = [_figures(shop_of(seed), seconds) for seed in range(SEEDS)]
        worst = {figure: max(one[figure] for one in found) for figure in found[0]}
        exact = sum(one["optimal"] for one in found)
        digest = digest_of([one["digest"] for one in found])
        rows.append({"name": name, "shops": SEEDS, **worst, "optimal": exact, "digest": digest})
    return rows


def _figures(shop: HardShop, seconds: float) -> Data:
    rule_set = compile_rules(read_rules(shop.rules))
    receipt = read_receipt(shop.receipt)
    evaluation = evaluate(rule_set, receipt)
    taken: list[int] = []
    ends = now() + int(seconds * 1e9)
    while len(taken) < LEAST_CALLS or (len(taken) < MOST_CALLS and now() < ends):
        started = now()
        evaluate(rule_set, receipt)
        taken.append(now() - started)
    return {
        "rules": len(shop.rules),
        "units": sum(line.units for line in evaluation.trace.basket.lines),
        "most_steps": evaluation.steps,
        "optimal": int(evaluation.optimal),
        "median": median(taken) / 1e6,
        "p99": at_share(taken, 0.99) / 1e6,
        "step": median(taken) / 1e3 / evaluation.steps if evaluation.steps else 0.0,
        "digest": digest_of([evaluation.receipt]),
    }
