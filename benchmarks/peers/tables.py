"""What a run measured, and the tables that show it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.peers import PEERS, Peer

BEGIN = "<!-- made by make bench-peers -->"
END = "<!-- end of what make bench-peers made -->"


@dataclass(frozen=True, slots=True)
class Cell:
    """One peer with one rule set. Times are medians of a call in microseconds, ratios those of a round's medians.

    `held` of the `rules` are the ones that the peer can express, of which `matches` qualify for a receipt on average;
    `same` is Rabatt with these, `matching` Rabatt's matching alone. Answers to so many `receipts` were compared.
    """

    peer: str
    rules: int
    held: int
    matches: float
    receipts: int
    median: float
    same: float
    matching: float
    ratio_same: float
    ratio_matching: float
    build_seconds: float
    rabatt_build_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: its cells, why others are missing, and what it ran on."""

    cells: Sequence[Cell]
    sizes: Sequence[int]
    not_installed: Mapping[str, str]
    too_slow: Mapping[str, int]
    versions: Mapping[str, str]
    machine: str
    commit: str
    date: str


def lines_of_tables(figures: Figures) -> Iterator[str]:
    """Yield the tables as Markdown: the ratios, then what they are made of."""
    yield from ratios(figures)
    yield ""
    yield from _details(figures)
    yield ""
    named = ", ".join(f"{name} {version}" for name, version in figures.versions.items())
    yield f"Commit {figures.commit}, {figures.date}; {named}; {figures.machine}."


def ratios(figures: Figures) -> Iterator[str]:
    """Yield the table of ratios: a peer's time over Rabatt's, over its matching first where the peer only matches."""
    cells = {(cell.peer, cell.rules): cell for cell in figures.cells}
    yield f"| peer | answers | {' | '.join(f'{size:,} rules'.replace(',', ' ') for size in figures.sizes)} |"
    yield f"| --- | --- |{' ---: |' * len(figures.sizes)}"
    for peer in _measured(figures):
        slow = figures.too_slow.get(peer.name)
        shown = [_shown_ratio(cells.get((peer.name, size)), peer.gives, slow) for size in figures.sizes]
        yield f"| {peer.what} | {peer.gives} | {' | '.join(shown)} |"
    for peer in PEERS:
        if peer.name in figures.not_installed:
            yield f"| {peer.what} | {peer.gives} |{' not installed |' * len(figures.sizes)}"


def _measured(figures: Figures) -> list[Peer]:
    names = {cell.peer for cell in figures.cells}
    return [peer for peer in PEERS if peer.name in names]


def _shown_ratio(cell: Cell | None, gives: str, too_slow: int | None) -> str:
    if cell is not None:
        whole = ratio_text(cell.ratio_same)
        return whole if gives == "amounts" else f"{ratio_text(cell.ratio_matching)} ({whole})"
    return "too slow" if too_slow is not None else "–"


def ratio_text(ratio: float) -> str:
    """Return a ratio with two figures that count."""
    if ratio >= 100:
        return f"{float(f'{ratio:.2g}'):.0f} ×"
    if ratio >= 10:
        return f"{ratio:.0f} ×"
    return f"{ratio:.1f} ×" if ratio >= 1 else f"{ratio:.2f} ×"


def _details(figures: Figures) -> Iterator[str]:
    yield (
        "| peer | rules | it holds | match | peer | Rabatt | peer ÷ Rabatt | Rabatt's matching "
        "| peer ÷ matching | build | Rabatt's | receipts |"
    )
    yield "| --- |" + " ---: |" * 11
    for peer in _measured(figures):
        for cell in figures.cells:
            if cell.peer == peer.name:
                builds = f"{_time(cell.build_seconds * 1e6)} | {_time(cell.rabatt_build_seconds * 1e6)}"
                yield (
                    f"| {cell.peer} | {cell.rules} | {cell.held} | {cell.matches:.1f} "
                    f"| {_time(cell.median)} | {_time(cell.same)} | {ratio_text(cell.ratio_same)} "
                    f"| {_time(cell.matching)} | {ratio_text(cell.ratio_matching)} | {builds} | {cell.receipts} |"
                )


def _time(microseconds: float) -> str:
    for least, unit, digits in ((1e6, "s", 1), (1e4, "ms", 0), (1e3, "ms", 1)):
        if microseconds >= least:
            return f"{microseconds / (1e6 if unit == 's' else 1e3):.{digits}f} {unit}"
    return f"{microseconds:.0f} µs"


def put_between_marks(page: str, lines: Sequence[str]) -> str:
    """Return a page with the lines between its two marks; a ValueError says that it has not just these."""
    parts = re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", page)
    if parts[1::2] != [BEGIN, END]:
        message = "the page shall have the two marks once each, in their order"
        raise ValueError(message)
    table = "\n".join(lines)
    return f"{parts[0]}{BEGIN}\n\n{table}\n\n{END}{parts[4]}"
