"""The run itself: with the peer that needs nothing always, with the others where they are installed."""

from pathlib import Path

import pytest

from benchmarks.peers import run
from benchmarks.peers.ask import Missing, start, start_rabatt
from benchmarks.peers.figures import BEGIN, END, Cell, Figures, lines_of_tables, put_between_marks, ratio_text
from benchmarks.peers.install import command_for, pins_of
from benchmarks.peers.peers import PEERS, PEERS_BY_NAME, Peer
from benchmarks.peers.run import PAGE, Stand, measure
from benchmarks.peers.workload import make_shop

ROOT = Path(__file__).parent.parent.parent


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
        pytest.skip(f"{peer.name} is not installed ({reason}); `{command_for(peer)}` brings it")
    with asked, start_rabatt() as rabatt, start_rabatt(matching=True) as matching:
        cell = Stand(make_shop(30, receipts=5), rabatt, matching).measure(peer, asked)
    assert cell.receipts == 5
    assert 0 < cell.held <= cell.rules == 30
    assert cell.matches > 0
    assert min(cell.median, cell.same, cell.matching, cell.ratio_same, cell.ratio_matching) > 0


def test_what_is_missing_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.peers.ask.PYTHON", tmp_path / "python")
    figures = measure([PEERS_BY_NAME["plain"], PEERS_BY_NAME["zen"]], [10])
    assert [cell.peer for cell in figures.cells] == ["plain"]
    assert figures.not_installed["zen"].endswith("`.venv/bin/python -m benchmarks.peers.install zen` brings it")


def test_an_engine_that_ends_is_not_waited_for() -> None:
    with start(PEERS_BY_NAME["plain"]) as asked, pytest.raises(RuntimeError, match="ended with 1"):
        asked.ask(nonsense=1)


def test_every_package_is_pinned_once() -> None:
    pinned = [package for peer in PEERS for package in pins_of(peer)]
    assert len(pinned) == len(set(pinned)) == 8


def cell(peer: str, rules: int, ratio: float) -> Cell:
    return Cell(peer, rules, rules - 1, 2.5, 30, 40 * ratio, 40.0, 20.0, ratio, ratio * 2, 0.0025, 1.5)


def figures_of(*cells: Cell) -> Figures:
    sizes = (10, 1_000)
    return Figures(
        cells, sizes, {"zen": "no zen"}, {"medusa": 10}, {"Rabatt": "1.0", "zen": "2"}, "a machine", "abc", "2026-10-16"
    )


HEAD = (
    "| peer | rules | it holds | match | peer | Rabatt | peer ÷ Rabatt | Rabatt's matching "
    "| peer ÷ matching | build | Rabatt's | receipts |"
)


def test_the_tables() -> None:
    figures = figures_of(cell("plain", 10, 0.25), cell("medusa", 10, 1234.5), cell("plain", 1_000, 12.3))
    assert list(lines_of_tables(figures)) == [
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


def test_the_tables_take_the_place_of_the_old_ones() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert put_between_marks(page, ["| new |"]) == f"before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_its_marks_is_left_alone(page: str) -> None:
    with pytest.raises(ValueError, match="marks"):
        put_between_marks(page, ["| new |"])


def test_the_page_has_a_place_for_tables_and_they_are_well_formed() -> None:
    text = PAGE.read_text()
    assert put_between_marks(text, ["| new |"]) != text
    widths = [[line.count("|") for line in table.splitlines()] for table in text.split("\n\n") if table[:1] == "|"]
    assert widths
    assert all(len(set(table)) == 1 for table in widths)


def test_the_page_names_what_each_peer_leaves_out() -> None:
    text = PAGE.read_text()
    for peer in PEERS:
        shown = {"plain": "plain Python", "zen": "zen-engine", "medusa": "Medusa"}.get(peer.name, peer.name)
        assert shown in text or "JSON Logic" in peer.what
