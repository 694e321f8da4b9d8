"""A shop of its own for each test, and interrupts that arrive."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let what is started be interrupted: in the background interrupts are ignored, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
