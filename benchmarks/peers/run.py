"""Compare with others: `python -m benchmarks.peers.run [--record] [--page] [--most RULES]`.

A peer, Rabatt with the rules that the peer can express, and Rabatt's matching of these alone are measured by turns, so
that a machine that slows down slows all three; what is claimed is the median ratio of the rounds. What a peer answers
is compared before it is timed: a benchmark of wrong answers measures nothing.
"""

import subprocess
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from platform import python_version
from statistics import mean, median
from time import perf_counter
from typing import Any

from benchmarks.measure import by_turns, say
from benchmarks.peers.engines import INSTALLS, Asked, Missing, start, start_worker
from benchmarks.peers.flat import conditions_of
from benchmarks.peers.peers import PEERS, PEERS_BY_NAME, Peer
from benchmarks.peers.tables import pages, tables
from benchmarks.record import Benchmark, Data
from benchmarks.workload import SEED, Knobs, Workload, make_workload
from engine import compile_rules, evaluate
from rules import Receipt, Rule, read_receipt, read_rules

SIZES = (Knobs(10, matches=3, rivals=0), Knobs(100), Knobs(1_000), Knobs(10_000))
ROUNDS = 5
ROUND_SECONDS = 0.2
# The whole run shall end within some six minutes: so long may the comparing of answers and a slow round take.
CHECK_SECONDS = 6.0
LEAST_RECEIPTS = 3
MOST_ROUND_SECONDS = 1.5
# A peer that takes longer for a receipt is not asked with the next larger rule set.
MOST_SECONDS_PER_RECEIPT = 0.15

BENCHMARK = Benchmark(Path(__file__).parent / "history.jsonl", SEED, tables, pages)


def cell_of(workload: Workload, peer: Peer, asked: Asked, rabatt: Asked, matching: Asked) -> Data:
    """Return the figures of a peer with one rule set; an AssertionError says that its answers are not Rabatt's.

    `held` of the `rules` are the ones that the peer can express, of which `matches` qualify for a receipt on average;
    answers to so many `receipts` were compared. `median` is the microseconds of the peer, `same` of Rabatt with these
    rules, `matching` of Rabatt's matching alone; ratios are those of a round's medians.
    """
    held = [(conditions, rule) for rule in workload.rules if peer.holds(conditions := conditions_of(rule), rule)]
    same = {"rules": [rule for _, rule in held], "receipts": workload.receipts}
    rabatt_build = rabatt.ask(**same)["seconds"]
    matching.ask(**same)
    receipts = [peer.receipt_for(receipt) for receipt in workload.receipts]
    peer_build = asked.ask(rules=[peer.rule_for(*one) for one in held], receipts=receipts)["seconds"]
    rules_by_id = {rule.id: rule for rule in read_rules(same["rules"])}
    matches, taken = [], []
    ends_at = perf_counter() + CHECK_SECONDS
    for place, receipt in enumerate(workload.receipts):
        qualified = rabatt.ask(answer=place)["answer"]
        assert qualified == matching.ask(answer=place)["answer"]
        reply = asked.ask(answer=place)
        assert_same(peer, reply["answer"], qualified, read_receipt(receipt), rules_by_id)
        matches.append(len(qualified))
        taken.append(reply["seconds"])
        if perf_counter() > ends_at and len(matches) >= LEAST_RECEIPTS:
            break
    sample = min(len(matches), max(LEAST_RECEIPTS, int(MOST_ROUND_SECONDS / median(taken))))
    engines = {"median": asked, "same": rabatt, "matching": matching}
    sides = {name: partial(engine.ask, time=sample, seconds=ROUND_SECONDS) for name, engine in engines.items()}
    rounds = [{name: told["median"] for name, told in one.items()} for one in by_turns(sides, ROUNDS)]
    return {
        "peer": peer.name,
        "rules": len(workload.rules),
        "held": len(held),
        "matches": mean(matches),
        "receipts": len(matches),
        **{name: median(one[name] for one in rounds) for name in engines},
        **{f"ratio_{name}": median(one["median"] / one[name] for one in rounds) for name in ("same", "matching")},
        "build_seconds": peer_build,
        "rabatt_build_seconds": rabatt_build,
    }


