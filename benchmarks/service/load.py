"""Load on loopback: `python -m benchmarks.service.load [--seconds N] [--rules N …] [--record]`.

A server on one core, wrk (Debian: apt install wrk) on another, 16 connections that send the receipts of the workload by
turns. First a handler that only validates and echoes, then `available_for_receipt` with so many rules, alone and with
a till that claims beside it. CPU is that of the server's process, a request.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from benchmarks.service.shop import ACCOUNT, KEY, customer, make_shop, settings_of
from rabatt.service.bearer_tokens import Tokens

CONNECTIONS = 16
# The interpreter that serves: that of an environment with the compiled engine, where it is named.
PYTHON = os.environ.get("RABATT_BENCH_PYTHON", sys.executable)
# So that a claim is made some 50 times a second.
BETWEEN_CLAIMS_SECONDS = 0.02
# The installed command, not one of the applications of `benchmarks.service.app`.
SERVICE = "rabatt serve"
ROOT = Path(__file__).parents[2]
HISTORY = Path(__file__).parent / "history.jsonl"
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
  io.write(string.format(
    'RESULT {"requests": %%d, "seconds": %%f, "p50": %%f, "p95": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: milliseconds of latency, requests a second, microseconds of the server's CPU a request."""

    name: str
    requests: int
    failed: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu_microseconds: float
    claims: int = 0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process took so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(
    application: str, folder: Path, port: int, environment: dict[str, str], core: str | None = "0"
) -> Iterator[int]:
    """Yield the process of a server, once it answers: the service as a user starts it or an app, on one core or any."""
    call = [str(Path(PYTHON).with_name("rabatt")), "serve"]
    if application != SERVICE:
        call = [PYTHON, "-P", "-m", "benchmarks.service.app", application]
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    variables = {**os.environ, **environment, "RABATT_PORT": str(port), "PYTHONPATH": path}
    process = subprocess.Popen(call if core is None else ["taskset", "-c", core, *call], cwd=folder, env=variables)
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def load(name: str, pid: int, port: int, script: Path, seconds: int) -> Row:
    """Return what one run of wrk on the second core sees."""
    call = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", "-s", str(script)]
    url = f"http://127.0.0.1:{port}"
    subprocess.run([*call, "-d2s", url], check=True, capture_output=True)
    before = cpu_seconds(pid)
    done = subprocess.run([*call, f"-d{seconds}s", url], check=True, capture_output=True, text=True)
    cpu = cpu_seconds(pid) - before
    found = re.search(r"RESULT (.*)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout + done.stderr)
    result = json.loads(found[1])
    return Row(
        name,
        result["requests"],
        result["failed"],
        round(result["requests"] / result["seconds"]),
        round(result["p50"], 2),
        round(result["p95"], 2),
        round(result["p99"], 2),
        round(cpu / result["requests"] * 1e6),
    )


class Till(Thread):
    """Claims one after another, some fifty a second, until it is told to stop."""

    def __init__(self, port: int, token: str, rule_id: str) -> None:
        super().__init__(daemon=True)
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.token, self.rule_id = token, rule_id
        self.claims = 0
        self.stopped = Event()

    def run(self) -> None:
        """Claim."""
        while not self.stopped.wait(BETWEEN_CLAIMS_SECONDS):
            self.claim(self.claims)
            self.claims += 1

    def claim(self, number: int) -> None:
        """Claim the use of one coupon."""
        who = customer(number)
        refs = [{"id": f"{self.rule_id}/{who}", "amount": 100, "usage": 1}]
        body = {
            "purchase_at": "2026-10-16T16:40:00+02:00",
            "customer_id": who,
            "discounts": [{"id": self.rule_id, "refs": refs}],
            "ref": f"{id(self)}-{number}",
        }
        path = f"/v1/accounts/{ACCOUNT}/discounts/available_for_receipt/claims"
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        self.connection.request("POST", path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"a claim was answered {answer.status}: {text.decode()}")

    def end(self) -> int:
        """Stop; the number of claims made."""
        self.stopped.set()
        self.join()
        return self.claims


def measure(rules: Sequence[int], seconds: int) -> list[Row]:
    """Return the rows, the echo first."""
    rows: list[Row] = []
    for count in rules:
        with TemporaryDirectory() as name:
            rows += measure_shop(Path(name), count, seconds, with_echo=not rows)
    return rows


def measure_shop(folder: Path, rules: int, seconds: int, *, with_echo: bool) -> Iterator[Row]:
    """Yield the rows of one shop."""
    port = free_port()
    settings = settings_of(folder, port)
    workload = make_shop(settings, rules)
    token = Tokens(settings).mint(
        ACCOUNT,
        "write:discounts",
        subject="benchmark",
        customer_id=None,
        now=datetime.now(UTC),
        lifetime=timedelta(hours=2),
    )
    environment = {
        "RABATT_DATABASE": settings.database.get_secret_value(),
        "RABATT_KEY": KEY,
        "RABATT_LOG_LEVEL": "warning",
    }
    bodies = folder / "bodies.jsonl"
    bodies.write_bytes(b"\n".join(workload.receipts_json))
    if with_echo:
        script = written(folder, bodies, token, "/echo")
        with serving("echo", folder, port, environment) as pid:
            yield load("validate and echo, alone", pid, port, script, seconds)
        # With one route more than the service has.
        with serving("service", folder, port, environment) as pid:
            behind = written(folder, bodies, token, f"/v1/accounts/{ACCOUNT}/echo")
            yield load("validate and echo, in the service", pid, port, behind, seconds)
    script = written(folder, bodies, token, f"/v1/accounts/{ACCOUNT}/discounts/available_for_receipt")
    with serving(SERVICE, folder, port, environment) as pid:
        check(port, token, workload.receipts_json[0])
        yield load(f"{rules} rules", pid, port, script, seconds)
        till = Till(port, token, workload.rules[0]["id"])
        till.start()
        row = load(f"{rules} rules, claims beside", pid, port, script, seconds)
        yield replace(row, claims=till.end())


def check(port: int, token: str, body: bytes) -> None:
    """Make sure, before anything is timed, that the answer is a good one."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection.request("POST", f"/v1/accounts/{ACCOUNT}/discounts/available_for_receipt", body, headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    if answer.status != 200 or not document.get("discounts"):
        raise SystemExit(f"answered {answer.status}: {document}")


def written(folder: Path, bodies: Path, token: str, path: str) -> Path:
    """Return the script that tells wrk what to send."""
    script = folder / "requests.lua"
    script.write_text(LUA % {"bodies": bodies, "token": token, "path": path})
    return script


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Measure, print, and record where asked."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rules", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not here: apt install wrk")
    rows = measure(options.rules, options.seconds)
    alone, behind = rows[0].cpu_microseconds, rows[1].cpu_microseconds
    heads = ["what", "requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs a request"]
    heads += ["× echo in the service", "× echo alone", "failed", "claims"]
    print(f"| {' | '.join(heads)} |")
    print(f"| --- |{' ---: |' * (len(heads) - 1)}")
    for row in rows:
        ratio = f"{row.cpu_microseconds / behind:.2f} | {row.cpu_microseconds / alone:.2f}"
        print(
            f"| {row.name} | {row.per_second:.0f} | {row.p50} | {row.p95} | {row.p99} | {row.cpu_microseconds:.0f} "
            f"| {ratio} | {row.failed} | {row.claims or ''} |"
        )
    if options.record:
        line = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "rows": [asdict(row) for row in rows]}
        with HISTORY.open("a") as history:
            history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
