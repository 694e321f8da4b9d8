"""The run itself: with the peer that needs nothing always, with the others where they are installed."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.page import DOCS
from benchmarks.peers import run
from benchmarks.peers.engines import INSTALLS, Missing, pins_of, start, start_worker
from benchmarks.peers.peers import PEERS, PEERS_BY_NAME, Peer
from benchmarks.peers.run import cell_of, measure
from benchmarks.peers.tables import ratio_text, tables
from benchmarks.record import Data
from benchmarks.workload import Knobs, make_workload


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds that go over the receipts once."""
    monkeypatch.setattr(run, "ROUND_SECONDS", 0)
    monkeypatch.setattr(run, "ROUNDS", 1)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_gives_rabatts_answers(peer: Peer) -> None:
    try:
        asked = start(peer)
    except Missing as reason:
        pytest.skip(f"{peer.name} is not installed ({reason}); `{INSTALLS}` brings it")
    with (
        closing(asked),
        closing(start_worker("rabatt")) as rabatt,
        closing(start_worker("rabatt-matching")) as matching,
    ):
        cell = cell_of(make_workload(Knobs(30, receipts=5)), peer, asked, rabatt, matching)
    assert cell["receipts"] == 5
    assert 0 < cell["held"] <= cell["rules"] == 30
    assert min(cell[name] for name in ("matches", "median", "same", "matching", "ratio_same", "ratio_matching")) > 0


def test_what_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.peers.engines.PYTHON", tmp_path / "python")
    figures = measure([PEERS_BY_NAME["plain"], PEERS_BY_NAME["zen"]], [Knobs(10)])
    assert [cell["peer"] for cell in figures["cells"]] == ["plain"]
    assert figures["not_installed"]["zen"].endswith(f"`{INSTALLS}` brings it")


def test_an_engine_that_ends_is_not_waited_for() -> None:
    with closing(start(PEERS_BY_NAME["plain"])) as asked, pytest.raises(RuntimeError, match="ended with 1"):
        asked.ask(nonsense=1)


def test_every_package_is_pinned_once() -> None:
    pinned = [package for peer in PEERS for package in pins_of(peer)]
    assert len(pinned) == len(set(pinned)) == 8


def cell(peer: str, rules: int, ratio: float) -> Data:
    held = {"peer": peer, "rules": rules, "held": rules - 1, "matches": 2.5, "receipts": 30}
    times = {"median": 40 * ratio, "same": 40.0, "matching": 20.0, "ratio_same": ratio, "ratio_matching": ratio * 2}
    return {**held, **times, "build_seconds": 0.0025, "rabatt_build_seconds": 1.5}


def figures_of(*cells: Data) -> Data:
    ran: dict[str, Any] = {"versions": {"Rabatt": "1.0", "zen": "2"}, "not_installed": {"zen": "no zen"}}
    where = {"machine": "a machine", "commit": "abc", "date": "2026-10-16"}
    return {"cells": cells, "sizes": (10, 1_000), "too_slow": {"medusa": 10}, **ran, **where}


HEAD = (
    "| peer | rules | it holds | match | peer | Rabatt | peer ÷ Rabatt | Rabatt's matching "
    "| peer ÷ matching | build | Rabatt's | receipts |"
)


def test_the_tables() -> None:
    figures = figures_of(cell("plain", 10, 0.25), cell("medusa", 10, 1234.5), cell("plain", 1_000, 12.3))
    assert tables(figures) == [
        "| peer | answers | 10 rules | 1 000 rules |",
        "| --- | --- | ---: | ---: |",
        "| plain Python, one comparison after the other for every rule | matches | 0.50 × (0.25 ×) | 25 × (12 ×) |",
        "| Medusa (Node), the functions of `computeActions` | amounts | 1200 × | too slow |",
        "| zen-engine (Rust), one decision table that collects | matches | not installed | not installed |",
        "",
        HEAD,
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| plain | 10 | 9 | 2.5 | 10 µs | 40 µs | 0.25 × | 20 µs | 0.50 × | 2.5 ms | 1.5 s | 30 |",
        "| plain | 1000 | 999 | 2.5 | 492 µs | 40 µs | 12 × | 20 µs | 25 × | 2.5 ms | 1.5 s | 30 |",
        "| medusa | 10 | 9 | 2.5 | 49 ms | 40 µs | 1200 × | 20 µs | 2500 × | 2.5 ms | 1.5 s | 30 |",
        "",
        "Commit abc, 2026-10-16; Rabatt 1.0, zen 2; a machine.",
    ]


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.054, "0.05 ×"), (1.04, "1.0 ×"), (9.96, "10.0 ×"), (45.6, "46 ×"), (384.7, "380 ×")]
)
def test_a_ratio_has_two_figures_that_count(ratio: float, text: str) -> None:
    assert ratio_text(ratio) == text


def test_the_page_names_what_each_peer_leaves_out() -> None:
    text = (DOCS / "benchmark-peers.md").read_text()
    for peer in PEERS:
        shown = {"plain": "plain Python", "zen": "zen-engine", "medusa": "Medusa"}.get(peer.name, peer.name)
        assert shown in text or "JSON Logic" in peer.what
