"""Compare with others: `python -m benchmarks.peers.run [--record] [--most RULES] [NAME …]`.

Each engine runs in a process of its own. A peer, Rabatt with the rules that the peer can express, and Rabatt's matching
of these alone are measured by turns, so that a machine that slows down slows all three; what is claimed is the median
ratio of the rounds.
"""

import json
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from statistics import mean, median
from time import perf_counter
from typing import Any

from benchmarks.measure import ROOT, commit, machine_kind
from benchmarks.peers.ask import Asked, Missing, start, start_rabatt
from benchmarks.peers.check import assert_same
from benchmarks.peers.figures import Cell, Figures, lines_of_tables, put_between_marks
from benchmarks.peers.flat import conditions_of
from benchmarks.peers.install import command_for
from benchmarks.peers.peers import PEERS, PEERS_BY_NAME, Peer
from benchmarks.peers.workload import SEED, Shop, make_shop
from rules import read_receipt, read_rules

SIZES = (10, 100, 1_000, 10_000)
HISTORY = Path(__file__).parent / "history.jsonl"
PAGE = ROOT / "docs" / "benchmark-peers.md"

ROUNDS = 5
ROUND_SECONDS = 0.2
# The whole run shall end within some six minutes: so long may the comparing of answers and a slow round take.
CHECK_SECONDS = 6.0
LEAST_RECEIPTS = 3
MOST_ROUND_SECONDS = 1.5
# A peer that takes longer for a receipt is not asked with the next larger rule set.
MOST_SECONDS_PER_RECEIPT = 0.15


class Stand:
    """One rule set with its receipts, on which peers are measured."""

    def __init__(self, shop: Shop, rabatt: Asked, matching: Asked) -> None:
        """Read the rules and receipts."""
        self._shop, self._rabatt, self._matching = shop, rabatt, matching
        self._rules = [(conditions_of(rule), rule) for rule in shop.rules]
        self._rules_by_id = {rule["id"]: rule for rule in shop.rules}
        self._models_by_id = {rule.id: rule for rule in read_rules(shop.rules)}
        self._receipts = [read_receipt(receipt) for receipt in shop.receipts]

    def measure(self, peer: Peer, asked: Asked) -> Cell:
        """Return the figures of a peer; an AssertionError says that its answers are not Rabatt's."""
        held = [(conditions, rule) for conditions, rule in self._rules if peer.holds(conditions, rule)]
        receipts = [peer.receipt_for(receipt) for receipt in self._shop.receipts]
        same_rules = [rule for _, rule in held]
        rabatt_build = self._rabatt.ask(rules=same_rules, receipts=self._shop.receipts)["seconds"]
        self._matching.ask(rules=same_rules, receipts=self._shop.receipts)
        peer_build = asked.ask(rules=[peer.rule_for(*one) for one in held], receipts=receipts)["seconds"]
        matches, seconds = self._compare(peer, asked)
        sample = min(len(matches), max(LEAST_RECEIPTS, int(MOST_ROUND_SECONDS / seconds)))
        rounds = list(_by_turns((asked, self._rabatt, self._matching), sample))
        peers, same, matching = zip(*rounds, strict=True)
        return Cell(
            peer=peer.name,
            rules=len(self._rules),
            held=len(held),
            matches=mean(matches),
            receipts=len(matches),
            median=median(peers),
            same=median(same),
            matching=median(matching),
            ratio_same=median(one / other for one, other in zip(peers, same, strict=True)),
            ratio_matching=median(one / other for one, other in zip(peers, matching, strict=True)),
            build_seconds=peer_build,
            rabatt_build_seconds=rabatt_build,
        )

    def _compare(self, peer: Peer, asked: Asked) -> tuple[list[int], float]:
        """Return the number of matches of each receipt whose answers were compared, and the peer's median seconds."""
        matches: list[int] = []
        taken: list[float] = []
        ends_at = perf_counter() + CHECK_SECONDS
        for place, receipt in enumerate(self._receipts):
            qualified = self._rabatt.ask(answer=place)["answer"]
            assert qualified == self._matching.ask(answer=place)["answer"]
            reply = asked.ask(answer=place)
            assert_same(peer, reply["answer"], qualified, receipt, self._rules_by_id, self._models_by_id)
            matches.append(len(qualified))
            taken.append(reply["seconds"])
            if perf_counter() > ends_at and len(matches) >= LEAST_RECEIPTS:
                break
        return matches, median(taken)


