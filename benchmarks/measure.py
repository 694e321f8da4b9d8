"""How things are measured: the clocks, turns, processes of their own with their memory, and what it all ran on."""

import gc
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from time import get_clock_info, perf_counter, perf_counter_ns, sleep, thread_time_ns
from typing import Any, TypeVar

from tests.support.processes import children_of

T = TypeVar("T")

ROOT = Path(__file__).parent.parent

# The time of this thread on the processor: what other processes take from it is no property of ours. Where that clock
# is coarse (Windows), the wall's.
now: Callable[[], int] = thread_time_ns if get_clock_info("thread_time").resolution <= 1e-6 else perf_counter_ns

_BETWEEN_LOOKS_SECONDS = 0.05


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return what one call returns, the first and only one, and its seconds on the wall."""
    gc.collect()
    started = perf_counter()
    made = call()
    return made, perf_counter() - started


def at_share(taken: Sequence[float], share: float) -> float:
    """Return what so large a share of the times does not go beyond."""
    return sorted(taken)[min(int(len(taken) * share), len(taken) - 1)]


def by_turns(
    sides: Mapping[str, Callable[[], T]], rounds: int, most_seconds: float = float("inf")
) -> Iterator[dict[str, T]]:
    """Yield what each side gives in each round; who goes first changes, so that none always has the warmer machine.

    No round begins after so many seconds, the first excepted.
    """
    names, started = list(sides), perf_counter()
    for number in count():
        if number == rounds or (number and perf_counter() - started > most_seconds):
            return
        first = number % len(names)
        found = {name: sides[name]() for name in names[first:] + names[:first]}
        yield {name: found[name] for name in names}


def run_python(
    *arguments: str, python: str = sys.executable, tree: Path = ROOT, installed: bool = sys.flags.safe_path
) -> str:
    """Return what a fresh interpreter prints, run in a checkout: with its packages, or with those that are installed.

    What was started with the installed packages (`-P`) starts others with them.
    """
    call = [python, "-P", *arguments] if installed else [python, *arguments]
    environment = os.environ | {"PYTHONPATH": "" if installed else str(tree)}
    return subprocess.run(call, cwd=tree, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout


def watched(module: str, job: Mapping[str, Any]) -> tuple[Any, float]:
    """Return the JSON that a module prints of a job in a process of its own, and the memory in MiB.

    That is the sum of what each process that lived at the same time had at its own peak: never less than all of them
    had together, and more where they shared pages or had their peaks one after the other.
    """
    most = 0
    # Files, since a pipe that nobody empties stops who fills it.
    with TemporaryFile("w+") as told, TemporaryFile("w+") as complaints:
        call = [sys.executable, "-m", module, json.dumps(job)]
        with subprocess.Popen(call, cwd=ROOT, stdout=told, stderr=complaints) as process:
            while process.poll() is None:
                most = max(most, sum(peaks_of(process.pid).values()))
                sleep(_BETWEEN_LOOKS_SECONDS)
        for file in (told, complaints):
            file.seek(0)
        if process.returncode:
            raise SystemExit(f"{job}\n{complaints.read()}")
        return json.loads(told.read().splitlines()[-1]), most / 1024


def peaks_of(pid: int) -> dict[int, int]:
    """Return the peak memory in KiB of a process and of all that descend from it, as far as they live."""
    family = [pid]
    peaks: dict[int, int] = {}
    for one in family:
        family += children_of(one)
        # It may have ended meanwhile.
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
            peaks |= {one: int(found[1])} if found else {}
    return peaks


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process took so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_kind() -> str:
    """Return what kind of machine this is, without its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or "unknown processor"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {processor}"


def commit() -> str:
    """Return the commit that is measured, with a plus sign where files differ from it."""
    call = ["git", "describe", "--always", "--dirty=+"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def say(what: str) -> None:
    """Tell whoever waits what is being measured."""
    print(f"… {what}", file=sys.stderr, flush=True)
