"""The progress of a simulation on standard error: a bar for each of its phases, on a terminal only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from rabatt.cli.screen import console_on_stderr

QUIET_SECONDS = 1.0
# What a phase counts.
OF_BYTES = "reading"
MEGABYTE = 1_000_000


class RateColumn(ProgressColumn):
    """How much is done in a second: megabytes of files, or receipts."""

    def render(self, task: Task) -> Text:
        """The rate, as soon as there is one."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        is_read = task.description == OF_BYTES
        return Text(f"{speed / MEGABYTE:.1f} MB/s" if is_read else f"{speed:,.0f} receipts/s")


@contextmanager
def phases() -> Iterator[Callable[[str, int, int], None]]:
    """What takes how much of a phase is done; it draws bars once a second has passed."""
    if not sys.stderr.isatty():
        yield lambda _phase, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), RateColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=console_on_stderr(), transient=True, redirect_stdout=False)
    tasks: dict[str, TaskID] = {}
    begun = monotonic()

    def advanced(phase: str, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = bars.add_task(phase, total=total)
        bars.update(tasks[phase], completed=done, total=total)
        if not bars.live.is_started and monotonic() - begun > QUIET_SECONDS:
            bars.start()

    try:
        yield advanced
    finally:
        bars.stop()
