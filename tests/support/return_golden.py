"""Golden returns: purchases, what comes back of them, and what is paid and undone; worked out by hand, a file each."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.places import TESTS

FOLDER = TESTS / "return_cases"

CASE_FIELDS = {"title", "rules", "grants", "receipt", "paid", "settings", "ways"}
RETURN_FIELDS = {"policy", "returned", "expect"}
EXPECT_FIELDS = {"amount", "refund", "credit", "lines", "taken_back", "is_everything", "faults"}


@dataclass(frozen=True)
class Way:
    """One way in which the goods of a purchase come back: one return after the other.

    `paid` are fields of the receipt that the till changed after the evaluation.
    """

    name: str
    title: str
    rules: Any
    receipt: Any
    grants: Any
    returns: list[dict[str, Any]]
    paid: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def read_ways() -> tuple[Way, ...]:
    """Return the ways of all cases, by file name; raises ValueError for a field that no case has."""
    return tuple(way for path in sorted(FOLDER.glob("*.json")) for way in read_case(path))


def read_case(path: Path) -> list[Way]:
    """Return the ways of one case."""
    data = json.loads(path.read_text(encoding="utf-8"))
    returns = [one for way in data["ways"].values() for one in way]
    unknown = [
        *sorted(set(data) - CASE_FIELDS),
        *sorted({name for one in returns for name in one} - RETURN_FIELDS),
        *sorted({name for one in returns for name in one["expect"]} - EXPECT_FIELDS),
    ]
    if unknown:
        raise ValueError(f"{path.name}: no case has {', '.join(unknown)}")
    return [
        Way(
            name=f"{path.stem}, {name}",
            title=data["title"],
            rules=data["rules"],
            receipt=data["receipt"],
            grants=data.get("grants"),
            returns=way,
            paid=data.get("paid", {}),
            settings=data.get("settings", {}),
        )
        for name, way in data["ways"].items()
    ]