def assert_same(
    peer: Peer, told: Sequence[Any], qualified: Sequence[str], receipt: Receipt, rules_by_id: Mapping[str, Rule]
) -> None:
    """Raise an AssertionError where a peer's answer is not Rabatt's."""
    where = f"{peer.name}, receipt {receipt.receipt_id}"
    gave = {} if peer.gives == "matches" else amounts_told(told, rules_by_id)
    names = list(gave) or list(told)
    more, less = sorted(set(names) - set(qualified)), sorted(set(qualified) - set(names))
    twice = len(names) - len(set(names))
    assert sorted(names) == sorted(qualified), f"{where}: too many {more}, missing {less}, repeated {twice}"
    if peer.gives == "amounts":
        expected = amounts_alone((rules_by_id[rule_id] for rule_id in qualified), receipt)
        assert gave == expected, f"{where}: {gave}, and in Rabatt {expected}"


def amounts_alone(rules: Iterable[Rule], receipt: Receipt) -> dict[str, int]:
    """Return what Rabatt gives for each rule, asked alone; rules that give nothing are left out."""
    return {use.rule_id: use.amount for rule in rules for use in evaluate(compile_rules([rule]), receipt).used}


def amounts_told(told: Iterable[tuple[str, int, str]], rules_by_id: Mapping[str, Rule]) -> dict[str, int]:
    """Return what a peer gives for each rule, of its exact amounts by rule and line.

    As in Rabatt, percents are rounded on each line; an amount of money is laid out whole, so only its sum is.
    """
    exact: dict[str, dict[int, Decimal]] = {}
    for rule_id, line, amount in told:
        lines = exact.setdefault(rule_id, {})
        lines[line] = lines.get(line, Decimal(0)) + Decimal(amount)
    amounts = {}
    for rule_id, lines in exact.items():
        is_percent = rules_by_id[rule_id].reward.type == "discount_percent"
        parts = list(lines.values()) if is_percent else [sum(lines.values(), Decimal(0))]
        amounts[rule_id] = sum(int(part.quantize(Decimal(1), ROUND_HALF_UP)) for part in parts)
    return amounts


def measure(peers: Sequence[Peer], sizes: Sequence[Knobs]) -> Data:
    """Return the figures of these peers with rule sets of these sizes."""
    cells: list[Data] = []
    missing: dict[str, str] = {}
    too_slow: dict[str, int] = {}
    with ExitStack() as stack:
        rabatt, matching = (stack.enter_context(closing(start_worker(f"rabatt{one}"))) for one in ("", "-matching"))
        running: dict[str, Asked] = {}
        for peer in peers:
            try:
                running[peer.name] = stack.enter_context(closing(start(peer)))
            except Missing as reason:
                missing[peer.name] = f"{reason}; `{INSTALLS}` brings it"
                say(f"{peer.name} is left out: {missing[peer.name]}")
        for knobs in sizes:
            workload = make_workload(knobs)
            for name in (name for name in running if name not in too_slow):
                cells.append(cell_of(workload, PEERS_BY_NAME[name], running[name], rabatt, matching))
                say(f"{name}, {knobs.rules} rules: {cells[-1]['ratio_same']:.2f} × Rabatt")
                if cells[-1]["median"] > MOST_SECONDS_PER_RECEIPT * 1e6:
                    too_slow[name] = knobs.rules
        versions = {"Rabatt": rabatt.version, "Python": python_version(), **_node()}
        versions |= {name: asked.version for name, asked in running.items() if PEERS_BY_NAME[name].packages}
    rules = [knobs.rules for knobs in sizes]
    return {"cells": cells, "sizes": rules, "not_installed": missing, "too_slow": too_slow, "versions": versions}


def _node() -> dict[str, str]:
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"Node": done.stdout.strip().removeprefix("v")}


def main() -> None:
    """Measure, print, and where asked record and write the tables of the page."""
    parser = ArgumentParser(prog="python -m benchmarks.peers.run", description="Compare Rabatt with other engines.")
    parser.add_argument("--most", type=int, default=SIZES[-1].rules, metavar="RULES", help="leave out larger rule sets")

    def measured(asked: Namespace) -> Data:
        return measure(PEERS, [knobs for knobs in SIZES if knobs.rules <= asked.most])

    BENCHMARK.main(parser, measured)


if __name__ == "__main__":
    main()
