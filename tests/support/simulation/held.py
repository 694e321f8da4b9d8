"""An archive that comes to no end before the test says so: what reads it is in the middle of its work until then."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENXIO
from pathlib import Path

from tests.support.waiting import until


class Held:
    """A pipe in the place of a packed file of receipts."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        # Less than a pipe takes at once.
        self._content = content
        os.mkfifo(path)

    @contextmanager
    def read(self, goes_on: Callable[[], bool]) -> Iterator[int]:
        """Wait until it is opened for reading: the reader waits too, and comes to an end with the block."""
        ends: list[int] = []

        def is_opened() -> bool:
            assert goes_on(), "whoever should read it has ended"
            with _nobody_yet():
                ends.append(os.open(self._path, os.O_WRONLY | os.O_NONBLOCK))
            return bool(ends)

        until(is_opened, "nobody reads the archive")
        try:
            yield ends[0]
        finally:
            os.close(ends[0])

    def give(self, goes_on: Callable[[], bool]) -> None:
        """Give all of it to the next who opens it; whoever had it before must have closed it."""
        with self.read(goes_on) as end:
            assert os.write(end, self._content) == len(self._content)


@contextmanager
def _nobody_yet() -> Iterator[None]:
    """Let pass that there is no reader yet."""
    try:
        yield
    except OSError as problem:
        if problem.errno != ENXIO:
            raise
