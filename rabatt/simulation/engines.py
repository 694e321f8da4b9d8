"""What a simulation runs on."""

from typing import Literal, TypeAlias

Engine: TypeAlias = Literal["local", "spark"]


class EngineUnavailable(Exception):
    """The engine that was asked for is not there: the message says what to install."""
