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
# Names of modules that are one thing in several rooms, with the reason why each room has a part of it.
MODULES = {
    "__init__": "Python gives every package one",
    "app": "each door is put together in one place: the command, and the service",
    "break_even": "its figures are worked out without words, then worded, then drawn",
    "check": "the command prints what the language checks",
    "claims": "a route reads the call, the store upholds the limits in one transaction",
    "customer_tokens": "a route reads the call, the store keeps the tokens",
    "evaluate": "the command prints what the engine evaluates",
    "explain": "the command prints what the engine explains",
    "grant": "the language reads the document, the service a body that may lack parts of it",
    "grants": "a route reads the call, the store keeps the grants",
    "key_figures": "the figures are worded for every answer, and laid out for the report alone",
    "migrate": "the command starts what the store does",
    "near_misses": "found while receipts are scanned, then worded, then laid out",
    "open2b": "each room of the service does its part for receipts of Open2b; the command does without the service",
    "options": "what a caller may choose, in Python and on the command line, which reads texts",
    "pages": "a route reads what page is asked for, the store finds its rows",
    "overlap": "counted in the replay, then worded, then drawn",
    "receipt": "the language reads it, the service has a body of it, and the engine gives rewards to the whole of it",
    "receipts": "the command reads files of them, a route the call, and the store keeps them",
    "returns": "each door has its own way to returned goods; the report words and lays out what they cost",
    "rule": "the language reads the document, the engine makes it ready, the service has a body of it",
    "rules": "a route reads the call, the store keeps them, and OpenAPI describes them",
    "schema": "the command prints the schemas of the language",
    "settings": "an evaluation is set by its caller, the service by its environment",
    "simulate": "the command starts what the package does",
    "tables": "tables of a database, and those that an analyst gets",
    "top_receipts": "found in the replay, and laid out for the report",
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
