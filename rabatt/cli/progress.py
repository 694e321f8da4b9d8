"""A progress bar on standard error: for batches that take a while, and on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from rabatt.cli.screen import console_on_stderr
from rabatt.cli.source import STANDARD_INPUT

QUIET_SECONDS = 1.0


@contextmanager
def progress(source: str) -> Iterator[Callable[[int], None]]:
    """What takes how many bytes were read; it draws a bar once a second has passed.

    None is drawn off a terminal, nor where the answers themselves go to the terminal: there they are the progress.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _size: None
        return
    total = None if source == STANDARD_INPUT else size_of(source)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # Standard output is not the bar's: rich would send the answers to the terminal.
    bar = Progress(*columns, console=console_on_stderr(), transient=True, redirect_stdout=False)
    task = bar.add_task("receipts", total=total)
    begun = monotonic()

    def advanced(size: int) -> None:
        bar.advance(task, size)
        if not bar.live.is_started and monotonic() - begun > QUIET_SECONDS:
            bar.start()

    try:
        yield advanced
    finally:
        bar.stop()


def size_of(source: str) -> int | None:
    try:
        return Path(source).stat().st_size
    except (OSError, ValueError):
        return None
