"""Receipts with a slip in them, as somebody may send them: JSON text, of which most are still right."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

# What stands in the place of a right value: of every JSON type, and at every edge that a field has.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    10**15,
    -(10**15),
    10**15 + 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**30,
    0.0,
    -0.0,
    3.0,
    0.75,
    1e15,
    1e16,
    1e300,
    "",
    "x",
    "12",
    "ærlig 🍞",
    'a":b',
    "a : b",
    "::",
    "2026-10-16T16:40:00Z",
    "2026-10-16T16:40:00",
    "0999-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    [],
    {},
    [[]],
    [{}],
    [None],
    ["a"],
    ["a", 5],
    [{"id": "a"}],
    [{"id": None, "amount": 5}],
    {"id": "s"},
    {"amount": 1.5},
    {"a": {"b": [{"c": 1}]}},
)
NAMES = ("x", "", "id", "items", "amount", "line_id", "ærlig", 'a":', "document", "has_line_id")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from _places(member, (*path, name))


def _replace(random: Random, parent: Any, name: Any) -> None:
    parent[name] = deepcopy(random.choice(VALUES))


def _leave_out(_random: Random, parent: Any, name: Any) -> None:
    del parent[name]


def _add(random: Random, parent: Any, name: Any) -> None:
    value = deepcopy(random.choice(VALUES))
    if isinstance(parent, dict):
        parent[random.choice(NAMES)] = value
    else:
        parent.insert(name, value)


def _twice(_random: Random, parent: Any, name: Any) -> None:
    if isinstance(parent, list):
        parent.append(deepcopy(parent[name]))
    else:
        # The marks are taken away in the text: a name that is there twice.
        parent[f"{name}\0"] = parent[name]


CHANGES: tuple[Callable[[Random, Any, Any], None], ...] = (_replace, _replace, _replace, _leave_out, _add, _twice)
SEPARATORS = ((",", ":"), (",", ":"), (", ", ": "), (" ,", " :"), (",\n", ":\t"))


def mutant_of(receipt: dict[str, Any], random: Random) -> str:
    """Return the text of a receipt with so many slips as are drawn: none, one or a few."""
    changed = deepcopy(receipt)
    for _ in range(random.choice((0, 1, 1, 1, 2, 4))):
        *above, name = random.choice([*_places(changed)] or [("x",)])
        parent: Any = changed
        for part in above:
            parent = parent[part]
        if isinstance(parent, list) or name in parent:
            random.choice(CHANGES)(random, parent, name)
    text = json.dumps(changed, ensure_ascii=random.random() < 0.3, separators=random.choice(SEPARATORS))
    return text.replace("\\u0000", "")
