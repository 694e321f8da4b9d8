"""What one account's worst receipts cost another: `python -m benchmarks.service.beside [--seconds N] [--record]`.

The installed command, one process, SQLite. A till of one account sends small receipts at an even pace: alone, and then
beside four connections of another account, which send the worst receipts that are allowed as fast as they are answered.
The client takes the time, from when a receipt was due, so that waiting counts.
"""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from benchmarks.measure import at_share, say
from benchmarks.page import table
from benchmarks.record import Benchmark, Data
from benchmarks.service.shop import Client, Shop, sending
from benchmarks.workload import SEED, Document, percent
from tests.support.worst_requests import WORST

TILL, OTHER = "T00000001", "T1{:07}"
PACE_SECONDS = 0.02
CONNECTIONS = 4
RULE: Document = {"id": "ten", "requirement": {"item": {"items": [{"id": "apple"}]}}, "reward": percent(10)}
LINE = {"line_id": 1, "id": "apple", "gross_amount": 1000, "eligible_for_discount": True}
RECEIPT = {"receipt_id": "r", "purchase_at": "2026-11-21T12:00:00+01:00", "store": {"id": "s"}, "items": [LINE]}


def row_of(beside: str, till: Client, seconds: float, answers: Mapping[int, int]) -> Data:
    """Return the milliseconds of the till's receipts for so many seconds, and how others were answered meanwhile."""
    say(beside)
    body = json.dumps(RECEIPT).encode()
    taken = []
    began = due = perf_counter()
    while due < began + seconds:
        sleep(max(due - perf_counter(), 0))
        if till.post("", body)[0] != 200:
            raise SystemExit("the till was not answered")
        taken.append((perf_counter() - due) * 1000)
        due += PACE_SECONDS
    times = {"p50": at_share(taken, 0.5), "p99": at_share(taken, 0.99), "worst": max(taken)}
    return {"beside": beside, "receipts": len(taken), **times, "answers": answers}


def measure(asked: Namespace) -> Data:
    """Return the rows of the worst requests of these names."""
    with TemporaryDirectory() as home, closing(Shop(Path(home))) as shop:
        shop.put(TILL, [RULE])
        worst = {name: WORST[name]() for name in asked.names}
        for number, one in enumerate(worst.values()):
            shop.put(OTHER.format(number), one.rules)
        with shop.serving(core=None):
            till = shop.client(TILL, "admin:discounts")
            row_of("nothing, to warm up", till, 1, {})
            rows = [row_of("nothing", till, asked.seconds, {})]
            for number, (name, one) in enumerate(worst.items()):
                clients = [shop.client(OTHER.format(number), "admin:discounts") for _ in range(CONNECTIONS)]
                path = "?explain=true" if one.explain else ""
                # The rules are read before anything is timed.
                clients[0].post(path, one.body)
                with sending(clients, path, partial(repeat, one.body)) as answers:
                    rows.append(row_of(name.replace("_", " "), till, asked.seconds, answers))
    return {"rows": rows}


def tables(data: Data) -> list[str]:
    """Return the table, the till alone first."""
    return table(
        "beside |> receipts |> p50 ms |> p99 ms |> worst ms | answers to the other account",
        (
            [
                row["beside"],
                row["receipts"],
                *(f"{row[name]:.1f}" for name in ("p50", "p99", "worst")),
                ", ".join(f"{status}: {count}" for status, count in sorted(row["answers"].items())),
            ]
            for row in data["rows"]
        ),
    )


BENCHMARK = Benchmark(Path(__file__).parent / "beside.jsonl", SEED, tables)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.service.beside", description="One account beside another.")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("names", nargs="*", default=list(WORST))
    BENCHMARK.main(parser, measure)


if __name__ == "__main__":
    main()
