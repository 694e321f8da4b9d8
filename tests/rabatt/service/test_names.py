"""One idea, one word: no class of the service has the name of another class of the product."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from tests.support.places import ROOT

OURS = ("rabatt/service/", "rabatt/cli/server/")


def names(tree: ast.Module) -> Iterator[str]:
    """The classes of a module, and the types that have a name there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and target.id[0].isupper() and not target.id.isupper():
                    yield target.id


def test_no_name_of_the_service_means_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for package in ("rules", "engine", "rabatt"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for name in names(ast.parse(path.read_text())):
                places[name].append(path.relative_to(ROOT).as_posix())
    assert len(places) > 300
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if any(path.startswith(OURS) for path in found)} == {}
