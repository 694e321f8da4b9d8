"""A run in a fresh process, and how much memory it and its children have at most."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks.measure import ROOT
from benchmarks.simulation.once import Job, Run

_BETWEEN_LOOKS_SECONDS = 0.05
_KILOBYTES_OF_A_MEGABYTE = 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """A run, and its memory in MiB.

    That is the sum of what each process that lived at the same time had at its own peak: never less than all of them
    had together, and more where they shared pages or had their peaks one after the other.
    """

    run: Run
    megabytes: float


def measured(job: Job) -> Measured:
    """Return what a job took in a fresh process; what it complained of is told where it fails."""
    call = [sys.executable, "-m", "benchmarks.simulation.once", json.dumps(asdict(job))]
    most = 0
    # Files, since a pipe that nobody empties stops who fills it.
    with TemporaryFile("w+") as told, TemporaryFile("w+") as complaints:
        with subprocess.Popen(call, cwd=ROOT, stdout=told, stderr=complaints) as process:
            while process.poll() is None:
                most = max(most, sum(peaks_of(process.pid).values()))
                time.sleep(_BETWEEN_LOOKS_SECONDS)
        for file in (told, complaints):
            file.seek(0)
        if process.returncode:
            raise SystemExit(f"{job}\n{complaints.read()}")
        return Measured(Run(**json.loads(told.read().splitlines()[-1])), most / _KILOBYTES_OF_A_MEGABYTE)


def peaks_of(pid: int) -> Mapping[int, int]:
    """Return the peak memory in KiB of a process and of all that descend from it, as far as they live."""
    found = {}
    for one in _descendants(pid):
        peak = _peak(one)
        if peak is not None:
            found[one] = peak
    return found


def _descendants(pid: int) -> Iterator[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            parent = _parent(folder)
            if parent is not None:
                parents.setdefault(parent, []).append(int(folder.name))
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += parents.get(one, ())


def _parent(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        # It ended meanwhile.
        return None


def _peak(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
