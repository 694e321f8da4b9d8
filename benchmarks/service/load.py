"""Load on loopback: `python -m benchmarks.service.load [--seconds N] [--rules N …] [--record]`.

A server on one core, wrk (Debian: apt install wrk) on another, 16 connections that send the receipts of the workload by
turns. First a handler that only validates and echoes, then `available_for_receipt` with so many rules, alone and with
a till that claims beside it. CPU is that of the server's process, a request.
"""

import json
import re
import shutil
import subprocess
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import cpu_seconds
from benchmarks.page import table
from benchmarks.record import Benchmark, Data
from benchmarks.service.shop import Shop, claims_of, sending
from benchmarks.workload import SEED
from tests.rabatt.service.conftest import ACCOUNT

CONNECTIONS = 16
# So that a claim is made some 50 times a second.
BETWEEN_CLAIMS_SECONDS = 0.02
LUA = """
local bodies = {}
for line in io.lines("%(bodies)s") do bodies[#bodies + 1] = line end
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer %(token)s"}
local at = 0
request = function()
  at = at %% #bodies + 1
  return wrk.format("POST", "%(path)s", headers, bodies[at])
end
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local figures = '{"requests": %%d, "failed": %%d, "per_second": %%f, "p50": %%f, "p95": %%f, "p99": %%f}'
  io.write('RESULT ' .. string.format(figures, summary.requests, failed, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3) .. '\\n')
end
"""


def load(name: str, pid: int, port: int, script: Path, seconds: int) -> Data:
    """Return what one run of wrk on the second core sees: milliseconds of latency, microseconds of CPU a request."""
    call = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", "-s", str(script), f"http://127.0.0.1:{port}"]
    subprocess.run([*call, "-d2s"], check=True, capture_output=True)
    before = cpu_seconds(pid)
    done = subprocess.run([*call, f"-d{seconds}s"], check=True, capture_output=True, text=True)
    cpu = cpu_seconds(pid) - before
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    figures = json.loads(found[1])
    return {"name": name, **figures, "cpu_microseconds": cpu / figures["requests"] * 1e6, "claims": 0}


def measure_shop(shop: Shop, rules: int, seconds: int, *, with_echo: bool) -> Iterator[Data]:
    """Yield the rows of one shop."""
    workload = shop.fill(rules)
    bodies, script = shop.folder / "bodies.jsonl", shop.folder / "requests.lua"
    bodies.write_bytes(b"\n".join(workload.receipts_json))
    client = shop.client(ACCOUNT, "write:discounts")
    token = shop.token(ACCOUNT, "write:discounts")

    def row(name: str, pid: int, path: str) -> Data:
        script.write_text(LUA % {"bodies": bodies, "token": token, "path": path})
        return load(name, pid, shop.port, script, seconds)

    if with_echo:
        with shop.serving("echo") as pid:
            yield row("validate and echo, alone", pid, "/echo")
        # With one route more than the service has.
        with shop.serving("service") as pid:
            yield row("validate and echo, in the service", pid, f"/v1/accounts/{ACCOUNT}/echo")
    with shop.serving() as pid:
        # Before anything is timed: the answer is a good one.
        status, answer = client.post("", workload.receipts_json[0])
        if status != 200 or not json.loads(answer).get("discounts"):
            raise SystemExit(f"answered {status}: {answer.decode()}")
        yield row(f"{rules} rules", pid, client.base)
        claims = partial(claims_of, workload.rules[0]["id"])
        with sending([client], "/claims", claims, BETWEEN_CLAIMS_SECONDS) as answers:
            beside = row(f"{rules} rules, claims beside", pid, client.base)
        if [*answers] != [HTTPStatus.CREATED]:
            raise SystemExit(f"claims were answered {dict(answers)}")
        yield {**beside, "claims": answers.total()}


def measure(asked: Namespace) -> Data:
    """Return the rows of each shop."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not here: apt install wrk")
    rows: list[Data] = []
    for rules in asked.rules:
        with TemporaryDirectory() as name, closing(Shop(Path(name))) as shop:
            rows += measure_shop(shop, rules, asked.seconds, with_echo=not rows)
    return {"rows": rows}


def tables(data: Data) -> list[str]:
    """Return the table, CPU held against both echoes, which come first."""
    alone, behind = (row["cpu_microseconds"] for row in data["rows"][:2])
    return table(
        "what |> requests/s |> p50 ms |> p95 ms |> p99 ms |> CPU µs a request |> × echo in the service "
        "|> × echo alone |> failed |> claims",
        (
            [
                row["name"],
                f"{row['per_second']:.0f}",
                *(f"{row[name]:.2f}" for name in ("p50", "p95", "p99")),
                f"{row['cpu_microseconds']:.0f}",
                *(f"{row['cpu_microseconds'] / echo:.2f}" for echo in (behind, alone)),
                row["failed"],
                row["claims"] or "",
            ]
            for row in data["rows"]
        ),
    )


BENCHMARK = Benchmark(Path(__file__).parent / "history.jsonl", SEED, tables)


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(prog="python -m benchmarks.service.load", description="Load the service on loopback.")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rules", type=int, nargs="+", default=[1_000, 100_000])
    BENCHMARK.main(parser, measure)


if __name__ == "__main__":
    main()
