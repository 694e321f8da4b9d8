"""No statement is put together from what a caller sent: its text is written in the code, and values are bound."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import ROOT

SERVICE = ROOT / "rabatt" / "service"
FILES = sorted(SERVICE.rglob("*.py"))
# Whatever takes SQL as text.
TAKES_TEXT = {"text", "exec_driver_sql", "literal_column", "execute", "executemany", "executescript", "DDL"}
# A constant of the driver's settings, which cannot be bound.
PRAGMA = "connection.execute(f'PRAGMA {pragma}')"


def made_statements(tree: ast.AST) -> Iterator[str]:
    """Every call that hands over SQL which is neither a constant nor an object of SQLAlchemy."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
        first = node.args[0] if node.args else next((word.value for word in node.keywords), None)
        if name in TAKES_TEXT and first is not None and is_made(first, is_statement=name == "execute"):
            yield ast.unparse(node)


def is_made(value: ast.expr, *, is_statement: bool) -> bool:
    """Whether a text is put together; for what takes statements too, a name or a call is one of those."""
    if isinstance(value, ast.Constant):
        return False
    if isinstance(value, ast.JoinedStr | ast.BinOp):
        return True
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in {"format", "join", "replace", "format_map"} or not is_statement
    return not is_statement


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVICE)))
def test_no_statement_is_put_together(path: Path) -> None:
    allowed = {PRAGMA} if path == SERVICE / "store" / "sqlite.py" else set()
    assert set(made_statements(ast.parse(path.read_text()))) - allowed == set()


@pytest.mark.parametrize(
    "code",
    [
        "text(f'SELECT {x}')",
        "text('SELECT ' + x)",
        "text('SELECT %s' % x)",
        "text('SELECT {}'.format(x))",
        "text(x)",
        "sqlalchemy.text(x)",
        "text(text=x)",
        "connection.exec_driver_sql(statement)",
        "connection.execute(f'SELECT {x}')",
        "connection.execute(' '.join(parts))",
        "select(literal_column(name))",
    ],
)
def test_a_statement_that_is_put_together_would_be_found(code: str) -> None:
    assert list(made_statements(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    ["text('SELECT :a')", "connection.execute(statement)", "connection.execute(select(t).where(t.c.a == a))"],
)
def test_a_statement_with_bound_values_is_none_of_these(code: str) -> None:
    assert not list(made_statements(ast.parse(code)))
