"""Processes that tests start, and see: none outlives the test that started it, whatever becomes of that."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process, ended with the block if it has not ended by itself; with it its group, where it has one of its own."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            if options.get("start_new_session"):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            elif process.poll() is None:
                process.kill()


def is_running(process: int) -> bool:
    """Whether a process has not ended; one that nobody has asked for its exit code yet has."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(process: int) -> list[int]:
    """The processes that a process started, in whichever thread, while they run; none where it is gone itself."""
    found = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in children.read_text().split()]
    return sorted(filter(is_running, found))
