"""The trips of docs/architecture.md: which places each names, and whether a run passes them in that order."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

from tests.support.named import defined, paths
from tests.support.places import ROOT

_TRIP = re.compile(r"^### (.+?)\n\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^\d\. \[`([^`]+)`\]\(\.\./([^)]+)\) `([\w.]+)`: ", re.MULTILINE)
_ITEM = re.compile(r"^\d+\. ", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A name in a file of the project."""

    path: str
    name: str

    @property
    def is_there(self) -> bool:
        """Say whether the file defines the name."""
        path = ROOT / self.path
        return path.is_file() and self.name in defined(path)


def trips(page: str) -> dict[str, list[Place]]:
    """The places of each trip by its heading; a ValueError for an item that names none, or speaks of another file."""
    found = {}
    _, _, text = page.partition("\n## Five trips\n")
    for heading, items in _TRIP.findall(text.partition("\n## ")[0]):
        places = [(shown, link, name) for shown, link, name in _PLACE.findall(items)]
        if len(places) != len(_ITEM.findall(items)) or any(shown != link for shown, link, _ in places):
            raise ValueError(f"{heading}: each item is a link to a file that it shows, a name in it, and a colon")
        if others := paths(items) - {shown for shown, _, _ in places}:
            raise ValueError(f"{heading}: these are places too: {', '.join(sorted(others))}")
        found[heading] = [Place(path, name) for path, _, name in places]
    return found


@contextmanager
def called() -> Iterator[list[Place]]:
    """The functions of the project that are called inside, by this thread and those that begin here."""
    calls: list[CodeType] = []
    places: list[Place] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            calls.append(frame.f_code)

    before = sys.getprofile(), threading.getprofile()
    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield places
    finally:
        sys.setprofile(before[0])
        threading.setprofile(before[1])
        places += [
            Place(str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname)
            for code in list(calls)
            if code.co_filename.startswith(f"{ROOT}/")
        ]


def passes(calls: list[Place], places: list[Place]) -> bool:
    """Say whether the places are called one after the other, others between them."""
    left = iter(calls)
    return all(place in left for place in places)


def calls_of(run: Callable[[], object]) -> list[Place]:
    """The functions of the project that one call leads to."""
    with called() as places:
        run()
    return places
