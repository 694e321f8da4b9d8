"""Jobs for a pool of processes that do what they are told, and no more."""

import os
import time
from pathlib import Path
from typing import Any

from rabatt.service.pool import Begin, Work


def make_work() -> Work:
    """What the processes do."""
    return work


def work(job: tuple[Any, ...], begin: Begin) -> object:
    """Do one job: its name, and what it is done with."""
    match job:
        case ("prepare until", path):
            wait_for(path)
            begin()
            return os.getpid()
        case ("pid",):
            begin()
            return os.getpid()
        case ("until", started, path):
            begin()
            Path(started).write_text(str(os.getpid()))
            wait_for(path)
            return os.getpid()
        case ("for ever", started):
            # Before its time counts: afterwards there may be none left.
            Path(started).write_text(str(os.getpid()))
            begin()
            while True:
                pass
        case ("exit",):
            os._exit(3)
        case ("fail", secret):
            raise ValueError(secret)
        case _:
            return job


def wait_for(path: str) -> None:
    """Wait for a file to be there."""
    while not Path(path).exists():
        time.sleep(0.005)
