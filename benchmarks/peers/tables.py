"""What a run measured of the peers, and the tables that show it."""

from collections.abc import Iterator

from benchmarks.page import DOCS, Pages, count_text, table
from benchmarks.peers.peers import PEERS, Peer
from benchmarks.record import Data


def _measured(data: Data) -> list[Peer]:
    return [peer for peer in PEERS if any(cell["peer"] == peer.name for cell in data["cells"])]


def ratios(data: Data) -> list[str]:
    """Return the table of ratios: a peer's time over Rabatt's, over its matching first where the peer only matches."""
    missing = [peer for peer in PEERS if peer.name in data["not_installed"]]
    shown = [(peer, list(_shown_ratios(data, peer))) for peer in _measured(data)]
    shown += [(peer, ["not installed"] * len(data["sizes"])) for peer in missing]
    head = "".join(f"|> {count_text(size)} rules" for size in data["sizes"])
    return table(f"peer | answers {head}", ([peer.what, peer.gives, *cells] for peer, cells in shown))


def _shown_ratios(data: Data, peer: Peer) -> Iterator[str]:
    cells = {cell["rules"]: cell for cell in data["cells"] if cell["peer"] == peer.name}
    for size in data["sizes"]:
        if cell := cells.get(size):
            whole = ratio_text(cell["ratio_same"])
            yield whole if peer.gives == "amounts" else f"{ratio_text(cell['ratio_matching'])} ({whole})"
        else:
            yield "too slow" if peer.name in data["too_slow"] else "–"


def ratio_text(ratio: float) -> str:
    """Return a ratio with two figures that count."""
    if ratio >= 100:
        return f"{float(f'{ratio:.2g}'):.0f} ×"
    if ratio >= 10:
        return f"{ratio:.0f} ×"
    return f"{ratio:.1f} ×" if ratio >= 1 else f"{ratio:.2f} ×"


def details(data: Data) -> list[str]:
    """Return the table of what the ratios are made of."""
    cells = [cell for peer in _measured(data) for cell in data["cells"] if cell["peer"] == peer.name]
    return table(
        "peer |> rules |> it holds |> match |> peer |> Rabatt |> peer ÷ Rabatt |> Rabatt's matching "
        "|> peer ÷ matching |> build |> Rabatt's |> receipts",
        (
            [cell["peer"], cell["rules"], cell["held"], f"{cell['matches']:.1f}"]
            + [_time(cell["median"]), _time(cell["same"]), ratio_text(cell["ratio_same"])]
            + [_time(cell["matching"]), ratio_text(cell["ratio_matching"])]
            + [_time(1e6 * cell[name]) for name in ("build_seconds", "rabatt_build_seconds")]
            + [cell["receipts"]]
            for cell in cells
        ),
    )


def _time(microseconds: float) -> str:
    for least, unit, digits in ((1e6, "s", 1), (1e4, "ms", 0), (1e3, "ms", 1)):
        if microseconds >= least:
            return f"{microseconds / (1e6 if unit == 's' else 1e3):.{digits}f} {unit}"
    return f"{microseconds:.0f} µs"


def tables(data: Data) -> list[str]:
    """Return the ratios, then what they are made of, and where they were measured."""
    named = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    where = f"Commit {data['commit']}, {data['date']}; {named}; {data['machine']}."
    return [*ratios(data), "", *details(data), "", where]


def pages(data: Data) -> Pages:
    """Return all of that for the page."""
    return {DOCS / "benchmark-peers.md": {"make bench-peers": tables(data)}}
