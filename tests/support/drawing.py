"""The drawings of docs/architecture.md: rooms and what they import, drawn by Mermaid, floor by floor.

Which room is on which floor is read from the import contracts, which imports whom from the imports themselves. An
arrow that follows from others is left out. `make pages` rewrites the drawings; a test compares them.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import grimp

from tests.support.places import DOCS, ROOT

PAGE = DOCS / "architecture.md"
PACKAGES = ("rules", "engine", "rabatt")

_DRAWING = re.compile(r"(<!-- drawing of (\w+) -->\n).*?(<!-- end of drawing -->)", re.DOTALL)
_ROOM = re.compile(r"^\| (before|after|many|\d(?:–\d)?) \| \[`(engine/\w+(?:\.py|/))`\]", re.MULTILINE)
# Readable on a white page and on a dark one.
_LOOKS = {
    "step": "fill:#dbeafe,stroke:#2563eb,color:#172554",
    "ready": "fill:#fef3c7,stroke:#d97706,color:#451a03",
    "door": "fill:#dcfce7,stroke:#16a34a,color:#052e16",
    "value": "fill:#f3f4f6,stroke:#6b7280,color:#111827",
}

Floors = Sequence[Collection[str]]


@dataclass(frozen=True)
class Room:
    """What a box of a drawing says, and which of the looks it has."""

    name: str
    label: str
    look: str


@cache
def graph() -> grimp.ImportGraph:
    """All modules of the product with what they import; not what only the type checker does."""
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def rooms(package: str) -> set[str]:
    """The modules and packages at the top of a package."""
    return {name.rpartition(".")[2] for name in graph().find_children(package)}


def uses(names: Iterable[str]) -> dict[str, set[str]]:
    """Of each module or package those of the others that it imports, itself or in what is in it."""
    names = set(names)
    return {
        name: {
            other
            for other in names - {name}
            if graph().direct_import_exists(importer=name, imported=other, as_packages=True)
        }
        for name in names
    }


def floors(container: str | None) -> Floors:
    """The layers of a package by its import contract, from the lowest to the highest; without one, of all packages."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    containers = [container] if container else None
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers" and one.get("containers") == containers]
    return [re.findall(r"\w+", layer) for layer in reversed(layers)]


def needed(edges: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The edges that do not follow from others: a transitive reduction. A RecursionError where there is a circle."""

    @cache
    def reached(name: str) -> frozenset[str]:
        return frozenset(chain(edges[name], *(reached(other) for other in edges[name])))

    return {
        name: sorted(other for other in others if not any(other in reached(between) for between in others))
        for name, others in edges.items()
    }


def drawn(title: str, floors: Floors, edges: Mapping[str, Collection[str]], boxes: Iterable[Room]) -> str:
    """The drawing as a block of Mermaid: what a room builds on is above it, each room on its floor.

    Raises a ValueError where an arrow would not lead downwards.
    """
    floor_of = {name: number for number, floor in enumerate(floors) for name in floor}
    boxes = sorted(boxes, key=lambda box: (floor_of[box.name], box.name))
    arrows = sorted(
        _arrows(floor_of, edges), key=lambda arrow: (floor_of[arrow[0]], arrow[0], floor_of[arrow[1]], arrow[1])
    )
    by_look = {look: [box.name for box in boxes if box.look == look] for look in _LOOKS}
    lines = [
        "```mermaid",
        "flowchart TD",
        f"    accTitle: {title}",
        *(f'    {box.name}["{box.label}"]' for box in boxes),
        *(f"    {above} {'-' * (length + 1)}> {below}" for above, below, length in arrows),
        *(f"    classDef {look} {_LOOKS[look]}" for look, names in by_look.items() if names),
        *(f"    class {','.join(names)} {look}" for look, names in by_look.items() if names),
        "```",
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def _arrows(floor_of: Mapping[str, int], edges: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, int]]:
    """Each arrow with how many floors it leads down."""
    for name, others in needed(edges).items():
        for other in others:
            length = floor_of[name] - floor_of[other]
            if length < 1:
                raise ValueError(f"{name} imports {other}, which is not below it")
            yield other, name, length


def drawing_of_doors() -> str:
    """The packages of the product, and the rooms of `rabatt`, which are its doors."""
    doors = list(floors("rabatt"))
    names = {name: name for name in ("rules", "engine")} | {f"rabatt.{name}": name for name in chain(*doors)}
    edges = {names[name]: {names[other] for other in others} for name, others in uses(names).items()}
    boxes = [
        Room("rules", "rules", "ready"),
        Room("engine", "engine", "step"),
        *(Room(name, f"rabatt/{name}", "door") for name in chain(*doors)),
    ]
    return drawn("The packages of the product", [["rules"], ["engine"], *doors], edges, boxes)


def drawing_of_engine(page: str) -> str:
    """The rooms of `engine`; in which step each is at work is what the table of the page says.

    Raises a ValueError for a room that the table or the import contracts lack.
    """
    edges = {
        name.removeprefix("engine."): {other.removeprefix("engine.") for other in others}
        for name, others in uses(f"engine.{room}" for room in rooms("engine")).items()
    }
    steps = {path.stem: step for step, path in listed(page)}
    known = steps.keys() & set(chain(*floors("engine")))
    if left := sorted(edges.keys() - known):
        raise ValueError(f"not in the page's table, or on no floor of the import contracts: {', '.join(left)}")
    boxes = [Room(name, _label(name, steps[name]), _look(steps[name])) for name in edges]
    return drawn("The rooms of the engine", floors("engine"), edges, boxes)


def listed(page: str) -> list[tuple[str, Path]]:
    """The rooms of `engine` in the table of the page: the step of each, and its file or folder."""
    return [(step, ROOT / path) for step, path in _ROOM.findall(page)]


def _label(name: str, step: str) -> str:
    return f"{step} · {name}" if step[0].isdigit() else name


def _look(step: str) -> str:
    return "step" if step[0].isdigit() else {"before": "ready", "after": "door"}.get(step, "value")


def with_drawings(page: str) -> str:
    """The page with its drawings as they are now."""
    made = {"doors": drawing_of_doors(), "rooms": drawing_of_engine(page)}
    return _DRAWING.sub(lambda found: found[1] + made[found[2]] + found[3], page)


if __name__ == "__main__":
    PAGE.write_text(with_drawings(PAGE.read_text("utf-8")), "utf-8")
