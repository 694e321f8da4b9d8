"""Waiting for what others bring about. No test may fail because the machine is busy: the limits are minutes."""

import time
from collections.abc import Callable

# Nothing takes so long unless it is broken.
PATIENCE = 600
LOOK_SECONDS = 0.01


def until(holds: Callable[[], object], wanted: str = "") -> None:
    """Wait until something holds; an AssertionError that says what was wanted where it never does."""
    given_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < given_up, wanted or "it never came to hold"
        time.sleep(LOOK_SECONDS)
