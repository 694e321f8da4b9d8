"""What the text of a page names in the code: files and folders, modules, and what is defined in them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.places import ROOT

FOLDERS = ("rules", "engine", "rabatt", "tests", "benchmarks", "examples", "docs")

_FOLDER = "|".join(FOLDERS)
# What looks like a module, and is a file of a user's.
_FILES = {"json", "jsonl", "db", "key"}
# Not the end of a longer path, nor a part of an address; a link may go up first.
_PATH = re.compile(rf"(?:(?<![\w/.:*-])|(?<=\(\.\./)|(?<=\(\.\./\.\./))((?:{_FOLDER})/[\w./-]*\w/?)(?![\w*])")
_DOTTED = re.compile(r"`((?:rules|engine|rabatt|tests|benchmarks)(?:\.\w+)+)`")
# "`write` of `engine/result/write.py`", the file maybe as a link.
_NAME_OF = re.compile(rf"`([A-Za-z_][\w.]*)`\s+of\s+\[?`((?:{_FOLDER})/[\w./-]+\.py)`")
# The doors stood at the top once.
_HOMELESS = re.compile(r"`((?:cli|service|simulation|open2b)/[\w./-]*)`")


def prose(path: Path) -> str:
    """What a file says to people: of a module its comments and docstrings, else all of it."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    having = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = [ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, having)]
    return "\n".join(comments + docstrings)


def paths(text: str) -> set[str]:
    """The paths of this project that a text names."""
    return {*_PATH.findall(text), *_HOMELESS.findall(text)}


def dotted(text: str) -> set[str]:
    """The modules, and names in modules, that a text names with dots."""
    return {name for name in _DOTTED.findall(text) if name.rpartition(".")[2] not in _FILES}


def names_of_files(text: str) -> set[tuple[str, str]]:
    """The names that a text says a file has, each with its file."""
    return set(_NAME_OF.findall(text))


@cache
def defined(path: Path) -> frozenset[str]:
    """The names that a module has at its top, and those of its classes as `Class.name`."""
    return frozenset(_defined(ast.parse(path.read_text("utf-8")), ""))


def _defined(scope: ast.Module | ast.ClassDef, before: str) -> Iterator[str]:
    for node in scope.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield before + node.name
            case ast.ClassDef():
                yield before + node.name
                yield from _defined(node, f"{before}{node.name}.")
            case ast.ImportFrom():
                yield from (before + (alias.asname or alias.name) for alias in node.names)
            case ast.Assign():
                yield from (before + target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield before + name
            case _:
                pass


def is_there(name: str) -> bool:
    """Say whether a dotted name is a module of the project, or what one defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if place.is_dir() or module.is_file():
            rest = ".".join(parts[length:])
            return not rest or (module.is_file() and rest in defined(module))
    return False
