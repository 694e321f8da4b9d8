"""The command as a process: its help, its signals, its streams, and what it needs."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from tests.support.cli.shop import Shop, environment, receipt
from tests.support.places import ROOT
from tests.support.processes import started
from tests.support.waiting import PATIENCE, until

MANY = 2_000


@pytest.fixture
def many(shop: Shop) -> Path:
    """A file of many receipts."""
    line = json.dumps(receipt()) + "\n"
    return shop.folder / shop.write("many.jsonl", line * MANY)


def command(shop: Shop, receipts: Path, *arguments: str) -> list[str]:
    rules = str(shop.folder / "rules.json")
    return [sys.executable, "-m", "rabatt", "evaluate", str(receipts), "--rules", rules, *arguments]


def test_version_is_the_version_of_the_distribution(shop: Shop) -> None:
    done = shop.run("--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "rabatt")
    assert f'version = "{done.stdout.split()[1]}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", ["evaluate", "explain", "check", "schema", "serve", "token", "migrate", "config"])
def test_help_names_every_sub_command_and_each_has_help_of_its_own(shop: Shop, name: str) -> None:
    assert name in shop.run("--help").stdout
    assert f"rabatt {name}" in shop.run(name, "--help").stdout


def test_help_says_what_exit_codes_mean(shop: Shop) -> None:
    assert "Exit codes" in shop.run("--help").stdout


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_extra_the_command_says_which_to_install(shop: Shop, missing: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from rabatt.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=shop.folder,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "rabatt: the command line needs typer, which comes with an extra: pip install 'rabatt[cli]'"
    ]


def test_a_reader_that_has_enough_ends_the_command_quietly(shop: Shop, many: Path) -> None:
    with started(
        command(shop, many, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        assert running.stdout
        assert running.stderr
        json.loads(running.stdout.readline())
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(PATIENCE) == -signal.SIGPIPE


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_ends_the_command_quietly(shop: Shop) -> None:
    with started(
        command(shop, Path("-"), "--json"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        line = json.dumps(receipt()).encode() + b"\n"
        running.stdin.write(line + line)
        running.stdin.flush()
        json.loads(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 128 + signal.SIGINT
        assert b"Traceback" not in running.stderr.read()


def test_a_full_disk_is_said_in_a_sentence(shop: Shop, many: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(shop, many, "--json"), stdout=full, stderr=subprocess.PIPE, check=False, env=environment()
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("rabatt: the answers cannot be written: ")
    assert b"Traceback" not in done.stderr


def test_a_batch_that_takes_a_while_has_a_progress_bar_on_a_terminal(shop: Shop) -> None:
    line = json.dumps(receipt()).encode() + b"\n"
    shown, answers = run_on_terminal(command(shop, Path("-"), "--json"), shop.folder, line * 100, b"", line * 100)
    assert b"kB/s" in shown
    assert answers.count(b"\n") == 200
    assert b"\x1b" not in answers


def test_a_single_receipt_on_a_terminal_has_no_progress_bar(shop: Shop) -> None:
    line = json.dumps(receipt()).encode()
    shown, answers = run_on_terminal(command(shop, Path("-"), "--json"), shop.folder, line)
    assert (shown, answers.count(b"\n")) == (b"", 1)


def run_on_terminal(arguments: list[str], folder: Path, *stdin: bytes) -> tuple[bytes, bytes]:
    """What the command wrote on standard error, a terminal, and on standard output, a file.

    Its standard input comes in these pieces, one a second from the first answer on.
    """
    terminal, its_end = pty.openpty()
    answers = folder / "answers"
    try:
        with (
            answers.open("wb") as stdout,
            started(
                arguments,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=its_end,
                env=environment(TERM="xterm", PYTHONUNBUFFERED="1"),
            ) as running,
        ):
            os.close(its_end)
            assert running.stdin
            for number, piece in enumerate(stdin):
                if number:
                    until(lambda: answers.stat().st_size, "no answer")
                    sleep(1)
                running.stdin.write(piece)
                running.stdin.flush()
            running.stdin.close()
            shown = b"".join(iter(lambda: read_terminal(terminal), b""))
            assert running.wait(PATIENCE) == 0
    finally:
        os.close(terminal)
    return shown, answers.read_bytes()


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""  # how Linux says that the other end was closed


def test_json_lines_are_streamed_in_constant_memory(shop: Shop) -> None:
    line = json.dumps(receipt(comment="x" * 100_000)) + "\n"
    few, lots = shop.write("few.jsonl", line * 10), shop.write("lots.jsonl", line * 400)
    peaks = [peak_kilobytes(command(shop, shop.folder / name, "--json")) for name in (few, lots)]
    assert peaks[1] - peaks[0] < (shop.folder / lots).stat().st_size / 1024 / 4


def peak_kilobytes(arguments: list[str]) -> int:
    """The most memory that the command held."""
    running = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=environment())
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    unit = 1024 if sys.platform == "darwin" else 1
    return resource.struct_rusage(usage).ru_maxrss // unit
