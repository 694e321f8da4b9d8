"""What is wrong with a document, as data: one `Fault` per place, and `Refused`, which carries them all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A document with more faults than this is another document: reading it stops, and says so.
MOST_FAULTS = 5_000
SHOWN_LENGTH = 60
# difflib compares names in quadratic time: a longer name is nobody's slip of the pen.
NAME_LENGTH = 80
NEAREST_CUTOFF = 0.6
# Python refuses to write larger integers in decimal (4 300 digits) and nobody could read them.
READABLE_BITS = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what it is and what to do about it, and the nearest known name for a misspelt one."""

    path: str
    sentence: str
    nearest: str | None = None

    def __str__(self) -> str:
        """Path and sentence on one line; the sentence alone for a fault of the whole document."""
        return f"{self.path}: {self.sentence}" if self.path else self.sentence

    def as_data(self) -> dict[str, str | None]:
        """The fault as plain JSON-able data."""
        return {"path": self.path, "sentence": self.sentence, "nearest": self.nearest}


class Refused(Exception):
    """A document that is not taken, with every fault found in it; its text lists them, one per line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Every fault on a line of its own."""
        return "\n".join(str(fault) for fault in self.faults)


def path_of(parts: Iterable[str | int]) -> str:
    """The path as a person writes it: `rules[3].reward.value`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = _legible(part, NAME_LENGTH)
            path += f".{name}" if path else name
    return path


def above(path: str) -> list[str]:
    """The paths of all that a place is part of, the outermost first."""
    return [path[:index] for index, character in enumerate(path) if character in ".["]


@lru_cache(maxsize=1024)
def nearest_name(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that a misspelt one most resembles, if any does."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and only wanted for a misspelt name

    found = get_close_matches(name[:NAME_LENGTH], known, n=1, cutoff=NEAREST_CUTOFF)
    return found[0] if found else None


def suggestion(nearest: str | None) -> str:
    """The end of a sentence that offers the nearest known name; empty where there is none."""
    return f'; did you mean "{nearest}"?' if nearest else ""


def shown(value: object) -> str:
    """A JSON value as a sentence quotes it, never longer than a few words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > READABLE_BITS:
            return "a very large number"
        case str():
            return f'"{_legible(value, SHOWN_LENGTH)}"'
        case list() | tuple():
            return "a list" if value else "an empty list"
        case dict():
            return "an object" if value else "an empty object"
        case int() | float() | Decimal():
            return _legible(str(value), SHOWN_LENGTH)
        case _:
            return f"a Python {type(value).__name__}"


def _legible(text: str, length: int) -> str:
    """The text, not too long, and without half characters, which no output could write."""
    clipped = text if len(text) <= length else text[:length] + "…"
    return clipped if clipped.isascii() else clipped.encode("utf-8", "backslashreplace").decode()
