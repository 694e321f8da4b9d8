"""Habits of the code that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT

ENGINE = sorted((ROOT / "engine").rglob("*.py"))
OPEN2B = sorted((ROOT / "rabatt" / "open2b").rglob("*.py"))
FOLDERS = ("rules", "engine", "rabatt")
PRODUCT = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
REFERENCE = sorted([*(ROOT / "tests").glob("reference.py"), *(ROOT / "tests" / "reference").rglob("*.py")])
MOST_LINES = 400

NAMES_OF_BINARY_NUMBERS = {"float", "isclose", "fsum"}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def binary_numbers(tree: ast.AST) -> Iterator[int]:
    """The line of each float literal, and of each use of a name that makes or means a float."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno
            case ast.Call(func=ast.Name(id=name)) if name in NAMES_OF_BINARY_NUMBERS:
                yield node.lineno
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation) if annotation is not None:
                yield from mentions_of_float(annotation)
            case ast.FunctionDef(returns=annotation) | ast.AsyncFunctionDef(returns=annotation) if annotation:
                yield from mentions_of_float(annotation)


def mentions_of_float(annotation: ast.expr) -> Iterator[int]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno


def imported(tree: ast.AST) -> Iterator[str]:
    """The full name of every module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [*ENGINE, *OPEN2B], ids=shown)
def test_the_engine_knows_no_binary_floating_point(path: Path) -> None:
    assert list(binary_numbers(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", ENGINE, ids=shown)
def test_no_class_of_the_engine_is_an_abc(path: Path) -> None:
    # Compiled, an instance of one has a dictionary for which there is no room: memory is overwritten.
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    assert not [one.name for one in classes if any("ABC" in ast.unparse(base) for base in [*one.bases, *one.keywords])]


@pytest.mark.parametrize(
    "text", ["x = 0.5", "float(x)", "x: float = 1", "def f(x: int | float): ...", "def f() -> float: ..."]
)
def test_a_float_in_the_engine_would_be_found(text: str) -> None:
    assert list(binary_numbers(ast.parse(text))) == [1]


def test_few_rooms_of_the_engine_look_into_documents() -> None:
    # Decision 0005: those that translate, and those that show in a reason what is written in a rule or grant.
    translating = {"compiled", "basket", "result", "returns"}
    showing = {"qualify", "grants", "explanation"}
    looking = {
        path.relative_to(ROOT / "engine").parts[0].removesuffix(".py")
        for path in ENGINE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "document"
    }
    assert translating <= looking <= translating | showing


@pytest.mark.parametrize("path", REFERENCE, ids=shown)
def test_the_reference_engine_imports_documents_only(path: Path) -> None:
    ours = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))} & {
        "engine",
        "rabatt",
        "benchmarks",
    }
    assert ours == set()


def test_there_is_a_reference_engine() -> None:
    assert REFERENCE


@pytest.mark.parametrize("path", PRODUCT, ids=shown)
def test_a_product_file_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", PRODUCT, ids=shown)
def test_a_product_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
