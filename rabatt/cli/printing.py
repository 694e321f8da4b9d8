"""Commands that do nothing but print end quietly where nobody reads what they print, as others do: `| head`."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def until_nobody_reads() -> Iterator[None]:
    """What is done within ends the process, silently, with the first write to a pipe that nobody reads.

    To any pipe or socket: never around what serves, or what has processes of its own. Whoever hangs up would end it.
    """
    if not hasattr(signal, "SIGPIPE"):
        yield
        return
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    finally:
        signal.signal(signal.SIGPIPE, before)


def prints(command: Callable[P, T]) -> Callable[P, T]:
    """The command, all of which is done so."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> T:
        with until_nobody_reads():
            return command(*arguments, **options)

    return run


def end_unread() -> None:
    """End this process as such a write would have ended it."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.raise_signal(signal.SIGPIPE)
