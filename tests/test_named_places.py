"""What pages and comments say of the project is where they say."""

from pathlib import Path

import pytest

from tests.support.named import defined, dotted, is_there, names_of_files, paths, prose
from tests.support.places import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# What was released is told by the names of its time.
LEFT_OUT = {ROOT / "CHANGELOG.md"}
TEXTS = {".py", ".md", ".toml", ".sh", ".yaml", ".yml"}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def kept() -> list[Path]:
    """The texts of the project."""
    places = [ROOT / name for name in ("rules", "engine", "rabatt", "tests", "benchmarks", "examples")]
    inside = [path for place in places for path in place.rglob("*") if path.suffix in TEXTS]
    return sorted({*PAGES, *inside, ROOT / "pyproject.toml", ROOT / "Makefile"} - LEFT_OUT)


def astray(text: str) -> list[str]:
    """The paths and names in a text that are not there."""
    lost = [path for path in paths(text) if not (ROOT / path).exists()]
    lost += [name for name in dotted(text) if not is_there(name)]
    told = [(name, ROOT / path) for name, path in names_of_files(text)]
    return sorted(lost + [name for name, path in told if path.exists() and name not in defined(path)])


def test_what_a_text_names_of_the_project_is_there() -> None:
    found = {shown(path): astray(prose(path)) for path in kept()}
    assert {path: lost for path, lost in found.items() if lost} == {}
    assert {"README.md", "docs/algorithm.md", "docs/decisions/0005-wire-names-at-the-edges.md"} <= found.keys()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        pytest.param("see `engine/assignment.py`", ["engine/assignment.py"], id="a file"),
        pytest.param("[x](../engine/assignment.py)", ["engine/assignment.py"], id="a link"),
        pytest.param("in `rabatt/store/`", ["rabatt/store/"], id="a folder"),
        pytest.param("`engine.basket.line_state.Laid`", ["engine.basket.line_state.Laid"], id="a name in a module"),
        pytest.param("`read` of `rules/read.py`", ["read"], id="a name of a file"),
        pytest.param("`read_rules` of\n[`rules/read.py`](../rules/read.py)", [], id="a name that a file has"),
        pytest.param("`simulation/` and `rabatt/simulation/`", ["simulation/"], id="a door without its house"),
        pytest.param("`engine.layout`", ["engine.layout"], id="a module"),
        pytest.param("`engine.basket.line_state.LineState.resolved`, `rules/`, `rules.Rule`", [], id="what is there"),
        pytest.param("`rules.json`", [], id="a file of a user's"),
        pytest.param("https://example.com/docs/nowhere, /v1/rules/x, */docs/y, a/tests/z", [], id="other paths"),
    ],
)
def test_what_is_not_there_is_found(text: str, lost: list[str]) -> None:
    assert astray(text) == lost


def test_of_a_module_only_what_it_says_to_people_is_looked_at(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""See `rules/a.py`."""\n\nPLACE = "rules/b.py"  # or rules/c.py\n')
    assert astray(prose(module)) == ["rules/a.py", "rules/c.py"]
