"""Clients, readers of output and readers of the log that go away: none of them ends the service."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.rabatt.service.conftest import KEY, new_url
from tests.support.cli.hang_ups import EVALUATE, faults, hang_up, open_files, stock
from tests.support.cli.serving import INSTALLED, quiet, served, token
from tests.support.cli.shop import receipt
from tests.support.processes import children_of
from tests.support.service import postgres
from tests.support.waiting import PATIENCE, until

# Fewer than the rounds of any stage by far, and more than the connections to the store that are opened on demand take:
# ten to read, each with a file and its log, and those that write and probe.
OPENED_BESIDES = 48


def check_hang_ups(folder: Path, times: int, **variables: str) -> None:
    """Hang up so often at each stage, and see that nothing has come of it."""
    # Without a line for each request, which nobody would read before the pipe is full.
    with served(folder, RABATT_LOG_LEVEL="warning", **variables) as service:
        bearer = token(folder, **variables)
        stock(service, bearer)
        hang_up(service, bearer, 2)
        before = open_files(service)
        hang_up(service, bearer, times)
        assert service.process.poll() is None
        until(lambda: open_files(service) <= before + OPENED_BESIDES, "files are left open")
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
        status, content = service.ask("POST", EVALUATE, json.dumps(receipt()), headers)
        assert status == 200, content
        assert service.get("/health/live")[0] == 200
        assert faults(service) == []
        assert service.stop() == 0
    assert service.said[1:] == [""]


def test_clients_that_hang_up_do_no_harm(tmp_path: Path) -> None:
    check_hang_ups(tmp_path, 40)


@pytest.mark.long
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_ten_thousand_hang_ups_do_no_harm(tmp_path: Path, store: str) -> None:
    if store == "postgresql" and postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    check_hang_ups(tmp_path, 910, RABATT_DATABASE=new_url(store, tmp_path), RABATT_KEY=KEY)


def is_ignored(process: int, number: signal.Signals) -> bool:
    """Whether a process ignores a signal."""
    status = Path(f"/proc/{process}/status").read_text()
    mask = int(status.partition("SigIgn:")[2].split()[0], 16)
    return bool(mask >> (number - 1) & 1)


@pytest.mark.long
def test_a_write_to_whoever_is_gone_is_no_signal_to_a_service(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as service:
        for process in (service.process.pid, *children_of(service.process.pid)):
            assert is_ignored(process, signal.SIGPIPE)
        # A terminal that closes is a reason to stop, in order.
        assert service.stop(signal.SIGHUP) == 0


@pytest.mark.long
def test_what_was_started_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with served(tmp_path) as service:
            service.process.send_signal(signal.SIGHUP)
            assert service.get("/health/live")[0] == 200
            assert service.stop() == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.long
def test_workers_are_replaced_where_nobody_reads_the_log(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as service:
        assert service.process.stderr
        service.process.stderr.close()
        lost = min(service.workers())
        os.kill(lost, signal.SIGKILL)
        until(lambda: lost not in children_of(service.process.pid))
        # Each may be answered by the new one, which opens its connections first.
        for _ in range(20):
            assert service.get("/health/live")[0] == 200
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("arguments", [["schema", "rule"], ["config"], ["--help"]], ids=lambda arguments: arguments[0])
def test_a_reader_that_is_gone_before_the_first_line_ends_what_prints_quietly(
    tmp_path: Path, arguments: list[str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [INSTALLED, *arguments], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, env=quiet(), check=False
        )
    finally:
        os.close(write)
    assert done.stderr == b""
    assert done.returncode in {-signal.SIGPIPE, 1}
