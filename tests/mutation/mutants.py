"""The mutants of a module: the same syntax tree, with one check left out or turned round."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

_TRUE, _FALSE = ast.Constant(value=True), ast.Constant(value=False)
# An order with its end the other way: what is equal passes where it did not, or the other way round.
_OTHER_END: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
# The place of the predicate among what a check is made of.
_PREDICATE = 2


class Mutant(NamedTuple):
    """One change: where it is, in which function, what stood there and what stands there now."""

    line: int
    function: str
    before: str
    after: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return what it is known by, whatever its line."""
        return f"{self.function}: {self.before} -> {self.after}"


class _Place(NamedTuple):
    parent: ast.AST
    field: str
    at: int | None
    node: ast.AST
    function: str
    above: ast.AST


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield all mutants of a module, in the order of its lines."""
    tree = ast.parse(source)
    for number, place in enumerate(_places(tree)):
        for before, after in _changes(place):
            copy = deepcopy(tree)
            for other, there in enumerate(_places(copy)):
                if other == number:
                    _put(there, after)
                    break
            ast.fix_missing_locations(copy)
            line = getattr(place.node, "lineno", 0) or getattr(place.parent, "lineno", 0)
            yield Mutant(line, place.function, _short(before), _short(after if before is place.node else None), copy)


def _places(tree: ast.AST, function: str = "", above: ast.AST | None = None) -> Iterator[_Place]:
    """Yield every node with where it stands; annotations are no code."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list"}:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST):
                continue
            yield _Place(tree, field, index, node, function, above or tree)
            inner = function
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inner = f"{function}.{node.name}".lstrip(".")
            yield from _places(node, inner, tree)


def _changes(place: _Place) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    """Yield what a change is about, and what may stand in the place of the node; None where it is left out."""
    if isinstance(place.node, ast.BoolOp):
        values = place.node.values
        for index, value in enumerate(values):
            left = values[:index] + values[index + 1 :]
            yield value, left[0] if len(left) == 1 else ast.BoolOp(place.node.op, left)
    else:
        for after in _replacements(place):
            yield place.node, after


def _replacements(place: _Place) -> Iterator[ast.AST | None]:
    node = place.node
    match node:
        case ast.Compare():
            yield from _other_comparisons(place, node)
        case ast.If() | ast.IfExp() if not isinstance(node.test, ast.Compare):
            for test in (_TRUE, _FALSE):
                changed = deepcopy(node)
                changed.test = test
                yield changed
        case ast.Return():
            yield from _other_answers(place, node)
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()) | ast.AugAssign(op=ast.BitAnd() | ast.BitOr()):
            yield ast.Pass()
        case ast.keyword(arg=name, value=ast.Constant(value=bool(value))) if name != "strict":
            yield ast.keyword(name, _FALSE if value else _TRUE)
        case ast.Lambda(body=ast.Call()) if _is_predicate(place.parent, place.at):
            yield from (ast.Lambda(node.args, _TRUE), ast.Lambda(node.args, _FALSE))
        case ast.match_case() if not isinstance(node.pattern, ast.MatchAs):
            yield None
        case _ if isinstance(place.parent, ast.comprehension) and place.field == "ifs":
            yield None


def _other_comparisons(place: _Place, node: ast.Compare) -> Iterator[ast.AST | None]:
    # A clause of several is left out already, and so is what a comprehension asks.
    if isinstance(place.parent, ast.comprehension):
        yield None
    elif not isinstance(place.parent, ast.BoolOp):
        yield from (_TRUE, _FALSE)
    for index, operator in enumerate(node.ops):
        if type(operator) in _OTHER_END:
            operators = list(node.ops)
            operators[index] = _OTHER_END[type(operator)]()
            yield ast.Compare(node.left, operators, node.comparators)


def _other_answers(place: _Place, node: ast.Return) -> Iterator[ast.Return]:
    match node.value:
        case ast.Constant(value=bool(value)):
            yield ast.Return(_FALSE if value else _TRUE)
        case ast.Call() if _says_yes_or_no(place.above, place.parent):
            yield from (ast.Return(_TRUE), ast.Return(_FALSE))


def _says_yes_or_no(*around: ast.AST) -> bool:
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    return any(isinstance(node.returns, ast.Name) and node.returns.id == "bool" for node in functions)


def _is_predicate(parent: ast.AST, index: int | None) -> bool:
    return (
        isinstance(parent, ast.Call)
        and index == _PREDICATE
        and isinstance(parent.func, ast.Name)
        and parent.func.id.endswith("Check")
    )


def _put(place: _Place, node: ast.AST | None) -> None:
    node = deepcopy(node)
    if place.at is None:
        setattr(place.parent, place.field, node)
    elif node is None:
        del getattr(place.parent, place.field)[place.at]
    else:
        getattr(place.parent, place.field)[place.at] = node


def _short(node: ast.AST | None) -> str:
    """Return the first line of a node as it is written."""
    if node is None:
        return "nothing"
    if isinstance(node, ast.If | ast.IfExp):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}={ast.unparse(node.value)}"
    return ast.unparse(node)
