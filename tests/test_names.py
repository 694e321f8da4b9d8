"""One idea, one word: no two classes or modules of the product share a name for different things."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.places import ROOT

PRODUCT = sorted(path for folder in ("rules", "engine", "rabatt") for path in (ROOT / folder).rglob("*.py"))

# Names of several classes that mean one thing, with the reason why it has more than one class.
CLASSES = {
    "Line": "an entry of a receipt's items: as it is read, and as it is laid out for evaluation",
    "Stamp": "a mark on a stamp card: as a grant says it, and as it lives and expires",
}
# Names of modules that are one thing, seen from rooms with a step of their own.
MODULES = {
    "__init__": "a package",
    "app": "what a door is put together in",
    "break_even": "worked out, worded, and drawn",
    "check": "the check of rules, and its command",
    "claims": "routed and kept",
    "customer_tokens": "routed and kept",
    "evaluate": "the step, and its command",
    "explain": "the step, and its command",
    "grant": "as a document, and as a body",
    "grants": "routed and kept",
    "key_figures": "worded, and laid out",
    "migrate": "the step, and its command",
    "near_misses": "found, worded, and laid out",
    "open2b": "receipts of Open2b, in each room of the service and as a command",
    "options": "what a caller may choose: in Python, and on the command line",
    "pages": "lists by the page: routed and kept",
    "overlap": "what rules take from each other: worked out, worded, and drawn",
    "receipt": "as a document, as a reward's place, and as a body",
    "receipts": "read by the command, routed, and kept",
    "returns": "goods that are returned: a command, routed, kept, worded, and laid out",
    "rule": "as a document, compiled, and as a body",
    "rules": "routed, described, and kept",
    "schema": "of the rules, and its command",
    "settings": "of the engine, and of the service",
    "simulate": "the step, and its command",
    "tables": "where many rows are: of the store, and of a simulation's answers",
    "top_receipts": "found, and laid out",
}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def classes_of(source: str) -> Iterator[str]:
    """The names of the classes; one that only its module knows shares its name all the same."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name.lstrip("_")


def shared(places: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """The names that are in several places, with these."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, place in places:
        found[name].append(place)
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


SHARED_CLASSES = shared((name, shown(path)) for path in PRODUCT for name in classes_of(path.read_text()))
SHARED_MODULES = shared((path.stem, shown(path)) for path in PRODUCT)


def test_no_two_classes_share_a_name_for_different_things() -> None:
    assert {name: places for name, places in SHARED_CLASSES.items() if name not in CLASSES} == {}


def test_no_two_modules_share_a_name_for_different_things() -> None:
    assert {name: places for name, places in SHARED_MODULES.items() if name not in MODULES} == {}


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        pytest.param([*CLASSES], SHARED_CLASSES, id="classes"),
        pytest.param([*MODULES], SHARED_MODULES, id="modules"),
    ],
)
def test_no_exception_is_there_that_nothing_needs(allowed: list[str], found: Mapping[str, list[str]]) -> None:
    assert [name for name in allowed if name not in found] == []


def test_classes_within_others_and_those_of_one_module_are_seen() -> None:
    source = "class Line:\n    class Inner: ...\n\n\nclass _Line: ...\n"
    assert [*classes_of(source)] == ["Line", "Line", "Inner"]
    assert shared((name, "here") for name in classes_of(source)) == {"Line": ["here", "here"]}