def _by_turns(engines: Sequence[Asked], receipts: int) -> Iterator[tuple[float, ...]]:
    """Yield the medians of each round, in the order of the engines; who goes first changes."""
    for number in range(ROUNDS):
        turns = list(range(len(engines)))
        turns = turns[number % len(turns) :] + turns[: number % len(turns)]
        medians = {turn: engines[turn].ask(time=receipts, seconds=ROUND_SECONDS)["median"] for turn in turns}
        yield tuple(medians[turn] for turn in range(len(engines)))


def measure(peers: Sequence[Peer], sizes: Sequence[int]) -> Figures:
    """Return the figures of these peers with rule sets of these sizes."""
    cells: list[Cell] = []
    missing: dict[str, str] = {}
    too_slow: dict[str, int] = {}
    with ExitStack() as stack:
        rabatt, matching = (stack.enter_context(start_rabatt(matching=alone)) for alone in (False, True))
        running: dict[str, Asked] = {}
        for peer in peers:
            try:
                running[peer.name] = stack.enter_context(start(peer))
            except Missing as reason:
                missing[peer.name] = f"{reason}; `{command_for(peer)}` brings it"
                print(f"{peer.name} is left out: {missing[peer.name]}", flush=True)
        for size in sizes:
            stand = Stand(make_shop(size), rabatt, matching)
            for peer in peers:
                if peer.name in running and peer.name not in too_slow:
                    cell = stand.measure(peer, running[peer.name])
                    cells.append(cell)
                    print(f"{peer.name}, {size} rules: {cell.ratio_same:.2f} × Rabatt", flush=True)
                    if cell.median > MOST_SECONDS_PER_RECEIPT * 1e6:
                        too_slow[peer.name] = size
        versions = {"Rabatt": rabatt.version, "Python": python_version(), **_node()}
        versions |= {name: asked.version for name, asked in running.items() if PEERS_BY_NAME[name].packages}
    today = datetime.now(UTC).date().isoformat()
    return Figures(cells, sizes, missing, too_slow, versions, machine_kind(), commit(), today)


def _node() -> dict[str, str]:
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"Node": done.stdout.strip().removeprefix("v")}


def record(figures: Figures, history: Path = HISTORY) -> None:
    """Append one line to the history; lines are never rewritten."""
    cells = [{name: _rounded(value) for name, value in asdict(cell).items()} for cell in figures.cells]
    line: dict[str, Any] = {**asdict(figures), "seed": SEED, "cells": cells}
    with history.open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _rounded(value: object) -> object:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Measure, print, and where asked write the page's tables and the history."""
    parser = ArgumentParser(prog="python -m benchmarks.peers.run", description="Compare Rabatt with other engines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PEERS_BY_NAME))
    parser.add_argument("--most", type=int, default=SIZES[-1], metavar="RULES", help="leave out larger rule sets")
    parser.add_argument("--record", action="store_true", help="write the page's tables, and append to the history")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in PEERS_BY_NAME]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PEERS_BY_NAME)}")
    peers = [PEERS_BY_NAME[name] for name in asked.names] or PEERS
    figures = measure(peers, [size for size in SIZES if size <= asked.most])
    lines = list(lines_of_tables(figures))
    print("", *lines, sep="\n")
    if asked.record:
        PAGE.write_text(put_between_marks(PAGE.read_text(), lines))
        record(figures)


if __name__ == "__main__":
    main()
