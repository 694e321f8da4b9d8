"""What is wrong with a document, as data: one `Fault` per place, and `Refused`, which carries them all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# So many faults of a document are said; nobody reads more of them before mending these.
MOST_FAULTS = 100
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

    def at(self, path: str) -> Fault:
        """The same fault at another path."""
        return Fault(path, self.sentence, self.nearest)

    def as_data(self) -> dict[str, str | None]:
        """The fault as plain JSON-able data."""
        return {"path": self.path, "sentence": self.sentence, "nearest": self.nearest}


@dataclass(frozen=True, slots=True)
class Further(Fault):
    """The last of the faults of a document that has more than are said: how many more, 0 where nobody counted them."""

    count: int = 0

    def at(self, _path: str) -> Fault:
        """The same: it is of the whole document."""
        return self


def further(count: int = 0) -> Further:
    """What stands for so many faults more, or for those of what was not read any more."""
    if count:
        return Further("", f"… and {count} more", None, count)
    return Further("", "… and more: mend these first, nothing else was checked")


def limited(faults: Iterable[Fault], most: int = MOST_FAULTS) -> list[Fault]:
    """The first of the faults, and a last one that stands for all the others; each place and sentence once."""
    kept: dict[Fault, None] = {}
    others: set[Fault] = set()
    uncollected = 0
    is_counted = True
    for fault in faults:
        if isinstance(fault, Further):
            uncollected += fault.count
            is_counted = is_counted and fault.count > 0
        elif len(kept) < most:
            kept[fault] = None
        elif fault not in kept:
            others.add(fault)
    more = uncollected + len(others)
    found = list(kept)
    if more or not is_counted:
        found.append(further(more if is_counted else 0))
    return found


def joined(known: Sequence[Fault], found: Sequence[Fault]) -> list[Fault]:
    """The faults known of a document, and those that another reader found in it at places where none is known.

    Where one of them found more than it says, nobody knows which of these the other found too: no number is said then.
    """
    paths = {fault.path for fault in known}
    new = [fault for fault in found if isinstance(fault, Further) or fault.path not in paths]
    if known and new and any(isinstance(fault, Further) for fault in (*known, *new)):
        new.append(further())
    return [*known, *new]


def first_of(faults: Iterable[Fault], most: int) -> list[Fault]:
    """The first of faults that are looked for one by one, without looking for the others."""
    found = list(islice(faults, most + 1))
    return found if len(found) <= most else [*found[:most], further()]


def counted(faults: Sequence[Fault]) -> str:
    """How many faults there are, in words."""
    if len(faults) == 1:
        return "a fault"
    last = faults[-1] if faults else None
    if not isinstance(last, Further):
        return f"{len(faults)} faults"
    return f"{len(faults) - 1 + last.count} faults" if last.count else f"more than {len(faults) - 1} faults"


class Refused(Exception):
    """A document that is not taken, with the faults found in it, the first hundred if there are more.

    Its text lists them, one per line.
    """

    def __init__(self, faults: Iterable[Fault], most: int = MOST_FAULTS) -> None:
        self.faults = tuple(limited(faults, most))
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
