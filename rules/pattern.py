"""Pattern elements as written (SPEC section 3), one small type each, and the canonical text of a scalar."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic_core import PydanticCustomError

from rules.values import Read, read_code, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

COMPARISONS = ("<", "<=", "=", ">=", ">")
# An anniversary comes once a year: wider windows hold every day.
LONGEST_BIRTHDAY = 366
# Numbers past the range of a float are in no receipt, and their digits would fill the memory.
LARGEST_EXPONENT = 308

Tests: TypeAlias = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Equals:
    """A scalar: equal, as canonical text."""

    value: str


@dataclass(frozen=True, slots=True)
class AnythingBut:
    """Present, and none of these."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Begins so."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """Ends so."""

    suffix: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    r"""Reads so, where `*` is any run of characters and `\*` a star."""

    wildcard: str


@dataclass(frozen=True, slots=True)
class EqualsIgnoreCase:
    """Equal after full case folding of both."""

    text: str


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number for which every comparison holds."""

    tests: Tests


@dataclass(frozen=True, slots=True)
class Exists:
    """Present, or not."""

    exists: bool


@dataclass(frozen=True, slots=True)
class Age:
    """A date of birth whose age in whole years passes every comparison."""

    tests: Tests


@dataclass(frozen=True, slots=True)
class Birthday:
    """A date whose anniversary is at most so many days ahead (`days_before`) or past (`days_after`)."""

    days_before: int
    days_after: int


PatternElement: TypeAlias = (
    Equals | AnythingBut | Prefix | Suffix | Wildcard | EqualsIgnoreCase | Numeric | Exists | Age | Birthday
)


def scalar_text(value: object) -> str:
    """The text as which a scalar is compared: `true`, `20` for 20.0, `0.1` for 0.10, text as it is."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _decimal_text(Decimal(repr(value)))
        case Decimal():
            return _decimal_text(value)
        case _:
            message = f"not a scalar: {type(value).__name__}"
            raise TypeError(message)


def _decimal_text(number: Decimal) -> str:
    if number == 0:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_element(element: object) -> PatternElement:
    """The element that a JSON value stands for; refused with the operator's path and the nearest known operator."""
    if not isinstance(element, dict):
        return Equals(_scalar(element, ()))
    return _read_operator(element, _scalar)


def read_mcc_element(element: object) -> str | PatternElement:
    """An element on merchant category codes: a code as four digits, or an operator."""
    if not isinstance(element, dict):
        return read_code(element)
    return _read_operator(element, _code)


def _read_operator(element: dict[str, Any], read_scalar: Callable[[object, tuple[str, ...]], str]) -> PatternElement:
    unknown = [name for name in element if name not in OPERATORS]
    if unknown:
        context = {"name": unknown[0], "known": OPERATORS, "otherwise": KNOWN_OPERATORS}
        raise refusal("pattern", "unknown pattern operator", below=(unknown[0],), **context)
    if len(element) != 1:
        raise refusal("pattern", "a pattern element has exactly one operator; write one element for each")
    ((operator, value),) = element.items()
    if operator == "anything-but":
        values = value if isinstance(value, list) else [value]
        return AnythingBut(tuple(read_scalar(scalar, (operator,)) for scalar in values))
    return READERS[operator](operator, value)


def _scalar(value: object, below: tuple[str, ...]) -> str:
    if isinstance(value, dict | list | None):
        raise refusal("pattern", "text, a number, true or false is wanted", below=below)
    return scalar_text(_readable(value, below))


def _code(value: object, below: tuple[str, ...]) -> str:
    try:
        return read_code(value)
    except PydanticCustomError as error:
        raise refusal("mcc", error.message(), below=below) from None


def _readable(value: object, below: tuple[str, ...]) -> object:
    if isinstance(value, Decimal) and abs(value.adjusted()) > LARGEST_EXPONENT:
        raise refusal("pattern", "this number is beyond what can be compared", below=below)
    return value


def _text(operator: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal("pattern", f'"{operator}" takes text', below=(operator,))
    return value


def _exists(operator: str, value: object) -> Exists:
    if not isinstance(value, bool):
        raise refusal("pattern", '"exists" takes true or false', below=(operator,))
    return Exists(value)


def _tests(operator: str, value: object) -> Tests:
    if not isinstance(value, list) or len(value) not in {2, 4}:
        raise refusal("pattern", f'"{operator}" takes [op, number] or [op, number, op, number]', below=(operator,))
    tests = []
    for comparison, number in zip(value[::2], value[1::2], strict=True):
        if comparison not in COMPARISONS:
            raise refusal("pattern", f"a comparison is one of {' '.join(COMPARISONS)}", below=(operator,))
        if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
            raise refusal("pattern", f'"{operator}" compares with a number, without quotes', below=(operator,))
        _readable(number, (operator,))
        tests.append((comparison, Decimal(repr(number)) if isinstance(number, float) else Decimal(number)))
    return tuple(tests)


def _birthday(operator: str, value: object) -> Birthday:
    if not isinstance(value, dict):
        raise refusal("pattern", '"birthday" takes {"days_before": a, "days_after": b}', below=(operator,))
    known = ("days_before", "days_after")
    for name in value:
        if name not in known:
            raise refusal("pattern", "unknown field", name=name, known=known, below=(operator, name))
    return Birthday(*(_days(operator, name, value.get(name, 0)) for name in known))


def _days(operator: str, name: str, value: object) -> int:
    days = int(value) if isinstance(value, float | Decimal) and value == int(value) else value
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= LONGEST_BIRTHDAY:
        raise refusal("pattern", f"days are a whole number from 0 to {LONGEST_BIRTHDAY}", below=(operator, name))
    return days


READERS: dict[str, Callable[[str, Any], PatternElement]] = {
    "prefix": lambda operator, value: Prefix(_text(operator, value)),
    "suffix": lambda operator, value: Suffix(_text(operator, value)),
    "wildcard": lambda operator, value: Wildcard(_text(operator, value)),
    "equals-ignore-case": lambda operator, value: EqualsIgnoreCase(_text(operator, value)),
    "numeric": lambda operator, value: Numeric(_tests(operator, value)),
    "exists": _exists,
    "age": lambda operator, value: Age(_tests(operator, value)),
    "birthday": _birthday,
}
OPERATORS = ("anything-but", *READERS)
KNOWN_OPERATORS = f"; known are {', '.join(OPERATORS)}"

# Replaced by references to one definition each when a JSON Schema is written.
ELEMENT_MARK = {"$comment": "pattern element"}
MCC_ELEMENT_MARK = {"$comment": "mcc element"}
Pattern = tuple[Annotated[PatternElement, Read(read_element, ELEMENT_MARK)], ...]
MccPattern = tuple[Annotated[str | PatternElement, Read(read_mcc_element, MCC_ELEMENT_MARK)], ...]
